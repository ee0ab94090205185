"""What is known of the columns of a table."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

import typer

from glassnet.errors import InvalidInput
from glassnet.tables.values.column_options import KINDS, ColumnOptions

Many = list[str] | None
LIST = "COL,…"
DROP = "Columns not to learn from."
KEEP = "Learn from these columns only."
KIND = f"What a column is: {', '.join(KINDS)}. May be repeated."
DATE_FORMAT = "How a column writes dates, e.g. sold=%d.%m.%y. May be repeated."
MISSING = r'Texts and numbers for a missing value, in place of the usual ones, e.g. "NA,-,\N".'
ID = "Columns that name the rows: kept beside predictions, never learned from."


@dataclass(frozen=True)
class ColumnChoices:
    """Options that say what columns are; a name with a comma in it is recognised by the names in the table."""

    panel: ClassVar = "The columns"

    drop: Annotated[Many, typer.Option(metavar=LIST, help=DROP)] = None
    keep: Annotated[Many, typer.Option(metavar=LIST, help=KEEP)] = None
    kind: Annotated[Many, typer.Option(metavar="COL=KIND", help=KIND)] = None
    date_format: Annotated[Many, typer.Option(metavar="COL=FORMAT", help=DATE_FORMAT)] = None
    missing: Annotated[str | None, typer.Option(help=MISSING)] = None
    decimal: Annotated[str | None, typer.Option(help="Decimal sign: . or , (default: found in the numbers).")] = None
    thousands: Annotated[str | None, typer.Option(help="Thousands separator; an empty text for none.")] = None
    id: Annotated[Many, typer.Option(metavar=LIST, help=ID)] = None

    @property
    def columns(self) -> ColumnOptions:
        """The options of a training; InvalidInput for what contradicts itself."""
        return ColumnOptions(
            drop=tuple(self.drop or ()),
            keep=tuple(self.keep or ()),
            kinds=pairs("--kind", self.kind or (), "zip=category"),
            date_formats=pairs("--date-format", self.date_format or (), "sold=%d.%m.%y"),
            missing=None if self.missing is None else marks(self.missing),
            decimal=self.decimal,
            thousands=self.thousands,
            id=tuple(self.id or ()),
        )


def pairs(option: str, given: Sequence[str], example: str) -> dict[str, str]:
    """What is said of each column, from texts such as "zip=category"; a name may hold an equals sign.

    >>> pairs("--date-format", ["a=b=%d.%m.%Y"], "")
    {'a=b': '%d.%m.%Y'}
    """
    found: dict[str, str] = {}
    for text in given:
        name, equals, value = text.rpartition("=")
        if not equals or not name:
            raise InvalidInput(f"{option} takes a column and what it is, as in {option} {example}, got {text!r}.")
        if found.setdefault(name, value) != value:
            raise InvalidInput(f"{option} says two things of column {name!r}: {found[name]} and {value}.")
    return found


def marks(text: str) -> tuple[str, ...]:
    """The marks in a text with commas between them; one that holds a comma stands in quotation marks."""
    return tuple(mark.strip() for mark in next(csv.reader([text], skipinitialspace=True), []))


def words_for(columns: ColumnOptions) -> list[str]:
    """The options of a command that say the same."""
    lists = [("--drop", columns.drop), ("--keep", columns.keep), ("--id", columns.id)]
    words = [word for option, names in lists for name in names for word in (option, name)]
    for option, said in (("--kind", columns.kinds), ("--date-format", columns.date_formats)):
        words += [word for name, value in said.items() for word in (option, f"{name}={value}")]
    if columns.missing is not None:
        words += ["--missing", ",".join(f'"{mark}"' if "," in mark else mark for mark in columns.missing)]
    signs = [("--decimal", columns.decimal), ("--thousands", columns.thousands)]
    return words + [word for option, sign in signs if sign is not None for word in (option, sign)]
