"""Reading a table from a file: text with any usual separator, Parquet, Arrow, Avro or JSON, compressed or not."""

from pathlib import Path
from typing import Any, NamedTuple

from glassnet.calls import answered, warn
from glassnet.errors import InvalidInput
from glassnet.extras import require
from glassnet.files.paths import as_path
from glassnet.tables.datasets import BUNDLED, is_bundled
from glassnet.tables.encoding.columns import find_formats, in_polars
from glassnet.tables.number_format import counted
from glassnet.tables.reading.binary_tables import read_binary
from glassnet.tables.reading.file_kinds import BEGINNING, kind_of
from glassnet.tables.reading.layout import sample_of
from glassnet.tables.reading.memory import memory_there
from glassnet.tables.reading.text_table import BLANKS, TextTable, checked_text, encoding_of, in_utf8, one_line_end
from glassnet.tables.reading.unpacking import content_of

MOST_SAID = 400  # letters of a warning
MOST_OF_MEMORY = 0.5  # that the content of a file may take


class TableFile(NamedTuple):
    """A data frame, and what was found about the file that is not usual, in words.

    `is_text` says that all its columns are texts as they stand in the file, `decimal_comma` that semicolons between
    them hint at a comma as the decimal sign.
    """

    frame: Any
    notes: tuple[str, ...] = ()
    is_text: bool = False
    decimal_comma: bool = False


@answered
def read_table(path: str | Path) -> Any:
    """Read a file as a polars data frame; the name of a bundled table gives that table.

    The kind of the file is found from its content: Parquet, Arrow (Feather), Avro, JSON, one JSON object per line, or
    text in UTF-8 or UTF-16; each may be compressed (gzip, bzip2, xz, zstandard, or the only file in a ZIP archive).

    Text needs a line that names the columns. The separator is whichever of comma, semicolon, tab and bar gives all rows
    as many values as names, or the one that a line `sep=;` states. That line, empty lines, comments (#) and a title
    above the names are skipped. Values may stand in quotation marks; a quotation mark inside is doubled or preceded by
    a backslash; one inside a value that does not begin with one is part of it. An empty line is a row without values,
    except above the names and at the end of the file. Blanks around values are stripped; empty fields and markers such
    as NA, null, None, #N/A, -, ? and . (`glassnet.tables.values.missing`) are missing values. A column whose values are
    all, or nearly all, numbers, dates, times, or true and false gets that type, and what does not fit is missing
    (`text_columns.TextColumns`). A column without a name is called column_1, column_2, … by its position.

    A warning says which values did not fit, and what was decided where a column left it open, such as whether a comma
    is a decimal sign. A model learns more from the texts themselves, as `glassnet train` reads them:
    `read_file(path).frame`.

    Parameters
    ----------
    path
        A file, or the name of a bundled table: iris, digits, xor, clouds, moons, circles or spirals. A file of that
        name takes precedence.

    Raises InvalidInput for a file that does not exist (suggesting the nearest name), is no table, has no rows, has two
    columns of the same name, or rows of different lengths; and MissingExtra without polars.

    >>> read_table("iris").shape
    (150, 5)
    """
    read = read_file(path)
    if not read.is_text:
        return read.frame
    formats = find_formats(read.frame, read.decimal_comma)
    if said := "; ".join(f"{name}: {form.note}" for name, form in formats.items() if form.note):
        warn(f"{path}: {said if len(said) <= MOST_SAID else said[:MOST_SAID] + ' …'}")
    return in_polars(read.frame, formats)


def read_file(path: str | Path) -> TableFile:
    """The table of `read_table`, of a text file with all texts as they stand there, and notes about the file."""
    path = as_path(path)
    if is_bundled(path):
        return TableFile(BUNDLED[str(path)]().to_polars())
    content = content_of(path, int(MOST_OF_MEMORY * memory_there()))
    kind = kind_of(path, content[:BEGINNING])
    read = _read_text(path, content) if kind == "text" else TableFile(read_binary(path, kind, content))
    if read.frame.height == 0:
        raise InvalidInput(f"{path} has column names but no rows.")
    return read


def _read_text(path: Path, content: bytes) -> TableFile:
    text = one_line_end(checked_text(path, b"".join(in_utf8(path, [content]))))
    table = TextTable.of(path, sample_of(text) or text, [text])
    body = text[table.layout.start :].rstrip(BLANKS)
    texts = table.frame(body, table.layout.n_above)
    notes = notes_of(table, encoding_of(content), blank_rows(texts))
    return TableFile(texts, notes, is_text=True, decimal_comma=table.decimal_comma)


def notes_of(table: TextTable, encoding: str, n_blank: int) -> tuple[str, ...]:
    """What is unusual about a text file, in words."""
    first = () if encoding == "utf-8" else (f"the text is in {encoding.upper()}",)
    blank = f"{counted(n_blank, 'row')} {'holds' if n_blank == 1 else 'hold'} no value (an empty line is a row)"
    return first + table.notes + ((blank,) if n_blank else ())


def blank_rows(texts: Any) -> int:
    """How many rows of a data frame of texts have no value."""
    polars = require("polars", "tables", "reading a table")
    first = polars.first()
    some = texts.filter(first.is_null() | (first.str.strip_chars() == ""))
    empty = polars.all().is_null() | (polars.all().str.strip_chars() == "")
    return int(some.select(polars.all_horizontal(empty).sum()).item())
