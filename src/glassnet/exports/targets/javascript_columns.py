"""How an exported JavaScript module reads the columns of a table: numbers, truth values, dates and levels."""

import json

from glassnet.exports.program import NumberInput
from glassnet.exports.texts import reading_of

NUMBERS = r"""
/** A value of a column of numbers, NaN where it is missing or infinite; dates in days since 1970-01-01. */
function numberOf(name, row, kind, pattern, thousands, decimal, pair, order, marks, strays) {
  const value = row[name];
  if (value === null || value === undefined) return NaN;
  if (value instanceof Date) return kind === "time" ? (value / 864e5) - Math.floor(value / 864e5) : value / 864e5;
  if (typeof value !== "string") return finite(Number(value));
  const text = value.trim().replace("\u2212", "-");
  const small = text.toLowerCase();
  if (marks.includes(small)) return NaN;
  if (kind === "date" || kind === "time") {
    const days = kind === "date" ? daysOf(text, order) : partOfDay(text);
    return Number.isNaN(days) ? cannotRead(name, text, kind, strays) : days;
  }
  if (pair.includes(small)) return pair.indexOf(small) === 0 ? 1 : 0;
  const found = pattern && text.match(new RegExp(pattern));
  if (found) {
    const digits = found[3].replace(new RegExp(thousands, "g"), "").replace(decimal, ".");
    return finite(Number(found[1] + found[2] + digits));
  }
  if (small === "true" || small === "false") return small === "true" ? 1 : 0;
  return cannotRead(name, text, kind, strays);
}

function finite(number) {
  return Number.isFinite(number) ? Math.min(Math.max(number, -1e300), 1e300) : NaN;
}

function cannotRead(name, text, kind, strays) {
  if (strays) return NaN;
  throw new Error(`column ${JSON.stringify(name)} holds ${JSON.stringify(text)}, where a ${kind} is expected.`);
}

/** Days since 1970-01-01 (UTC) of a text, in ISO 8601 or with its numbers in the order of "ymd", "dmy" or "mdy". */
function daysOf(text, order) {
  const time = /^(\d{4})-(\d\d?)-(\d\d?)(?:[ T](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)\s*(Z|[+-]\d\d:?\d\d)?)?$/i;
  const own = order && text.match(/^(\d{1,4})[./-](\d{1,2})[./-](\d{1,4})$/);
  const found = text.match(time);
  if (!found && !own) return NaN;
  const [y, m, d] = found ? found.slice(1, 4) : [..."ymd"].map((part) => own[1 + order.indexOf(part)]);
  const day = new Date(0);
  day.setUTCFullYear(Number(y), Number(m) - 1, Number(d));
  if (day.getUTCMonth() !== Number(m) - 1 || day.getUTCDate() !== Number(d)) return NaN;
  const days = day.getTime() / 864e5;
  if (!found || !found[4]) return days;
  const zone = /^([+-])(\d\d):?(\d\d)$/.exec(found[5] || "") || [0, "+", 0, 0];
  const minutes = (zone[1] === "-" ? -1 : 1) * (Number(zone[2]) * 60 + Number(zone[3]));
  return days + partOfDay(found[4]) - minutes / 1440;
}

function partOfDay(text) {
  const found = text.match(/^([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d(?:\.\d+)?))?$/);
  return found ? (Number(found[1]) * 3600 + Number(found[2]) * 60 + Number(found[3] || 0)) / 86400 : NaN;
}
"""

LEVELS = r"""
/** The place of a column's text among the levels of training. */
function levelOf(name, row, places, unknown, missing, marks) {
  const value = row[name];
  if (value === null || value === undefined || Number.isNaN(value)) return missing;
  if (typeof value === "string") {
    const text = value.trim();
    return marks.includes(text.toLowerCase()) ? missing : places.get(text) ?? unknown;
  }
  if (places.has(String(value))) return places.get(String(value));
  const means = (level) =>
    typeof value === "boolean" ? level.toLowerCase() === String(value) : Number(level) === value;
  for (const [level, place] of places) if (level.trim() !== "" && means(level)) return place;
  return unknown;
}
"""


def number_arguments(step: NumberInput) -> str:
    """How a column of numbers is read."""
    read = reading_of(step.kind, step.form)
    order = order_of(read.dates[0]) if read.dates else ""
    given = (step.kind, read.pattern, read.thousands, read.decimal, [*read.pair], order, [*read.marks], read.strays)
    return ", ".join(map(json.dumps, given))


def order_of(pattern: str) -> str:
    """The order of year, month and day in a pattern of numbers such as %d.%m.%Y; "" for others."""
    letters = [letter for letter in pattern if letter in "Ymd"]
    plain = sorted(letters) == ["Y", "d", "m"] and len(pattern) == 8
    return "".join(letters).lower() if plain else ""
