"""What was seen of the texts of a column: how many fit each format, and which do not."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from glassnet.tables.number_format import counted
from glassnet.tables.values.date_patterns import PATTERNS
from glassnet.tables.values.number_styles import STYLES
from glassnet.tables.values.text_format import PAIRS, TextFormat

NEARLY = 0.95  # of the values: then they are what these are, and the rest are missing
MOSTLY = 0.9  # of many different numbers, where the rest is of few kinds: the same
FEWEST = 20  # values, for nearly all of them to mean something
MOST_ODD = 20  # different kinds of values that may be the rest: more of them are codes of their own
FEW_ODD, MANY_NUMBERS = 5, 20  # kinds of values among different numbers, where fewer are numbers
MARKED = re.compile(  # a limit such as <0.6, or a number with a unit or a mark behind it: 12 mg, 12*, 0.8(H)
    r"(?:[<>≤≥~≈±=]{1,2}|ca\.?)\s*[-+−]?\d[\d.,]*\s*\D{0,12}"
    r"|[-+−]?\d[\d.,]*(?:\s+\D{1,12}|[^\w\s.,]\D{0,11}|[^\W\d_]{2,12})"
)

TOLD = 0.8  # of the values: then words say that these were nearly numbers


@dataclass
class Odd:
    """Values of one kind that do not fit: the first of them with its row, counted from 1, and how many there are."""

    text: str
    row: int
    n: int = 1
    alike: bool = True  # whether all are the same text


@dataclass
class Seen:
    """What is known of a column: how many values, how many fit each format, which do not, and the marks for missing."""

    name: str
    n: int = 0
    zeros: int = 0
    whole: int = 0
    small: int = 0
    bracketed: int = 0
    different: int = 0
    fits: Counter[TextFormat] = field(default_factory=Counter)
    odd: dict[TextFormat, dict[str, Odd]] = field(default_factory=lambda: defaultdict(dict))

    def remember(self, form: TextFormat, rows: Iterable[int], texts: Any) -> None:
        """Keep values that do not fit by their kinds, with the first row and how many there are."""
        known = self.odd[form]
        for row, text in zip(rows, texts.to_list(), strict=True):
            if (kind := kind_of(text)) in known:
                odd = known[kind]
                odd.n, odd.alike = odd.n + 1, odd.alike and text == odd.text
            elif len(known) > MOST_ODD:
                return
            else:
                known[kind] = Odd(text, int(row))

    def vary(self, texts: Any) -> None:
        """Count different values, where some of the column do not fit."""
        if any(self.odd.values()):
            self.different = max(self.different, texts.n_unique())

    def best(self, *types: str) -> TextFormat | None:
        """The format of these types that fits most values; none where needless zeros make names of the numbers."""
        known = [form for form in self.fits if form.type in types and not (form.type == "number" and self.zeros)]
        return max(known, key=lambda form: (self.fits[form], -place(form)), default=None)

    def suits(self, form: TextFormat | None) -> bool:
        """Whether all values fit, or nearly all of many and the others are few."""
        if form is None or self.n == 0:
            return False
        if self.fits[form] == self.n:
            return True
        if self.n < FEWEST or form.type == "boolean":
            return False
        varied = form.type == "number" and self.different > MANY_NUMBERS
        share, most = (MOSTLY, FEW_ODD) if varied and self.fits[form] < NEARLY * self.n else (NEARLY, MOST_ODD)
        return self.fits[form] >= share * self.n and len(self.odd[form]) <= most

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


def kind_of(text: str) -> str:
    """The text itself; of a number with a mark or a unit these alone.

    >>> kind_of("<0.6") == kind_of("<12"), kind_of("A01") == kind_of("A02")
    (True, False)
    """
    return re.sub(r"\d[\d.,]*", "0", text) if MARKED.fullmatch(text) else text


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
    >>> odd_in_words(Seen("x", 600, fits=Counter({number: 599}), odd={number: {"?!": Odd("?!", 6)}}), number)
    "599 of 600 values are numbers; row 6 is '?!'"
    """
    odd = [*seen.odd.get(form, {}).values()]
    if not odd or seen.fits[form] == seen.n:
        return ""
    what = {"number": "numbers", "date": "dates", "time": "times", "boolean": "true or false"}[form.type]
    parts = [f"row {each.row} is {each.text[:40]!r}{more_of(each)}" for each in odd]
    more = f", and {counted(len(parts) - 3, 'other value')}" if len(parts) > 3 else ""
    return f"{seen.fits[form]} of {seen.n} values are {what}; {', '.join(parts[:3])}{more}"


def more_of(odd: Odd) -> str:
    """How many more there are of a value, or of its kind."""
    if odd.n == 1:
        return ""
    return f" (in {odd.n} rows)" if odd.alike else f" (one of {odd.n} of this kind)"


def strays_in_words(seen: Seen, form: TextFormat) -> str:
    """What becomes of values that do not fit a format that was found, and how that is overruled."""
    words = odd_in_words(seen, form)
    return words and f"{words}; read as missing (--kind {seen.name}=category keeps them)"


def nearly_in_words(seen: Seen) -> str:
    """What keeps a column of words from being numbers, where few values do, and how that is overruled."""
    form = max((f for f in seen.fits if f.type == "number"), key=lambda f: seen.fits[f], default=None)
    if form is None or not TOLD * seen.n <= seen.fits[form] < seen.n or not (words := odd_in_words(seen, form)):
        return ""
    return f"{words}; read as text (--kind {seen.name}=number reads these values as missing)"
