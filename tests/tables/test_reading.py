import datetime
import gzip
from typing import Any

import polars as pl
import pytest

from glassnet.errors import InvalidInput
from glassnet.tables.datasets import BUNDLED, iris
from glassnet.tables.reading.layout import MOST_BYTES
from glassnet.tables.sources.read_table import read_table
from glassnet.tables.values.frames import as_series, to_days


@pytest.fixture
def table(tmp_path: Any) -> Any:
    """Read what a file of this content and name gives."""

    def read(content: Any, name: Any = "table.csv") -> Any:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_table(path)

    return read


def columns(frame: Any) -> Any:
    return frame.to_dict(as_series=False)


def test_csv_gzip_tsv_and_parquet_give_the_same_iris(tmp_path: Any) -> None:
    frame = iris().to_polars()
    frame.write_csv(tmp_path / "iris.csv")
    frame.write_csv(tmp_path / "iris.tsv", separator="\t")
    frame.write_parquet(tmp_path / "iris.parquet")
    (tmp_path / "iris.csv.gz").write_bytes(gzip.compress((tmp_path / "iris.csv").read_bytes()))
    for ending in ("csv", "tsv", "parquet", "csv.gz"):
        assert read_table(tmp_path / f"iris.{ending}").equals(frame)


@pytest.mark.parametrize("name", BUNDLED)
def test_bundled_tables_are_read_by_their_name(name: Any) -> None:
    assert read_table(name).equals(BUNDLED[name]().to_polars())


def test_a_file_goes_before_a_bundled_table_but_a_folder_does_not(tmp_path: Any, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "xor").mkdir()
    assert read_table("xor").shape == (4, 4)
    (tmp_path / "iris").write_text("a\n1\n")
    assert read_table("iris").shape == (1, 1)


def test_types_are_found_over_the_whole_column(table: Any) -> None:
    rows = "\n".join(["1,1,true,2020-12-31,x,10:30,2020-12-31T10:30:00"] * 2000)
    frame = table(f"i,f,b,d,t,h,m\n{rows}\n2,1.5,False,2021-01-01,y,11:45,2021-01-01T00:00:00.5\n")
    assert [str(type_) for type_ in frame.dtypes[:3]] == ["Int64", "Float64", "Boolean"]
    assert frame["d"][2000] == datetime.date(2021, 1, 1) and frame["h"][0] == datetime.time(10, 30)
    assert frame["m"][2000] == datetime.datetime(2021, 1, 1, 0, 0, 0, 500_000) and frame["t"].dtype == pl.String


def test_iso_timestamps_with_z_or_an_offset_are_dates(table: Any) -> None:
    frame = table("z,offset,short\n2020-01-01T10:00:00Z,2020-01-01 10:00:00.5+02:00,2020-01-01T10:00Z\n"
                  "2020-01-02T10:00:00z,2020-01-02 10:00:00-0130,2020-01-02T11:30Z\n")  # fmt: skip
    days = [to_days(as_series(frame[name])) for name in frame.columns]
    assert [str(type_) for type_ in frame.dtypes] == ["Datetime(time_unit='us', time_zone='UTC')"] * 3
    for column, texts in zip(days, frame.columns, strict=True):
        written = [str(value).replace("UTC", "") for value in frame[texts].dt.strftime("%Y-%m-%dT%H:%M:%S%.f+00:00")]
        assert to_days(as_series(written)).tolist() == column.tolist()
    assert (days[1][1] - days[1][0]) * 24 == pytest.approx(27.5 - 0.5 / 3600)


def test_german_dates_are_read_and_ambiguous_ones_stay_text(table: Any) -> None:
    with pytest.warns(UserWarning, match="b: its dates may begin with the day or with the month, so they stay text"):
        frame = table("a,b,c\n31.12.2020,3/4/2020,3/4/2020\n01.02.2021,5/4/2020,13/4/2020\n")
    assert frame["a"].to_list() == [datetime.date(2020, 12, 31), datetime.date(2021, 2, 1)]
    assert frame["b"].dtype == pl.String
    assert frame["c"].to_list() == [datetime.date(2020, 4, 3), datetime.date(2020, 4, 13)]


def test_common_spellings_of_missing_are_missing(table: Any) -> None:
    spellings = ["", "NA", "N/A", "NaN", "nan", "null", "None", "?", " ? "]
    spellings += ["na", "n/a", "NULL", "none", "NONE", "NAN", "-", "#N/A", "#n/a", "<NA>", "<na>"]
    frame = table("id,x\n" + "".join(f"{i},{text}\n" for i, text in enumerate(spellings)) + "99,5\n")
    assert frame["x"].to_list() == [None] * len(spellings) + [5]


def test_blanks_around_names_and_values_are_stripped(table: Any) -> None:
    assert columns(table("age, work\n 39, Private\n 50, State-gov \n")) == {
        "age": [39, 50],
        "work": ["Private", "State-gov"],
    }


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_found_from_the_header(table: Any, separator: Any) -> None:
    frame = table(f'"a,;b"{separator}c{separator}d\n1{separator}2{separator}3\n')
    assert columns(frame) == {"a,;b": [1], "c": [2], "d": [3]}


def test_decimal_commas_are_read_where_the_separator_is_no_comma(table: Any) -> None:
    assert columns(table("a;b\n1,5;x\n-2;y,z\n")) == {"a": [1.5, -2.0], "b": ["x", "y,z"]}


def test_leading_zeros_keep_a_zip_code_a_text(table: Any) -> None:
    assert columns(table("zip,x\n02134,0\n90210,0.5\n")) == {"zip": ["02134", "90210"], "x": [0, 0.5]}


def test_a_very_long_value_is_read(table: Any) -> None:
    assert columns(table(f"a,b\n{'x' * 200_000},\n"))["a"] == ["x" * 200_000]


def test_quotes_line_ends_and_byte_order_mark_of_spreadsheets(table: Any) -> None:
    frame = table(b'\xef\xbb\xbfname,note\r\n"A ""B""","x,\r\ny"\r\nC,d\r\n')
    assert columns(frame) == {"name": ['A "B"', "C"], "note": ["x,\ny", "d"]}


def test_columns_without_a_name_are_named_after_their_place(table: Any) -> None:
    assert table(",a,\n0,5,x\n").columns == ["column_1", "a", "column_3"]


def test_a_column_of_missing_values_is_kept_as_text(table: Any) -> None:
    assert columns(table("a,b\n,1\nNA,2\n")) == {"a": [None, None], "b": [1, 2]}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is empty"),
        (" \n\n", "is empty"),
        ("a,b\n", "has column names but no rows"),
        ("a,b\n\n \n", "has column names but no rows"),
        ("a, b,a\n1,2,3\n", "several columns named 'a'"),
        ("a,b\n1,2\n3,4,5\n", "has 3 values in line 3, but 2 column names"),
        ("a,b\n1,2\n\n3\n", "has 1 value in line 4, but 2 column names\\.$"),
        (
            'a,b,c\n1,"2\n3,4,5\n',
            "2 values in line 2, but 3 column names; the quotation mark in line 2 .* never closed",
        ),
        ('"x"\n"1",5.1\n"2",4.9\n', "2 values in line 2, but 1 column name"),
        (b"a,b\n1,M\xfcller\n", r"not UTF-8 text \(line 2\)"),
        (b"a,b\n1,\x00\n", "bytes that never occur in text"),
        (b"PK\x03\x04....", "is a damaged or truncated ZIP file"),
        (b"\x89PNG\r\n\x1a\n....", "is an image"),
        ("a,b\n1,2\n".encode("utf-16")[:-1], "begins as valid UTF-16"),
        (b"PAR1 this is none PAR1", "is a damaged or truncated Parquet file"),
        (b"\x1f\x8b broken", "is a damaged or truncated gzip file"),
        (gzip.compress(b"a,b\n1,2\n" * 99, mtime=0)[:-20], "damaged or truncated"),
        ("x" * 200_000, "has column names but no rows"),
        ("x" * (MOST_BYTES + 1), "first line is too long for column names"),
    ],
)
def test_what_is_no_table_meets_one_sentence(table: Any, content: Any, message: Any) -> None:
    with pytest.raises(InvalidInput, match=message) as caught:
        table(content)
    assert "\n" not in str(caught.value) and str(caught.value).endswith(".")


def test_a_cut_off_parquet_file_is_refused(table: Any, tmp_path: Any) -> None:
    iris().to_polars().write_parquet(tmp_path / "whole.parquet")
    with pytest.raises(InvalidInput, match="damaged or truncated"):
        table((tmp_path / "whole.parquet").read_bytes()[:-30], "cut.parquet")
    with pytest.raises(InvalidInput, match="is not a Parquet file"):
        table("a,b\n1,2\n", "text.parquet")


def test_a_missing_file_is_named_with_the_nearest_file_or_bundled_table(tmp_path: Any) -> None:
    (tmp_path / "houses.csv").write_text("a\n1\n")
    with pytest.raises(InvalidInput, match=r"there is no file .*house\.csv \(did you mean 'houses.csv'\?\)"):
        read_table(tmp_path / "house.csv")
    with pytest.raises(InvalidInput, match="did you mean 'digits'"):
        read_table("digit")
    with pytest.raises(InvalidInput, match="there is no file"):
        read_table(tmp_path / "nowhere" / "x.csv")


def test_a_folder_is_refused(tmp_path: Any) -> None:
    with pytest.raises(InvalidInput, match="is a folder"):
        read_table(tmp_path)
