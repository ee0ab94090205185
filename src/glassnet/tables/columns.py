"""What each column of a table is: numbers, dates, categories, or nothing to learn from."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from glassnet.tables.frames import Floats, as_frame, family, plain, to_days, to_numbers, to_texts

MOST_LEVELS = 20  # categories with more levels are hashed, or taken for an identifier when most of them differ


@dataclass(frozen=True)
class Column:
    """A column's name, what it is, and for a column that is left out the reason in a few words.

    kind is one of
        "number"      integers, floats and booleans (0 and 1); infinite values count as missing
        "date"        dates, times and durations
        "category"    text of at most 20 levels
        "hashed"      text of more levels
        "identifier"  text of which more than half is distinct, or integers that number the rows from 0 or 1
        "constant"    one value in every row
        "empty"       no value at all
        "other"       lists, structures, bytes: nothing that can be encoded
    """

    name: str
    kind: str
    reason: str = ""


def find_columns(data: Any) -> tuple[Column, ...]:
    """What each column of a data frame is, in their order.

    >>> import polars
    >>> find_columns(polars.DataFrame({"age": [30, 41, None], "city": ["Rome", "Oslo", "Rome"]}))
    (Column(name='age', kind='number', reason=''), Column(name='city', kind='category', reason=''))
    """
    frame = as_frame(data)
    return tuple(find_column(plain(frame[name])) for name in frame.columns)


def find_column(series: Any) -> Column:
    """What one column (a narwhals series) is."""
    return Column(series.name, *FINDERS[family(series)](series))


def _number(series: Any) -> tuple[str, str]:
    values = to_numbers(series)
    if series.dtype.is_integer() and _numbers_the_rows(values):
        return "identifier", "numbers the rows"
    return _measured(values, "number")


def _date(series: Any) -> tuple[str, str]:
    return _measured(to_days(series), "date")


def _measured(values: Floats, kind: str) -> tuple[str, str]:
    if np.isnan(values).all():
        return "empty", "has no values"
    if (values == values[0]).all():
        return "constant", "has the same value in every row"
    return kind, ""


def _numbers_the_rows(values: Floats) -> bool:
    # one or two rows that count are as likely to be anything else
    return len(values) > 2 and values[0] in (0, 1) and bool((np.diff(values) == 1).all())


def _text(series: Any) -> tuple[str, str]:
    texts = to_texts(series)
    present = [text for text in texts if text is not None]
    levels = len(set(present))
    if levels == 0:
        return "empty", "has no values"
    if levels == 1 and len(present) == len(texts):
        return "constant", "has the same value in every row"
    if levels <= MOST_LEVELS:
        return "category", ""
    return ("identifier", "differs from row to row") if looks_like_names(present) else ("hashed", "")


def looks_like_names(present: list[Any]) -> bool:
    """Whether values (none of them missing) rather name the rows than group them."""
    levels = len(set(present))
    return levels > MOST_LEVELS and levels > len(present) / 2


def _other(series: Any) -> tuple[str, str]:
    if series.null_count() == len(series):
        return "empty", "has no values"
    return "other", f"holds values of type {series.dtype}, which cannot be encoded"


FINDERS: dict[str, Callable[[Any], tuple[str, str]]] = {
    "number": _number,
    "date": _date,
    "text": _text,
    "other": _other,
}
