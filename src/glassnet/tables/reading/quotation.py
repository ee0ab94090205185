"""Quotation marks in a text: which use of them fits all its rows, and how to write it in the usual one."""

import re
from collections.abc import Iterator
from copy import copy
from functools import cache

from glassnet.formulas.description import Description

STRAY = b"\0"  # stands for a quotation mark that is part of a value; no text holds it
USUAL, SPACED, BACKSLASH, LINES, LOOSE = "usual", "spaced", "backslash", "lines", "loose"
IN_WORDS = {
    SPACED: "there are spaces between separators and quotation marks",
    BACKSLASH: "quotation marks in values are escaped with a backslash",
    LINES: "a quotation mark inside a value is part of it",
    LOOSE: "a quotation mark inside a value is part of it",
}


class Quotation(Description):
    """One use of quotation marks in a text of lines that end with \\n.

    USUAL      a value stands in them or not, and inside they are doubled; what Python's csv module writes
    SPACED     the same, with blanks between them and the separators
    BACKSLASH  inside, they follow a backslash
    LINES      quoted values hold neither separators nor ends of lines; a mark that surrounds no value is part of it
    LOOSE      the same, but quoted values may hold separators and ends of lines
    """

    use: str
    separator: str

    def usual(self, text: bytes) -> bytes:
        """Whole rows with the usual use of marks, STRAY in place of those that are part of an unquoted value."""
        if self.use == USUAL or b'"' not in text:
            return text
        inside = BACKSLASH if self.use == BACKSLASH else LINES if self.use == LINES else USUAL
        return _marked(self.separator, inside).sub(self._value, text)

    def _value(self, found: "re.Match[bytes]") -> bytes:
        value = found[1]
        if value is None:
            return self._unquoted(found[0])
        if self.use == BACKSLASH:
            value = re.sub(rb'\\(["\\])', lambda mark: b'""' if mark[1] == b'"' else b"\\", value)
        return b'"' + value + b'"'

    def _unquoted(self, value: bytes) -> bytes:
        """A value with marks that do not surround it."""
        if self.use == BACKSLASH:
            value = re.sub(rb'\\(["\\])', rb"\1", value)
        elif value.startswith(b'"') and b'"' in value[1:]:  # "Jim" Doe is Jim Doe to the csv module
            value = re.sub(rb'^"((?:[^"]|"")*)"(.*)$', _joined, value, flags=re.DOTALL)
        return value.replace(b'"', STRAY)

    def end_of_rows(self, text: bytes) -> int:
        """The end of the last whole row: behind the last end of a line that is not inside quotation marks."""
        if self.use == LOOSE:
            covered = _marked(self.separator, USUAL).sub(_cover, text)
            opened = _open(self.separator).search(covered)
            return covered.rfind(b"\n", 0, opened.start() + 1 if opened else len(text)) + 1
        if self.use == LINES:
            return text.rfind(b"\n") + 1
        return _end_outside(_without_escapes(text) if self.use == BACKSLASH else text)


class QuotationSearch:
    """Looks through a text, some whole lines at a time, for the use of quotation marks that fits all of it.

    `n_values` is how many values a row has.
    """

    def __init__(self, separator: str, n_values: int):
        self.separator, self.n_values = separator, n_values
        self.plain = _Marks(separator)
        self.escaped: _Marks | None = None  # the same without marks after a backslash, from the first of these on
        self.lines_fit = True
        self.line, self.first_odd, self.last = 1, 0, 0

    def look(self, text: bytes) -> None:
        """Look at the next lines."""
        if b'"' in text or self.plain.inside:
            self._compare(text)
        self.line += text.count(b"\n")

    def _compare(self, text: bytes) -> None:
        if self.escaped is None and b'\\"' in text:
            self.escaped = copy(self.plain)
        if self.escaped is not None:
            self.escaped.look(_without_escapes(text))
        lines = self.plain.look(text)
        if lines is not None:
            self.first_odd = self.last if lines < 0 else self.line + lines
        if b'"' in text:
            self.last = self.line + text.count(b"\n", 0, text.rfind(b'"'))
        self.lines_fit = self.lines_fit and self._as_lines(text)

    def _as_lines(self, text: bytes) -> bool:
        """Whether each line has all values of a row."""
        separator, count = self.separator.encode(), self.n_values - 1
        return all(line.count(separator) == count for line in text.split(b"\n") if line.strip(b" "))

    def found(self) -> Quotation:
        """The use that fits, LOOSE where none does."""
        return Quotation(self._use(), self.separator)

    def odd_line(self) -> int:
        """The line of the first mark that is not used in the usual way, or of one that is never closed; 0 for none."""
        return self.first_odd or (self.last if self.plain.inside else 0)

    def _use(self) -> str:
        if self.plain.fit:
            return SPACED if self.plain.spaced else USUAL
        if self.escaped is not None and self.escaped.fit:
            return BACKSLASH
        return LINES if self.lines_fit else LOOSE


class _Marks:
    """Whether all marks stand where a value begins or ends, or in pairs inside one."""

    def __init__(self, separator: str):
        self.separator, self.edges = separator, separator.encode() + b"\n"
        self.well_placed, self.inside, self.spaced = True, False, False

    @property
    def fit(self) -> bool:
        """Whether all text so far is well formed, and its last quoted value is closed."""
        return self.well_placed and not self.inside

    def look(self, text: bytes) -> int | None:
        """Look at the next lines; gives how many lie before a mark in no place for one, -1 if it came before these."""
        inside, self.inside = self.inside, bool((text.count(b'"') + self.inside) % 2)
        if not self.well_placed:
            return None
        usual = _usual(self.separator, inside).match(text)
        if usual and b'"' not in text[usual.end() :]:
            return None
        return self._misplaced(text.split(b'"'), int(inside))

    def _misplaced(self, parts: list[bytes], first: int) -> int | None:
        """What `look` gives, from what stands between marks; every other part from the first on is outside of them."""
        for k in range(first, len(parts), 2):
            if parts[k] and not self._fits(parts[k], k > 0, k < len(parts) - 1):
                self.well_placed = False
                if k == 0 or self._fits(parts[k], after=True, before=False):
                    return b"".join(parts[: k + 1]).count(b"\n")
                return b"".join(parts[: k - 1]).count(b"\n") if k > 1 else -1
        return None

    def _fits(self, part: bytes, after: bool, before: bool) -> bool:
        """Whether what stands outside marks, after and before one, begins and ends where values do."""
        bare = part.strip(b" ")
        if bare != part and ((after and part.startswith(b" ")) or (before and part.endswith(b" "))):
            self.spaced = True
        if not bare:
            return not (after and before)
        return not (after and bare[0] not in self.edges) and not (before and bare[-1] not in self.edges)


def values_of(text: bytes, separator: str) -> Iterator[tuple[int, int, list[bytes]]]:
    """(start, end, values) of each row, whatever its quotation marks; quoted values keep their marks."""
    start, values = 0, []
    for found in _any_value(separator).finditer(_without_escapes(text)):
        values.append(text[found.start() : found.end(1)])
        if found[2] != separator.encode():
            yield start, found.end(), values
            start, values = found.end(), []
            if start == len(text):
                return


@cache
def _marked(separator: str, inside: str) -> "re.Pattern[bytes]":
    """A value with marks in it; group 1 is what they surround, None where they do not."""
    edge = re.escape(separator).encode()
    value = {
        USUAL: rb'[^"]*+(?:""[^"]*+)*+',
        BACKSLASH: rb'[^"\\]*+(?:(?:""|\\.)[^"\\]*+)*+',
        LINES: rb'[^"\n' + edge + rb']*+(?:""[^"\n' + edge + rb"]*+)*+",
    }[inside]
    quoted = rb' *+"(' + value + rb')" *+(?=[\n' + edge + rb"]|\Z)"
    odd = rb'[^"\n' + edge + rb']*+"[^\n' + edge + rb"]*+"
    return re.compile(rb"(?:(?<=[\n" + edge + rb"])|\A)(?:" + quoted + rb"|" + odd + rb")", re.DOTALL)


@cache
def _usual(separator: str, inside: bool) -> "re.Pattern[bytes]":
    """Text as far as its marks are used in the usual way, where it begins inside of them or not."""
    edge = re.escape(separator).encode()
    rest = rb'[^"]*+(?:""[^"]*+)*+(?:"(?=[\n' + edge + rb"]|\Z)|\Z)"
    value = rb'[^"]*+(?:(?<=[\n' + edge + rb'])|(?<!.))"' + rest
    return re.compile((rest if inside else b"") + rb"(?:" + value + rb")*+", re.DOTALL)


@cache
def _open(separator: str) -> "re.Pattern[bytes]":
    """A line end or separator before a mark that no other follows."""
    edge = re.escape(separator).encode()
    return re.compile(rb"(?:\A|[\n" + edge + rb']) *+"[^"]*+(?:""[^"]*+)*+"?\Z')


@cache
def _any_value(separator: str) -> "re.Pattern[bytes]":
    """A value (group 1), quoted or not, and what ends it (group 2)."""
    edge = re.escape(separator).encode()
    quoted = rb' *+"[^"]*+(?:""[^"]*+)*+" *+(?=[\n' + edge + rb"]|\Z)"
    return re.compile(rb"(" + quoted + rb"|[^\n" + edge + rb"]*+)([\n" + edge + rb"]|\Z)")


def _joined(found: "re.Match[bytes]") -> bytes:
    return found[1].replace(b'""', b'"') + found[2]


def _cover(found: "re.Match[bytes]") -> bytes:
    """As many bytes, without marks or ends of lines where a value is quoted."""
    return found[0] if found[1] is None else b"x" * len(found[0])


def _without_escapes(text: bytes) -> bytes:
    """The text, as long, without marks and backslashes that follow a backslash."""
    return re.sub(rb'\\["\\]', b"__", text) if b"\\" in text else text


def _end_outside(text: bytes) -> int:
    end = text.rfind(b"\n") + 1
    quotes = text.count(b'"', 0, end)
    while end and quotes % 2:
        before = text.rfind(b"\n", 0, end - 1) + 1
        quotes -= text.count(b'"', before, end)
        end = before
    return end
