"""One text as the value that it has in a column of its format: what `TextFormat` does for whole columns."""

import datetime
import re
from collections.abc import Callable
from functools import lru_cache

from glassnet.tables.values.date_patterns import ISO, PATTERNS, TIMES
from glassnet.tables.values.missing import marks_of
from glassnet.tables.values.number_styles import BLANK, NUMERAL, plain_digits_of
from glassnet.tables.values.single_dates import date_reader
from glassnet.tables.values.text_format import TRUE_FALSE, TextFormat

WHOLE = re.compile(r"[+-]?\d+", re.ASCII)
as_numeral = re.compile(NUMERAL).fullmatch
Value = str | int | float | bool | datetime.date | datetime.time | None
Reader = Callable[[str], Value]


@lru_cache(maxsize=256)
def text_reader(form: TextFormat) -> Callable[[str], tuple[bool, Value]]:
    """A function from a text to (whether it fits the format, its value or None where it stands for a missing one).

    >>> read = text_reader(TextFormat("number", ",", "."))
    >>> read(" 1.299,50"), read("NA"), read("true"), read("many")
    ((True, 1299.5), (True, None), (True, 1.0), (False, None))
    """
    marks, value = frozenset(marks_of(form.missing)), VALUES[form.type](form)

    def read(text: str) -> tuple[bool, Value]:
        stripped = text.strip(BLANK)
        if stripped.lower() in marks:
            return True, None
        found = value(stripped)
        return found is not None, found

    return read


def itself(form: TextFormat) -> Reader:
    """Words."""
    return lambda text: text


def number_reader(form: TextFormat) -> Reader:
    """Numbers in the style of the format, or true and false."""
    number, truth = digits_reader(form), pair_reader(TRUE_FALSE)

    def read(text: str) -> Value:
        found = number(text)
        return as_float(truth(text)) if found is None else found

    return read


MOST_DIGITS = 19  # of a whole number of 64 bits; Python refuses to read thousands of them


def digits_reader(form: TextFormat) -> Reader:
    """Numbers in the style of the format: whole ones as such, if 64 bits hold them."""
    plain = plain_digits_of(form.decimal, form.thousands, form.before, form.after)

    def read(text: str) -> Value:
        digits = plain(text)
        if digits is None or as_numeral(digits) is None:
            return None
        bare = digits.lstrip("+-0")
        if len(bare) <= MOST_DIGITS and WHOLE.fullmatch(digits):
            whole = int(bare or "0") * (-1 if digits[0] == "-" else 1)
            if -(2**63) <= whole < 2**63:
                return whole
        return float(digits)

    return read


def boolean_reader(form: TextFormat) -> Reader:
    """The two words of the format; where it states none, numbers too; and true and false everywhere."""
    stated, truth = pair_reader(form.pattern or TRUE_FALSE), pair_reader(TRUE_FALSE)
    number = (lambda text: as_float(stated(text))) if form.pattern else digits_reader(form)

    def read(text: str) -> Value:
        if (told := stated(text)) is not None:
            return told
        found = number(text)
        return as_float(truth(text) if found is None else found)

    return read


def pair_reader(pair: str) -> Callable[[str], bool | None]:
    """True and false as two words, such as yes|no."""
    values = dict(zip(pair.split("|"), (True, False), strict=True))
    return lambda text: values.get(text.lower())


def as_float(value: Value) -> float | None:
    """A number or a truth value as a float."""
    return None if value is None else float(value)  # type: ignore[arg-type]


def moment_reader(form: TextFormat) -> Reader:
    """Dates or times in the pattern of the format, or as ISO 8601 has them."""
    own, others = date_reader(form.usual_pattern), TIMES if form.type == "time" else ISO
    rest = [*map(date_reader, filter(None, (form.pattern, *others)))]

    def read(text: str) -> Value:
        if (found := own(text)) is not None:
            return found
        return next((in_utc(found) for reader in rest if (found := reader(text)) is not None), None)

    return read


def in_utc(found: datetime.date | datetime.time) -> Value:
    """A date as a moment, and a moment without its offset."""
    if isinstance(found, datetime.datetime):
        return found.replace(tzinfo=None)
    return found if isinstance(found, datetime.time) else datetime.datetime.combine(found, datetime.time())


VALUES: dict[str, Callable[[TextFormat], Reader]] = {
    "text": itself, "number": number_reader, "boolean": boolean_reader, **dict.fromkeys(PATTERNS, moment_reader)
}  # fmt: skip
