"""Reading a table from a file: CSV with any usual separator, gzipped or not, and Parquet."""

import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from glassnet.errors import InvalidInput
from glassnet.extras import require
from glassnet.tables.datasets import BUNDLED, is_bundled
from glassnet.tables.frames import nearest
from glassnet.tables.text_columns import typed
from glassnet.tables.text_table import TextTable, checked_text, first_line

GZIP, PARQUET = b"\x1f\x8b", b"PAR1"  # how files begin
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
    frame = _read_parquet(path, content) if content.startswith(PARQUET) else _read_text(path, content)
    if frame.height == 0:
        raise InvalidInput(f"{path} has column names but no rows.")
    return frame


def _content(path: Path) -> bytes:
    """The file's bytes, unzipped, unless they cannot be a table."""
    check_file(path)
    content = path.read_bytes()
    if content.startswith(GZIP):
        with broken_gzip(path):
            content = gzip.decompress(content)
    check_content(path, content)
    return content


def check_file(path: Path) -> None:
    """Refuse what is no file; the nearest name is given."""
    if path.is_dir():
        raise InvalidInput(f"{path} is a folder, not a file.")
    if not path.exists():
        near = [file.name for file in path.parent.iterdir()] if path.parent.is_dir() else []
        raise InvalidInput(f"there is no file {path}{nearest(path.name, [*BUNDLED, *near])}.")


def check_content(path: Path, content: bytes) -> None:
    """Refuse what cannot be a table, by its beginning."""
    if not content.strip():
        raise InvalidInput(f"{path} is empty.")
    for beginning, words in FOREIGN.items():
        if content.startswith(beginning):
            raise InvalidInput(f"{path} {words}.")
    if path.suffix.lower() == ".parquet" and not content.startswith(PARQUET):
        raise InvalidInput(f"{path} is no Parquet file: it does not begin with PAR1.")


@contextmanager
def broken_gzip(path: Path) -> Iterator[None]:
    """One sentence where a gzip file cannot be unzipped."""
    try:
        yield
    except (OSError, EOFError, zlib.error) as error:
        raise InvalidInput(f"{path} is a gzip file that is broken or cut off ({error}).") from error


@contextmanager
def broken_parquet(path: Path) -> Iterator[None]:
    """One sentence where a Parquet file cannot be read."""
    polars = require("polars", "tables", "reading a table")
    try:
        yield
    except (polars.exceptions.PolarsError, OSError) as error:
        raise InvalidInput(f"{path} is a Parquet file that is broken or cut off ({first_line(error)}).") from error


def _read_parquet(path: Path, content: bytes) -> Any:
    with broken_parquet(path):
        return require("polars", "tables", "reading a table").read_parquet(io.BytesIO(content))


def _read_text(path: Path, content: bytes) -> Any:
    text = checked_text(path, content)
    table = TextTable.of(path, text)
    return typed(table.frame(text), table.decimal_comma)
