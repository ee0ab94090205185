"""Values that a model has not met in training: levels that it never saw, numbers beyond all others, missing values."""

import datetime
import math
from collections.abc import Sequence
from typing import NamedTuple

from glassnet.errors import brief
from glassnet.serving.rows import Rows, Value
from glassnet.tables.encoding.column_encoders import CodedColumn, ColumnEncoder, DateColumn, Levels, NumberColumn
from glassnet.tables.encoding.found_columns import EPOCH, FoundColumn, day
from glassnet.tables.encoding.value_encoders import level_finder
from glassnet.tables.number_format import readable
from glassnet.tables.pipeline import TablePipeline
from glassnet.tables.values.single_values import days_of, number_of, value_reader

UNSEEN, MISSING, OUT_OF_RANGE = "unseen", "missing", "out_of_range"


class Unusual(NamedTuple):
    """A value worth counting: its row (from 0), its column, which kind, and a warning ("" where there is no need)."""

    row: int
    column: str
    kind: str
    warning: str = ""


class Watch:
    """Looks at the values of one column: at plain ones directly, at the rest as the model reads them."""

    def __init__(self, encoder: ColumnEncoder, found: FoundColumn | None):
        self.encoder, self.name = encoder, encoder.name
        self.low = found.low if found is not None and found.low is not None else -math.inf
        self.high = found.high if found is not None and found.high is not None else math.inf
        self.levels = frozenset(encoder.levels) if isinstance(encoder, Levels) else frozenset[str]()
        self.level = level_finder(encoder) if isinstance(encoder, Levels) else None
        self.number = days_of if isinstance(encoder, DateColumn) else number_of
        self.read = value_reader(encoder.name, encoder.format)
        # numbers that were said to mean a missing value are looked at as the model reads them
        plain = isinstance(encoder, NumberColumn) and not isinstance(encoder, DateColumn)
        self.plain_numbers = plain and isinstance(encoder.format.missing, str)

    def look(self, row: int, value: Value) -> Unusual | None:
        """What is unusual about a value, if anything."""
        if value is None:
            return self.missing(row)
        if isinstance(value, str):
            if value in self.levels:
                return None
        elif self.plain_numbers and self.low <= value <= self.high:
            return None
        return self._look(row, value)

    def _look(self, row: int, value: Value) -> Unusual | None:
        """What is unusual about a value as the model reads it."""
        read = self.read(value)
        if self.level is not None:
            level = read if isinstance(read, str) else self.level(read)
            return self.missing(row, value) if level is None else self.unseen(row, value, level)
        number = self.number(self.name, read)
        if math.isnan(number):
            return self.missing(row, value)
        return None if self.low <= number <= self.high else self.out_of_range(row, number)

    def unseen(self, row: int, value: Value, level: str) -> Unusual | None:
        """A level that the model does not know."""
        if level in self.levels:
            return None
        rare = " or stood in a single row" if isinstance(self.encoder, CodedColumn) else ""
        return Unusual(row, self.name, UNSEEN, f"{self.name}: {brief(value)} was not in training{rare}")

    def missing(self, row: int, value: Value = None) -> Unusual:
        """No value: a warning where training always had one, or where something else stands there."""
        if value is not None:
            return Unusual(row, self.name, MISSING, f"{self.name}: {brief(value)} is read as missing")
        always = "" if self.encoder.missing else f"{self.name}: missing, and in training it never was"
        return Unusual(row, self.name, MISSING, always)

    def out_of_range(self, row: int, number: float) -> Unusual:
        """A number below the least or above the largest of training."""
        below = number < self.low
        side, end = ("below", self.low) if below else ("above", self.high)
        most = "least" if below else "largest"
        if isinstance(self.encoder, DateColumn):
            most = "first" if below else "last"
            said = f"{moment(self.encoder, number)} is {side} {moment(self.encoder, end)}"
        else:
            said = f"{readable(number)} is {side} {readable(end)}"
        return Unusual(row, self.name, OUT_OF_RANGE, f"{self.name}: {said}, the {most} value in training")


def watches(model: TablePipeline) -> tuple[Watch, ...]:
    """One for each column of a model."""
    found = {column.name: column for column in model.columns}
    return tuple(Watch(encoder, found.get(encoder.name)) for encoder in model.encoder.encoders)


def unusual_in(watching: Sequence[Watch], rows: Rows) -> list[Unusual]:
    """What is unusual in some rows."""
    found = []
    for number, row in enumerate(rows):
        for watch, value in zip(watching, row, strict=True):
            if (one := watch.look(number, value)) is not None:
                found.append(one)
    return found


def warnings_of(found: Sequence[Unusual], n_rows: int) -> list[list[str]]:
    """The warnings of each row."""
    warnings: list[list[str]] = [[] for _ in range(n_rows)]
    for each in found:
        if each.warning:
            warnings[each.row].append(each.warning)
    return warnings


def moment(encoder: DateColumn, days: float) -> str:
    """A date or a time of day, as a request may write it."""
    if encoder.format.type == "time":
        return f"{EPOCH + datetime.timedelta(days=days):%H:%M}"
    return day(days, True)
