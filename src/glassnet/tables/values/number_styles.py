"""How numbers are written: decimal sign, thousands separator, and a sign or unit that stands at each of them."""

import re
from collections import Counter
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from glassnet.extras import require

if TYPE_CHECKING:
    import narwhals as nw

THOUSANDS = {"": "", ",": ",", ".": r"\.", " ": "[ \u00a0\u2009\u202f]", "'": "['’]"}  # and what is taken for each
STYLES = tuple((decimal, thousands) for thousands in THOUSANDS for decimal in ".," if decimal != thousands)
CURRENCIES = r"[$€£¥₹₩₺₽฿]|[A-Z]{1,2}\$|USD|EUR|GBP|CHF|JPY|CNY|R\$"
AFFIXED = re.compile(
    rf"[+\-−]?({CURRENCIES})?\s*[+\-−]?\d[\d.,'’ \u00a0\u2009\u202f]*?\s*([^\d\s.,'’+\-−][^\d]{{0,11}})?"
)
BLANK = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(
    map(chr, range(0x2000, 0x200B))
)  # as in polars
COMMON = 0.8  # of some values: what most have in common

Affixes = tuple[str, str]
Style = tuple[str, str]


def affixes(texts: Iterable[str]) -> Affixes:
    """The sign in front of most numbers and the unit behind them; each may be empty.

    >>> affixes(["$1,200", "$80"]), affixes(["45.5 %", "3 %"]), affixes(["5 kg", "30 cm"])
    (('$', ''), ('', '%'), ('', ''))
    """
    found = Counter((match[1] or "", match[2] or "") if (match := AFFIXED.fullmatch(text)) else None for text in texts)
    pair, n = found.most_common(1)[0] if found else (None, 0)
    return pair if pair is not None and n >= COMMON * found.total() else ("", "")


def number_pattern(decimal: str, thousands: str, before: str, after: str) -> str:
    """A regular expression of three groups: a sign in front of all, a sign behind the affix, and the digits."""
    d, t = re.escape(decimal), THOUSANDS[thousands]
    grouped = rf"[1-9]\d{{0,2}}(?:{t}\d{{3}})+|\d+" if t else r"\d+"
    digits = rf"(?:{grouped})(?:{d}\d*)?|{d}\d+"
    return rf"^([+-]?){re.escape(before)}\s*([+-]?)((?:{digits})(?:[eE][+-]?\d+)?)\s*{re.escape(after)}$"


def plain_digits(texts: "nw.Series[Any]", decimal: str, thousands: str, before: str, after: str) -> Any:
    """An expression: texts written in a style as texts that any program reads as numbers; None for others."""
    polars = require("polars", "tables", "reading a table")
    if (decimal, thousands, before, after) == (".", "", "", ""):
        return polars.when(texts.str.starts_with("−")).then(texts.str.replace("−", "-", literal=True)).otherwise(texts)
    texts = texts.str.replace("−", "-", literal=True)
    pattern = number_pattern(decimal, thousands, before, after)
    affixed = before or after  # otherwise there is a way that is several times as fast
    bare = texts.str.replace(pattern, "${1}${2}${3}") if affixed else texts.str.replace_all(r"\s", "")
    digits = polars.when(texts.str.contains(pattern)).then(bare)
    if thousands.strip():
        digits = digits.str.replace_all(THOUSANDS[thousands], "")
    return digits.str.replace(",", ".", literal=True) if decimal == "," else digits


def plain_digits_of(decimal: str, thousands: str, before: str, after: str) -> Callable[[str], str | None]:
    """The same for one text: a function from it to the text that any program reads as a number, or None.

    >>> plain_digits_of(".", ",", "$", "")("$1,200"), plain_digits_of(",", ".", "", "")("1.2000")
    ('1200', None)
    """
    if (decimal, thousands, before, after) == (".", "", "", ""):
        return lambda text: "-" + text[1:] if text.startswith("−") else text
    blank = f"[{BLANK}]"  # `\\s` of Python has more signs
    fits = re.compile(number_pattern(decimal, thousands, before, after).replace(r"\s", blank)).match

    def plain(text: str) -> str | None:
        if (found := fits(text.replace("−", "-", 1))) is None:
            return None
        digits = "".join(found.groups())
        digits = digits if before or after else re.sub(blank, "", digits)
        digits = re.sub(THOUSANDS[thousands], "", digits) if thousands.strip() else digits
        return digits.replace(",", ".", 1) if decimal == "," else digits

    return plain
