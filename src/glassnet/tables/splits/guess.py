"""Columns that look like groups or times of rows and were not said to be any: a sentence for each."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from glassnet.formulas.elementary import Array
from glassnet.tables.encoding.column_kinds import Column
from glassnet.tables.number_format import readable
from glassnet.tables.splits.split_columns import TimeReader
from glassnet.tables.values.frames import as_frame, as_series, family, to_days, to_numbers, to_texts
from glassnet.tables.values.text_format import TextFormat

MOST_ROWS = 50_000  # from the beginning, that are looked at
NAMES = (
    "patient|subject|participant|person|customer|client|user|member|account|household|family|animal|speaker|player|"
    "machine|device|sensor|engine|vehicle|turbine|station|shop|store|hospital|school|site|batch|session|visitor|study"
)
GROUP_NAME = re.compile(
    rf"(?:.*[_\W])?(?:{NAMES})[_\W]?(?:id|no|nr|num|number|code|key|name)?|.*[_\W]id", re.IGNORECASE
)
CAMEL_ID = re.compile(r".*[a-z](?:ID|Id)")
TIME_NAME = re.compile(r"(?:.*[_\W])?(?:time|timestamp|date|datetime|unix|year|epoch)", re.IGNORECASE)
FEW_GROUPS, MANY_GROUPS = 5, 20  # with a name that says so, and without
LEAST_EACH, LEAST_NAMED = 2.0, 1.2  # rows a group, on average; with a name that says so
LEAST_ALIKE = 0.1  # intraclass correlation of the target
LEAST_TIMES = 20
STEPS = 200  # to a fixed point
IN_ORDER = 0.95  # of the steps from row to row


def guessed_splits(data: Any, columns: Iterable[Column], y: Array, n_rows: int | None = None) -> tuple[str, ...]:
    """A sentence for each column that looks like one; y (n,) are class numbers or numbers.

    `n_rows` is how many rows `data` was drawn from at random; None where they are all there. A group that is not
    learned from counts as well, as its rows are alike all the same.

    >>> import polars
    >>> frame = polars.DataFrame({"patient": [k // 4 for k in range(80)], "dose": range(80)})
    >>> (said,) = guessed_splits(frame, [Column("patient", "number"), Column("dose", "number")], np.arange(80.0))
    >>> said[:53]
    'patient looks like a group: each of its 20 values rec'
    """
    whole = as_frame(data)
    frame, y, share = whole[:MOST_ROWS], y[:MOST_ROWS], len(whole) / (n_rows or len(whole))
    found = []
    for column in columns:
        if column.kind == "date" or (column.kind == "number" and TIME_NAME.fullmatch(column.name)):
            found.append(time_sentence(frame, column))
        elif column.kind in ("category", "identifier", "number", "id", "unwanted"):
            found.append(group_sentence(whole, column, share) if looks_like_groups(frame, column, y) else "")
    return tuple(sentence for sentence in found if sentence)


def group_sentence(frame: Any, column: Column, share: float) -> str:
    """What is said of a column that looks like a group, where the frame has this share of the rows."""
    groups = group_numbers(to_texts(column.format.read(as_series(frame[column.name]))))
    n_seen = int(groups.max()) + 1
    each = len(groups) / n_seen if share == 1 else rows_behind(len(groups) / n_seen, share)
    n_groups = round(len(groups) / share / each)
    values = f"{n_seen:,}" if n_groups <= n_seen else f"about {rounded(n_groups, 2)}"
    recur = f"each of its {values} values recurs" if each >= LEAST_EACH else f"its {values} values recur"
    often = f"{'' if share == 1 else 'about '}{rounded(each, 3)} rows on average"
    return (
        f"{column.name} looks like a group: {recur}, in {often}; if the model is to predict for new ones, hold out "
        f"whole groups (--group {column.name})"
    )


def rounded(number: float, digits: int) -> str:
    """To so many digits, in a readable form."""
    return readable(float(f"{number:.{digits}g}"))


def rows_behind(seen: float, share: float) -> float:
    """The rows of a group on average, of which a random share shows so many; groups of which it shows none are unseen.

    >>> round(rows_behind(2 / (1 - 0.9**20), 0.1), 6)
    20.0
    """
    found = seen / share
    for _ in range(STEPS):
        found = seen / share * (1 - (1 - share) ** found)
    return found


def group_numbers(texts: Sequence[str | None]) -> Array:
    """The number of the group of each text that is there."""
    numbers: dict[str, int] = {}  # an array of texts would give each the room of the longest
    return np.array([numbers.setdefault(text, len(numbers)) for text in texts if text is not None], np.intp)


def looks_like_groups(frame: Any, column: Column, y: Array) -> bool:
    """Whether a column has the name of a group, or values within which the target is alike."""
    named = bool(GROUP_NAME.fullmatch(column.name) or CAMEL_ID.fullmatch(column.name))
    series = column.format.read(as_series(frame[column.name]))
    kind = family(series)
    if kind not in ("number", "text") or (kind == "number" and not (named and is_whole(series))):
        return False
    if type(series.dtype).__name__ == "Boolean" or (column.format.note and not named):  # such as nearly numbers
        return False
    texts = to_texts(series)
    there = np.array([text is not None for text in texts])
    groups = group_numbers(texts)
    n_groups = len(np.unique(groups))
    fewest, each = (FEW_GROUPS, LEAST_NAMED) if named else (MANY_GROUPS, LEAST_EACH)
    if n_groups < fewest or len(groups) < each * n_groups:
        return False
    return named or (have_digits(texts) and alike_within(groups, y[there]) > LEAST_ALIKE)


def is_whole(series: Any) -> bool:
    """Whether a column holds whole numbers alone."""
    values = to_numbers(series)
    values = values[~np.isnan(values)]
    return bool((values == np.round(values)).all())


def have_digits(texts: Sequence[str | None]) -> bool:
    """Whether nearly all texts have a digit, as ids do."""
    different = {text for text in texts if text is not None}
    return sum(any(sign.isdigit() for sign in text) for text in different) > 0.9 * len(different)


def alike_within(groups: Array, y: Array) -> float:
    """The intraclass correlation of y, numbers or classes: 1 where it is the same within each group, 0 by chance.

    (B − W) / (B + (m − 1) W), where B and W are the mean squares between and within groups of m rows on average
    (Fisher 1925, "Statistical methods for research workers", chapter 7).
    """
    whole = y.dtype.kind in "iu"
    Y = np.eye(int(y.max()) + 1)[y] if whole and y.max() < 100 else np.asarray(y, np.float64)[:, None]
    counts = np.bincount(groups)
    n, k = len(Y), len(counts)
    if n <= k:
        return 0.0
    sums = np.zeros((k, Y.shape[1]))
    np.add.at(sums, groups, Y)
    means = sums / counts[:, None]
    between = (counts[:, None] * (means - Y.mean(axis=0)) ** 2).sum() / max(k - 1, 1)
    within = ((Y - means[groups]) ** 2).sum() / (n - k)
    total = between + (n / k - 1) * within
    return float((between - within) / total) if total > 0 else 0.0


def time_sentence(frame: Any, column: Column) -> str:
    """What is said of dates, or numbers with the name of a time, that run over the rows in order; "" for others."""
    series = column.format.read(as_series(frame[column.name]))
    if type(series.dtype).__name__ in ("Time", "Duration", "Boolean"):
        return ""
    dates = family(series) == "date"
    values = to_days(series) if dates else to_numbers(series)
    values = values[~np.isnan(values)]
    if len(np.unique(values)) < LEAST_TIMES or runs_in_order(values) < IN_ORDER:
        return ""
    reader = TimeReader(column.name, TextFormat(), dates)
    ends = f"{reader.in_words(values.min())} to {reader.in_words(values.max())}"
    return (
        f"{column.name} looks like the time of the rows, which run in its order ({ends}); if later rows are to be "
        f"predicted from earlier ones, hold out the latest (--time {column.name})"
    )


def runs_in_order(values: Array) -> float:
    """The share of steps from row to row that do not go back (or forth, if that is more)."""
    steps = np.diff(values)
    return max(float((steps >= 0).mean()), float((steps <= 0).mean()))
