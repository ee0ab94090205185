"""No row is lost and none is invented: what Python's csv module reads, whole and in pieces."""

import csv
import io
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glassnet.tables.reading.chunks import Pieces
from glassnet.tables.reading.read import read_file

END = "last"  # so that no column is made of numbers alone
PLAIN = ["", "Rome", "x y", "3.5", "é", "C:\\temp", "it's"]
QUOTED = [*PLAIN, "a, b", "a; b", "two\nlines", "three\n\nlines", 'say "so"', '"', ",", "\n", "a\tb", "a|b", "\\"]
NAMES = ["a", "b", "c", "d"]


def texts(frame: Any) -> Any:
    """All values as stripped texts, "" for missing ones."""
    rows = frame.with_columns(pl.all().cast(pl.String)).rows()
    return [["" if value is None else value.strip() for value in row] for row in rows]


def check(path: Any, content: bytes, wanted: Any, piece_bytes: int) -> Any:
    path.write_bytes(content)
    whole = read_file(path)
    pieces = Pieces(path, piece_bytes)
    assert texts(whole.frame) == wanted
    assert pieces.n_rows == len(wanted)
    assert texts(pl.concat(list(pieces))) == wanted
    assert pieces.notes == whole.notes
    return whole.notes


def csv_rows(text: str, separator: str, width: int) -> Any:
    """What the csv module reads under the names; a blank line is a row without values, but at the end none."""
    rows = [row or [""] * width for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator)][1:]
    blank_at_end = len(text) - len(text.rstrip("\r\n")) > 2 and text.rstrip("\r\n")
    while blank_at_end and rows and not any(rows[-1]):
        rows.pop()
    return [[value.replace("\r\n", "\n").replace("\r", "\n").strip() for value in row] for row in rows]


tables = st.integers(1, 4).flatmap(
    lambda width: st.lists(
        st.one_of(st.none(), st.lists(st.sampled_from(QUOTED), min_size=width, max_size=width)), min_size=1, max_size=9
    ).map(lambda rows: (width, rows))
)


@settings(max_examples=2 * settings().max_examples)
@given(
    table=tables,
    separator=st.sampled_from(",;\t|"),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32"]),
    piece_bytes=st.integers(5, 90),
)
def test_rows_are_those_of_csv(
    tmp_path_factory: Any, table: Any, separator: Any, end: Any, quoting: Any, encoding: Any, piece_bytes: Any
) -> None:
    width, rows = table
    separator = separator if width > 1 else ","
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=separator, lineterminator=end, quoting=quoting)
    writer.writerow(NAMES[:width])
    for row in [*rows, [END] * width]:
        if row is None:
            buffer.write(end)
        else:
            writer.writerow([value.replace("\n", end) for value in row])
    wanted = csv_rows(buffer.getvalue(), separator, width)
    path = tmp_path_factory.mktemp("rows") / "table.csv"
    check(path, buffer.getvalue().encode(encoding), wanted, piece_bytes)


@given(
    rows=st.lists(st.lists(st.sampled_from(QUOTED), min_size=2, max_size=3).map(lambda row: (row * 2)[:3]), max_size=9),
    separator=st.sampled_from(",;\t|"),
    quoting=st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
    piece_bytes=st.integers(5, 90),
)
def test_marks_after_a_backslash_are_part_of_a_value(
    tmp_path_factory: Any, rows: Any, separator: Any, quoting: Any, piece_bytes: Any
) -> None:
    rows = [*rows, ['5\\" long: 5" long', 'a "b" c', "x"], [END] * 3]
    buffer = io.StringIO()
    form = {"delimiter": separator, "quoting": quoting, "escapechar": "\\", "doublequote": False}
    csv.writer(buffer, lineterminator="\n", **form).writerows([NAMES[:3], *rows])
    path = tmp_path_factory.mktemp("rows") / "table.csv"
    notes = check(path, buffer.getvalue().encode(), [[v.strip() for v in row] for row in rows], piece_bytes)
    assert "quotation marks in values are escaped with a backslash" in notes


ODD = ['5" pipe', "5'11\"", '"Jim" Doe', 'Bill "Buck" Roe', '6"', "48°12'30\"", 'a""b', '"x"y"z']


@settings(max_examples=2 * settings().max_examples)
@given(
    rows=st.lists(st.lists(st.sampled_from(QUOTED[:-1] + ODD), min_size=3, max_size=3), max_size=9),
    separator=st.sampled_from(",;\t|"),
    piece_bytes=st.integers(5, 90),
)
def test_marks_inside_values_are_read_as_csv_reads_them(
    tmp_path_factory: Any, rows: Any, separator: Any, piece_bytes: Any
) -> None:
    def written(value: str) -> str:
        needs = any(sign in value for sign in (separator, "\n")) or (value.startswith('"') and value not in ODD)
        return '"' + value.replace('"', '""') + '"' if needs else value

    lines = [separator.join(map(written, row)) for row in [NAMES[:3], *rows, ['7" pipe', "two\nlines", END]]]
    text = "\n".join(lines) + "\n"
    path = tmp_path_factory.mktemp("rows") / "table.csv"
    notes = check(path, text.encode(), csv_rows(text, separator, 3), piece_bytes)
    assert any("a quotation mark inside a value is part of it (first in line" in note for note in notes)


@pytest.mark.parametrize(
    ("text", "rows", "note"),
    [
        ("a, b\n1, \"x, y\"\n2, \"z\"\n", [["1", "x, y"], ["2", "z"]], "there are spaces between"),
        ('a\tb\n1\t"Lorem\n2\tx\n3\t"Ipsum\n', [["1", '"Lorem'], ["2", "x"], ["3", '"Ipsum']], "first in line 2"),
        ('a,b\n1,"2\n3,4\n', [["1", '"2'], ["3", "4"]], "first in line 2"),
        ('a\tb\n"Lo\tx\nIp"\ty\n5" z\tw\n', [['"Lo', "x"], ['Ip"', "y"], ['5" z', "w"]], "first in line 4"),
        ('a,b\n"1","x"\n"2",5" y\n', [["1", "x"], ["2", '5" y']], "first in line 3"),
        ('a,b\n"1, 0","x\n y"\n"2",5" y\n', [["1, 0", "x\n y"], ["2", '5" y']], "first in line 4"),
        ('a,b\n1,"C:\\x\\"\n2,y\n', [["1", "C:\\x\\"], ["2", "y"]], ""),
        ('a,b\n1,C:\\new\n2,"say \\"so\\", x"\n', [["1", "C:\\new"], ["2", 'say "so", x']], "escaped with a backslash"),
        ("a,b\r\r\n1,2\r\r\n3,x\r\r\n", [["1", "2"], ["3", "x"]], ""),
        ("x\n1\n\ny\n\n\n", [["1"], [""], ["y"]], "1 row holds no value"),
        ("a,b\n1,x\n\n,\n2,y\n,\n \n\n", [["1", "x"], ["", ""], ["", ""], ["2", "y"], ["", ""]], "3 rows hold no"),
        ('x\n1\n""\n', [["1"], [""]], "1 row holds no value"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("piece_bytes", [1, 7, 1000])
def test_what_the_rows_are(tmp_path: Any, text: Any, rows: Any, note: Any, piece_bytes: Any) -> None:
    notes = check(tmp_path / "table.csv", text.encode(), rows, piece_bytes)
    assert any(note in said for said in notes) if note else not notes
