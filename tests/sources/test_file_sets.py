"""A folder or a pattern of files is one table: the columns in any order, the same in memory and in pieces."""

import datetime
import gzip
import json
from typing import Any

import polars as pl
import pytest

import glassnet as gn
from glassnet.errors import InvalidInput
from glassnet.tables.reading.chunks import Pieces
from glassnet.tables.sources.fetching import fetched
from glassnet.tables.sources.source import Source

A = pl.DataFrame({"x": [1, 2], "k": ["a", None], "y": [0.5, 1.5]})
B = pl.DataFrame({"y": [2.5], "x": [3], "k": ["b"]})
BOTH = pl.concat([A, B.select(A.columns)])


def in_pieces(place: Any) -> pl.DataFrame:
    with fetched(Source(str(place))) as local:
        rows = pl.concat(list(Pieces(local, 16)))
    return rows.cast({"x": pl.Int64, "y": pl.Float64})


def comma(frame: pl.DataFrame) -> bytes:
    return frame.write_csv(separator=";", decimal_comma=True).encode()


WAYS: dict[str, Any] = {
    "csv": lambda frame: frame.write_csv().encode(),
    "csv of two dialects": lambda frame: frame.write_csv(separator=";" if len(frame) == 1 else "\t").encode(),
    "gz": lambda frame: gzip.compress(frame.write_csv().encode(), mtime=0),
    "ndjson": lambda frame: frame.write_ndjson().encode(),
    "json": lambda frame: json.dumps(frame.to_dicts()).encode(),
}


@pytest.mark.parametrize("way", WAYS)
def test_files_with_the_same_columns_are_one_table(tmp_path: Any, way: str) -> None:
    (tmp_path / "1.data").write_bytes(WAYS[way](A))
    (tmp_path / "2.data").write_bytes(WAYS[way](B))
    (tmp_path / "_SUCCESS").write_text("")
    (tmp_path / ".hidden").write_text("x")
    for place in (tmp_path, tmp_path / "*.data"):
        assert gn.read_table(place).equals(BOTH)
        assert in_pieces(place).equals(BOTH)


def test_parquet_files_have_the_types_that_hold_the_values_of_all(tmp_path: Any) -> None:
    A.with_columns(pl.col("x").cast(pl.Int8)).write_parquet(tmp_path / "1.parquet")
    B.with_columns(pl.col("x") + 0.25).write_parquet(tmp_path / "2.parquet")
    table = gn.read_table(tmp_path)
    assert table["x"].to_list() == [1.0, 2.0, 3.25] and table["k"].to_list() == ["a", None, "b"]


def test_a_decimal_comma_is_found_over_all_files(tmp_path: Any) -> None:
    for name, frame in (("1", A), ("2", B)):
        (tmp_path / name).write_bytes(comma(frame))
    assert gn.read_table(tmp_path)["y"].to_list() == [0.5, 1.5, 2.5]


def test_values_with_separators_quotes_and_blanks_survive(tmp_path: Any) -> None:
    frame = pl.DataFrame({"a": ['say "x"', "1;2", "", None], "b": ["ü,", "line\nbreak", "NA", " z"]})
    for name in ("1", "2"):
        (tmp_path / name).write_text(frame.write_csv())
    once = gn.read_table(tmp_path / "1")
    assert gn.read_table(tmp_path).equals(pl.concat([once, once]))


def test_a_pattern_goes_into_folders_and_a_file_of_such_a_name_is_a_file(tmp_path: Any) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    A.write_csv(tmp_path / "a" / "b" / "1.csv")
    assert gn.read_table(tmp_path / "**" / "*.csv").equals(A)
    B.write_csv(tmp_path / "x[1].csv")
    assert gn.read_table(tmp_path / "x[1].csv").equals(B)


def test_types_that_no_type_can_hold_are_named(tmp_path: Any) -> None:
    pl.DataFrame({"x": [True]}).write_parquet(tmp_path / "1.parquet")
    pl.DataFrame({"x": [datetime.date(2024, 3, 1)]}).write_parquet(tmp_path / "2.parquet")
    with pytest.raises(InvalidInput, match=r"column 'x' is Boolean in .*1\.parquet, but Date in .*2\.parquet: save"):
        gn.read_table(tmp_path)


@pytest.mark.parametrize(
    ("files", "place", "said"),
    [
        ({}, "", r" is a folder without files\.$"),
        ({"a/1.csv": b"x\n1\n"}, "", r"is a folder without files: '.*\*\*/\*.csv' names those in its folders\.$"),
        ({}, "*.csv", r"there is no file of the pattern .*\*\.csv\.$"),
        (
            {"1.csv": b"x,y\n1,2\n", "2.csv": b"x,z\n1,2\n"},
            "",
            r"2\.csv has other columns than .*1\.csv: it lacks 'y' and has 'z' besides\.$",
        ),
        ({"1.csv": b"x,y\n1,2\n", "2.csv": b'{"x": 1, "y": 2}\n'}, "", r"1.csv is text, but .*2.csv is JSON lines"),
        ({"1.csv": b"x,y\n1,2\n", "2.csv": b"x,y\n1,2,3\n"}, "", r"2\.csv has 3 values in line 2, but 2 column names"),
        ({"1.csv": b"x,y\n1,2\n", "2.csv": b"x,y\n"}, "", r"2\.csv has column names but no rows\.$"),
        ({"1.csv": b"x,y\n1,2\n", "2.csv": b""}, "", r"2\.csv is empty\.$"),
        (
            {"1.csv": b"SQLite format 3\0", "2.csv": b"x,y\n1,2\n"},
            "",
            r"1\.csv is an SQLite database, which is read by",
        ),
    ],
)
def test_files_that_do_not_fit_are_named(tmp_path: Any, files: Any, place: str, said: str) -> None:
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(content)
    with pytest.raises(InvalidInput, match=said):
        gn.read_table(tmp_path / place)
