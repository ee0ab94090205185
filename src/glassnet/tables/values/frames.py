"""Data frames of any library seen the same way: as columns of numbers, days or texts."""

import datetime
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from glassnet.errors import InvalidInput, WrongRow, closest
from glassnet.extras import require
from glassnet.tables.values.objects import as_text, is_missing, plain

if TYPE_CHECKING:
    import narwhals as nw
    from narwhals.typing import IntoDataFrame

Floats = npt.NDArray[np.float64]
LARGEST = 1e300  # larger numbers count as this, so that the difference of any two is finite
BOOLEANS = {"true": 1.0, "false": 0.0}
DAY = datetime.timedelta(days=1)
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)

PLAIN_NUMBERS = (np.float64, np.float32, np.int64, np.int32, np.bool_)  # arrays that are columns as they lie

FAMILIES = dict.fromkeys(("String", "Categorical", "Enum"), "text") | {"Boolean": "number"}
FAMILIES |= dict.fromkeys(("Date", "Datetime", "Time", "Duration"), "date")


def as_frame(data: Any) -> Any:
    """The narwhals view of a data frame (polars, pandas, pyarrow); column names become text.

    Raises InvalidInput for anything else, and when two columns share a name.
    """
    narwhals = require("narwhals", "tables", "a data frame")
    try:
        frame = narwhals.from_native(as_table(data), eager_only=True)
    except (TypeError, narwhals.exceptions.DuplicateError) as error:
        raise InvalidInput(f"expected a data frame of polars, pandas or pyarrow, got {_what(data)}.") from error
    names = [str(name) for name in frame.columns]
    if names == frame.columns:
        return frame
    if len(set(names)) < len(names):
        raise InvalidInput(f"expected a data frame with a name for each column, got {_what(data)}.")
    return narwhals.from_native(frame.to_native().set_axis(names, axis=1))  # pandas alone has names that are not text


def _what(data: "IntoDataFrame") -> str:
    """What came in the place of a data frame, and what makes one of it."""
    if hasattr(data, "collect"):
        return f"a {type(data).__name__}, which has no rows yet: pass its .collect()"
    if isinstance(data, (Mapping, list)):
        return f"a {type(data).__name__}: convert it with polars.DataFrame(…) or pandas.DataFrame(…)"
    if isinstance(data, (str, Path)):
        return f"{str(data)!r}: read a file with glassnet.read_table(…)"
    names = [str(name) for name in getattr(data, "columns", ())]
    twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    return f"one with several columns named {listed(twice)}" if twice else f"{type(data).__name__}"


def as_table(data: Any) -> Any:
    """A batch of Arrow as a table; anything else as it is."""
    is_batch = type(data).__name__ == "RecordBatch" and type(data).__module__.startswith("pyarrow")
    return sys.modules["pyarrow"].Table.from_batches([data]) if is_batch else data


def as_series(column: Any) -> Any:
    """The narwhals view of one column: a series of any library, an array of shape (n,), or a list."""
    narwhals = require("narwhals", "tables", "a column of a table")
    if isinstance(column, np.ndarray) and column.ndim == 1 and column.dtype in PLAIN_NUMBERS:
        return narwhals.from_native(require("polars", "tables", "a column").Series("y", column), series_only=True)
    if isinstance(column, (np.ndarray, list, tuple)):
        values = column.tolist() if isinstance(column, np.ndarray) else column
        values = [None if is_missing(value) else value for value in values]
        column = require("polars", "tables", "a column of a table").Series("y", values, strict=False)
    try:
        series = narwhals.from_native(column, series_only=True)
    except TypeError as error:
        raise InvalidInput(f"expected a column of a data frame, an array or a list, got {type(column)}.") from error
    return plain(series)


def family(series: "nw.Series[Any]") -> str:
    """What a column's values are by their type: "number", "text", "date" or "other"."""
    if series.dtype.is_numeric():
        return "number"
    return FAMILIES.get(type(series.dtype).__name__, "other")


def to_numbers(series: "nw.Series[Any]") -> Floats:
    """The values as float64, shape (n,), NaN where one is missing or infinite; booleans are 0 and 1.

    Texts that spell numbers, True or False are read. Raises InvalidInput, which names the first value that is not a
    number.
    """
    if family(series) != "number":
        return _parsed(series, number_in, "a number")
    return finite(_floats(series))


def to_days(series: "nw.Series[Any]") -> Floats:
    """Dates, times and durations in days (dates since 1970-01-01), shape (n,), NaN where one is missing.

    Texts that spell ISO dates are read. Raises InvalidInput that names the first value that is not a date.
    """
    if family(series) != "date":
        return _parsed(series, iso_days, "a date")
    series = nameless(series)
    if type(series.dtype).__name__ == "Time":
        return _floats(series.cast(require("narwhals", "tables", "a date").Int64)) / 86_400e9
    if type(series.dtype).__name__ == "Duration":
        return _floats(series.dt.total_microseconds()) / 86_400e6
    return _floats(series.dt.timestamp("us")) / 86_400e6


def to_texts(series: "nw.Series[Any]") -> list[str | None]:
    """The values as texts, None where one is missing; 1, 1.0 and "1" are the same text."""
    missing = nameless(series).is_null().to_list()
    return [None if gone else as_text(value) for value, gone in zip(series.to_list(), missing, strict=True)]


def nameless(series: "nw.Series[Any]") -> Any:
    """A column that polars can be asked about: it takes a name such as ^x.*$ for a pattern."""
    return series.alias("x")


def polars_texts(series: "nw.Series[Any]") -> Any:
    """A column of texts as a polars series."""
    polars = require("polars", "tables", "a column of texts")
    native = series.to_native()
    return (
        native
        if isinstance(native, polars.Series)
        else polars.Series(series.name or "", to_texts(series), polars.String)
    )


def check_column(data: "IntoDataFrame", name: str, what: str = "column") -> None:
    """Refuse a name that is not a column of the data frame, and say which is nearest.

    >>> import polars
    >>> check_column(polars.DataFrame({"city": [1], "id": [2]}), "citi")
    Traceback (most recent call last):
    glassnet.errors.InvalidInput: there is no column 'citi' (did you mean 'city'?); the columns are 'city', 'id'.
    """
    columns = as_frame(data).columns
    if name not in columns:
        raise InvalidInput(f"there is no {what} {name!r}{nearest(name, columns)}; the columns are {listed(columns)}.")


def nearest(name: object, known: Iterable[str]) -> str:
    """The words that suggest the nearest known name, or nothing."""
    close = closest(name, known, alike=0.6) if isinstance(name, str) else None
    return f" (did you mean {close!r}?)" if close else ""


def listed(names: Sequence[Any], most: int = 10) -> str:
    """The names in quotes with commas; those after the first ten are only counted."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(map(repr, names[:most])) + more


def _floats(series: "nw.Series[Any]") -> Floats:
    narwhals = require("narwhals", "tables", "a column of numbers")
    return np.array(series.cast(narwhals.Float64).to_numpy(), np.float64)  # a copy: what came is never changed


def finite(values: Floats) -> Floats:
    """Numbers as columns hold them: NaN for infinite ones, and none too large to take differences of."""
    values[np.isinf(values)] = np.nan
    return np.clip(values, -LARGEST, LARGEST)


def _parsed(series: "nw.Series[Any]", parse: Callable[[str], float], expected: str) -> Floats:
    values = np.full(len(series), np.nan)
    for row, text in enumerate(to_texts(series)):
        try:
            values[row] = np.nan if text is None else parse(text)
        except ValueError as error:
            raise WrongRow(
                f"column {series.name!r} holds {text!r}", row + 1, f", where {expected} is expected."
            ) from error
    return finite(values)


def number_in(text: str) -> float:
    """The number that a text spells; True and False are 1 and 0. ValueError for other texts."""
    number = BOOLEANS.get(text.lower())
    return float(text) if number is None else number


def iso_days(text: str) -> float:
    """The days since 1970-01-01 of an ISO date. ValueError for other texts."""
    date = datetime.datetime.fromisoformat(text)
    return ((date if date.tzinfo else date.replace(tzinfo=datetime.UTC)) - EPOCH) / DAY
