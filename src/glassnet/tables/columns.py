"""What each column of a table is: numbers, dates, categories, or nothing to learn from."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from glassnet.tables.frames import Floats, as_frame, family, to_days, to_numbers, to_texts
from glassnet.tables.objects import plain

ZEROS = re.compile(r"[+-]?0\d")
DIFFERS = "differs from row to row"
SAME = "has the same value in every row"
NUMBERS_ROWS = "numbers the rows"
MOST_LEVELS = 20  # text with more levels is taken for an identifier when most of them differ


@dataclass(frozen=True)
class Column:
    """A column's name, what it is, and for a column that is left out the reason in a few words.

    kind is one of
        "number"      integers, floats and booleans (0 and 1), infinite values count as missing; text that spells
                      numbers, of more than 20 levels, more than half as many as values, or not all whole numbers
        "date"        dates, times and durations
        "category"    text
        "identifier"  text of more than 20 levels, more than half as many as values (of a categorical type: as many);
                      integers that number the rows in their order, from 0 or 1
        "constant"    one value in every row, or values that are one number in float64
        "empty"       no value at all
        "other"       lists, structures, bytes: nothing that can be encoded
    An identifier in which values come again or have an order is what `alone` says where no other column is left.
    """

    name: str
    kind: str
    reason: str = ""
    alone: str = field(default="", repr=False)


def find_columns(data: Any) -> tuple[Column, ...]:
    """What each column of a data frame is, in their order.

    >>> import polars
    >>> find_columns(polars.DataFrame({"age": [30, 41, None], "city": ["Rome", "Oslo", "Rome"]}))
    (Column(name='age', kind='number', reason=''), Column(name='city', kind='category', reason=''))
    """
    frame = as_frame(data)
    found = tuple(find_column(plain(frame[name])) for name in frame.columns)
    return found if any(not column.reason for column in found) else tuple(map(kept_alone, found))


def kept_alone(column: Column) -> Column:
    """The column as it is read where no other is left."""
    return Column(column.name, column.alone) if column.alone else column


def find_column(series: Any) -> Column:
    """What one column (a narwhals series) is."""
    return Column(series.name, *FINDERS[family(series)](series))


Found = tuple[str, ...]  # kind, reason and alone of a column, as far as they are not empty


def _number(series: Any) -> Found:
    values = to_numbers(series)
    if not series.dtype.is_float() and _numbers_the_rows(values):
        return "identifier", NUMBERS_ROWS, "number"
    return _measured(series, values, "number")


def _date(series: Any) -> Found:
    return _measured(series, to_days(series), "date")


def _measured(series: Any, values: Floats, kind: str) -> Found:
    if np.isnan(values).all():
        return "empty", "has no values"
    if (values == values[0]).all():
        return "constant", SAME if series.n_unique() == 1 else "has values that differ only beyond 15 digits or 1e300"
    return kind, ""


def _numbers_the_rows(values: Floats) -> bool:
    # one or two rows that count are as likely to be anything else
    return len(values) > 2 and values[0] in (0, 1) and bool((np.diff(values) == 1).all())


def _text(series: Any) -> Found:
    texts = to_texts(series)
    present = [text for text in texts if text is not None]
    levels = len(set(present))
    if levels == 0:
        return "empty", "has no values"
    if levels == 1 and len(present) == len(texts):
        return "constant", SAME
    if type(series.dtype).__name__ != "String":  # whoever made it a category knows that it is one
        return ("category",) if levels <= max(MOST_LEVELS, len(present) - 1) else ("identifier", DIFFERS)
    if spells_numbers(present):
        return _number(series)
    if not looks_like_names(present):
        return ("category",)
    numbers = nearly_numbers(texts)
    reason = DIFFERS + (f", though {numbers}" if numbers else "")
    return "identifier", reason, "category" if levels < len(present) else ""


def spells_numbers(present: list[Any]) -> bool:
    """Whether texts are numbers that were stored as text, and no categories with numbers for names.

    A needless zero in front, as in the zip code 02134, makes a name; so do whole numbers that come again and again.
    """
    if len(set(present)) <= MOST_LEVELS or not all(map(_is_number, present)) or any(map(ZEROS.match, present)):
        return False
    return looks_like_names(present) or not all(text.lstrip("+-").isdecimal() for text in present)


def looks_like_names(present: list[Any]) -> bool:
    """Whether values (none of them missing) rather name the rows than group them."""
    levels = len(set(present))
    return levels > MOST_LEVELS and levels > len(present) / 2


def nearly_numbers(texts: list[str | None]) -> str:
    """What keeps a column of texts from being numbers, in a few words; nothing where that is a tenth or more.

    >>> nearly_numbers([*map(str, range(58)), None, "1,234"])
    "58 of 59 values are numbers; row 60 is '1,234'"
    """
    present = [(row, text) for row, text in enumerate(texts, 1) if text is not None]
    others = [(row, text) for row, text in present if not _is_number(text)]
    if not others or len(others) > len(present) / 10:
        return ""
    row, text = others[0]
    return f"{len(present) - len(others)} of {len(present)} values are numbers; row {row} is {text!r}"


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _other(series: Any) -> Found:
    if series.null_count() == len(series):
        return "empty", "has no values"
    return "other", f"holds values of type {series.dtype}, which cannot be encoded"


FINDERS: dict[str, Callable[[Any], Found]] = {
    "number": _number,
    "date": _date,
    "text": _text,
    "other": _other,
}
