"""How an exported JavaScript module reads the columns of a table: numbers, truth values, dates and levels."""

import json
from collections.abc import Iterator, Mapping

from glassnet.exports.program import LevelInput, NumberInput, Program
from glassnet.exports.targets.text import filled, indent, lines_of
from glassnet.exports.texts import DATED, forms_by_name, mark_names, reading_of
from glassnet.tables.values import single_dates
from glassnet.tables.values.date_patterns import LONGEST_TEXT
from glassnet.tables.values.number_styles import BLANK, NUMERAL

TEXTS = r"""
/** A text without what counts as blank around it. */
function stripped(text) {
  let [begin, end] = [0, text.length];
  while (begin < end && BLANK.includes(text[begin])) begin++;
  while (end > begin && BLANK.includes(text[end - 1])) end--;
  return text.slice(begin, end);
}

/** A regular expression, in which \s is a sign that counts as blank. */
function pattern(expression, flags = "") {
  return new RegExp(expression.replaceAll("\\s", `[${BLANK}]`), flags);
}

function refused(name, value, expected) {
  const kind = Array.isArray(value) ? "an array" : `${typeof value === "object" ? "an" : "a"} ${typeof value}`;
  const plain = ["string", "number", "bigint", "boolean"].includes(typeof value) || value instanceof Date;
  const shown = plain ? JSON.stringify(String(value).slice(0, 100)) : kind;
  const wanted = plain ? expected : "where one value is expected";
  return new Error(`column ${JSON.stringify(name)} holds ${shown}, ${wanted}.`);
}
"""

COLUMN = r"""
/** A value of a column of numbers, NaN where it is missing or infinite. */
function numberOf(name, row, read, form) {
  const value = row[name];
  if (value === null || value === undefined) return NaN;
  if (typeof value === "number" || typeof value === "bigint") {
    if (Number.isNaN(value) || form.gone.includes(Number(value))) return NaN;
  }
  const number = read(typeof value === "string" ? stripped(value) : value, form);
  if (number !== undefined) return Number.isFinite(number) ? Math.min(Math.max(number, -1e300), 1e300) : NaN;
  if (form.strays && typeof value === "string") return NaN;
  throw refused(name, typeof value === "string" ? stripped(value) : value, form.expected);
}
"""

NUMBERS = r"""
/** The number that a value is, or that a text spells as in training; truth values are 0 and 1; undefined for others. */
function plainNumber(value, { marks, style, pair }) {
  if (["number", "bigint", "boolean"].includes(typeof value)) return Number(value);
  if (typeof value !== "string") return undefined;
  const small = value.toLowerCase();
  if (marks.includes(small)) return NaN;
  const digits = style && digitsOf(value, ...style);
  if (digits) return Number(digits);
  if (pair.includes(small)) return small === pair[0] ? 1 : 0;
  return small === "true" ? 1 : small === "false" ? 0 : undefined;
}

/** The signs and digits of a number, as JavaScript reads them; undefined for another text. */
function digitsOf(text, minus, expression, leftOut, decimal) {
  const found = text.replace(minus, "-").match(expression);
  const digits = found ? found.slice(1).join("").replace(leftOut, "").replace(decimal, ".").replace("(", "-") : "";
  return NUMERAL.test(digits) ? digits : undefined;
}
"""

DAYS = r"""
/** Days since 1970-01-01 (UTC) of a date, or the part of a day of a time, also as a text; undefined for others. */
function days(value, { kind, marks, dates }) {
  if (value instanceof Date) return kind === "time" ? value / 864e5 - Math.floor(value / 864e5) : value / 864e5;
  if (!["string", "number", "bigint"].includes(typeof value)) return undefined;
  const text = String(value);
  if (marks.includes(text.toLowerCase())) return NaN;
  for (const [expression, fields, made] of text.length > LONGEST_TEXT ? [] : dates) {
    const found = (fields.includes("z") ? text.replace(/[Zz]$/, "+00:00") : text).match(expression);
    const parts = found && Object.fromEntries([...fields].map((field, k) => [field, found[k + 1]]));
    const number = parts ? made(parts) : NaN;
    if (!Number.isNaN(number)) return number;
  }
  return typeof value === "string" ? undefined : Number(value);
}

/** The days of a date, NaN where there is none such; of a month or a year the first day. */
function dateOf({ Y, y, m, b, h, B, d, e, a, A }) {
  const year = Y === undefined ? Number(y) + (Number(y) >= 70 ? 1900 : 2000) : Number(Y);
  const name = b || h || B;
  const month = name === undefined ? Number(m || 1) : 1 + MONTHS.findIndex((each) => isShort(name, each));
  const [date, day] = [new Date(0), Number(d || e || 1)];
  date.setUTCFullYear(year, month - 1, day);
  const there = year >= 1 && year <= 9999 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  const named = a || A;
  if (!there || (named && !isShort(named, WEEKDAYS[(date.getUTCDay() + 6) % 7]))) return NaN;
  return date.getTime() / 864e5;
}

function isShort(text, name) {
  return [name, name.slice(0, 3)].some((each) => each.toLowerCase() === text.toLowerCase());
}

/** The part of a day of a time, NaN where there is none such. */
function timeOf({ H, k, I, l, M, S, f, p, P }) {
  const half = (p || P || "").toLowerCase();
  const short = Number(I || l || 0);
  if (half && (short < 1 || short > 12)) return NaN;
  const hour = half ? (short % 12) + (half === "pm" ? 12 : 0) : Number(H || k || 0);
  const [minute, second] = [Number(M || 0), Number(S || 0)];
  if (hour > 23 || minute > 59 || second > 59) return NaN;
  const micro = Number((f || "").replace(".", "").slice(0, 6).padEnd(6, "0"));
  return (((hour * 60 + minute) * 60 + second) * 1e6 + micro) / 864e8;
}

/** The days of a date with a time, in UTC where an offset is given. */
function momentOf(parts) {
  const { z } = parts;
  const minutes = z ? (z[0] === "-" ? -1 : 1) * (Number(z.slice(1, 3)) * 60 + Number(z.slice(-2))) : 0;
  const found = dateOf(parts) + timeOf(parts) - minutes / 1440;
  return found >= -719162 && found < 2932897 ? found : NaN;
}
"""

LEVELS = r"""
/** The place of a column's text among the levels of training; without marks, texts stay as they are. */
function levelOf(name, row, places, unknown, missing, marks, gone) {
  const value = row[name];
  if (value === null || value === undefined || Number.isNaN(value)) return missing;
  if (typeof value === "string") {
    const text = marks.length ? stripped(value) : value;
    return marks.includes(text.toLowerCase()) ? missing : places.get(text) ?? unknown;
  }
  if (!["number", "bigint", "boolean"].includes(typeof value)) throw refused(name, value, "where a text is expected");
  if (typeof value !== "boolean" && gone.includes(Number(value))) return missing;
  const means = (level) =>
    typeof value === "boolean"
      ? level.toLowerCase() === String(value)
      : NUMERAL.test(level) && Number(level) === Number(value);
  const alike = [...places.keys()].filter(means);
  if (alike.length > 1) {
    const [first, second] = alike.map((level) => JSON.stringify(level));
    const several = `which may mean several levels in training, such as ${first} and ${second}`;
    throw new Error(`column ${JSON.stringify(name)} holds ${value}, ${several}: pass the column as text.`);
  }
  return alike.length ? places.get(alike[0]) : unknown;
}
"""
MADE = {"date_of": "dateOf", "time_of": "timeOf", "datetime_of": "momentOf"}  # the functions of `single_dates.py`
NAMES = (
    "MISSING", "LONGEST_TEXT",
    "BLANK", "NUMERAL", "MONTHS", "WEEKDAYS", "stripped", "pattern", "refused", "numberOf", "plainNumber", "digitsOf",
    "days", "dateOf", "isShort", "timeOf", "momentOf", "levelOf", "asNumber", "asBoolean", "asDate", "asTime",
)  # fmt: skip


def is_dated(step: NumberInput) -> bool:
    """Whether a column holds dates or times."""
    return step.kind in DATED


def quoted(given: object) -> str:
    """A value as JSON, of ASCII letters alone; it does not end the script of a page."""
    return json.dumps(given).replace("</", "<\\/")


def readers(program: Program) -> Iterator[list[str]]:
    """The functions that read the columns of a table."""
    steps = [step for step in program.columns if isinstance(step, NumberInput)]
    yield [
        "// What counts as blank around texts and within numbers, and what is a number",
        f"const BLANK = {quoted(BLANK)};",
        f"const NUMERAL = new RegExp({quoted(f'^(?:{NUMERAL})$')});",
    ]
    yield lines_of(TEXTS)
    if steps:
        yield lines_of(COLUMN)
    if not all(map(is_dated, steps)):
        yield lines_of(NUMBERS)
    if any(map(is_dated, steps)):
        yield [f"const LONGEST_TEXT = {LONGEST_TEXT}; // signs of a date or a time"]
        yield [f"const {name} = {quoted(getattr(single_dates, name))};" for name in ("MONTHS", "WEEKDAYS")]
        yield lines_of(DAYS)
    if any(isinstance(step, LevelInput) for step in program.columns):
        yield lines_of(LEVELS)


def missing(names: Mapping[tuple[str, ...], str]) -> Iterator[str]:
    """The lists of texts that stand for a missing value, by their names."""
    for marks, name in names.items():
        yield from (f"const {name} = [", *indent(filled([f"{quoted(mark)}," for mark in marks], gap=" "), "  "), "];")


def forms(program: Program) -> tuple[dict[str, str], list[list[str]]]:
    """How columns are read: a name for each, and the lines that define what these name, each once.

    It is the form of a column of numbers, or the texts that stand for a missing value in one of levels.
    """
    marks = mark_names(program.columns)
    found, texts = forms_by_name(program, marks, lambda step: "\n".join(form(step, marks)), "as", "[]")
    lines = [[f"const {name} = {{", *indent(text.split("\n"), "  "), "};"] for name, text in texts.items()]
    if marks:
        lines.insert(0, ["// Texts that stand for a missing value, in small letters", *missing(marks)])
    return found, lines


def form(step: NumberInput, marks: Mapping[tuple[str, ...], str]) -> list[str]:
    """The entries that say how the values of a column are read."""
    read = reading_of(step.kind, step.form)
    said = [
        f"kind: {quoted(read.kind)},",
        f"expected: {quoted(read.expected)},",
        f"marks: {marks[read.marks]},",
        f"gone: {quoted([*read.gone])}, // numbers that stand for a missing value",
        f"strays: {quoted(read.strays)}, // whether other texts count as missing",
    ]
    if read.dates:
        fitting = (
            f"  [pattern({quoted(f'^(?:{each})$')}), {quoted(fields)}, {MADE[made]}],"
            for each, fields, made in read.dates
        )
        return [*said, "dates: [", *fitting, "],"]
    style = "null"
    if (spelled := read.numbers) is not None:
        minus, fits, left_out = map(quoted, (spelled.minus, spelled.expression, spelled.left_out))
        style = f'[pattern({minus}), pattern({fits}), pattern({left_out}, "g"), {quoted(spelled.decimal)}]'
    return [*said, f"pair: {quoted([*read.pair])},", f"style: {style},"]


def level_arguments(step: LevelInput, marks: str) -> str:
    """How a column of levels is read; `marks` names the texts that stand for a missing value."""
    return f"{step.unknown}, {step.missing}, {marks}, {quoted([*step.gone])}"
