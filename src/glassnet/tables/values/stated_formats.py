"""How the texts of a column are read that was said to be of some kind."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from glassnet.errors import InvalidInput
from glassnet.tables.values.column_options import ColumnOptions
from glassnet.tables.values.date_patterns import PATTERNS, type_of
from glassnet.tables.values.number_styles import STYLES, Style, affixes
from glassnet.tables.values.seen_texts import NEARLY, Seen, day_or_month, odd_in_words, place
from glassnet.tables.values.text_format import PAIRS, TextFormat

NUMERAL_DATE = "%Y%m%d"  # which is a number where nothing is said
TYPES = {"number": ("number",), "date": ("date", "time"), "boolean": ("boolean",)}  # of formats, by kind
IN_WORDS = {"number": "numbers", "date": "dates", "boolean": "true or false"}


def styles_of(options: ColumnOptions) -> list[Style]:
    """The ways to write numbers that agree with the stated decimal sign and separator of thousands."""
    decimal, thousands = options.decimal, options.thousands
    return [(d, t) for d, t in STYLES if decimal in (None, d) and thousands in (None, t)]


def stated_candidates(options: ColumnOptions, name: str, some: Any) -> Iterator[TextFormat]:
    """The formats that a column of a stated kind may have, given some of its texts; none where it stays text."""
    kind = options.kind(name)
    if kind == "number":
        affixed = affixes(some.drop_nulls().to_list())
        for pair in dict.fromkeys([("", ""), affixed]):
            yield from (TextFormat("number", *style, *pair) for style in styles_of(options))
    elif kind == "boolean":
        yield from (TextFormat("boolean", pattern=pair) for pair in PAIRS)
    elif name in options.date_formats:
        pattern = options.date_formats[name]
        yield TextFormat(type_of(pattern), pattern=pattern)
    elif kind == "date":
        known = [(type_, pattern) for type_, patterns in PATTERNS.items() for pattern in patterns]
        yield from (TextFormat(type_, pattern=pattern) for type_, pattern in [*known, ("date", NUMERAL_DATE)])


def stated_format(seen: Seen, kind: str) -> TextFormat:
    """The format of the kind that fits most of a column's values; the others are missing."""
    fitting = [form for form in seen.fits if form.type in TYPES.get(kind, ())]
    if not fitting:
        return TextFormat()
    form = max(fitting, key=lambda form: (seen.fits[form], -place(form)))
    return replace(form, strays=seen.fits[form] < seen.n, note=odd_in_words(seen, form))


def check_fits(
    seen: Seen, options: ColumnOptions, form: TextFormat, guess: Callable[[Sequence[str]], TextFormat]
) -> None:
    """Refuse a kind that nearly all values contradict, and dates that may begin with the day or with the month."""
    kind = str(options.kind(seen.name))
    if kind not in TYPES or not seen.n:
        return
    found = replace(form, strays=False, note="")
    if day_or_month(seen, found) and seen.fits[found]:
        raise InvalidInput(
            f"the dates of column {seen.name!r} may begin with the day or with the month: say which is right as its "
            "date format, %d/%m/%Y or %m/%d/%Y."
        )
    if seen.fits[found] > (1 - NEARLY) * seen.n:
        return
    odd = [*seen.odd[found].values()]
    text, row = odd[0].text, odd[0].row
    written = options.date_formats.get(seen.name)
    as_ = IN_WORDS[kind] + (f" in the format {written}" if written else "")
    raise InvalidInput(
        f"column {seen.name!r} cannot be read as {as_}: {seen.fits[found]:,} of {seen.n:,} values fit, and row {row} "
        f"is {text[:60]!r}; {nearest_kind(kind, guess([each.text for each in odd]))}."
    )


def nearest_kind(kind: str, guessed: TextFormat) -> str:
    """What values are rather, in words."""
    if guessed.type in TYPES["date"]:
        return f"the date format {guessed.pattern} fits"
    if kind == "date" and guessed.type == "text":
        return "a date format such as %d %b %Y may fit, or the kind category"
    return f"the kind {'category' if guessed.type == 'text' else guessed.type} fits"
