"""Separator, lines above the names, and names are told by the rows, whole and in pieces alike."""

from typing import Any

import pytest

from glassnet.errors import InvalidInput
from glassnet.tables.reading.chunks import Pieces
from glassnet.tables.reading.layout import _is_number
from glassnet.tables.reading.read import read_file

SEMICOLONS, TABS = "values are separated by semicolons", "values are separated by tabs"


def above(lines: str) -> str:
    return lines.replace("skipped", "skipped above the column names")


@pytest.mark.parametrize(
    ("text", "columns", "n_rows", "notes"),
    [
        ("Weight, net;Height, cm;Group, A, B\n70;180;a\n71;181;b\n",
         ["Weight, net", "Height, cm", "Group, A, B"], 2, [SEMICOLONS]),
        ("Weight, net\tHeight, cm\tgroup\n70\t180\ta\n", ["Weight, net", "Height, cm", "group"], 1, [TABS]),
        ("w|kg|net,h|cm|lying,group\n1,2,a\n1,2,b\n", ["w|kg|net", "h|cm|lying", "group"], 2, []),
        ("a;b;c\n1,5;2,5;x\n1,5;2,5;y\n", ["a", "b", "c"], 2, [SEMICOLONS]),
        ("a, m;b, m\n1,5;2,5\n2,5;3,5\n", ["a, m", "b, m"], 2, [SEMICOLONS]),
        ("a,b,c\n1,x;y,2\n2,x;z,3\n", ["a", "b", "c"], 2, []),
        ('a,b\n1,"x;y"\n2,"x;z"\n', ["a", "b"], 2, []),
        ("Height, cm\n180\n175\n", ["Height, cm"], 2, []),
        ("x\n1,5\n2,5\n", ["x"], 2, []),
        ("text\nHello; world\nFoo\tbar\nHello, you\nwho\n", ["text"], 4, []),
        ("sep=;\na;b\n1,5;2\n", ["a", "b"], 1, [SEMICOLONS]),
        ('"sep=,"\na,b\n1,2\n', ["a", "b"], 1, []),
        ("sep=^\na^b\n1^2\n", ["a", "b"], 1, ["values are separated by carets"]),
        ("a^b^c\n1,5^x y^2\n2,5^y^3\n", ["a", "b", "c"], 2, ["values are separated by carets"]),
        ("x^2,y^2\n1^1,2^2\n3,4\n", ["x^2", "y^2"], 2, []),
        ("\n\na,b\n1,2\n", ["a", "b"], 1, []),
        ("Report 2024\n\na,b\n1,2\n2,3\n", ["a", "b"], 2, [above("one line is skipped ('Report 2024')")]),
        ("Report 2024\na,b,c\n1,2,3\n", ["a", "b", "c"], 1, [above("one line is skipped ('Report 2024')")]),
        ("# x, y, z\n# 1\na,b,c\nu,v,w\n", ["a", "b", "c"], 1, [above("2 lines are skipped ('# x, y, z', '# 1')")]),
        ("% x\n// y\na,b\n1,2\n2,3\n", ["a", "b"], 2, [above("2 lines are skipped ('% x', '// y')")]),
        ("# a,b,c\n1.0,2.0,3.0\n2.0,3.0,4.0\n", ["a", "b", "c"], 2, []),
        ("#chrom\tstart\nchr1\t1\n", ["chrom", "start"], 1, [TABS]),
        ("#,name\n1,ann\n", ["#", "name"], 1, []),
        ("# day 1\nx\n1\n2\n", ["x"], 2, [above("one line is skipped ('# day 1')")]),
        ('"a","b, c",1960,1961\n"x",2,3,4\n', ["a", "b, c", "1960", "1961"], 1, []),
        ('"two\nlines",b\n1,2\n', ["two\nlines", "b"], 1, []),
        ("5.1,3.5,x\n4.9,3.0,x\n", ["5.1", "3.5", "x"], 1,
         ["the first line is taken as the column names, although it holds numbers (5.1, …)"]),
    ],
)  # fmt: skip
def test_the_layout_is_told_by_the_rows(tmp_path: Any, text: Any, columns: Any, n_rows: Any, notes: Any) -> None:
    path = tmp_path / "table.csv"
    path.write_text(text)
    read, pieces = read_file(path), Pieces(path, 16)
    assert read.frame.columns == columns == pieces.columns
    assert read.frame.height == n_rows == pieces.n_rows
    assert list(read.notes) == notes == list(pieces.notes)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            '"a","b"\n"1",5,6\n"2",7,8\n',
            r"3 values in line 2, but 2 column names; perhaps a column has no name, .* R writes\.$",
        ),
        ('"x"\n"a","u"\n"b","v"\n', "2 values in line 2, but 1 column name"),
        ("a,b,c\n1,2,3\n4,5,6\n\nSource: x\n", "1 value in line 5, but 3 column names"),
        ('a,b\n1,"x\ny"\n2\n', "1 value in line 4, but 2 column names"),
        ('a,b\n1,5" x\n"2",3\n1,2,3\n', "3 values in line 4, .* the quotation mark in line 2 is inside a value"),
        ("a b c\n1 2 3\n4 5 6\n", "seems to separate values by spaces"),
        ("5.1,5.1,x\n4.9,3.0,x\n", "several columns named '5.1'"),
    ],
)
def test_rows_that_do_not_fit_are_named_by_their_line(tmp_path: Any, text: Any, said: Any) -> None:
    path = tmp_path / "table.csv"
    path.write_text(text)
    for read in (read_file, lambda path: list(Pieces(path, 16))):
        with pytest.raises(InvalidInput, match=said):
            read(path)


def test_names_longer_than_the_sample_are_read(tmp_path: Any) -> None:
    path = tmp_path / "table.csv"
    names = [f"a column with a long name {k}" for k in range(5000)]
    path.write_text("\n".join([";".join(names), *[";".join(["1"] * 5000)] * 3]) + "\n")
    assert read_file(path).frame.columns == names == Pieces(path, 1000).columns


def test_a_hostile_line_is_gone_through_once() -> None:
    line = b"1." * 50_000 + b"x"
    assert [_is_number(text) for text in (line, b"." * 100_000, b"1,5", b' "-1.2e3" ', b"e3")] == [
        False, False, True, True, False,
    ]  # fmt: skip
