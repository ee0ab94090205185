"""How an export reads texts as numbers, truth values and dates, as the column was written in training."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from glassnet.tables.values.date_patterns import DATES, PATTERNS, codes_of
from glassnet.tables.values.missing import marks_of
from glassnet.tables.values.number_styles import THOUSANDS, number_pattern
from glassnet.tables.values.text_format import TRUE_FALSE

PLAIN = (".", "", "", "")
INFINITE = tuple(f"{sign}{word}" for sign in ("", "+", "-") for word in ("inf", "infinity", "nan"))  # count as missing
EVERYWHERE = set("YymdHMSjbBpIz")  # codes of dates that mean the same in `strptime` of Python


@dataclass(frozen=True)
class Reading:
    """What texts of a column mean.

    pattern    a regular expression of three groups: two signs and the digits; "" if numbers are not read
    thousands  a regular expression of what stands between thousands, which is taken out
    decimal    the decimal sign
    pair       the texts for true and for false, in small letters
    dates      patterns of `strptime`, besides ISO 8601
    marks      what stands for a missing value, in small letters
    strays     whether other texts are missing too, or an error
    """

    pattern: str
    thousands: str
    decimal: str
    pair: tuple[str, ...]
    dates: tuple[str, ...]
    marks: tuple[str, ...]
    strays: bool


def reading_of(kind: str, form: Mapping[str, Any]) -> Reading:
    """How the texts of a column of a kind and a text format are read."""
    style = form["decimal"], form["thousands"], form["before"], form["after"]
    stated = kind == "boolean" and form["pattern"]
    numbers = "" if kind in ("date", "time") or stated else number_pattern(*style)
    pair = tuple((form["pattern"] or TRUE_FALSE).split("|")) if kind == "boolean" else ()
    missing = form["missing"]
    marks = marks_of(missing if isinstance(missing, str) else tuple(missing))
    marks += INFINITE if numbers and style == PLAIN else ()
    thousands = THOUSANDS[form["thousands"]] or "(?!)"
    return Reading(numbers, thousands, form["decimal"], pair, dates_of(kind, form["pattern"]), marks, form["strays"])


def dates_of(kind: str, pattern: str) -> tuple[str, ...]:
    """The pattern of a date or a time that is no ISO 8601, if Python's `strptime` knows all of it."""
    iso = {DATES[0], *(each for each in PATTERNS["date"] if "%H" in each), *PATTERNS["time"]}
    plain = codes_of(pattern) <= EVERYWHERE and "%." not in pattern
    return (pattern,) if kind in ("date", "time") and pattern and pattern not in iso and plain else ()
