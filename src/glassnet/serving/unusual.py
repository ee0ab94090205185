"""Values that a model has not met in training: levels that it never saw, numbers beyond all others, missing values."""

import datetime
import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from glassnet.errors import brief
from glassnet.serving.rows import Columns, Value
from glassnet.tables.encoding.column_encoders import CodedColumn, ColumnEncoder, DateColumn, Levels, NumberColumn
from glassnet.tables.encoding.found_columns import EPOCH, FoundColumn, day
from glassnet.tables.number_format import readable
from glassnet.tables.pipeline import TablePipeline
from glassnet.tables.values.frames import as_series

UNSEEN, MISSING, OUT_OF_RANGE = "unseen", "missing", "out_of_range"


class Unusual(NamedTuple):
    """A value worth counting: its row (from 0), its column, which kind, and a warning ("" where there is no need)."""

    row: int
    column: str
    kind: str
    warning: str = ""


class Watch:
    """Looks at the values of one column; what plain Python can tell is told so, the rest as the model reads it."""

    def __init__(self, encoder: ColumnEncoder, found: FoundColumn | None):
        self.encoder, self.name = encoder, encoder.name
        self.low = found.low if found is not None and found.low is not None else -math.inf
        self.high = found.high if found is not None and found.high is not None else math.inf
        self.levels = frozenset(encoder.levels) if isinstance(encoder, Levels) else frozenset[str]()
        # numbers that were said to mean a missing value are looked at as the model reads them
        plain = isinstance(encoder, NumberColumn) and not isinstance(encoder, DateColumn)
        self.plain_numbers = plain and isinstance(encoder.format.missing, str)

    def look(self, values: Sequence[Value]) -> Iterator[Unusual]:
        """What is unusual in the values of some rows."""
        read_by_type: dict[type, list[int]] = {}
        for row, value in enumerate(values):
            if value is None:
                yield self.missing(row)
            elif isinstance(value, str):
                if value not in self.levels:
                    read_by_type.setdefault(str, []).append(row)
            elif self.plain_numbers and -math.inf < value < math.inf:
                if not self.low <= value <= self.high:
                    yield self.out_of_range(row, float(value))
            else:
                read_by_type.setdefault(type(value), []).append(row)
        for rows in read_by_type.values():
            yield from self._read(rows, [values[row] for row in rows])

    def _read(self, rows: list[int], values: list[Value]) -> Iterator[Unusual]:
        """What is unusual in values of one type, as the model reads them."""
        series = as_series(values).alias(self.name)
        if isinstance(self.encoder, Levels):
            places = self.encoder.places(self.encoder.format.read(series))
            for row, place, value in zip(rows, places.tolist(), values, strict=True):
                if place == len(self.encoder.levels):
                    yield self.missing(row, value)
                elif place < 0:
                    yield self.unseen(row, value)
        elif isinstance(self.encoder, NumberColumn):
            for row, number, value in zip(rows, self.encoder.values(series).tolist(), values, strict=True):
                if math.isnan(number):
                    yield self.missing(row, value)
                elif not self.low <= number <= self.high:
                    yield self.out_of_range(row, number)

    def unseen(self, row: int, value: Value) -> Unusual:
        """A level that the model does not know."""
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


def unusual_in(watching: Sequence[Watch], columns: Columns) -> list[Unusual]:
    """What is unusual in the columns of some rows."""
    return [found for watch in watching for found in watch.look(columns[watch.name])]


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
