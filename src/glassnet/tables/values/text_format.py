"""How the texts of a column become values: found once in training, then used for every later table."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet.errors import InvalidInput, WrongRow
from glassnet.extras import require
from glassnet.tables.values.date_patterns import DATETIMES, ISO, PATTERNS, TIMES, dated, moment, type_of
from glassnet.tables.values.frames import as_series, family, polars_texts, to_texts
from glassnet.tables.values.missing import MISSING, Marks, marks_of
from glassnet.tables.values.number_styles import STYLES, plain_digits
from glassnet.tables.values.stacks import Stack, stacked

if TYPE_CHECKING:
    import narwhals as nw

EXPECTED = {"number": "a number", "boolean": "true or false", "date": "a date", "time": "a time of day"}
TRUE_FALSE = "true|false"
PAIRS = (TRUE_FALSE, "yes|no", "y|n", "t|f", "1|0", "on|off")  # of truth values, the second of which is false
LONGEST_AFFIX = 16


@dataclass(frozen=True)
class TextFormat:
    """What a column's texts mean.

    type        "number", "boolean" (true, false), "date", "time" or "text"
    decimal, thousands, before, after
                of numbers: the decimal sign, the separator of thousands, and what stands at each, such as $ or %
    pattern     of dates and times, as `strptime` has it; ISO 8601 is understood besides. Of truth values that were
                said to be such, one of `PAIRS`
    missing     which texts stand for a missing value: a name in `MISSING`, or the texts that were stated
    strays      whether other texts are missing too; otherwise they are refused
    note        what was odd or ambiguous when it was found, in words
    """

    type: str = "text"
    decimal: str = "."
    thousands: str = ""
    before: str = ""
    after: str = ""
    pattern: str = ""
    missing: Marks = "marks"
    strays: bool = False
    note: str = ""

    def __post_init__(self) -> None:
        texts = (
            self.type,
            self.decimal,
            self.thousands,
            self.before,
            self.after,
            self.pattern,
            self.note,
        )
        known = (
            all(isinstance(text, str) for text in texts)
            and self.type in ("text", *EXPECTED)
            and (self.decimal, self.thousands) in STYLES
            and len(self.before + self.after) <= LONGEST_AFFIX
            and self._has_a_known_pattern()
            and (self.missing in MISSING if isinstance(self.missing, str) else is_texts(self.missing))
            and isinstance(self.strays, bool)
        )
        if not known:
            raise InvalidInput(f"unknown text format: {str(asdict(self))[:300]}.")

    def _has_a_known_pattern(self) -> bool:
        if self.pattern in ("", *PATTERNS.get(self.type, ())):
            return True
        return self.pattern in PAIRS if self.type == "boolean" else type_of(self.pattern) == self.type

    def describe(self) -> dict[str, Any]:
        """The format as JSON values."""
        return asdict(self)

    @property
    def quantity(self) -> bool:
        """Whether numbers have a sign or a unit, so that they measure rather than name."""
        return bool(self.before or self.after)

    @property
    def reads_numbers(self) -> bool:
        """Whether numbers too are read as texts: where they were said to be dates, or truth values."""
        return self.type in PATTERNS or (self.type == "boolean" and self.pattern != "")

    @property
    def usual_pattern(self) -> str:
        """The pattern that dates or times are read by first."""
        return self.pattern or {"date": DATETIMES, "time": TIMES}[self.type][0]

    @property
    def takes_numbers(self) -> bool:
        """Whether every number is a value as it is."""
        return isinstance(self.missing, str) and not self.reads_numbers

    def values(self, texts: "nw.Series[Any]") -> Any:
        """An expression of texts, stripped and without missing marks: their values, None where they do not fit."""
        polars = require("polars", "tables", "reading a table")
        if self.type == "number":
            return self._number(texts)
        if self.type == "boolean":
            pair = dict(zip((self.pattern or TRUE_FALSE).split("|"), (True, False), strict=True))
            return texts.str.to_lowercase().replace_strict(pair, default=None, return_dtype=polars.Boolean)
        return dated(texts, self.usual_pattern) if self.type in PATTERNS else texts

    def _number(self, texts: "nw.Series[Any]", whole: bool = False) -> Any:
        polars = require("polars", "tables", "reading a table")
        digits = plain_digits(texts, self.decimal, self.thousands, self.before, self.after)
        return digits.cast(polars.Int64 if whole else polars.Float64, strict=False)

    def read(self, series: "nw.Series[Any]") -> Any:
        """A column (narwhals) with its texts as values; a column of another type stays what it is.

        Raises InvalidInput that names the first text that does not fit.
        """
        return read_columns([series], [self])[0]

    def values_of(self, stack: Stack) -> list[Any]:
        """The values of each column of a stack, polars series, None for texts that do not fit.

        Texts are read in the format, and where some do not fit it, in what means the same everywhere as well.
        """
        values = stack.ask(self.values)
        found = [stack.column(values, place) for place in range(stack.width)]
        fit = (stack.flags(values.is_not_null()) == stack.there).all(axis=1)
        if odd := np.flatnonzero(~fit).tolist():
            polars, rest = require("polars", "tables", "reading a table"), stack.only(odd)
            others = rest.ask(lambda texts: polars.coalesce(*self._meanings(texts)))
            for k, place in enumerate(odd):
                found[place] = rest.column(others, k)
        if self.type == "number":
            integers = stack.ask(lambda texts: self._number(texts, whole=True))
            whole = (stack.column(integers, place) for place in range(stack.width))
            found = [w if w.null_count() == v.null_count() else v for w, v in zip(whole, found, strict=True)]
        return found

    def wrong_row(self, name: str, texts: Any, values: Any) -> WrongRow:
        """The error that names the first text that does not fit."""
        row = int((values.is_null() & texts.is_not_null()).arg_max())
        return self.wrong_text(name, texts[row], row + 1)

    def wrong_text(self, name: str, text: str, row: int) -> WrongRow:
        """The error that names a text that does not fit."""
        expected = f", where {EXPECTED[self.type]} is expected{self.as_in}."
        return WrongRow(f"column {name!r} holds {text[:100]!r}", row, expected)

    @property
    def as_in(self) -> str:
        """How numbers were written, where that is not as everywhere."""
        if self.type != "number" or (self.decimal, self.thousands) == (".", ""):
            return ""
        thousands = f" and {self.thousands!r} between thousands" if self.thousands else ""
        return f" (with the decimal sign {self.decimal!r}{thousands}, as in training)"

    def _meanings(self, texts: "nw.Series[Any]") -> Iterator[Any]:
        """Expressions of one type: the format, and what else cannot mean anything but one thing."""
        polars = require("polars", "tables", "reading a table")
        if self.type == "time":
            yield from (dated(texts, pattern) for pattern in filter(None, (self.pattern, *TIMES)))
        elif self.type == "date":
            yield from (moment(texts, pattern) for pattern in filter(None, (self.pattern, *ISO)))
        else:
            yield self.values(texts).cast(polars.Float64) if self.pattern else self._number(texts)
            yield TextFormat("boolean").values(texts).cast(polars.Float64)


def is_texts(values: object) -> bool:
    """Whether a value is a tuple of texts."""
    return isinstance(values, tuple) and all(isinstance(value, str) for value in values)


def read_columns(columns: Sequence[Any], formats: Sequence[TextFormat]) -> list[Any]:
    """Columns (narwhals, of the same length) with their texts as values by their formats; others stay what they are.

    Raises InvalidInput that names the first text of the first column that does not fit.
    """
    read = [without_marks(*pair) for pair in zip(columns, formats, strict=True)]
    wrong = dict[int, WrongRow]()
    for form, places in alike(columns, formats).items():
        for some, stack in stacked([as_texts(columns[place]) for place in places], form.missing):
            n_there = stack.there.sum(axis=1).tolist()
            for k, (place, values) in enumerate(zip(places[some], form.values_of(stack), strict=True)):
                name = columns[place].name or ""
                if stack.height - values.null_count() < n_there[k] and not formats[place].strays:
                    wrong[place] = form.wrong_row(name, stack.column(stack.texts, k), values.alias("x"))
                read[place] = as_series(values.alias(name))  # only now, as a name may look like a pattern to polars
    if wrong:
        raise wrong[min(wrong)]
    return read


def alike(columns: Sequence[Any], formats: Sequence[TextFormat]) -> dict[TextFormat, list[int]]:
    """The places of the columns whose values are read as texts, and in the same way."""
    places: dict[TextFormat, list[int]] = defaultdict(list)
    for place, (series, form) in enumerate(zip(columns, formats, strict=True)):
        if is_read_as_text(series, form):
            places[replace(form, strays=False, note="")].append(place)
    return places


def is_read_as_text(series: "nw.Series[Any]", form: TextFormat) -> bool:
    """Whether the values of a column are read as texts; numbers too where they were said to be dates, or truth values.

    The levels of a categorical type are values as they are.
    """
    if family(series) == "text":
        return form.missing != "empty"
    return form.reads_numbers and series.dtype.is_numeric()


def as_texts(series: "nw.Series[Any]") -> Any:
    """The values of a column of any type as a polars series of texts."""
    if type(series.dtype).__name__ == "String":
        return polars_texts(series)
    polars = require("polars", "tables", "a column of texts")
    return polars.Series(series.name or "", to_texts(series), polars.String)


def without_marks(series: "nw.Series[Any]", form: TextFormat) -> Any:
    """The column, without the numbers that were said to stand for a missing value, such as -999."""
    if isinstance(form.missing, str) or not series.dtype.is_numeric():
        return series
    narwhals = require("narwhals", "tables", "a column of numbers")
    column = narwhals.col("x")
    for mark in marks_of(form.missing):
        if (number := as_number(mark)) is not None:
            rest = narwhals.when(column != number).then(column)
            series = series.alias("x").to_frame().select(rest)["x"].alias(series.name)
    return series


def as_number(text: str) -> float | None:
    """The number that a text spells, a whole one where it is; None where it spells none."""
    try:
        number = float(text)
    except ValueError:
        return None
    return int(number) if number.is_integer() else number
