"""Reading a table from a file: CSV with any usual separator, gzipped or not, and Parquet."""

import codecs
import csv
import gzip
import io
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from glassnet.errors import InvalidInput
from glassnet.extras import require
from glassnet.tables.datasets import BUNDLED, is_bundled
from glassnet.tables.frames import listed, nearest
from glassnet.tables.text_columns import typed

SEPARATORS = ",;\t|"
FOREIGN = {  # how files begin that are no tables, and what to do about it
    b"PK\x03\x04": "is a spreadsheet or a ZIP archive: save it as CSV",
    b"\xd0\xcf\x11\xe0": "is an old spreadsheet: save it as CSV",
    b"\xff\xfe": "is text in UTF-16: save it as CSV in UTF-8",
    b"\xfe\xff": "is text in UTF-16: save it as CSV in UTF-8",
    b"%PDF": "is a PDF document, not a table",
    b"\x89PNG": "is an image, not a table",
    b"\xff\xd8\xff": "is an image, not a table",
    b"GIF8": "is an image, not a table",
}


def read_table(path: str | Path) -> Any:
    """Read a CSV or Parquet file as a polars data frame; the name of a bundled table gives that table.

    What the file is is told by its content: Parquet, or text in UTF-8 (gzipped or not) whose first line names the
    columns, separated by comma, semicolon, tab or bar. In text, blanks around values are stripped; "", NA, N/A, #N/A,
    <NA>, NaN, null, None, - and ?, in large or small letters, are missing values; a column all of whose values are true
    or false, whole numbers, numbers, dates or times (see `text_columns.typed`) gets that type; rows without a single
    value are skipped; a column without a name is called column_1, column_2, … after its place. When the separator is no
    comma, 1,5 is the number 1.5.

    The bundled tables are iris, digits, xor, clouds, moons, circles and spirals; a file of that name goes first.

    Raises InvalidInput for a file that is not there (the nearest name is given), that is no table, has no rows, has
    two columns of the same name, or rows of different lengths; and MissingExtra without polars.

    >>> read_table("iris").shape
    (150, 5)
    """
    path = Path(path)
    if is_bundled(path):
        return BUNDLED[str(path)]().to_polars()
    content = _content(path)
    frame = _read_parquet(path, content) if content.startswith(b"PAR1") else _read_text(path, content)
    if frame.height == 0:
        raise InvalidInput(f"{path} has column names but no rows.")
    return frame


def _content(path: Path) -> bytes:
    """The file's bytes, unzipped, unless they cannot be a table."""
    _check_file(path)
    content = path.read_bytes()
    if content.startswith(b"\x1f\x8b"):
        content = _unzipped(path, content)
    if not content.strip():
        raise InvalidInput(f"{path} is empty.")
    for beginning, words in FOREIGN.items():
        if content.startswith(beginning):
            raise InvalidInput(f"{path} {words}.")
    if path.suffix.lower() == ".parquet" and not content.startswith(b"PAR1"):
        raise InvalidInput(f"{path} is no Parquet file: it does not begin with PAR1.")
    return content


def _check_file(path: Path) -> None:
    if path.is_dir():
        raise InvalidInput(f"{path} is a folder, not a file.")
    if not path.exists():
        near = [file.name for file in path.parent.iterdir()] if path.parent.is_dir() else []
        raise InvalidInput(f"there is no file {path}{nearest(path.name, [*BUNDLED, *near])}.")


def _unzipped(path: Path, content: bytes) -> bytes:
    try:
        return gzip.decompress(content)
    except (OSError, EOFError, zlib.error) as error:
        raise InvalidInput(f"{path} is a gzip file that is broken or cut off ({error}).") from error


def _read_parquet(path: Path, content: bytes) -> Any:
    polars = require("polars", "tables", "reading a table")
    try:
        return polars.read_parquet(io.BytesIO(content))
    except (polars.exceptions.PolarsError, OSError) as error:
        raise InvalidInput(f"{path} is a Parquet file that is broken or cut off ({_first_line(error)}).") from error


def _read_text(path: Path, content: bytes) -> Any:
    polars = require("polars", "tables", "reading a table")
    text = _checked_text(path, content)
    separator = _separator(text)
    names = _column_names(path, text, separator)
    try:
        frame = polars.read_csv(io.BytesIO(text), separator=separator, infer_schema=False)
        if frame.to_series(-1).null_count():  # what a row that is too short leaves behind
            _check_lengths(path, text, separator, len(names))
        frame.columns = names
    except polars.exceptions.PolarsError as error:
        _check_lengths(path, text, separator, len(names))
        reason = "a quotation mark is never closed" if text.count(b'"') % 2 else _first_line(error)
        raise InvalidInput(f"{path} cannot be read as a table: {reason}.") from error
    frame = frame.filter(~polars.all_horizontal(polars.all().is_null()))
    return frame.with_columns(typed(frame[name], decimal_comma=separator != ",") for name in names)


def _checked_text(path: Path, content: bytes) -> bytes:
    """The content with one way to end a line and without a byte order mark, unless it is no text in UTF-8."""
    try:
        content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InvalidInput(f"{path} is no text in UTF-8 (line {line}): save it as CSV in UTF-8.") from error
    if b"\0" in content:
        raise InvalidInput(f"{path} is no table: it holds bytes that no text holds.")
    return re.sub(rb"\r\n?", b"\n", content.removeprefix(codecs.BOM_UTF8))


def _separator(text: bytes) -> str:
    """The separator that stands most often in the first line outside quotes."""
    first_line = text[: text.find(b"\n")] if b"\n" in text else text
    header = re.sub(r'"[^"]*"', "", first_line.decode())
    return max(SEPARATORS, key=header.count)


def _column_names(path: Path, text: bytes, separator: str) -> list[str]:
    _, header = next(_rows(text, separator), (1, None))
    if header is None:
        raise InvalidInput(f"{path} is no table: its first line is too long to name columns.")
    names = [name.strip() or f"column_{place + 1}" for place, name in enumerate(header)]
    if not any(name.strip() for name in header):
        raise InvalidInput(f"{path} begins with an empty line, where the column names are expected.")
    twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    if twice:
        raise InvalidInput(f"{path} has several columns with the name {listed(twice)}.")
    return names


def _check_lengths(path: Path, text: bytes, separator: str, width: int) -> None:
    """Refuse rows that are longer or shorter than the header; empty lines are none."""
    for line, row in _rows(text, separator):
        if row and len(row) != width:
            raise InvalidInput(f"{path} has {len(row)} values in line {line}, but {width} column names.")


def _rows(text: bytes, separator: str) -> Iterator[tuple[int, list[str]]]:
    lines = io.TextIOWrapper(io.BytesIO(text), encoding="utf-8", newline="\n")
    reader = csv.reader(lines, delimiter=separator)
    try:
        for row in reader:
            yield reader.line_num, row
    except csv.Error:  # a value longer than csv takes; polars takes it
        return


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0].strip().rstrip(".")
