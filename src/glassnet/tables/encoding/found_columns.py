"""What was found of each column of a table when a model was trained, for people to look at."""

import datetime
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet.tables.encoding.column_encoders import CodedColumn, ColumnEncoder, DateColumn, Levels, NumberColumn
from glassnet.tables.encoding.column_kinds import Column, read_as
from glassnet.tables.encoding.encoder import TableEncoder
from glassnet.tables.encoding.leveled_column import LeveledColumn
from glassnet.tables.encoding.target import ClassTarget, Target
from glassnet.tables.number_format import readable
from glassnet.tables.values.frames import as_frame, nameless
from glassnet.tables.values.text_format import TRUE_FALSE

if TYPE_CHECKING:
    import narwhals as nw

HEADER = ("column", "kind", "range or levels", "missing", "inputs")
OTHERS = "; other texts are read as missing"
SHOWN_LEVELS, LONGEST_LEVEL = 3, 20
EPOCH = datetime.datetime(1970, 1, 1)


@dataclass(frozen=True)
class FoundColumn:
    """A column as it was found.

    kind       "number", "boolean", "date", "category", "coded", or as in `Column` of what is dropped
    dropped    why nothing is learned from it, in a few words; "" if something is
    low, high  the least and the largest number of the training rows (dates in days since 1970); None of others
    values     its range or its levels, in words
    missing    in how many of the training rows it has no value
    inputs     what the network has of it, in words
    """

    name: str
    kind: str
    dropped: str = ""
    low: float | None = None
    high: float | None = None
    values: str = ""
    missing: int = 0
    inputs: str = ""

    @property
    def cells(self) -> tuple[str, ...]:
        """A row of a table with the `HEADER`."""
        if self.dropped:
            return (self.name, self.kind, f"dropped: {self.dropped}", "", "")
        return (self.name, self.kind, self.values, f"{self.missing:,}" if self.missing else "", self.inputs)


def target_cells(name: str, target: Target) -> tuple[str, ...]:
    """The row of the target in a table with the `HEADER`."""
    if isinstance(target, ClassTarget):
        return (name, "target", levels_in_words(target.names, noun="class"), "", "")
    return (name, "target", f"{readable(target.low)} … {readable(target.high)}", "", "")


def find_in_rows(data: Any, columns: Sequence[Column], encoder: TableEncoder) -> tuple[FoundColumn, ...]:
    """What is found in the training rows, of each of the `columns` of the table in their order."""
    encoders = {each.name: each for each in encoder.encoders}
    read = read_as(as_frame(data)[:, [*encoders]], {name: each.format for name, each in encoders.items()})
    return tuple(
        found_of(encoders[column.name], read[column.name])
        if column.name in encoders
        else FoundColumn(column.name, column.kind, encoder.dropped[column.name])
        for column in columns
    )


def found_of(encoder: ColumnEncoder, values: "nw.Series[Any]") -> FoundColumn:
    """What is found of a column that something is learned from."""
    many, inputs = isinstance(encoder, CodedColumn), inputs_in_words(encoder)
    if isinstance(encoder, NumberColumn):
        numbers = encoder.in_numbers(values)
        gone, low, high = int(np.isnan(numbers).sum()), float(np.nanmin(numbers)), float(np.nanmax(numbers))
        words = range_in_words(encoder, [low, high], values)
        return FoundColumn(encoder.name, kind_of(encoder), "", low, high, words, gone, inputs)
    gone = int(nameless(values).null_count())
    levels = levels_in_words(encoder.levels, many) if isinstance(encoder, Levels) else ""
    return FoundColumn(encoder.name, encoder.kind, values=levels, missing=gone, inputs=inputs)


def inputs_in_words(encoder: ColumnEncoder) -> str:
    """What the network has of a column."""
    if isinstance(encoder, LeveledColumn):
        return f"{len(encoder.names) - 1} and {encoder.n_codes:,} codes of single values"
    return f"{encoder.n_codes:,} codes" if isinstance(encoder, CodedColumn) else f"{len(encoder.names)}"


def kind_of(encoder: NumberColumn) -> str:
    """What a column is for people: truth values are numbers to the network alone, single values codes."""
    return "boolean" if encoder.format.type == "boolean" else encoder.holds


def range_in_words(encoder: NumberColumn, ends: Sequence[float], values: "nw.Series[Any]") -> str:
    """The least and the largest number of a column, or its two truth values, and what becomes of other texts."""
    if kind_of(encoder) == "boolean" and ends[0] >= 0 and ends[1] <= 1:
        words = " or ".join((encoder.format.pattern or TRUE_FALSE).split("|"))
    else:
        words = " … ".join(written(encoder, ends, values))
    return words + OTHERS * encoder.format.strays


def written(encoder: NumberColumn, numbers: Iterable[float], values: "nw.Series[Any]") -> Iterator[str]:
    """Numbers of a column as they are read: dates as dates, times of day as such."""
    kind = type(values.dtype).__name__
    for number in numbers:
        if not isinstance(encoder, DateColumn):
            yield readable(number)
        elif kind == "Time":
            yield f"{EPOCH + datetime.timedelta(days=number):%H:%M}"
        elif kind == "Duration":
            yield counted_days(number)
        else:
            yield day(number, kind == "Datetime")


def counted_days(days: float) -> str:
    """A duration in words.

    >>> counted_days(2.5), counted_days(1 / 24)
    ('2.5 days', '0.04167 days')
    """
    return f"{readable(days)} days"


def day(days: float, time: bool) -> str:
    """A date, with its time of day where that is not midnight; the number of days for what no calendar has.

    >>> day(18262.5, True), day(18262.0, True), day(1e9, False)
    ('2020-01-01 12:00', '2020-01-01', '1,000,000,000 days')
    """
    try:
        found = EPOCH + datetime.timedelta(days=days)
    except OverflowError:
        return counted_days(days)
    return f"{found:%Y-%m-%d %H:%M}" if time and not math.isclose(days, round(days)) else f"{found:%Y-%m-%d}"


def levels_in_words(levels: Sequence[str], rare: bool = False, noun: str = "level") -> str:
    """How many levels there are, and the first of them.

    >>> levels_in_words(["Oslo", "Paris", "Rome", "Turin"]), levels_in_words(["no", "yes"])
    ('4 levels: Oslo, Paris, Rome, …', '2 levels: no, yes')
    """
    some = [level if len(level) <= LONGEST_LEVEL else f"{level[: LONGEST_LEVEL - 1]}…" for level in levels]
    more = ", …" if len(levels) > SHOWN_LEVELS else ""
    plural = "es" if noun.endswith("s") else "s"
    what = f"{len(levels):,} {noun}{plural * (len(levels) != 1)}{' beside rare ones' if rare else ''}"
    return f"{what}: {', '.join(some[:SHOWN_LEVELS])}{more}" if levels else what
