"""One value of any type as the one that it has in a column: as by `read_columns`, `to_numbers` and `to_days`."""

import datetime
import math
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np

from glassnet.errors import WrongRow
from glassnet.tables.values.frames import EPOCH, LARGEST, iso_days, number_in
from glassnet.tables.values.missing import marks_of
from glassnet.tables.values.number_styles import BLANK
from glassnet.tables.values.objects import as_text, is_missing, plain_type
from glassnet.tables.values.single_texts import text_reader
from glassnet.tables.values.text_format import TextFormat, as_number

NUMBERS = (bool, int, float, Decimal)
DATES = (datetime.date, datetime.time, datetime.timedelta)  # a datetime is a date
PLAIN = frozenset({str, type(None), bool, int, float, *DATES, datetime.datetime})  # types that are values as they are
EPOCH_OF_NO_ZONE = EPOCH.replace(tzinfo=None)
FIRST_DAY = EPOCH.toordinal()
SECOND = 10**6  # microseconds


def value_reader(name: str, form: TextFormat) -> Callable[[Any], Any]:
    """A function from a value to the one that it has in the column `name` of the format; None for a missing one.

    It raises WrongRow for a text that does not fit, as if it stood in the first row.
    """
    read_text, gone = text_reader(form), numbers_in(form)
    reads_texts, reads_numbers = form.missing != "empty", form.reads_numbers

    def text(value: str) -> Any:
        fits, found = read_text(value)
        if not fits and not form.strays:
            raise form.wrong_text(name, value.strip(BLANK), 1)
        return found

    def read(value: Any) -> Any:
        if type(value) not in PLAIN:
            value = plain_value(value)
        if isinstance(value, str):
            return text(value) if reads_texts else value
        if (gone or reads_numbers) and isinstance(value, NUMBERS) and not isinstance(value, bool):
            if value in gone:
                return None
            if reads_numbers and (spelled := as_text(value)) is not None:
                return text(spelled)
        return value

    return read


def numbers_in(form: TextFormat) -> frozenset[float]:
    """The numbers that were said to stand for a missing value."""
    if isinstance(form.missing, str):
        return frozenset()
    return frozenset(number for mark in marks_of(form.missing) if (number := as_number(mark)) is not None)


def plain_value(value: Any) -> Any:
    """A value of NumPy, pandas or any other library as one of Python."""
    if isinstance(value, (np.datetime64, np.timedelta64)):
        value = value.astype(f"{type(value).__name__}[us]")
    if isinstance(value, np.generic):
        value = value.item()
    if is_missing(value):
        return None
    return value if isinstance(value, (str, *NUMBERS, *DATES)) else plain_type([value])[1](value)


def number_of(name: str, value: Any) -> float:
    """A value as a number, NaN where it is missing or infinite."""
    if value is None:
        return math.nan
    try:
        found = float(value) if isinstance(value, NUMBERS) else number_in(str(value))
    except OverflowError:  # a whole number beyond all floats
        return math.nan
    except ValueError as error:
        raise wrong(name, value, "a number") from error
    return limited(found)


def days_of(name: str, value: Any) -> float:
    """A date, a time or a duration in days, NaN where it is missing."""
    if isinstance(value, datetime.datetime):
        return microseconds(value - (EPOCH_OF_NO_ZONE if value.tzinfo is None else EPOCH)) / 86_400e6
    if isinstance(value, datetime.date):
        return float(value.toordinal() - FIRST_DAY)
    if isinstance(value, datetime.time):
        seconds = (value.hour * 60 + value.minute) * 60 + value.second
        return (seconds * SECOND + value.microsecond) * 1000 / 86_400e9
    if isinstance(value, datetime.timedelta):
        return microseconds(value) / 86_400e6
    if value is None or (text := as_text(value)) is None:
        return math.nan
    try:
        return limited(iso_days(text))
    except ValueError as error:
        raise wrong(name, value, "a date") from error


def microseconds(duration: datetime.timedelta) -> int:
    """The length of a duration."""
    return (duration.days * 86_400 + duration.seconds) * SECOND + duration.microseconds


def limited(number: float) -> float:
    """A number as columns hold it: NaN for an infinite one, and none too large to take differences of."""
    if -LARGEST <= number <= LARGEST:
        return number
    return math.copysign(LARGEST, number) if math.isfinite(number) else math.nan


def wrong(name: str, value: Any, expected: str) -> WrongRow:
    """The error that names a value that is not what its column holds."""
    return WrongRow(f"column {name!r} holds {as_text(value)!r}", 1, f", where {expected} is expected.")
