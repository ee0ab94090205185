"""What was seen of the texts of a column: how many fit each format, and which do not."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from glassnet.tables.number_format import counted
from glassnet.tables.values.date_patterns import PATTERNS
from glassnet.tables.values.number_styles import STYLES
from glassnet.tables.values.text_format import PAIRS, TextFormat

NEARLY = 0.95  # of the values: then they are what these are, and the rest are missing
FEWEST = 20  # values, for nearly all of them to mean something
MOST_ODD = 20  # different values that may be the rest: more of them are codes of their own
TOLD = 0.9  # of the values: then words say that these were nearly numbers

Odd = dict[str, list[int]]  # value → [the first row, counted from 1; how many]


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
    known = PAIRS if form.type == "boolean" else (*PATTERNS.get(form.type, ()), form.pattern)
    return known.index(form.pattern) if form.pattern else 0


def swapped(form: TextFormat) -> TextFormat:
    """The format with the other decimal sign."""
    return replace(form, decimal="." if form.decimal == "," else ",")


def day_or_month(seen: Seen, form: TextFormat) -> bool:
    """Whether dates such as 3/4/2020 may begin with the day or with the month."""
    pair = [TextFormat("date", pattern=pattern) for pattern in ("%d/%m/%Y", "%m/%d/%Y")]
    return form in pair and seen.fits[pair[0]] == seen.fits[pair[1]]


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
    more = f", and {counted(len(parts) - 3, 'other value')}" if len(parts) > 3 else ""
    return f"{seen.fits[form]} of {seen.n} values are {what}; {', '.join(parts[:3])}{more}"


def nearly_in_words(seen: Seen) -> str:
    """What keeps a column of words from being numbers, where few values do."""
    form = max((f for f in seen.fits if f.type == "number"), key=lambda f: seen.fits[f], default=None)
    nearly = form is not None and TOLD * seen.n <= seen.fits[form] < seen.n
    return odd_in_words(seen, form) if nearly and form is not None else ""
