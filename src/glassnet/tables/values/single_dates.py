"""One text as a date or a time, by the patterns that `date_patterns.py` reads whole columns by."""

import datetime
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from glassnet.tables.values.date_patterns import LONGEST_TEXT, OF_DATES, OF_TIMES, codes_of, dated, has_whole_years
from glassnet.tables.values.number_styles import with_blanks

Moment = datetime.date | datetime.time
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
WHOLE = {"F": "%Y-%m-%d", "D": "%m/%d/%y", "T": "%H:%M:%S", "R": "%H:%M"}  # codes that stand for several
GAP = r"\s*(?!\s)"  # takes all blanks and gives none back, so that a text is gone through once
GREEDY = "YymdeHkIlMS"  # numbers that take as many digits as they can
DIGITS = {"f": r"((?:\.\d+)?)", "z": r"([+-](?:[01]\d|2[0-3]):?[0-5]\d)"}
DIGITS |= {code: r"([+-]?\d{1,4})" if code == "Y" else r"(\d{1,2})" for code in GREEDY}
NAMES = {"b": r"(\w{3})", "B": r"([A-Za-z]{3,9})", "a": r"(\w{3})", "A": r"([A-Za-z]{3,9})", "p": "([AaPp][Mm])"}
WHOLE_YEAR = r"([+-]?[1-9]\d{3})"
READ = DIGITS | NAMES | {"h": NAMES["b"], "P": NAMES["p"]}


@dataclass(frozen=True)
class Spelling:
    """How dates of a pattern are spelled, in what regular expressions of Python and JavaScript share.

    expression  with a group for each of `fields`; \\d and \\w are of ASCII, and \\s is a sign of `BLANK`
    fields      the codes of the pattern, in order
    """

    expression: str
    fields: str


@lru_cache(256)
def spelling_of(pattern: str) -> Spelling | None:
    """The spelling of a pattern; None for one with rarer codes.

    >>> spelling_of("%H:%M").fields, spelling_of("%G-%V")
    ('HM', None)
    """
    pattern = re.sub(r"%([FDTR])", lambda match: WHOLE[match[1]], pattern)
    parts = re.findall(r"%\.f|%.|[^%]+", pattern)
    fields = "".join(part[-1] for part in parts if is_field(part))
    if {*fields} - READ.keys():
        return None
    return Spelling("".join(expressions(parts, has_whole_years({*fields}))).replace(GAP + GAP, GAP), fields)


@lru_cache(256)
def date_reader(pattern: str) -> Callable[[str], Moment | None]:
    """A function from a text to the date, the moment or the time that it spells in the pattern; None if it does not.

    >>> date_reader("%d.%m.%y")("31.12.20"), date_reader("%b %Y")("Feb 2020"), date_reader("%H:%M")("25:00")
    (datetime.date(2020, 12, 31), datetime.date(2020, 2, 1), None)
    """
    spelling = spelling_of(pattern)
    if spelling is None:
        return in_a_column(pattern)
    fits, fields, made = with_blanks(spelling.expression).fullmatch, spelling.fields, moment_of(pattern)
    has_offset = "z" in fields

    def read(text: str) -> Moment | None:
        if len(text) > LONGEST_TEXT:
            return None
        if has_offset and text[-1:] in ("Z", "z"):
            text = text[:-1] + "+00:00"
        if (found := fits(text)) is None:
            return None
        try:
            return made(dict(zip(fields, found.groups(), strict=True)))
        except (ValueError, OverflowError):  # the 31st of February, or in UTC before the year 1
            return None

    return read


def is_field(part: str) -> bool:
    """Whether a part of a pattern stands for a number or a name."""
    return part[0] == "%" and part != "%%"


def expressions(parts: Iterable[str], whole_years: bool = False) -> Iterator[str]:
    """The regular expressions for the parts of a pattern; years have four digits, or up to four."""
    number, read = 0, READ | {"Y": WHOLE_YEAR} if whole_years else READ
    for part in parts:
        if not is_field(part):
            yield re.sub(r"(\\?\s)+", lambda _: GAP, re.escape(part.replace("%%", "%")))
            continue
        number, code = number + 1, part[-1]
        # what is looked ahead at, and then taken as it was found, gives no digit back to the next number
        whole = f"(?={read[code]})(?:\\{number})" if code in GREEDY else read[code]
        yield GAP + whole if code in DIGITS and code != "f" else whole


def moment_of(pattern: str) -> Callable[[Mapping[str, str]], Moment]:
    """What makes a moment of the texts behind the codes of a pattern."""
    codes = codes_of(pattern)
    if not codes & OF_DATES:
        return time_of
    return datetime_of if codes & OF_TIMES else date_of


def date_of(found: Mapping[str, str]) -> datetime.date:
    """A date; of a month or a year the first day."""
    year = int(found["Y"]) if "Y" in found else full_year(int(found["y"]))
    day = datetime.date(year, month_of(found), int(found.get("d") or found.get("e") or 1))
    named = found.get("a") or found.get("A")
    if named and named.lower() not in both(WEEKDAYS[day.weekday()]):
        raise ValueError(f"{day} is not a {named}")
    return day


def full_year(short: int) -> int:
    """1970…2069, as POSIX has it."""
    return short + (1900 if short >= 70 else 2000)


def month_of(found: Mapping[str, str]) -> int:
    """The number of a month, which may be written as its name."""
    name = found.get("b") or found.get("h") or found.get("B")
    if name is None:
        return int(found.get("m", 1))
    return next((n for n, month in enumerate(MONTHS, 1) if name.lower() in both(month)), 0)


def both(name: str) -> tuple[str, str]:
    """A name of a month or of a day in small letters, in full and in short."""
    return name.lower(), name[:3].lower()


def time_of(found: Mapping[str, str]) -> datetime.time:
    """A time of day."""
    hour = int(found.get("H") or found.get("k") or 0)
    if half := found.get("p") or found.get("P"):
        short = int(found.get("I") or found.get("l") or 0)
        if not 1 <= short <= 12:
            raise ValueError(f"{short} is not an hour")
        hour = short % 12 + (12 if half in ("PM", "pm", "Pm", "pM") else 0)
    micro = int(found.get("f", "").lstrip(".")[:6].ljust(6, "0"))
    return datetime.time(hour, int(found.get("M", 0)), int(found.get("S", 0)), micro)


def datetime_of(found: Mapping[str, str]) -> datetime.datetime:
    """A moment; in UTC where an offset is given."""
    moment = datetime.datetime.combine(date_of(found), time_of(found))
    if "z" not in found:
        return moment
    sign, hours, minutes = found["z"][0], int(found["z"][1:3]), int(found["z"][-2:])
    offset = datetime.timedelta(hours=hours, minutes=minutes)
    return (moment + (offset if sign == "-" else -offset)).replace(tzinfo=datetime.UTC)


def in_a_column(pattern: str) -> Callable[[str], Moment | None]:
    """For the rarer codes: as a column of one value."""

    def read(text: str) -> Moment | None:
        from glassnet.extras import require

        polars = require("polars", "tables", f"a date written as {pattern}")
        found: Moment | None = polars.DataFrame({"x": [text]}).select_seq(dated(polars.col("x"), pattern)).item()
        return found

    return read
