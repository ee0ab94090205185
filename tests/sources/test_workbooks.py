"""A sheet of a workbook as a table: titles above the names, decimal commas in text cells, dates, merged cells."""

import datetime
from typing import Any

import openpyxl
import polars as pl
import pytest

import glassnet as gn
from glassnet.errors import InvalidInput
from glassnet.tables.sources.fetching import fetched
from glassnet.tables.sources.source import Source


def written(path: Any, rows: Any, merged: Any = (), **sheets: Any) -> Any:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    for cells in merged:
        book.active.merge_cells(cells)
    for name, others in sheets.items():
        sheet = book.create_sheet(name)
        for row in others:
            sheet.append(row)
    book.save(path)
    return path


DAY = datetime.date(2024, 3, 1)


def test_values_keep_their_types_and_numbers_in_text_cells_are_read(tmp_path: Any) -> None:
    rows = [
        ["day", "price", "both", "n", "sold", "code", "text", None],
        [DAY, "3,5", "4,25", 3, True, "02134", "a", 1.5],
        [DAY, "-", 5.5, 4, False, "10115", None, 2],
        [DAY, "1.234,75", "n/a", None, None, "00001", "b", None],
    ]
    table = gn.read_table(written(tmp_path / "table.bin", rows))
    assert table.to_dict(as_series=False) == {
        "day": [DAY] * 3,
        "price": [3.5, None, 1234.75],
        "both": [4.25, 5.5, None],
        "n": [3, 4, None],
        "sold": [True, False, None],
        "code": ["02134", "10115", "00001"],
        "text": ["a", None, "b"],
        "column_8": [1.5, 2.0, None],
    }
    assert table.schema["n"] == pl.Int64 and table.schema["day"] == pl.Date


@pytest.mark.parametrize(
    ("above", "merged"),
    [
        ([], []),
        ([["Sales of 2024"], []], ["A1:C1"]),
        ([["Sales"], ["as of", DAY], [], []], []),
        ([[None, "2024", None], []], ["B1:C1"]),
        ([[], [None, None, "confidential"]], []),
    ],
)
def test_what_stands_above_the_names_is_skipped_and_told(tmp_path: Any, above: Any, merged: Any) -> None:
    rows = [*above, ["a", "b", "c"], [1, 2, "x"], [3, None, None], [None, None, None], [4, 5, "y"], [None]]
    with fetched(Source(str(written(tmp_path / "t.xlsx", rows, merged)))) as local:
        table = pl.read_parquet(local.path)
        assert bool(above) == any("above the column names are skipped" in note for note in local.notes)
    assert table.to_dict(as_series=False) == {
        "a": [1, 3, None, 4],
        "b": [2, None, None, 5],
        "c": ["x", None, None, "y"],
    }


def test_a_value_merged_over_rows_is_that_of_each(tmp_path: Any) -> None:
    rows = [["shop", "price"], ["Rome", 1], [None, 2], ["Oslo", 3]]
    table = gn.read_table(written(tmp_path / "t.xlsx", rows, ["A2:A3"]))
    assert table["shop"].to_list() == ["Rome", "Rome", "Oslo"]


def test_a_sheet_is_chosen_by_its_name(tmp_path: Any) -> None:
    path = written(tmp_path / "t.xlsx", [], prices=[["a", "y"], [1, 2]], costs=[["b", "y"], [1, 2]])
    assert gn.read_table(path).columns == ["a", "y"]
    assert gn.read_table(path, sheet="costs").columns == ["b", "y"]
    with fetched(Source(str(path))) as local:
        assert local.notes == ("the sheet 'prices' of 3",)


@pytest.mark.parametrize(
    ("rows", "choice", "said"),
    [
        ([], {}, r"t.xlsx is empty\."),
        ([["a", "b"]], {}, "sheet 'Sheet' of .*t.xlsx has column names but no rows"),
        ([["a", "a"], [1, 2]], {}, "has several columns named 'a'"),
        ([["a", "b"], [1, 2]], {"sheet": "sheet"}, r"has no sheet 'sheet' \(did you mean 'Sheet'\?\); its sheets are"),
        ([["a", "b"], [1, 2]], {"query": "select 1"}, "--query takes rows from a database, but .*t.xlsx is not one"),
    ],
)
def test_what_is_wrong_with_a_workbook_is_one_sentence(tmp_path: Any, rows: Any, choice: Any, said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        gn.read_table(written(tmp_path / "t.xlsx", rows), **choice)


def test_a_workbook_that_is_cut_off_is_one_sentence(tmp_path: Any) -> None:
    path = written(tmp_path / "t.xlsx", [["a", "b"], [1, 2]])
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(InvalidInput, match=r"is a damaged or truncated ZIP file"):
        gn.read_table(path)
    path.write_bytes(b"\xd0\xcf\x11\xe0....")
    with pytest.raises(InvalidInput, match=r"is a workbook that cannot be read \(.*\)\.$"):
        gn.read_table(path)


def test_a_sheet_for_what_has_none_is_refused(tmp_path: Any) -> None:
    (tmp_path / "t.csv").write_text("a,b\n1,2\n")
    for place in ("t.csv", "."):
        with pytest.raises(InvalidInput, match="--sheet names a sheet of a workbook, but"):
            gn.read_table(tmp_path / place, sheet="x")
