"""What the texts of whole columns spell: numbers, truth values, dates, times, or nothing but words."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from glassnet.extras import require
from glassnet.tables.values.number_styles import COMMON, STYLES, affixes
from glassnet.tables.values.text_format import PATTERNS, TextFormat, present

AT_ONCE = 8  # columns, so that few are held several times
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

    All columns are asked about a format in one query, as each query has its price; it is a sequential one, because each
    thread of polars keeps memory of its own. `comma` says that the file hints at a decimal comma.

    >>> import polars
    >>> columns = TextColumns()
    >>> columns.look(polars.DataFrame({"age": [" 30", "?", "41 "], "price": ["1.299,50", "850", "12"]}))
    >>> [(form.type, form.decimal) for form in columns.formats().values()]
    [('number', ','), ('number', ',')]
    """

    def __init__(self, comma: bool = False):
        self.comma = comma
        self.seen: dict[str, Seen] = {}
        self.known = [*candidates()]
        self.n_rows = 0

    def look(self, frame: Any) -> None:
        """Count what fits in these rows."""
        for first in range(0, frame.width, AT_ONCE):
            self._look(frame[:, first : first + AT_ONCE])
        self.n_rows += frame.height

    def _look(self, frame: Any) -> None:
        polars = require("polars", "tables", "reading a table")
        texts = present(frame)
        gone = dict(zip(texts.columns, texts.null_count().row(0), strict=True))
        for name in texts.columns:
            self.seen.setdefault(name, Seen(name)).n += texts.height - gone[name]
        there = polars.all().drop_nulls()
        every = max(1, texts.height // SOME)
        both = there.head(SOME).append(there.gather_every(every).head(SOME)).implode()
        self._try(texts, texts[:, [name for name in texts.columns if gone[name] < texts.height]].select_seq(both))

    def _try(self, texts: Any, some: Any) -> None:
        polars = require("polars", "tables", "reading a table")
        sizes = dict(zip(some.columns, (len(values) for values in some.row(0)) if some.width else (), strict=True))
        fitting: dict[str, list[TextFormat]] = {}
        for form in self.known:
            for name, n in counts(some, fits(form, polars.all().explode())):
                if n >= COMMON * sizes[name]:
                    fitting.setdefault(name, []).append(form)
        for name in some.columns:
            if name not in fitting and (pair := affixes(some[name][0].to_list())) != ("", ""):
                fitting[name] = [TextFormat("number", *style, *pair) for style in STYLES]
        by_form: dict[TextFormat, list[str]] = {}
        for name, forms in fitting.items():
            for form in forms:
                by_form.setdefault(form, []).append(name)
        for form, names in by_form.items():
            for name, n in counts(texts[:, names], fits(form, polars.all())):
                self.seen[name].fits[form] += n
                if n < texts[name].len() - texts[name].null_count():
                    self._odd(form, texts[name])
        self._digits(texts[:, [name for name, forms in fitting.items() if any(f.type == "number" for f in forms)]])

    def _digits(self, texts: Any) -> None:
        """Count needless zeros, whole numbers, and those below a thousand."""
        all_of = require("polars", "tables", "reading a table").all
        for what, pattern in (("zeros", ZEROS), ("whole", r"^[^\d]*\d+[^\d]*$"), ("small", r"^[^\d]*\d{1,3}[^\d]*$")):
            for name, n in counts(texts, all_of().str.contains(pattern).sum()):
                setattr(self.seen[name], what, getattr(self.seen[name], what) + n)

    def _odd(self, form: TextFormat, texts: Any) -> None:
        """Remember values that do not fit, with the first row and how many there are."""
        polars = require("polars", "tables", "reading a table")
        values = texts.alias("x").to_frame().select_seq(form.values(polars.all())).to_series()
        rows = (values.is_null() & texts.is_not_null()).arg_true()
        known = self.seen[texts.name].odd[form]
        for row, text in zip(rows.to_list(), texts[rows].to_list(), strict=True):
            if text in known:
                known[text][1] += 1
            elif len(known) > MOST_ODD:
                return
            else:
                known[text] = [self.n_rows + row + 1, 1]

    def formats(self, target: str | None = None) -> dict[str, TextFormat]:
        """The format of each column; a target of words may have classes called None or NA."""
        votes = Counter(vote for seen in self.seen.values() if (vote := seen.vote()))
        decimal = max(votes, key=lambda sign: votes[sign]) if votes else ""
        found = {name: found_format(seen, decimal, self.comma) for name, seen in self.seen.items()}
        if target in found and found[target].type == "text":
            found[target] = replace(found[target], missing="no words")
        return found


def fits(form: TextFormat, texts: Any) -> Any:
    """An expression that counts the texts that fit."""
    return form.values(texts).is_not_null().sum()


def counts(frame: Any, count: Any) -> Iterator[tuple[str, int]]:
    """Each column, and what an expression counts in it."""
    found = frame.select_seq(count).row(0) if frame.width else ()
    return zip(frame.columns, found, strict=True)


def found_format(seen: Seen, decimal: str, comma: bool) -> TextFormat:
    """The format of a column, given the decimal sign of the others and whether the file hints at a comma."""
    for types in (("boolean",), ("number",), ("date",), ("time",)):
        form = seen.best(*types)
        if form is None or not seen.suits(form):
            continue
        if types == ("date",) and day_or_month(seen, form):
            return TextFormat(note="its dates may begin with the day or with the month, so they stay texts")
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
        form, why = (with_decimals if separator == decimal else with_thousands), "as other columns tell"
    elif seen.whole and seen.whole == seen.small:
        form, why = with_thousands, "as all numbers without it are below 1000"
    elif separator == "," and not comma:
        form, why = with_thousands, "though no value of the column tells"
    else:
        form, why = with_decimals, "though no value of the column tells"
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
