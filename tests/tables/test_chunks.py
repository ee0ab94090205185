"""Files read in pieces: the rows and types of the whole, whatever the size of a piece."""

import datetime
import gzip
from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import glassnet as gn
from glassnet.tables.encoding.column_kinds import find_formats
from glassnet.tables.reading import chunks as pieces
from glassnet.tables.reading.chunks import Pieces
from glassnet.tables.values.frames import as_series

VALUES = [
    "",
    "NA",
    "1",
    "02",
    "2.5",
    "true",
    "false",
    "2020-12-31",
    "Rome",
    '"a, b"',
    '"two\nlines"',
    '"say ""so"""',
    "é",
]


def written(folder, content, name="table.csv"):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def joined(path, piece_bytes):
    pieces = Pieces(path, piece_bytes)
    frame = pl.concat(list(pieces))
    assert pieces.n_rows == len(frame) and pieces.columns == frame.columns
    formats = {**find_formats(frame), **pieces.formats()}
    whole = find_formats(frame, pieces.decimal_comma)
    assert [replace(each, note="") for each in formats.values()] == [replace(each, note="") for each in whole.values()]
    columns = [formats[name].read(as_series(frame[name])).to_native() for name in frame.columns]
    return frame.with_columns(columns)


@pytest.mark.filterwarnings("ignore:.* values are numbers")  # of a column that is text by one value
@given(
    rows=st.lists(st.lists(st.sampled_from(VALUES), min_size=3, max_size=3), min_size=1, max_size=12),
    piece_bytes=st.integers(30, 90),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
)
def test_pieces_of_any_size_join_to_the_whole_table(tmp_path_factory, rows, piece_bytes, end):
    text = end.join(["a,b,c", *map(",".join, rows), "x,1,2"])
    path = written(tmp_path_factory.mktemp("pieces"), text)
    whole = gn.read_table(path)
    assert joined(path, piece_bytes).equals(whole)
    assert joined(path, piece_bytes).schema == whole.schema


def test_a_zipped_file_and_a_parquet_file_are_read_in_pieces_too(tmp_path):
    frame = pl.DataFrame({"x": range(1000), "city": ["Rome", "Oslo"] * 500})
    text = frame.write_csv().encode()
    assert joined(written(tmp_path, gzip.compress(text), "table.csv.gz"), 500).equals(frame)
    frame.write_parquet(tmp_path / "table.parquet")
    assert joined(tmp_path / "table.parquet", 500).equals(frame)


LONG = "a,b\n" + "1,2\n" * 50


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (LONG + "1\n" + LONG[4:], "1 value in line 52, but 2 column names"),
        (LONG.encode() + b"1,\xff\n", r"not UTF-8 text \(line 52\)"),
        (LONG + '1,2,"3\n' + LONG[4:], "3 values in line 52, .* the quotation mark in line 52 .* never closed"),
        (gzip.compress(LONG.encode(), mtime=0)[:-12], "a damaged or truncated gzip file"),
        (b"PAR1" + LONG.encode(), "a damaged or truncated Parquet file"),
        ("a,b\n \n\n", "has column names but no rows"),
        ("", "is empty"),
        ("a,a\n1,2\n", "several columns named 'a'"),
        (b"%PDF-1", "is a PDF document"),
    ],
)
def test_a_mistake_in_any_piece_is_said_with_its_line(tmp_path, content, said):
    with pytest.raises(gn.InvalidInput, match=said):
        joined(written(tmp_path, content), 64)


def test_a_file_that_is_not_there_is_said_with_the_nearest(tmp_path):
    written(tmp_path, LONG)
    with pytest.raises(gn.InvalidInput, match=r"tabel.csv \(did you mean 'table.csv'\?\)"):
        Pieces(tmp_path / "tabel.csv")


def test_a_row_without_an_end_is_refused_before_it_fills_the_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(pieces, "LONGEST_ROW", 200)
    path = written(tmp_path, LONG + '1,"2\n' + "1,2\n" * 500 + '3" pipe,"a\nb"\n')
    with pytest.raises(gn.InvalidInput, match="the row in line 52 does not end within 200 bytes"):
        joined(path, 64)


def test_a_file_whose_lines_end_by_returns_alone_is_cut_into_pieces(tmp_path):
    assert len(list(Pieces(written(tmp_path, LONG.replace("\n", "\r")), 64))) > 3


def test_a_name_that_looks_like_a_pattern_is_that_of_its_column_alone(tmp_path):
    path = written(tmp_path, "^a.*$,a,*\n" + "1,x,2.5\n" * 50)
    assert joined(path, 64).schema == {"^a.*$": pl.Int64, "a": pl.String, "*": pl.Float64}
    assert joined(path, 64).equals(gn.read_table(path))


def test_types_wait_for_the_first_value_of_a_column(tmp_path):
    path = written(tmp_path, "a,b,c,d\n" + ",1,NA,\n" * 200 + "7,2.5,2020-12-31,\n")
    frame = joined(path, 64)
    assert frame.dtypes == [pl.Int64, pl.Float64, pl.Date, pl.String]
    assert frame.row(-1) == (7, 2.5, datetime.date(2020, 12, 31), None)
