"""Columns of any library's own types: numbers, dates or texts, as their values are."""

import datetime
import numbers
from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet.extras import require

if TYPE_CHECKING:
    import narwhals as nw

Row = tuple[Callable[[Any], bool], str, Callable[[Any], Any]]
OBJECTS = ("Object", "Unknown")  # such as periods and intervals of pandas


def plain(series: "nw.Series[Any]") -> Any:
    """A column of Python objects as one of numbers, dates or texts, Arrow's numbers and dates as polars has them.

    Other columns stay what they are.
    """
    narwhals = require("narwhals", "tables", "a column of a table")
    if of_arrow(series) and (series.dtype.is_numeric() or series.dtype.is_temporal()):
        return narwhals.from_native(series.to_polars(), series_only=True)
    if type(series.dtype).__name__ not in OBJECTS:
        return series
    gone = series.alias("x").is_null().to_list()
    values = [None if null or is_missing(value) else value for value, null in zip(series.to_list(), gone, strict=True)]
    dtype, convert = plain_type([value for value in values if value is not None])
    converted = [None if value is None else convert(value) for value in values]
    return narwhals.new_series(series.name, converted, getattr(narwhals, dtype), backend="polars")


def of_arrow(series: "nw.Series[Any]") -> bool:
    """Whether a column is Arrow's, which refuses whole numbers beyond 2⁵³ as floats, and counts times in many units."""
    return bool(series.implementation.is_pyarrow()) or hasattr(series.to_native().dtype, "pyarrow_dtype")


def plain_type(values: list[Any]) -> tuple[str, Callable[[Any], Any]]:
    """The column type that can hold all these objects, and what makes one fit for it.

    >>> plain_type([1, 2.5])
    ('Float64', <class 'float'>)
    """
    fitting = ((dtype, convert) for fits, dtype, convert in PLAIN if all(map(fits, values)))
    return next(fitting, ("String", as_text))


def is_missing(value: object) -> bool:
    """Whether a value is None, NaN, or what pandas writes for a value that is missing."""
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return True
    return isinstance(value, numbers.Number) and bool(value != value)


def as_text(value: object) -> str | None:
    """The text that stands for a value; None for NaN."""
    if type(value) is str:  # as nearly all are
        return value
    if isinstance(value, (float, np.floating)):
        return None if value != value else str(int(value)) if value.is_integer() else str(value)
    return str(value)


def of(*types: Any) -> Callable[[Any], bool]:
    """Whether a value is of one of the types."""
    return lambda value: isinstance(value, types)


def is_short(value: object) -> bool:
    """Whether a value is a whole number of 64 bits."""
    return isinstance(value, numbers.Integral) and -(2**63) <= int(value) < 2**63


PLAIN: tuple[Row, ...] = (
    (of(bool, np.bool_), "Boolean", bool),
    (is_short, "Int64", int),
    (of(numbers.Real, Decimal, np.bool_), "Float64", float),
    (of(datetime.date), "Datetime", lambda value: datetime.datetime(*value.timetuple()[:6])),
    (of(datetime.time), "Time", lambda value: value),
    (of(datetime.timedelta), "Duration", lambda value: value),
    (lambda value: hasattr(value, "to_timestamp"), "Datetime", lambda value: value.to_timestamp()),  # a period's begin
)
