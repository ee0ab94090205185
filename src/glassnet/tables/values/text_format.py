"""How the texts of a column become values: found once in training, then used for every later table."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet.errors import InvalidInput, WrongRow
from glassnet.extras import require
from glassnet.tables.values.frames import as_series, family, polars_texts
from glassnet.tables.values.missing import MISSING
from glassnet.tables.values.number_styles import STYLES, plain_digits
from glassnet.tables.values.stacks import Stack, stacked

if TYPE_CHECKING:
    import narwhals as nw

DATES = ("%Y-%m-%d", "%Y/%m/%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y")
DATETIMES = tuple(f"%Y-%m-%d{gap}{time}" for gap in (" ", "T") for time in ("%H:%M:%S%.f", "%H:%M"))
OFFSETS = tuple(form + "%z" for form in DATETIMES)
TIMES = ("%H:%M:%S%.f", "%H:%M")
PATTERNS = {"date": (*DATES, *DATETIMES, *OFFSETS), "time": TIMES}
ISO = (DATES[0], *DATETIMES, *OFFSETS)  # mean the same everywhere
EXPECTED = {"number": "a number", "boolean": "true or false", "date": "a date", "time": "a time of day"}
TRUE_FALSE = {"true": True, "false": False}
LONGEST_AFFIX = 16


@dataclass(frozen=True)
class TextFormat:
    """What a column's texts mean.

    type        "number", "boolean" (true, false), "date", "time" or "text"
    decimal, thousands, before, after
                of numbers: the decimal sign, the separator of thousands, and what stands at each, such as $ or %
    pattern     of dates and times, as `strptime` has it; ISO 8601 is understood besides
    missing     which texts stand for a missing value, a name in `MISSING`
    strays      whether other texts are missing too; otherwise they are refused
    note        what was odd or ambiguous when it was found, in words
    """

    type: str = "text"
    decimal: str = "."
    thousands: str = ""
    before: str = ""
    after: str = ""
    pattern: str = ""
    missing: str = "marks"
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
            self.missing,
            self.note,
        )
        known = (
            all(isinstance(text, str) for text in texts)
            and self.type in ("text", *EXPECTED)
            and (self.decimal, self.thousands) in STYLES
            and len(self.before + self.after) <= LONGEST_AFFIX
            and self.pattern in ("", *PATTERNS.get(self.type, ()))
            and self.missing in MISSING
            and isinstance(self.strays, bool)
        )
        if not known:
            raise InvalidInput(f"unknown text format: {str(asdict(self))[:300]}.")

    def describe(self) -> dict[str, Any]:
        """The format as JSON values."""
        return asdict(self)

    @property
    def quantity(self) -> bool:
        """Whether numbers have a sign or a unit, so that they measure rather than name."""
        return bool(self.before or self.after)

    def values(self, texts: "nw.Series[Any]") -> Any:
        """An expression of texts, stripped and without missing marks: their values, None where they do not fit."""
        polars = require("polars", "tables", "reading a table")
        if self.type == "number":
            return self._number(texts)
        if self.type == "boolean":
            return texts.str.to_lowercase().replace_strict(TRUE_FALSE, default=None, return_dtype=polars.Boolean)
        return dated(texts, self.pattern) if self.type in PATTERNS else texts

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
        return WrongRow(
            f"column {name!r} holds {texts[row][:100]!r}", row + 1,
            f", where {EXPECTED[self.type]} is expected{self._as_in()}.",
        )  # fmt: skip

    def _as_in(self) -> str:
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
            yield self._number(texts)
            yield TextFormat("boolean").values(texts).cast(polars.Float64)


def dated(texts: Any, pattern: str) -> Any:
    """An expression of dates or times that are written in a pattern."""
    if pattern in TIMES:
        return texts.str.to_time(pattern, strict=False)
    if pattern in DATES:
        return texts.str.to_date(pattern, strict=False)
    if pattern in OFFSETS:
        return texts.str.replace("[Zz]$", "+00:00").str.to_datetime(pattern, strict=False)
    return texts.str.to_datetime(pattern or DATETIMES[0], strict=False)


def moment(texts: "nw.Series[Any]", pattern: str) -> Any:
    """The same as moments in UTC."""
    polars = require("polars", "tables", "reading a table")
    values = dated(texts, pattern)
    return values.dt.replace_time_zone(None) if pattern in OFFSETS else values.cast(polars.Datetime("us"))


def read_columns(columns: Sequence[Any], formats: Sequence[TextFormat]) -> list[Any]:
    """Columns (narwhals, of the same length) with their texts as values by their formats; others stay what they are.

    Raises InvalidInput that names the first text of the first column that does not fit.
    """
    read, wrong = [*columns], dict[int, WrongRow]()
    for form, places in alike(columns, formats).items():
        for some, stack in stacked([polars_texts(columns[place]) for place in places], form.missing):
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
    """The places of the columns of texts that are read in the same way."""
    places: dict[TextFormat, list[int]] = defaultdict(list)
    for place, (series, form) in enumerate(zip(columns, formats, strict=True)):
        if family(series) == "text" and form.missing != "empty":
            places[replace(form, strays=False, note="")].append(place)
    return places
