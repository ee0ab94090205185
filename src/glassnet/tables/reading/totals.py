"""Rows at the end of a table that are sums or means of those above: they are no rows to learn from."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from glassnet.errors import InvalidInput
from glassnet.formulas.elementary import Array
from glassnet.tables.encoding.column_kinds import find_formats, read_as
from glassnet.tables.number_format import counted
from glassnet.tables.values.column_options import NOTHING_SAID, ColumnOptions
from glassnet.tables.values.frames import as_frame, family, listed, to_numbers, to_texts

WORD = (
    r"(?:grand |over-?all |sum )?totals?|sums?|overall|averages?|avg\.?|means?|medians?"
    r"|summe|gesamt(?:summe)?|insgesamt|mittelwert|durchschnitt"
    r"|total g[eé]n[eé]ral|totaux|somme|moyenne|totales?|totali|suma|promedio|media|somma|soma|média"
    r"|totaal|gemiddelde|summa|итого|всего|razem|合計|总计|Σ"
)
LABEL, ALONE = (re.compile(pattern, re.IGNORECASE) for pattern in (rf"(?:{WORD})(?:\W.{{0,30}})?", rf"(?:{WORD})\s*:?"))
MOST, LEAST_ABOVE = 3, 4  # rows of totals, and of others
LEAST_SUMS = 2  # numbers that agree, where no word says so
FINE = 1e-6  # relative, beside how finely a number is written


class Totals(NamedTuple):
    """Rows at the end of a table: how many, the words in them, the columns in which their numbers agree with it."""

    n: int
    words: tuple[str, ...]
    agreeing: tuple[str, ...]

    def in_words(self, n_rows: int) -> str:
        """Which rows of so many they are, counted from 1."""
        numbers = [f"{n_rows - self.n + k + 1:,}" for k in range(self.n)]
        words = f" ({', '.join(map(repr, self.words))})" if self.words else ""
        return f"row{'s' if self.n > 1 else ''} {' and '.join(numbers)}{words}"


def without_totals(
    data: Any, skip_last: int | None = None, options: ColumnOptions = NOTHING_SAID
) -> tuple[Any, tuple[str, ...]]:
    """The rows of a data frame (narwhals) but for totals at its end, and what is told of them.

    `skip_last` says how many rows these are; None finds them by words such as "Total" and by numbers that are sums,
    means or medians of those above. Rows with the word alone are kept.

    >>> import polars
    >>> frame = polars.DataFrame({"shop": ["a", "b", "c", "d", "Total"], "sold": [1, 2, 4, 5, 12]})
    >>> rows, (said,) = without_totals(frame)
    >>> len(rows), said
    (4, "row 5 ('Total') is left out, as it sums up the rows above in 'sold' (--skip-last 0 keeps it)")
    """
    frame = as_frame(data)
    n = len(frame)
    if skip_last is not None:
        return frame[: end_of_rows(n, skip_last)], as_asked(skip_last)
    if (found := totals_of(frame, options)) is None:
        return frame, ()
    where = found.in_words(n)
    if not found.agreeing:
        return frame, (doubtful(found, n),)
    verb, it = ("it sums", "it") if found.n == 1 else ("they sum", "them")
    columns = listed(found.agreeing, 3)
    said = f"{where} {are(found.n)} left out, as {verb} up the rows above in {columns} (--skip-last 0 keeps {it})"
    return frame[: n - found.n], (said,)


def are(n: int) -> str:
    """The verb for a number of rows."""
    return "is" if n == 1 else "are"


def as_asked(skip_last: int) -> tuple[str, ...]:
    """What is told of rows that were said to be none to learn from."""
    if not skip_last:
        return ()
    rows = f"{skip_last:,} rows are" if skip_last > 1 else "row is"
    return (f"the last {rows} left out, as asked",)


def doubtful(found: Totals, n_rows: int) -> str:
    """What is told of rows that have the word for a total alone."""
    looks, it = ("looks like a total", "it") if found.n == 1 else ("look like totals", "them")
    return f"{found.in_words(n_rows)} {looks} of the rows above (--skip-last {found.n} leaves {it} out)"


def end_of_rows(n_rows: int, skip_last: int | None) -> int:
    """Where the rows to learn from end; refused where none is left."""
    if (skip_last or 0) >= n_rows:
        raise InvalidInput(
            f"skip_last={skip_last} leaves no row: the table has {counted(n_rows, 'row')}. Give a smaller number."
        )
    return n_rows - (skip_last or 0)


def notes_on_end(last: Any, n_rows: int, skip_last: int | None) -> tuple[str, ...]:
    """What is told of the end of a table of which only the last rows are at hand, so that sums are not known."""
    if skip_last is not None:
        return as_asked(skip_last)
    labels = labels_at_end(rows_of(as_frame(last)))
    words = tuple(word for _, word in labels)
    if not words or not all(ALONE.fullmatch(word) for word in words):
        return ()
    return (doubtful(Totals(len(words), words, ()), n_rows),)


def totals_of(frame: Any, options: ColumnOptions = NOTHING_SAID) -> Totals | None:
    """What looks like totals at the end of a data frame; None where nothing does."""
    rows = rows_of(frame)
    labels = labels_at_end(rows)
    n_above = len(frame) - max(1, len(labels))
    if n_above < LEAST_ABOVE:
        return None
    if labels:
        words = tuple(word for _, word in labels)
        if not all(is_new(frame[:n_above][name], word) for name, word in labels):
            return None
        found = [agreeing(frame, n_above, place, options) for place in range(n_above, len(frame))]
        alone = all(ALONE.fullmatch(word) for word in words)
        if all(found) or alone:
            columns = tuple(dict.fromkeys(name for some in found for name in some)) if all(found) else ()
            return Totals(len(labels), words, columns)
        return None
    if not rows or not has_new_gap(frame, rows[-1]):
        return None
    columns = agreeing(frame, n_above, n_above, options, every=True)
    return Totals(1, (), columns) if len(columns) >= LEAST_SUMS else None


def notes_on_later(data: Any) -> tuple[str, ...]:
    """What is told of totals at the end of rows of which each counts as one."""
    frame = as_frame(data)
    found = totals_of(frame)
    return () if found is None else (f"{found.in_words(len(frame))} may sum up the rows above, but counts as a row",)


def rows_of(frame: Any) -> list[dict[str, str | None]]:
    """The last rows of a data frame as texts by column."""
    last = frame[max(0, len(frame) - MOST) :]
    texts = {series.name: to_texts_of(series) for series in last.iter_columns()}
    return [dict(zip(texts, row, strict=True)) for row in zip(*texts.values(), strict=True)]


def to_texts_of(series: Any) -> list[str | None]:
    """The values of a column as texts without blanks; None for empty ones."""
    return [None if text is None else text.strip() or None for text in to_texts(series)]


def labels_at_end(rows: Sequence[dict[str, str | None]]) -> list[tuple[str, str]]:
    """For the rows at the end that begin with the word for a total: the column that has it, and its text."""
    labels: list[tuple[str, str]] = []
    for row in reversed(rows):
        found = [(name, text) for name, text in row.items() if text is not None and LABEL.fullmatch(text)]
        if not found:
            break
        labels.insert(0, found[0])
    return labels


def is_new(above: Any, word: str) -> bool:
    """Whether no row above has the word in its column."""
    return family(above) != "text" or word not in to_texts_of(above)


def has_new_gap(frame: Any, last: dict[str, str | None]) -> bool:
    """Whether the last row is empty in a column that no other row leaves empty, and holds numbers."""
    gaps = [name for name, text in last.items() if text is None]
    some = sum(text is not None and any(map(str.isdigit, text)) for text in last.values())
    return some >= LEAST_SUMS and any(
        frame[name].null_count() == 1
        or (family(frame[name]) == "number" and np.isnan(to_numbers(frame[name])).sum() == 1)
        for name in gaps
    )


def agreeing(
    frame: Any, n_above: int, place: int, options: ColumnOptions = NOTHING_SAID, every: bool = False
) -> tuple[str, ...]:
    """The columns in which the number in a row is the sum, the mean or the median of the rows above.

    With `every`, none where some number is not.
    """
    above, row = frame[:n_above], frame[[place]]
    formats = {name: form for name, form in find_formats(frame, options=options).items() if form.type == "number"}
    columns = read_as(above[:, [*formats]], formats)
    loose = {name: replace(form, strays=True) for name, form in formats.items()}
    values = {name: to_numbers(series)[0] for name, series in read_as(row[:, [*formats]], loose).items()}
    there = {name: value for name, value in values.items() if np.isfinite(value) and value}
    found = [name for name, value in there.items() if sums_up(to_numbers(columns[name]), value, written(row, name))]
    return () if every and len(found) < len(there) else tuple(found)


def written(row: Any, name: str) -> str:
    """How a number stands in a row."""
    return to_texts(row[name])[0] or ""


def sums_up(above: Array, value: float, text: str) -> bool:
    """Whether a number is the sum, the mean or the median of others, as finely as it is written."""
    present = above[~np.isnan(above)]
    if len(present) < LEAST_ABOVE or (present == present[0]).all():
        return False
    digits = re.search(r"[.,](\d+)\D*$", text)
    fine = 0.51 * 10.0 ** -len(digits[1]) if digits and len(digits[1]) != 3 else 0.0
    wanted = present.sum(), present.mean(), np.median(present)
    return any(abs(value - each) <= max(FINE * abs(each), min(fine, 0.01 * abs(each))) for each in wanted)
