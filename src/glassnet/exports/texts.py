"""How an export reads values as numbers, truth values, dates and levels: as `predict` does, said once for all targets.

What is said here are regular expressions and lists, which the targets print: `tables/values/` reads by the same ones.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from glassnet.exports.builder import fresh
from glassnet.exports.program import LevelInput, NumberInput, Program
from glassnet.tables.values.date_patterns import ISO, TIMES
from glassnet.tables.values.missing import marks_of
from glassnet.tables.values.number_styles import NumberSpelling, number_spelling
from glassnet.tables.values.single_dates import moment_of, spelling_of
from glassnet.tables.values.single_values import numbers_in
from glassnet.tables.values.text_format import EXPECTED, TextFormat

DATED = ("date", "time")  # kinds of columns whose numbers are days
MOST_LETTERS = 4  # of a mark that is spelled out in small and capital letters in each way
Dates = tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class Reading:
    """What the values of a column of numbers mean.

    kind      "number", "boolean", "date" or "time"
    expected  the end of the sentence about what cannot be read
    marks     texts that stand for a missing value, in small letters
    gone      numbers that do
    strays    whether other texts are missing too, or an error
    numbers   how numbers are spelled; None where texts are no numbers
    pair      texts for true and for false besides true and false, in small letters
    dates     in their order the (expression, fields, function) that read dates: see `single_dates.py`
    """

    kind: str
    expected: str
    marks: tuple[str, ...]
    gone: tuple[float, ...]
    strays: bool
    numbers: NumberSpelling | None
    pair: tuple[str, ...]
    dates: Dates


def reading_of(kind: str, given: Mapping[str, Any]) -> Reading:
    """How the values of a column of a kind are read, given its text format."""
    form = format_of(given)
    dated, stated = kind in DATED, kind == "boolean" and form.pattern != ""
    numbers = None if dated or stated else number_spelling(form.decimal, form.thousands, form.before, form.after)
    dates = dates_of(kind, form) if dated else ()
    expected = f"where {EXPECTED[kind]} is expected{form.as_in}"
    if dated and form.pattern and spelling_of(form.pattern) is None:
        expected += f" (as days since 1970-01-01 or in ISO 8601: {form.pattern} is not read here)"
    pair = tuple(form.pattern.split("|")) if stated else ()
    return Reading(kind, expected, marks_of(form.missing), gone_in(form), form.strays, numbers, pair, dates)


def mark_names(columns: Iterable[NumberInput | LevelInput]) -> dict[tuple[str, ...], str]:
    """A name for each of the lists of texts that stand for a missing value."""
    lists = (reading_of(c.kind, c.form).marks if isinstance(c, NumberInput) else c.marks for c in columns)
    return {marks: f"MISSING{k or ''}" for k, marks in enumerate(dict.fromkeys(filter(None, lists)))}


def forms_by_name(
    program: Program, marks: Mapping[tuple[str, ...], str], form: Callable[[NumberInput], str], prefix: str, none: str
) -> tuple[dict[str, str], dict[str, str]]:
    """(what reads each column, by its name; the forms of numbers by the names that they are given, each form once).

    A column of numbers is read by its form, one of levels by its texts that stand for a missing value, or `none`.
    """
    taken: set[str] = {*(step.out.name for step in program.steps), *(c.name for c in program.constants)}
    found, names = {}, dict[str, str]()
    for step in program.columns:
        if isinstance(step, LevelInput):
            found[step.column] = marks.get(step.marks, none)
        else:
            kind = step.kind.capitalize() if prefix[-1].isalpha() else step.kind
            text = form(step)
            found[step.column] = names[text] = names.get(text) or fresh(f"{prefix}{kind}", taken)
    return found, {name: text for text, name in names.items()}


def format_of(given: Mapping[str, Any]) -> TextFormat:
    """The text format that was described."""
    missing = given["missing"]
    return TextFormat(**{**given, "missing": missing if isinstance(missing, str) else tuple(missing)})


def gone_in(form: TextFormat) -> tuple[float, ...]:
    """The numbers that stand for a missing value."""
    return tuple(sorted(filter(math.isfinite, numbers_in(form))))


def dates_of(kind: str, form: TextFormat) -> Dates:
    """The patterns of a column, its own first; those with rarer codes are left out."""
    patterns = dict.fromkeys(filter(None, (form.usual_pattern, form.pattern, *(TIMES if kind == "time" else ISO))))
    said = ((spelling_of(pattern), moment_of(pattern).__name__) for pattern in patterns)
    return tuple((each.expression, each.fields, made) for each, made in said if each is not None)


def spelled(mark: str, ascii_too: bool = True) -> list[str]:
    """A mark in small and capital letters: in each way if its letters are few, else as they are usual.

    With `ascii_too=False`, letters of ASCII stay small.

    >>> spelled("na"), spelled("n/é", ascii_too=False), spelled("missing")
    (['na', 'nA', 'Na', 'NA'], ['n/é', 'n/É'], ['missing', 'MISSING', 'Missing'])
    """
    cased = [letter for letter in mark if letter != letter.upper() and (ascii_too or not letter.isascii())]
    if len(cased) > MOST_LETTERS:
        return [*dict.fromkeys((mark, mark.upper(), mark.capitalize(), mark.title()))]
    found = [""]
    for letter in mark:
        both = (letter, letter.upper()) if letter in cased else (letter,)
        found = [begun + each for begun in found for each in both]
    return found
