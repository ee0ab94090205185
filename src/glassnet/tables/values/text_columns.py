"""What the texts of whole columns spell: numbers, truth values, dates, times, or nothing but words."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from glassnet.extras import require
from glassnet.tables.values.column_options import NOTHING_SAID, ColumnOptions
from glassnet.tables.values.date_patterns import PATTERNS
from glassnet.tables.values.missing import Marks
from glassnet.tables.values.number_styles import COMMON, Style, affixes
from glassnet.tables.values.seen_texts import Seen, day_or_month, nearly_in_words, strays_in_words, swapped
from glassnet.tables.values.stacks import Flags, Stack, stacked
from glassnet.tables.values.stated_formats import check_fits, stated_candidates, stated_format, styles_of
from glassnet.tables.values.text_format import TextFormat

SOME = 100  # values from the beginning of a column, and as many from all of it, that rule out most formats
ZEROS = r"^[+-]?0\d"  # zip codes and the like


def candidates(styles: Sequence[Style]) -> Iterator[TextFormat]:
    """Every format that needs no sign and no unit; of those that fit as well as another the first is taken."""
    yield TextFormat("boolean")
    yield from (TextFormat("number", *style) for style in styles)
    yield from (TextFormat(type_, pattern=pattern) for type_, patterns in PATTERNS.items() for pattern in patterns)


class TextColumns:
    """The formats of all columns of texts, in polars data frames that come piece by piece.

    Columns are asked about a format together, as each query has its price; it is a sequential one, because each thread
    of polars keeps memory of its own. `comma` says that the file hints at a decimal comma, `options` what was
    said of the columns.

    >>> import polars
    >>> columns = TextColumns()
    >>> columns.look(polars.DataFrame({"age": [" 30", "?", "41 "], "price": ["1.299,50", "850", "12"]}))
    >>> [(form.type, form.decimal) for form in columns.formats().values()]
    [('number', ','), ('number', ',')]
    """

    def __init__(self, comma: bool = False, options: ColumnOptions = NOTHING_SAID):
        self.comma, self.options = comma, options
        self.missing: Marks = "marks" if options.missing is None else options.missing
        self.seen: dict[str, Seen] = {}
        self.n_rows = 0

    def look(self, frame: Any) -> None:
        """Count what fits in these rows."""
        columns = [column for column in frame.get_columns() if not self.options.reason(column.name)]
        for some, stack in stacked(columns, self.missing):
            self._look(stack, [self.seen.setdefault(column.name, Seen(column.name)) for column in columns[some]])
        self.n_rows += frame.height

    def _look(self, stack: Stack, seen: list[Seen]) -> None:
        there = stack.there
        for column, n in zip(seen, there.sum(axis=1).tolist(), strict=True):
            column.n += n
        stated = [place for place, column in enumerate(seen) if self.options.kind(column.name)]
        guessed = there.copy()
        guessed[stated] = False
        fitting = fitting_some(stack, guessed, styles_of(self.options))
        for place in stated:
            some = stack.column(stack.texts, place)[: 2 * SOME]
            for form in stated_candidates(self.options, seen[place].name, some):
                fitting.setdefault(form, []).append(place)
        for form, unordered in fitting.items():
            asked = stack.only(places := sorted(unordered))
            fits = asked.flags(asked.ask(form.values).is_not_null())
            for k, place in enumerate(places):
                seen[place].fits[form] += int(fits[k].sum())
                odd = np.flatnonzero(there[place] & ~fits[k])
                if len(odd):
                    seen[place].remember(form, odd + self.n_rows + 1, asked.column(asked.texts, k)[odd])
        if numbers := sorted({place for form in fitting if form.type == "number" for place in fitting[form]}):
            count_digits(stack.only(numbers), [seen[place] for place in numbers])
            for place in numbers:
                seen[place].vary(stack.column(stack.texts, place))

    def formats(self, target: str | None = None) -> dict[str, TextFormat]:
        """The format of each column; a target of words may have classes called None or NA."""
        votes = Counter(vote for seen in self.seen.values() if (vote := seen.vote()))
        decimal = max(votes, key=lambda sign: votes[sign]) if votes else ""
        found = {name: self._format(seen, decimal) for name, seen in self.seen.items()}
        if self.options.missing is not None:
            return {name: replace(form, missing=self.missing) for name, form in found.items()}
        if target in found and found[target].type == "text":
            found[target] = replace(found[target], missing="no words")
        return found

    def _format(self, seen: Seen, decimal: str) -> TextFormat:
        if (kind := self.options.kind(seen.name)) is None:
            return found_format(seen, decimal, self.comma)
        form = stated_format(seen, kind)
        check_fits(seen, self.options, form, self._guess)
        if form.type != "number":
            return form
        form, said = decided(seen, form, decimal, self.comma)
        return replace(form, note="; ".join(filter(None, (form.note, said))))

    def _guess(self, texts: Sequence[str]) -> TextFormat:
        """What some values seem to be, if nothing were said of them."""
        polars = require("polars", "tables", "a table")
        found = TextColumns(self.comma)
        found.look(polars.DataFrame({"x": texts}))
        return found.formats()["x"]


def fitting_some(stack: Stack, there: Flags, styles: Sequence[Style]) -> dict[TextFormat, list[int]]:
    """The formats that fit most of some values of a column, each with the places of these columns in the stack."""
    rows = {place: some_rows(flags) for place, flags in enumerate(there) if flags.any()}
    if not rows:
        return {}
    sizes = np.array([len(some) for some in rows.values()])
    starts = np.cumsum(sizes) - sizes
    every = [some + place * stack.height for place, some in rows.items()]
    some = Stack(stack.texts.gather(np.concatenate(every)), 1)
    fitting: dict[TextFormat, list[int]] = {}
    places, unknown = np.array([*rows]), np.full(len(rows), True)
    for form in candidates(styles):
        fits = np.add.reduceat(some.ask(form.values).is_not_null().to_numpy(), starts, dtype=np.int64)
        if (most := fits >= COMMON * sizes).any():
            fitting[form], unknown = places[most].tolist(), unknown & ~most
    for k in np.flatnonzero(unknown):
        if (pair := affixes(some.texts[starts[k] : starts[k] + sizes[k]].to_list())) != ("", ""):
            for style in styles:
                fitting.setdefault(TextFormat("number", *style, *pair), []).append(int(places[k]))
    return fitting


def some_rows(there: Flags) -> npt.NDArray[np.intp]:
    """Rows with values from the beginning, and as many from all of them."""
    rows = np.flatnonzero(there)
    return np.concatenate([rows[:SOME], rows[:: max(1, len(there) // SOME)][:SOME]])


def count_digits(stack: Stack, seen: list[Seen]) -> None:
    """Count needless zeros, whole numbers, those below a thousand, and those in parentheses."""
    for what, pattern in (
        ("zeros", ZEROS),
        ("whole", r"^[^\d]*\d+[^\d]*$"),
        ("small", r"^[^\d]*\d{1,3}[^\d]*$"),
        ("bracketed", r"^\D{0,4}\([^()]*\d[^()]*\)$"),
    ):
        found = stack.flags(stack.ask(lambda texts: texts.str.contains(pattern)).fill_null(False))  # noqa: B023
        for column, n in zip(seen, found.sum(axis=1).tolist(), strict=True):
            setattr(column, what, getattr(column, what) + n)


def found_format(seen: Seen, decimal: str, comma: bool) -> TextFormat:
    """The format of a column, given the decimal sign of the others and whether the file hints at a comma."""
    for types in (("boolean",), ("number",), ("date",), ("time",)):
        form = seen.best(*types)
        if form is None or not seen.suits(form):
            continue
        if types == ("date",) and day_or_month(seen, form):
            return TextFormat(note="its dates may begin with the day or with the month, so they stay text")
        note = strays_in_words(seen, form)
        if types == ("number",):
            form, said = decided(seen, form, decimal, comma)
            note = "; ".join(filter(None, (note, said)))
        return replace(form, strays=seen.fits[form] < seen.n, note=note)
    return TextFormat(note=nearly_in_words(seen))


def decided(seen: Seen, form: TextFormat, decimal: str, comma: bool) -> tuple[TextFormat, str]:
    """The format with its decimal sign decided, by the column, by others or by the file; and what is to be told."""
    affix = " and ".join(filter(None, (form.before, form.after)))
    negative = f"{seen.bracketed:,} numbers in parentheses are read as negative" if seen.bracketed else ""
    told = "; ".join(filter(None, (f"numbers are read without {affix!r}" if affix else "", negative)))
    rivals = seen.rivals()
    if rivals is None:
        open_ = form.thousands in ("", " ", "'") and seen.fits[swapped(form)] == seen.fits[form]
        return (replace(form, decimal=decimal) if open_ and decimal else form), told
    with_decimals, with_thousands = rivals
    separator = with_thousands.thousands
    if decimal:
        form, why = (with_decimals if separator == decimal else with_thousands), "as in other columns"
    elif seen.whole and seen.whole == seen.small:
        form, why = with_thousands, "as all numbers without it are below 1000"
    elif separator == "," and not comma:
        form, why = with_thousands, "though no value of the column settles it"
    else:
        form, why = with_decimals, "though no value of the column settles it"
    what = "thousands separator" if form is with_thousands else "decimal sign"
    return form, "; ".join(filter(None, (told, f"{separator!r} is read as the {what}, {why}")))
