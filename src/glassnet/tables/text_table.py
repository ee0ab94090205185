"""A table as text: rows of values with a separator between them, under a line with the names of the columns."""

import codecs
import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

from glassnet.errors import InvalidInput
from glassnet.extras import require
from glassnet.formulas.description import Description
from glassnet.tables.frames import listed

SEPARATORS = ",;\t|"


class TextTable(Description):
    """What the first line of a text tells: its separator, the names of its columns, and the line itself."""

    path: Path
    separator: str
    names: tuple[str, ...]
    header: bytes

    @classmethod
    def of(cls, path: Path, text: bytes) -> Self:
        """From a text that was checked, or its beginning."""
        separator = _separator(text)
        reader = _rows(text, separator)
        lines, header = next(reader, (1, None))
        if header is None:
            raise InvalidInput(f"{path} is no table: its first line is too long to name columns.")
        first = b"".join(text.splitlines(keepends=True)[:lines]) if lines > 1 else text[: text.find(b"\n") + 1 or None]
        return cls(path, separator, tuple(_column_names(path, header)), first)

    @property
    def decimal_comma(self) -> bool:
        """Whether 1,5 is a number."""
        return self.separator != ","

    def frame(self, text: bytes, above: int = 0) -> Any:
        """A polars data frame of texts, from rows under the header; `above`: lines left out between header and rows."""
        polars = require("polars", "tables", "reading a table")
        try:
            frame = polars.read_csv(io.BytesIO(text), separator=self.separator, infer_schema=False)
            if frame.to_series(-1).null_count():  # what a row that is too short leaves behind
                self._check_lengths(text, above)
            frame.columns = list(self.names)
        except polars.exceptions.PolarsError as error:
            self._check_lengths(text, above)
            reason = "a quotation mark is never closed" if text.count(b'"') % 2 else first_line(error)
            raise InvalidInput(f"{self.path} cannot be read as a table: {reason}.") from error
        return frame.filter(~polars.all_horizontal(polars.all().is_null()))

    def _check_lengths(self, text: bytes, above: int) -> None:
        """Refuse rows that are longer or shorter than the header; empty lines are none."""
        for line, row in _rows(text, self.separator):
            if row and len(row) != len(self.names):
                got = f"{len(row)} values in line {above + line}"
                raise InvalidInput(f"{self.path} has {got}, but {len(self.names)} column names.")


def checked_text(path: Path, content: bytes, line: int = 1) -> bytes:
    """The content with one way to end a line, unless it is no text in UTF-8; it begins in this line of the file."""
    try:
        content.decode()
    except UnicodeDecodeError as error:
        line += content.count(b"\n", 0, error.start)
        raise InvalidInput(f"{path} is no text in UTF-8 (line {line}): save it as CSV in UTF-8.") from error
    if b"\0" in content:
        raise InvalidInput(f"{path} is no table: it holds bytes that no text holds.")
    return one_line_end(content.removeprefix(codecs.BOM_UTF8))


def one_line_end(content: bytes) -> bytes:
    """The content with \\n in place of \\r\\n and of \\r alone."""
    return re.sub(rb"\r\n?", b"\n", content)


def first_line(error: Exception) -> str:
    """What an error says, in one line."""
    return str(error).partition("\n")[0].strip().rstrip(".")


def _separator(text: bytes) -> str:
    """The separator that stands most often in the first line outside quotes."""
    first_line = text[: text.find(b"\n")] if b"\n" in text else text
    header = re.sub(r'"[^"]*"', "", first_line.decode())
    return max(SEPARATORS, key=header.count)


def _column_names(path: Path, header: list[str]) -> list[str]:
    names = [name.strip() or f"column_{place + 1}" for place, name in enumerate(header)]
    if not any(name.strip() for name in header):
        raise InvalidInput(f"{path} begins with an empty line, where the column names are expected.")
    twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    if twice:
        raise InvalidInput(f"{path} has several columns with the name {listed(twice)}.")
    return names


def _rows(text: bytes, separator: str) -> Iterator[tuple[int, list[str]]]:
    lines = io.TextIOWrapper(io.BytesIO(text), encoding="utf-8", newline="\n")
    reader = csv.reader(lines, delimiter=separator)
    try:
        for row in reader:
            yield reader.line_num, row
    except csv.Error:  # a value longer than csv takes; polars takes it
        return
