"""Patterns of dates and times, as `strptime` has them, and how texts are read by them."""

import re
from typing import TYPE_CHECKING, Any

from glassnet.extras import require

if TYPE_CHECKING:
    import narwhals as nw

DATES = ("%Y-%m-%d", "%Y/%m/%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y")
NAMED = ("%d-%B-%y", "%d-%B-%Y", "%d %B %Y", "%d/%B/%Y", "%B %d, %Y", "%B %Y", "%B-%Y")  # %B is Jan as well
DATETIMES = tuple(f"%Y-%m-%d{gap}{time}" for gap in (" ", "T") for time in ("%H:%M:%S%.f", "%H:%M"))
OFFSETS = tuple(form + "%z" for form in DATETIMES)
TIMES = ("%H:%M:%S%.f", "%H:%M")
PATTERNS = {"date": (*DATES, *DATETIMES, *OFFSETS, *NAMED), "time": TIMES}
ISO = (DATES[0], *DATETIMES, *OFFSETS)  # mean the same everywhere
OF_DATES, OF_TIMES = set("YymbBhdejFDCsGVu"), set("HkIlMSfTRpPzs")
MONTH_NAMES = set("bBh")
LONGEST_PATTERN = 60
LONGEST_TEXT = 100  # signs of a date or a time: a longer text is none


def codes_of(pattern: str) -> set[str]:
    """The letters behind the percent signs of a pattern."""
    return set(re.findall(r"%[.:]?\d?([A-Za-z])", pattern.replace("%%", "")))


def type_of(pattern: str) -> str:
    """ "date" (with or without a time) or "time"; "" for what is not a pattern.

    >>> type_of("%d.%m.%y"), type_of("%I:%M %p"), type_of("%d.%Q"), type_of("monthly")
    ('date', 'time', '', '')
    """
    codes = codes_of(pattern)
    if not codes or codes - OF_DATES - OF_TIMES - set("aA") or len(pattern) > LONGEST_PATTERN:
        return ""
    return ("date" if codes & OF_DATES else "time") if is_known(pattern) else ""


def is_known(pattern: str) -> bool:
    """Whether polars can read by a pattern: it refuses hours without minutes."""
    polars = require("polars", "tables", "a date")
    try:
        polars.DataFrame({"x": ["x"]}).select_seq(dated(polars.col("x"), pattern))
    except polars.exceptions.PolarsError:
        return False
    return True


def dated(texts: Any, pattern: str) -> Any:
    """An expression of dates or times that are written in a pattern; of a month or a year the first day."""
    codes = codes_of(pattern)
    texts = require("polars", "tables", "a date").when(texts.str.len_chars() <= LONGEST_TEXT).then(texts)
    if not codes & OF_DATES:
        return texts.str.to_time(pattern, strict=False)
    if not codes & OF_TIMES:
        there = {"m" if code in MONTH_NAMES else code for code in codes}
        left = [(code, "01") for code in "md" if there <= set("Yym") and code not in there]
        texts = texts + "".join(f" {digits}" for _, digits in left) if left else texts
        found = texts.str.to_date(pattern + "".join(f" %{code}" for code, _ in left), strict=False)
        return in_years(found, 1000 if has_whole_years(codes) else 1)
    texts = texts.str.replace("[Zz]$", "+00:00") if "z" in codes else texts
    return in_years(texts.str.to_datetime(pattern, strict=False))


def has_whole_years(codes: set[str]) -> bool:
    """Whether years of a date have four digits: beside the name of a month, two may be a day."""
    return "Y" in codes and bool(codes & MONTH_NAMES) and not codes & OF_TIMES


def in_years(values: Any, first: int = 1) -> Any:
    """An expression of dates of the years that Python knows, from one of them on; others, such as 0000, are none."""
    return require("polars", "tables", "reading a table").when(values.dt.year().is_between(first, 9999)).then(values)


def moment(texts: "nw.Series[Any]", pattern: str) -> Any:
    """The same as moments in UTC."""
    polars = require("polars", "tables", "reading a table")
    values = dated(texts, pattern)
    return values.dt.replace_time_zone(None) if "z" in codes_of(pattern) else values.cast(polars.Datetime("us"))
