"""How the texts of a column become values: found once in training, then used for every later table."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from glassnet.errors import InvalidInput, WrongRow
from glassnet.extras import require
from glassnet.tables.values.frames import as_series, family, polars_texts
from glassnet.tables.values.missing import MISSING
from glassnet.tables.values.number_styles import STYLES, plain_digits

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
            raise InvalidInput(f"no such format of texts is known: {str(asdict(self))[:300]}.")

    def describe(self) -> dict[str, Any]:
        """The format as JSON can hold it."""
        return asdict(self)

    @property
    def quantity(self) -> bool:
        """Whether numbers have a sign or a unit, so that they measure rather than name."""
        return bool(self.before or self.after)

    def values(self, texts: Any) -> Any:
        """An expression of texts, stripped and without missing marks: their values, None where they do not fit."""
        polars = require("polars", "tables", "reading a table")
        if self.type == "number":
            return self._number(texts)
        if self.type == "boolean":
            return texts.str.to_lowercase().replace_strict(TRUE_FALSE, default=None, return_dtype=polars.Boolean)
        return dated(texts, self.pattern) if self.type in PATTERNS else texts

    def _number(self, texts: Any, whole: bool = False) -> Any:
        polars = require("polars", "tables", "reading a table")
        digits = plain_digits(texts, self.decimal, self.thousands, self.before, self.after)
        return digits.cast(polars.Int64 if whole else polars.Float64, strict=False)

    def read(self, series: Any) -> Any:
        """A column (narwhals) with its texts as values; a column of another type stays what it is.

        Raises InvalidInput that names the first text that does not fit.
        """
        if family(series) != "text" or self.missing == "empty":
            return series
        polars = require("polars", "tables", "reading a table")
        texts = present(polars_texts(series).alias("x").to_frame(), self.missing).to_series()
        values = self._values_of(texts)
        wrong = values.is_null() & texts.is_not_null()
        if wrong.any() and not self.strays:
            row = int(wrong.arg_max())
            raise WrongRow(
                f"column {series.name!r} holds {texts[row][:100]!r}", row + 1,
                f", where {EXPECTED[self.type]} is expected{self._as_in()}.",
            )  # fmt: skip
        if self.type == "number":
            whole = texts.to_frame().select(self._number(polars.all(), whole=True)).to_series()
            values = whole if whole.null_count() == values.null_count() else values
        return as_series(values.alias(series.name or ""))  # only now, as a name may look like a pattern to polars

    def _as_in(self) -> str:
        """How numbers were written, where that is not as everywhere."""
        if self.type != "number" or (self.decimal, self.thousands) == (".", ""):
            return ""
        thousands = f" and {self.thousands!r} between thousands" if self.thousands else ""
        return f" (with the decimal sign {self.decimal!r}{thousands}, as in training)"

    def _values_of(self, texts: Any) -> Any:
        """Values, read in the format, or else in what means the same everywhere."""
        polars = require("polars", "tables", "reading a table")
        values = texts.to_frame().select(self.values(polars.all())).to_series()
        if values.null_count() == texts.null_count() or self.type == "text":
            return values
        return texts.to_frame().select(polars.coalesce(*self._meanings(polars.all()))).to_series()

    def _meanings(self, texts: Any) -> Iterator[Any]:
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


def moment(texts: Any, pattern: str) -> Any:
    """The same as moments in UTC."""
    polars = require("polars", "tables", "reading a table")
    values = dated(texts, pattern)
    return values.dt.replace_time_zone(None) if pattern in OFFSETS else values.cast(polars.Datetime("us"))


def present(frame: Any, missing: str = "marks") -> Any:
    """A polars data frame of texts without blanks around them, None where one stands for a missing value."""
    polars = require("polars", "tables", "reading a table")
    texts = polars.all()
    frame = frame.select_seq(texts.str.strip_chars())  # once for the two uses below
    return frame.select_seq(polars.when(~texts.str.to_lowercase().is_in(MISSING[missing])).then(texts))
