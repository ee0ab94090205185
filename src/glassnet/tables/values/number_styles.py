"""How numbers are written: decimal sign, thousands separator, and a sign or unit that stands at each of them."""

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from glassnet.extras import require

if TYPE_CHECKING:
    import narwhals as nw

THOUSANDS = {"": "", ",": ",", ".": r"\.", " ": "[ \u00a0\u2009\u202f]", "'": "['’]"}  # and what is taken for each
STYLES = tuple((decimal, thousands) for thousands in THOUSANDS for decimal in ".," if decimal != thousands)
CURRENCIES = r"[$€£¥₹₩₺₽฿]|[A-Z]{1,2}\$|USD|EUR|GBP|CHF|JPY|CNY|R\$"
AFFIXED = re.compile(
    rf"[+\-−]?({CURRENCIES})?\s*[+\-−]?\d(?:[ \u00a0\u2009\u202f]*[\d.,'’])*\s*([^\d\s.,'’+\-−][^\d]{{0,11}})?"
)
BLANK = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(
    map(chr, range(0x2000, 0x200B))
)  # as in polars
PLAIN = (".", "", "", "")
IN_BRACKETS = re.compile(r"\A(\D{0,4})\(([^()\d]*+\d[^()]*+)\)(\D{0,12})\Z")  # as accountants write negative numbers
BRACKETED = r"^\(([^()]*)\)$"
BRACKETED_TEXT = re.compile(r"\A\(([^()]*)\)\Z")
ALL_GROUPS = "".join(f"${{{k}}}" for k in range(1, 8))  # of `number_pattern`, with a sign or a unit
NOTHING = "(?!)"  # a regular expression that fits nowhere
NUMERAL = (  # a number as any program reads it
    r"[+-]?(?:(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
    r"|[iI][nN][fF](?:[iI][nN][iI][tT][yY])?|[nN][aA][nN])"
)
LAKHS, INTEGER = r"[1-9]\d?(?:,\d{2})+,\d{3}", r"\d+"  # 12,34,567 as in India; and digits without a separator
COMMON = 0.8  # of some values: what most have in common

Affixes = tuple[str, str]
Style = tuple[str, str]


def affixes(texts: Iterable[str]) -> Affixes:
    """The sign in front of most numbers and the unit behind them; each may be empty.

    >>> affixes(["$1,200", "$80"]), affixes(["45.5 %", "3 %"]), affixes(["5 kg", "30 cm"])
    (('$', ''), ('', '%'), ('', ''))
    """
    bare = (IN_BRACKETS.sub(r"\1\2\3", text) for text in texts)
    found = Counter((match[1] or "", match[2] or "") if (match := AFFIXED.fullmatch(text)) else None for text in bare)
    pair, n = found.most_common(1)[0] if found else (None, 0)
    return pair if pair is not None and n >= COMMON * found.total() else ("", "")


def number_pattern(decimal: str, thousands: str, before: str, after: str) -> str:
    """A regular expression of groups that are, together, the sign and the digits; a ( is a minus sign.

    A sign stands in front of all or behind the affix; accountants put negative numbers into parentheses.
    """
    d, t = re.escape(decimal), THOUSANDS[thousands]
    groups = [rf"[1-9]\d{{0,2}}(?:{t}\d{{3}})+"] * bool(t) + [LAKHS] * (t == ",")
    digits = rf"(?:{'|'.join([*groups, INTEGER])})(?:{d}\d*)?|{d}\d+"
    number, b, a = rf"((?:{digits})(?:[eE][+-]?\d+)?)", re.escape(before), re.escape(after)
    inside = rf"|{b}\s*(\(){number}\){a}" if before or after else ""
    return rf"^(?:([+-]?){b}\s*([+-]?){number}\s*{a}|(\(){b}\s*{number}\s*{a}\){inside})$"


def plain_digits(texts: "nw.Series[Any]", decimal: str, thousands: str, before: str, after: str) -> Any:
    """An expression: texts written in a style as texts that any program reads as numbers; None for others."""
    polars = require("polars", "tables", "reading a table")
    if (decimal, thousands, before, after) == PLAIN:
        minus = polars.when(texts.str.starts_with("−")).then(texts.str.replace("−", "-", literal=True))
        negative = minus.when(texts.str.starts_with("(")).then(texts.str.replace(BRACKETED, "-${1}"))
        return negative.otherwise(texts)
    texts = texts.str.replace("−", "-", literal=True)
    pattern = number_pattern(decimal, thousands, before, after)
    affixed = before or after  # otherwise there is a way that is several times as fast
    bare = texts.str.replace(pattern, ALL_GROUPS) if affixed else texts.str.replace_all(r"\s|\)$", "")
    digits = polars.when(texts.str.contains(pattern)).then(bare.str.replace("(", "-", literal=True))
    if thousands.strip() or (thousands and affixed):
        digits = digits.str.replace_all(THOUSANDS[thousands], "")
    return digits.str.replace(",", ".", literal=True) if decimal == "," else digits


@dataclass(frozen=True)
class NumberSpelling:
    """How numbers of a style are spelled, in what regular expressions of Python and JavaScript share.

    minus       the minus sign U+2212 where it is read as a hyphen, at its first place
    expression  a number: all groups together are its signs and digits, ( among them; \\s is a sign of `BLANK`
    left_out    what stands among these and is left out
    decimal     the decimal sign

    What then is a `NUMERAL`, once a ( is a minus sign, is a number.
    """

    minus: str
    expression: str
    left_out: str
    decimal: str


def number_spelling(decimal: str, thousands: str, before: str, after: str) -> NumberSpelling:
    """The spelling of numbers of a style."""
    if (decimal, thousands, before, after) == PLAIN:
        return NumberSpelling("^−", rf"^(?:({NUMERAL})|(\()({NUMERAL})\))$", NOTHING, ".")
    left_out = THOUSANDS[thousands] if thousands.strip() or before or after else r"\s"
    return NumberSpelling("−", number_pattern(decimal, thousands, before, after), left_out or NOTHING, decimal)


def with_blanks(expression: str) -> re.Pattern[str]:
    """A regular expression of ASCII digits and letters, whose \\s is a sign of `BLANK`: of Python it has more signs."""
    return re.compile(expression.replace(r"\s", f"[{BLANK}]"), re.ASCII)


def plain_digits_of(decimal: str, thousands: str, before: str, after: str) -> Callable[[str], str | None]:
    """The same for one text: a function from it to the text that any program reads as a number, or None.

    >>> plain_digits_of(".", ",", "$", "")("$1,200"), plain_digits_of(",", ".", "", "")("1.2000")
    ('1200', None)
    """
    if (decimal, thousands, before, after) == PLAIN:
        return plain_minus
    said = number_spelling(decimal, thousands, before, after)
    fits, left_out = with_blanks(said.expression).match, with_blanks(said.left_out)

    def plain(text: str) -> str | None:
        if (found := fits(text.replace("−", "-", 1))) is None:
            return None
        return left_out.sub("", "".join(found.groups(""))).replace(said.decimal, ".", 1).replace("(", "-")

    return plain


def plain_minus(text: str) -> str:
    """A text with a hyphen where it begins with another minus sign, or stands in parentheses."""
    if text[:1] == "(":
        return BRACKETED_TEXT.sub(r"-\1", text)
    return "-" + text[1:] if text.startswith("−") else text
