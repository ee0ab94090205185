"""How an exported Python file reads the columns of a table, also from texts: numbers, truth values, dates, levels."""

import inspect
from collections.abc import Iterator, Mapping

from glassnet.exports.program import LevelInput, NumberInput, Program
from glassnet.exports.targets.text import filled, indent, lines_of
from glassnet.exports.texts import DATED, forms_by_name, mark_names, reading_of
from glassnet.tables.values import single_dates
from glassnet.tables.values.date_patterns import LONGEST_TEXT
from glassnet.tables.values.number_styles import BLANK, NUMERAL

PLAIN = r'''
def plain(value):
    """A value of NumPy or pandas as one of Python, None where it is missing."""
    if isinstance(value, (np.datetime64, np.timedelta64)):
        value = value.astype(f"{type(value).__name__}[us]")
    value = value.item() if isinstance(value, np.generic) else value
    gone = type(value).__name__ in ("NAType", "NaTType") or (isinstance(value, Number) and value != value)
    return None if gone else value
'''

COLUMN = r'''
def number_column(name, columns, read, form):
    """A column of numbers as an array (n, 1) in float64, NaN where a value is missing or infinite."""
    found = []
    for row, value in enumerate(columns[name], 1):
        value = plain(value)
        number = math.nan if value is None else read(value, form)
        if number is None and not (form["strays"] and isinstance(value, str)):
            text = str(value).strip(BLANK)[:100]
            raise ValueError(f"column {name!r} holds {text!r} in row {row}, {form['expected']}.")
        found.append([math.nan if number is None else number])
    return np.clip(np.array(found, float).reshape(-1, 1), -1e300, 1e300)


def finite(number):
    """A number in float64, NaN for one that is infinite or beyond all floats."""
    try:
        number = float(number)
    except OverflowError:
        return math.nan
    return number if abs(number) < math.inf else math.nan


def pattern(expression):
    r"""A regular expression, in which \s is a sign that counts as blank."""
    return re.compile(expression.replace(r"\s", f"[{BLANK}]"), re.ASCII)
'''

NUMBERS = r'''
def number_of(value, form):
    """The number that a value is, or that a text spells as in training; truth values are 0 and 1; None for others."""
    if isinstance(value, (Real, Decimal)):
        return math.nan if value in form["gone"] else finite(value)
    text = str(value).strip(BLANK)
    small = text.lower()
    if small in form["marks"]:
        return math.nan
    if form["style"] is not None and (digits := digits_of(text, *form["style"])) is not None:
        return finite(digits)
    pair = next((pair for pair in (form["pair"], ("true", "false")) if small in pair), None)
    return None if pair is None else float(small == pair[0])


def digits_of(text, minus, expression, left_out, decimal_sign):
    """The signs and digits of a number, as Python reads them; None for another text."""
    found = pattern(expression).match(re.sub(minus, "-", text, count=1))
    if found is None:
        return None
    digits = pattern(left_out).sub("", "".join(found.groups(""))).replace(decimal_sign, ".", 1).replace("(", "-")
    return digits if re.fullmatch(NUMERAL, digits) else None
'''

DAYS = r'''
def days_of(value, form):
    """The days since 1970-01-01 of a date, or the part of a day of a time, also as a text; None for others."""
    if isinstance(value, (datetime.date, datetime.time, datetime.timedelta)):
        return days_in(value, form["kind"])
    number = isinstance(value, (Real, Decimal)) and not isinstance(value, bool)
    text = str(int(value) if number and value % 1 == 0 else value).strip(BLANK)
    if text.lower() in form["marks"] or (number and value in form["gone"]):
        return math.nan
    days = days_of_text(text, form)
    return finite(value) if days is None and number else days


def days_of_text(text, form):
    """The days of a text in one of the patterns of the column; None for other texts."""
    if len(text) > LONGEST_TEXT:
        return None
    for expression, fields, moment_of in form["dates"]:
        utc = "z" in fields and text[-1:] in ("Z", "z")
        if found := pattern(expression).fullmatch(text[:-1] + "+00:00" if utc else text):
            try:
                return days_in(moment_of(dict(zip(fields, found.groups()))), form["kind"])
            except (ValueError, OverflowError):  # such as the 31st of February
                pass
    return None


def days_in(value, kind):
    """A date, a time or a duration in days."""
    if isinstance(value, datetime.time):
        value = datetime.timedelta(hours=value.hour, minutes=value.minute, seconds=value.second,
                                   microseconds=value.microsecond)
    if isinstance(value, datetime.timedelta):
        return value / datetime.timedelta(days=1)
    if not isinstance(value, datetime.datetime):
        value = datetime.datetime(value.year, value.month, value.day)
    if kind == "time":
        return days_in(value.time(), kind)
    value = value.astimezone(datetime.timezone.utc).replace(tzinfo=None) if value.tzinfo else value
    return (value - datetime.datetime(1970, 1, 1)) / datetime.timedelta(days=1)
'''

LEVELS = r'''
def level_column(name, columns, places, unknown, missing, marks, gone):
    """A column of texts as an array (n, 1) of the places of their levels; without marks, texts stay as they are."""
    known = {}  # places of values that are no texts, which are compared with each level

    def place_of(value, row):
        value = plain(value)
        if value is None:
            return missing
        if isinstance(value, str):
            text = value.strip(BLANK) if marks else value
            return missing if text.lower() in marks else places.get(text, unknown)
        if isinstance(value, Number) and not isinstance(value, bool) and value in gone:
            return missing
        key = type(value), str(value)
        if key not in known:
            known[key] = place_alike(value, row)
        return known[key]

    def place_alike(value, row):
        alike = [level for level in places if means(level, value)]
        if len(alike) > 1:
            raise ValueError(
                f"column {name!r} holds {value} in row {row}, which may mean several levels in training, such as "
                f"{alike[0]!r} and {alike[1]!r}: pass the column as text."
            )
        return places[alike[0]] if alike else places.get(str(value), unknown)

    return np.array([[place_of(value, row)] for row, value in enumerate(columns[name], 1)], float).reshape(-1, 1)


def means(level, value):
    """Whether a level, a text, has the meaning of a value that is none."""
    if isinstance(value, bool):
        return level.lower() == str(value).lower()
    if isinstance(value, (datetime.date, datetime.time)):
        return moment(level) is not None and moment(level) == moment(str(value))
    return isinstance(value, Number) and re.fullmatch(NUMERAL, level) is not None and float(level) == value


def moment(text):
    """A date or a time in ISO 8601, or None."""
    for kind in (datetime.time, datetime.datetime):
        try:
            return kind.fromisoformat(text)
        except ValueError:
            pass
    return None
'''
NAMES = (
    "BLANK", "NUMERAL", "MISSING", "MONTHS", "WEEKDAYS", "plain", "number_column", "finite", "pattern", "number_of",
    "digits_of", "days_of", "days_of_text", "days_in", "both", "full_year", "month_of", "date_of", "time_of",
    "datetime_of", "LONGEST_TEXT",
    "level_column", "means", "moment", "datetime", "math", "re", "Decimal", "Mapping", "Number", "Real",
    "as_number", "as_boolean", "as_date", "as_time",
)  # fmt: skip
OF_DATES = ("both", "full_year", "month_of", "date_of", "time_of", "datetime_of")  # in `single_dates.py`


def is_dated(step: NumberInput) -> bool:
    """Whether a column holds dates or times."""
    return step.kind in DATED


def readers(program: Program) -> Iterator[list[str]]:
    """The functions that read the columns of a table."""
    steps = [step for step in program.columns if isinstance(step, NumberInput)]
    dated = any(map(is_dated, steps))
    yield [
        "# What counts as blank around texts and within numbers, and what is a number",
        f"BLANK = {BLANK!a}",
        f"NUMERAL = {NUMERAL!r}",
    ]
    yield lines_of(PLAIN)
    if steps:
        yield lines_of(COLUMN)
    if not all(map(is_dated, steps)):
        yield lines_of(NUMBERS)
    if dated:
        yield lines_of(DAYS)
        yield [f"LONGEST_TEXT = {LONGEST_TEXT}  # signs of a date or a time"]
        yield [f"{name} = {getattr(single_dates, name)!r}" for name in ("MONTHS", "WEEKDAYS")]
        for name in OF_DATES:  # how dates are made of what patterns find is the source of glassnet itself
            yield lines_of(
                inspect.getsource(getattr(single_dates, name)).replace("datetime.UTC", "datetime.timezone.utc")
            )
    if any(isinstance(step, LevelInput) for step in program.columns):
        yield lines_of(LEVELS)


def missing(names: Mapping[tuple[str, ...], str]) -> Iterator[str]:
    """The lists of texts that stand for a missing value, by their names."""
    for marks, name in names.items():
        yield from (f"{name} = (", *indent(filled([f"{mark!a}," for mark in marks], gap=" ")), ")")


def forms(program: Program) -> tuple[dict[str, str], list[list[str]]]:
    """How columns are read: a name for each, and the lines that define what these name, each once.

    It is the form of a column of numbers, or the texts that stand for a missing value in one of levels.
    """
    marks = mark_names(program.columns)
    found, texts = forms_by_name(program, marks, lambda step: "\n".join(form(step, marks)), "as_", "()")
    lines = [[f"{name} = {{", *indent(text.split("\n")), "}"] for name, text in texts.items()]
    if marks:
        lines.insert(0, ["# Texts that stand for a missing value, in small letters", *missing(marks)])
    return found, lines


def form(step: NumberInput, marks: Mapping[tuple[str, ...], str]) -> list[str]:
    """The entries that say how the values of a column are read."""
    read = reading_of(step.kind, step.form)
    spelled = read.numbers
    style = None if spelled is None else (spelled.minus, spelled.expression, spelled.left_out, spelled.decimal)
    dates = [f"    ({expression!r}, {fields!r}, {made})," for expression, fields, made in read.dates]
    return [
        f'"kind": {read.kind!r},',
        f'"expected": {read.expected!r},',
        f'"marks": {marks[read.marks]},',
        f'"gone": {read.gone!r},  # numbers that stand for a missing value',
        f'"strays": {read.strays},  # whether other texts count as missing',
        *(['"dates": (', *dates, "),"] if dates else [f'"pair": {read.pair!r},', f'"style": {style!r},']),
    ]


def level_arguments(step: LevelInput, marks: str) -> str:
    """How a column of levels is read; `marks` names the texts that stand for a missing value."""
    return f"{step.unknown}, {step.missing}, {marks}, {step.gone!r}"


def imports(program: Program) -> list[str]:
    """The lines that import what reading needs."""
    steps = [step for step in program.columns if isinstance(step, NumberInput)]
    dated, levels = any(map(is_dated, steps)), len(steps) < len(program.columns)
    return [
        *(["import datetime"] if dated or levels else []),
        *(["import math"] if steps else []),
        "import re",
        *(["from collections.abc import Mapping"] if dated else []),
        *(["from decimal import Decimal"] if steps else []),
        f"from numbers import Number{', Real' if steps else ''}",
    ]


def levels(step: LevelInput) -> list[str]:
    """The places of a column's levels."""
    pairs = [f"{level!r}: {place}" for level, place in step.places.items()]
    return [f"levels_{step.out.name} = {{", *indent(filled(pairs)), "}"]


def column(step: NumberInput | LevelInput, forms: dict[str, str]) -> str:
    """A column as it comes in, as an expression."""
    if isinstance(step, NumberInput):
        read = "days_of" if is_dated(step) else "number_of"
        return f"number_column({step.column!r}, columns, {read}, {forms[step.column]})"
    settings = level_arguments(step, forms[step.column])
    return f"level_column({step.column!r}, columns, levels_{step.out.name}, {settings})"
