"""The layout of a text table, found from its first rows: separator, lines above the names, and the names."""

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from glassnet.errors import InvalidInput
from glassnet.formulas.description import Description
from glassnet.tables.number_format import counted
from glassnet.tables.reading.quotation import values_of
from glassnet.tables.reading.read_options import NOTHING_KNOWN, ReadOptions
from glassnet.tables.values.frames import listed

SEPARATORS = {"\t": "tabs", ";": "semicolons", "|": "bars", "^": "carets", ",": "commas"}  # of equals the first
SAMPLE_BYTES, SAMPLE_LINES, MOST_BYTES = 1 << 16, 20, 1 << 24  # what the layout is told by, and at most
SEPARATOR_LINE = re.compile(rb'[ \n]*"?sep=([!-/:-@\[-`{-~\t])"?[;,\t ]*\n', re.IGNORECASE)  # for spreadsheets
COMMENTS = (b"#", b"%", b"//")
NUMBER = re.compile(rb'\s*"?[+-]?[.,]*+\d[\d.,]*+(e[+-]?\d+)?"?\s*', re.IGNORECASE)  # each sign has one place in it
Row = tuple[int, int, list[bytes]]  # where it starts and ends, and its values


class Layout(Description):
    """Where the rows begin, and what they hold.

    separator  between values
    names      of the columns
    header     where the line with the names starts, in bytes of the text
    start      where the first row starts
    n_above    lines above the first row
    notes      what was found that is not usual, in words
    """

    separator: str
    names: tuple[str, ...]
    header: int
    start: int
    n_above: int
    notes: tuple[str, ...]


def sample_of(text: bytes, whole: bool = True, skip_lines: int = 0) -> bytes | None:
    """What the layout is told by: whole lines, 64 kB and 20 of them at least; None if more of the text is needed."""
    end = -1
    for _ in range(SAMPLE_LINES + skip_lines):
        if (end := text.find(b"\n", end + 1)) < 0:
            break
    else:
        end = text.find(b"\n", max(end, SAMPLE_BYTES - 1))
    if 0 <= end < MOST_BYTES:
        return text[: end + 1]
    if len(text) >= MOST_BYTES:
        return text[: text.rfind(b"\n", 0, MOST_BYTES) + 1 or MOST_BYTES]
    return text if whole else None


def layout_of(path: Path, sample: bytes, known: ReadOptions = NOTHING_KNOWN) -> Layout:
    """The layout of a text that begins like this; InvalidInput if there are no valid column names."""
    if len(sample) == MOST_BYTES and not sample.endswith(b"\n"):
        raise InvalidInput(f"{path} is not a table: its first line is too long for column names.")
    skipped_to = start_of(path, sample, known.skip_lines)
    marked = SEPARATOR_LINE.match(sample, skipped_to)
    first = marked.end() if marked else skipped_to
    separators = [known.separator] if known.separator else [marked[1].decode()] if marked else list(SEPARATORS)
    found = [_Candidate(path, sample, first, separator) for separator in separators]
    best = max(found, key=lambda candidate: candidate.merit)
    names = column_names(str(path), [_unquoted(value.decode().strip()) for value in best.header[2]])
    notes = [] if best.separator == "," or len(names) == 1 else [f"values are separated by {in_words(best.separator)}"]
    above = sample[first : best.header[0]]
    if skipped := [line for line in above.split(b"\n")[:-1] if line.strip()]:
        words = [line.decode(errors="replace").strip()[:40] for line in skipped]
        notes.append(f"{_counted_lines(len(skipped))} skipped above the column names ({listed(words, 2)})")
    if _like_values(best.header[2]):
        notes.append(f"the first line is taken as the column names, although it holds numbers ({names[0][:40]}, …)")
    if known.skip_lines:
        notes.append(f"{_counted_lines(known.skip_lines)} skipped at the beginning, as asked")
    if len(names) == 1 and not known.separator and _blank_separated(best.rows):
        raise InvalidInput(f"{path} seems to separate values by spaces: save it with commas or tabs instead.")
    n_above = sample.count(b"\n", 0, best.header[1])
    return Layout(best.separator, names, best.header[0], best.header[1], n_above, tuple(notes))


def start_of(path: Path, sample: bytes, skip_lines: int) -> int:
    """Where a text begins behind some of its lines."""
    start = 0
    for line in range(skip_lines):
        start = sample.find(b"\n", start) + 1
        if not start or not sample[start:].strip():
            raise InvalidInput(
                f"{path} has only {counted(line + 1, 'line')}: nothing is left when {skip_lines:,} are skipped."
            )
    return start


def in_words(separator: str) -> str:
    """The separator in the plural.

    >>> in_words(";"), in_words("~")
    ('semicolons', "'~'")
    """
    return SEPARATORS.get(separator, repr(separator))


def _counted_lines(n: int) -> str:
    return "one line is" if n == 1 else f"{n} lines are"


class _Candidate:
    """The rows of a sample, split by a separator."""

    def __init__(self, path: Path, sample: bytes, first: int, separator: str):
        self.separator = separator
        found = values_of(sample[first:], separator)
        rows = [(first + start, first + end, values) for start, end, values in found]
        self.rows: list[Row] = [row for row in rows if not _blank(row)]
        if not self.rows:
            raise InvalidInput(f"{path} is empty.")
        self.blank_ends = {row[1] for row in rows if _blank(row)}
        counts = Counter(len(row[2]) for row in self.rows if not _comment(row)) or Counter([1])
        self.width = max(counts, key=lambda n: (counts[n], n))
        self.share = counts[self.width] / counts.total()
        self.header = self._header()

    @property
    def merit(self) -> tuple[bool, bool, float, bool, int]:
        """Several values, as many as names, in all rows; a comma may be a decimal sign; the more names, the better."""
        fits = len(self.header[2]) == self.width
        one_name = len(self.header[2]) == 1 and (self.separator != "," or self._decimals())  # texts may hold it
        several = self.width > 1 and not one_name
        return several, fits, self.share, several == (self.separator != ","), len(self.header[2])

    def _decimals(self) -> bool:
        """Whether the separator is a decimal sign."""
        rows = [row for row in self.rows if row is not self.header]
        return all(_is_number(self.separator.encode().join(row[2])) for row in rows)

    def _header(self) -> Row:
        """The row with the names: the first as wide as the others, if what stands above it is not a row."""
        fits = [k for k, row in enumerate(self.rows) if len(row[2]) == self.width and not self._is_comment(k)]
        above = [row for k, row in enumerate(self.rows[: fits[0]]) if not self._is_comment(k)] if fits else []
        if fits and self._may_be_left_out(above, self.rows[fits[0]]):
            return self.rows[fits[0]]
        return next((row for k, row in enumerate(self.rows) if not self._is_comment(k)), self.rows[0])

    def _is_comment(self, k: int) -> bool:
        """Whether a row is a comment, not names that begin with such a sign, as NumPy writes them."""
        row = self.rows[k]
        if not _comment(row) or k + 1 == len(self.rows):
            return False
        if len(row[2]) != self.width or _comment(self.rows[k + 1]):
            return True
        close = self.width > 1 and row[2][0].lstrip(b"#%/")[:1].strip() != b""
        return not close and not any(map(_is_number, self.rows[k + 1][2]))

    def _may_be_left_out(self, above: Sequence[Row], header: Row) -> bool:
        """Whether rows are a title: of one value above three or more, or with an empty line below."""
        if not above or (self.width > 2 and all(len(row[2]) == 1 for row in above)):
            return True
        below = [row for row in self.rows if row[0] > header[0]]
        even = all(len(row[2]) == self.width for row in below)
        return even and header[0] in self.blank_ends and not all(map(_is_number, header[2]))


def _blank(row: Row) -> bool:
    return len(row[2]) == 1 and not row[2][0].strip()


def _comment(row: Row) -> bool:
    return row[2][0].lstrip().startswith(COMMENTS)


def _is_number(value: bytes) -> bool:
    return NUMBER.fullmatch(value) is not None


def _blank_separated(rows: Sequence[Row]) -> bool:
    """Whether all lines have as many words, and numbers among them in all but the first."""
    lines = [row[2][0].split() for row in rows]
    alike = len(lines) > 1 and len({len(words) for words in lines}) == 1 and len(lines[0]) > 1
    return alike and all(sum(map(_is_number, words)) * 2 > len(words) for words in lines[1:])


def _like_values(names: Sequence[bytes]) -> bool:
    """Whether all names but one are decimal numbers, as if the header were missing; years are names."""
    numbers = [name for name in names if _is_number(name)]
    return len(numbers) >= max(1, len(names) - 1) and any(re.search(rb"\d[.,]\d", name) for name in numbers)


def column_names(table: str, found: Sequence[str]) -> tuple[str, ...]:
    """The names that stand above the columns of a table; one that is missing is made from its place."""
    found = [*found]
    if found[0].startswith("#") and len(found[0]) > 1:
        found[0] = found[0].lstrip("#").strip()
    names = [name or f"column_{place + 1}" for place, name in enumerate(found)]
    if twice := [name for name, n in Counter(names).items() if n > 1]:
        raise InvalidInput(f"{table} has several columns named {listed([name[:60] for name in twice], 3)}.")
    return tuple(names)


def _unquoted(name: str) -> str:
    if len(name) > 1 and name[0] == name[-1] == '"':
        name = name[1:-1].replace('\\"', '"').replace('""', '"')
    return name.strip()
