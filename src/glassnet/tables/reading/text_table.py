"""A table as text: rows of values with a separator between them, under a line with the names of the columns."""

import codecs
import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Self

from glassnet.errors import InvalidInput, first_line
from glassnet.extras import require
from glassnet.formulas.description import Description
from glassnet.tables.number_format import counted
from glassnet.tables.reading.layout import Layout, layout_of
from glassnet.tables.reading.quotation import BACKSLASH, IN_WORDS, STRAY, USUAL, Quotation, QuotationSearch, values_of
from glassnet.tables.reading.read_options import NOTHING_KNOWN, ReadOptions

LETTERS = 32  # bytes of them by which UTF-16 without a mark is told
BLANKS = b" \n"  # what lines at the end that are not rows consist of


class TextTable(Description):
    """How the rows of a text are read: its layout, and the use of quotation marks that fits all of it."""

    path: Path
    layout: Layout
    quotation: Quotation
    first_odd: int

    @classmethod
    def of(cls, path: Path, sample: bytes, text: Iterable[bytes], known: ReadOptions = NOTHING_KNOWN) -> Self:
        """From the beginning of a text, and all of it, some whole lines at a time."""
        layout = layout_of(path, sample, known)
        _, _, header = next(values_of(sample[layout.header :], layout.separator))
        search = QuotationSearch(layout.separator, len(header))
        above = layout.header
        for part in text:
            search.look(part[above:])
            above = max(0, above - len(part))
        odd = search.odd_line()
        return cls(path, layout, search.found(), odd and odd + sample.count(b"\n", 0, layout.header))

    @property
    def names(self) -> tuple[str, ...]:
        """Those of the columns."""
        return self.layout.names

    @property
    def decimal_comma(self) -> bool:
        """Whether 1,234 is rather 1.234: semicolons stand between values where the comma is the decimal sign."""
        return self.layout.separator == ";"

    @property
    def notes(self) -> tuple[str, ...]:
        """What was found that is not usual, in words."""
        use = self.quotation.use
        where = "" if use == BACKSLASH or use not in IN_WORDS else f" (first in line {self.first_odd})"
        return self.layout.notes + ((IN_WORDS[use] + where * bool(self.first_odd),) if use != USUAL else ())

    def frame(self, text: bytes, above: int) -> Any:
        """A polars data frame of texts, from whole rows that have so many lines above them; a blank line is a row."""
        polars = require("polars", "tables", "reading a table")
        text = self.quotation.usual(text)
        places = self.layout.separator.join(f"column_{place}" for place in range(len(self.names)))
        try:  # with names, as polars would tell the number of columns by the first row
            frame = polars.read_csv(
                io.BytesIO(places.encode() + b"\n" + text), separator=self.layout.separator, infer_schema=False
            )
        except polars.exceptions.PolarsError as error:
            self._check_lengths(text, above)
            raise InvalidInput(f"{self.path} cannot be read as a table: {first_line(error)}.") from error
        if frame.to_series(-1).null_count():  # what a row that is too short leaves behind
            self._check_lengths(text, above)
        frame.columns = list(self.names)
        return frame.with_columns(polars.all().str.replace_all("\0", '"', literal=True)) if STRAY in text else frame

    def _check_lengths(self, text: bytes, above: int) -> None:
        """Refuse rows that are longer or shorter than the header."""
        for line, values in _rows(text, self.layout.separator, above + 1):
            if len(values) != len(self.names) and not is_blank(values):
                raise InvalidInput(
                    f"{self.path} has {counted(len(values), 'value')} in line {line}, but "
                    f"{counted(len(self.names), 'column name')}{self._hint(line, len(values))}"
                )

    def _hint(self, line: int, n_values: int) -> str:
        """What may be wrong with a line."""
        if not self.first_odd or self.first_odd > line:
            nameless = n_values == len(self.names) + 1 and line == self.layout.n_above + 1
            return "; perhaps a column has no name, like the row names that R writes." if nameless else "."
        return f"; the quotation mark in line {self.first_odd} is inside a value, or is never closed."


def checked_text(path: Path, content: bytes, line: int = 1) -> bytes:
    """The content, unless it is not UTF-8 text; it begins in this line of the file."""
    try:
        content.decode()
    except UnicodeDecodeError as error:
        line += content.count(b"\n", 0, error.start)
        raise InvalidInput(f"{path} is not UTF-8 text (line {line}): say its encoding, such as cp1252.") from error
    if b"\0" in content:
        raise InvalidInput(f"{path} is not a table: it holds bytes that never occur in text.")
    return content


def one_line_end(content: bytes) -> bytes:
    """The content with \\n in place of \\r\\n, of \\r alone, and of \\r\\r\\n, which is \\r\\n written twice."""
    return re.sub(rb"\r{0,2}\n|\r", b"\n", content) if b"\r" in content else content


def in_utf8(path: Path, parts: Iterable[bytes], stated: str | None = None) -> Iterator[bytes]:
    """Text in UTF-8 without a mark in front, from text in a stated encoding, or in UTF-8, UTF-16 or UTF-32."""
    parts = iter(parts)
    beginning = next(parts, b"")
    if (encoding := stated or encoding_of(beginning)) == "utf-8":
        yield beginning.removeprefix(codecs.BOM_UTF8)
        yield from parts
        return
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        yield decoder.decode(beginning).removeprefix("\ufeff").encode()
        yield from (decoder.decode(part).encode() for part in parts)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        began = f"it begins as valid {encoding.upper()} but contains bytes further on that are not"
        why = "it holds other bytes" if stated else began
        raise InvalidInput(f"{path} cannot be read in {encoding.upper()}: {why}.") from error


def encoding_of(beginning: bytes) -> str:
    """The encoding of a text, by the mark in front, or by every second byte being zero.

    >>> encoding_of("a".encode("utf-16"))
    'utf-16'
    """
    if beginning.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return "utf-32"
    if beginning.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    zeros = [len(beginning) > 3 and not any(beginning[place:LETTERS:2]) for place in (0, 1)]  # of Latin letters
    return "utf-16-be" if zeros[0] else "utf-16-le" if zeros[1] else "utf-8"


def is_blank(values: Sequence[str]) -> bool:
    """Whether a row is an empty line, which is a row without values."""
    return len(values) < 2 and not "".join(values).strip()


def _rows(text: bytes, separator: str, line: int) -> Iterator[tuple[int, list[str]]]:
    """The lines that rows begin in, and their values, from text with the usual use of quotation marks."""
    lines = io.TextIOWrapper(io.BytesIO(text), encoding="utf-8", newline="\n")
    reader, first = csv.reader(lines, delimiter=separator), line
    try:
        for values in reader:
            yield line, values
            line = first + reader.line_num
    except csv.Error:  # a value longer than csv takes; polars takes it
        return
