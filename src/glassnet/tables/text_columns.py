"""What the texts of a CSV column spell: booleans, numbers, dates, times, or nothing but text."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from glassnet.extras import require

MISSING = ("", "na", "n/a", "#n/a", "<na>", "nan", "null", "none", "-", "?")  # in small letters
DATES = ("%Y-%m-%d", "%Y/%m/%d", "%d.%m.%Y")  # 3/4/2020 is two different days, so it stays a text
DATETIMES = tuple(f"%Y-%m-%d{gap}{time}" for gap in (" ", "T") for time in ("%H:%M:%S%.f", "%H:%M"))
OFFSETS = tuple(form + "%z" for form in DATETIMES)
TIMES = ("%H:%M:%S", "%H:%M")
Reading = Callable[[Any], Any]  # a column of texts in a type; what does not fit is missing


def typed(texts: Any, decimal_comma: bool = False) -> Any:
    """A polars column of texts, stripped, with its missing values, in the first type that fits all its values.

    Tried in this order: booleans (true, false), whole numbers, numbers, dates (2020-12-31, 2020/12/31, 31.12.2020),
    dates with a time (ISO, with or without seconds, all with an offset or all without), times of day. Numbers that
    begin with a needless zero, such as the zip code 02134, stay texts. With `decimal_comma`, 1,5 is a number too.

    >>> import polars
    >>> typed(polars.Series("age", [" 30", "?", "41 "])).to_list()
    [30, None, 41]
    """
    texts = stripped(texts)
    return read_as(texts, next(fitting(texts, readings(decimal_comma)), None))


def stripped(texts: Any) -> Any:
    """The texts without blanks around them, with their missing values."""
    texts = texts.str.strip_chars()
    return texts.set(texts.str.to_lowercase().is_in(MISSING), None)


def fitting(texts: Any, known: Iterable[Reading]) -> Iterator[Reading]:
    """Those of the readings that fit all values, in their order; none of them where there are no values."""
    some = texts.drop_nulls().head(100)  # most types are ruled out by a few values
    if some.is_empty():
        return
    yield from (read for read in known if _fits(read(some), some) and _fits(read(texts), texts))


def read_as(texts: Any, reading: Reading | None) -> Any:
    """The column in the type of a reading; None leaves the texts."""
    return texts if reading is None else reading(texts)


def _fits(column: Any, texts: Any) -> bool:
    return bool(column.null_count() == texts.null_count())


def readings(decimal_comma: bool) -> Iterator[Reading]:
    """Every type in turn."""
    polars = require("polars", "tables", "reading a table")
    yield lambda texts: texts.str.to_lowercase().replace_strict({"true": True, "false": False}, default=None)
    yield lambda texts: _without_zeros(texts).cast(polars.Int64, strict=False)
    yield lambda texts: _without_zeros(texts).cast(polars.Float64, strict=False)
    if decimal_comma:
        yield lambda texts: _without_zeros(texts).str.replace(",", ".", literal=True).cast(polars.Float64, strict=False)
    yield from (lambda texts, form=form: texts.str.to_date(form, strict=False) for form in DATES)
    yield from (lambda texts, form=form: texts.str.to_datetime(form, strict=False) for form in DATETIMES)
    yield from (lambda texts, form=form: _with_offset(texts).str.to_datetime(form, strict=False) for form in OFFSETS)
    yield from (lambda texts, form=form: texts.str.to_time(form, strict=False) for form in TIMES)


def _without_zeros(texts: Any) -> Any:
    """The column without the texts that begin with a needless zero."""
    return texts.set(texts.str.contains(r"^[+-]?0\d"), None)


def _with_offset(texts: Any) -> Any:
    """The column with +00:00 in place of Z."""
    return texts.str.replace("[Zz]$", "+00:00")
