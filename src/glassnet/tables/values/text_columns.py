"""What the texts of whole columns spell: numbers, truth values, dates, times, or nothing but words."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from glassnet.tables.values.number_styles import COMMON, STYLES, affixes
from glassnet.tables.values.stacks import Flags, Stack, stacked
from glassnet.tables.values.text_format import PATTERNS, TextFormat

SOME = 100  # values from the beginning of a column, and as many from all of it, that rule out most formats
NEARLY = 0.95  # of the values: then they are what these are, and the rest are missing
FEWEST = 20  # values, for nearly all of them to mean something
MOST_ODD = 20  # different values that may be the rest: more of them are codes of their own
TOLD = 0.9  # of the values: then words say that these were nearly numbers
ZEROS = r"^[+-]?0\d"  # zip codes and the like

Odd = dict[str, list[int]]  # value → [the first row, counted from 1; how many]


def candidates() -> Iterator[TextFormat]:
    """Every format that needs no sign and no unit; of those that fit as well as another the first is taken."""
    yield TextFormat("boolean")
    yield from (TextFormat("number", *style) for style in STYLES)
    yield from (TextFormat(type_, pattern=pattern) for type_, patterns in PATTERNS.items() for pattern in patterns)


@dataclass
class Seen:
    """What is known of a column: how many values, how many fit each format, which do not, and the marks for missing."""

    name: str
    n: int = 0
    zeros: int = 0
    whole: int = 0
    small: int = 0
    fits: Counter[TextFormat] = field(default_factory=Counter)
    odd: dict[TextFormat, Odd] = field(default_factory=lambda: defaultdict(dict))

    def remember(self, form: TextFormat, rows: Iterable[int], texts: Any) -> None:
        """Keep values that do not fit, with the first row and how many there are."""
        known = self.odd[form]
        for row, text in zip(rows, texts.to_list(), strict=True):
            if text in known:
                known[text][1] += 1
            elif len(known) > MOST_ODD:
                return
            else:
                known[text] = [int(row), 1]

    def best(self, *types: str) -> TextFormat | None:
        """The format of these types that fits most values; none where needless zeros make names of the numbers."""
        known = [form for form in self.fits if form.type in types and not (form.type == "number" and self.zeros)]
        return max(known, key=lambda form: (self.fits[form], -place(form)), default=None)

    def suits(self, form: TextFormat | None) -> bool:
        """Whether all values fit, or nearly all of many and the others are few."""
        if form is None or self.n == 0:
            return False
        enough = self.n >= FEWEST and self.fits[form] >= NEARLY * self.n and len(self.odd[form]) <= MOST_ODD
        return self.fits[form] == self.n or (enough and form.type != "boolean")

    def rivals(self) -> tuple[TextFormat, TextFormat] | None:
        """(without, with) a separator of thousands, where both fit alike: 1,234 is a number either way."""
        best = self.best("number")
        if best is None or best.thousands or self.whole == self.fits[best]:
            return None
        other = replace(best, decimal="." if best.decimal == "," else ",", thousands=best.decimal)
        return (best, other) if self.fits[other] == self.fits[best] else None

    def vote(self) -> str:
        """The decimal sign that the column leaves no doubt about."""
        best = self.best("number")
        if best is None or not self.suits(best) or self.rivals() or self.whole >= self.fits[best]:
            return ""
        return "" if best.thousands in (" ", "'") and self.fits[best] == self.fits[swapped(best)] else best.decimal


def place(form: TextFormat) -> int:
    """Where a format stands among those of its type."""
    if form.type == "number":
        return STYLES.index((form.decimal, form.thousands))
    return PATTERNS[form.type].index(form.pattern) if form.type in PATTERNS else 0


def swapped(form: TextFormat) -> TextFormat:
    """The format with the other decimal sign."""
    return replace(form, decimal="." if form.decimal == "," else ",")


class TextColumns:
    """The formats of all columns of texts, in polars data frames that come piece by piece.

    Columns are asked about a format together, as each query has its price; it is a sequential one, because each thread
    of polars keeps memory of its own. `comma` says that the file hints at a decimal comma.

    >>> import polars
    >>> columns = TextColumns()
    >>> columns.look(polars.DataFrame({"age": [" 30", "?", "41 "], "price": ["1.299,50", "850", "12"]}))
    >>> [(form.type, form.decimal) for form in columns.formats().values()]
    [('number', ','), ('number', ',')]
    """

    def __init__(self, comma: bool = False):
        self.comma = comma
        self.seen: dict[str, Seen] = {}
        self.n_rows = 0

    def look(self, frame: Any) -> None:
        """Count what fits in these rows."""
        columns = frame.get_columns()
        for some, stack in stacked(columns):
            self._look(stack, [self.seen.setdefault(column.name, Seen(column.name)) for column in columns[some]])
        self.n_rows += frame.height

    def _look(self, stack: Stack, seen: list[Seen]) -> None:
        there = stack.there
        for column, n in zip(seen, there.sum(axis=1).tolist(), strict=True):
            column.n += n
        fitting = fitting_some(stack, there)
        for form, places in fitting.items():
            asked = stack.only(places)
            fits = asked.flags(asked.ask(form.values).is_not_null())
            for k, place in enumerate(places):
                seen[place].fits[form] += int(fits[k].sum())
                odd = np.flatnonzero(there[place] & ~fits[k])
                if len(odd):
                    seen[place].remember(form, odd + self.n_rows + 1, asked.column(asked.texts, k)[odd])
        if numbers := sorted({place for form in fitting if form.type == "number" for place in fitting[form]}):
            count_digits(stack.only(numbers), [seen[place] for place in numbers])

    def formats(self, target: str | None = None) -> dict[str, TextFormat]:
        """The format of each column; a target of words may have classes called None or NA."""
        votes = Counter(vote for seen in self.seen.values() if (vote := seen.vote()))
        decimal = max(votes, key=lambda sign: votes[sign]) if votes else ""
        found = {name: found_format(seen, decimal, self.comma) for name, seen in self.seen.items()}
        if target in found and found[target].type == "text":
            found[target] = replace(found[target], missing="no words")
        return found


def fitting_some(stack: Stack, there: Flags) -> dict[TextFormat, list[int]]:
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
    for form in candidates():
        fits = np.add.reduceat(some.ask(form.values).is_not_null().to_numpy(), starts, dtype=np.int64)
        if (most := fits >= COMMON * sizes).any():
            fitting[form], unknown = places[most].tolist(), unknown & ~most
    for k in np.flatnonzero(unknown):
        if (pair := affixes(some.texts[starts[k] : starts[k] + sizes[k]].to_list())) != ("", ""):
            for style in STYLES:
                fitting.setdefault(TextFormat("number", *style, *pair), []).append(int(places[k]))
    return fitting


def some_rows(there: Flags) -> npt.NDArray[np.intp]:
    """Rows with values from the beginning, and as many from all of them."""
    rows = np.flatnonzero(there)
    return np.concatenate([rows[:SOME], rows[:: max(1, len(there) // SOME)][:SOME]])


def count_digits(stack: Stack, seen: list[Seen]) -> None:
    """Count needless zeros, whole numbers, and those below a thousand."""
    for what, pattern in (("zeros", ZEROS), ("whole", r"^[^\d]*\d+[^\d]*$"), ("small", r"^[^\d]*\d{1,3}[^\d]*$")):
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
        note = odd_in_words(seen, form)
        if types == ("number",):
            form, said = decided(seen, form, decimal, comma)
            note = "; ".join(filter(None, (note, said)))
        return replace(form, strays=seen.fits[form] < seen.n, note=note)
    return TextFormat(note=nearly_in_words(seen))


def day_or_month(seen: Seen, form: TextFormat) -> bool:
    """Whether dates such as 3/4/2020 may begin with the day or with the month."""
    pair = [TextFormat("date", pattern=pattern) for pattern in ("%d/%m/%Y", "%m/%d/%Y")]
    return form in pair and seen.fits[pair[0]] == seen.fits[pair[1]]


def decided(seen: Seen, form: TextFormat, decimal: str, comma: bool) -> tuple[TextFormat, str]:
    """The format with its decimal sign decided, by the column, by others or by the file; and what is to be told."""
    affix = " and ".join(filter(None, (form.before, form.after)))
    told = f"numbers are read without {affix!r}" if affix else ""
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


def odd_in_words(seen: Seen, form: TextFormat) -> str:
    """Which values do not fit, with row and count.

    >>> number = TextFormat("number")
    >>> odd_in_words(Seen("x", 600, fits=Counter({number: 599}), odd={number: {"?!": [6, 1]}}), number)
    "599 of 600 values are numbers; row 6 is '?!'"
    """
    odd = seen.odd.get(form, {})
    if not odd or seen.fits[form] == seen.n:
        return ""
    what = {"number": "numbers", "date": "dates", "time": "times", "boolean": "true or false"}[form.type]
    parts = [f"row {row} is {text[:40]!r}" + (f" (in {n} rows)" if n > 1 else "") for text, (row, n) in odd.items()]
    more = f", and {len(parts) - 3} other values" if len(parts) > 3 else ""
    return f"{seen.fits[form]} of {seen.n} values are {what}; {', '.join(parts[:3])}{more}"


def nearly_in_words(seen: Seen) -> str:
    """What keeps a column of words from being numbers, where few values do."""
    form = max((f for f in seen.fits if f.type == "number"), key=lambda f: seen.fits[f], default=None)
    nearly = form is not None and TOLD * seen.n <= seen.fits[form] < seen.n
    return odd_in_words(seen, form) if nearly and form is not None else ""
