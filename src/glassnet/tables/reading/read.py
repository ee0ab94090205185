"""Reading a table from a file: text with any usual separator, Parquet, Arrow, Avro or JSON, compressed or not."""

from pathlib import Path
from typing import Any, NamedTuple

from glassnet.engine.machine.memory_size import memory_there
from glassnet.errors import InvalidInput
from glassnet.extras import require
from glassnet.tables.datasets import EVERY, is_bundled
from glassnet.tables.number_format import counted
from glassnet.tables.reading.binary_tables import read_binary
from glassnet.tables.reading.file_kinds import BEGINNING, kind_of
from glassnet.tables.reading.layout import sample_of
from glassnet.tables.reading.local_table import LocalTable, with_notes
from glassnet.tables.reading.read_options import ReadOptions
from glassnet.tables.reading.text_table import BLANKS, TextTable, checked_text, encoding_of, in_utf8, one_line_end
from glassnet.tables.reading.unpacking import content_of

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


def read_file(path: str | Path | LocalTable) -> TableFile:
    """The table of `read_table`, of a text file with all texts as they stand there, and notes about the file."""
    path, before, _, known = LocalTable.of(path)
    if is_bundled(path):
        return TableFile(EVERY[str(path)]().to_polars())
    content = content_of(path, int(MOST_OF_MEMORY * memory_there()))
    kind = kind_of(path, content[:BEGINNING])
    read = _read_text(path, content, known) if kind == "text" else TableFile(read_binary(path, kind, content))
    if read.frame.height == 0:
        raise InvalidInput(f"{path} has column names but no rows.")
    return read._replace(notes=with_notes(before, read.notes))


def _read_text(path: Path, content: bytes, known: ReadOptions) -> TableFile:
    text = one_line_end(checked_text(path, b"".join(in_utf8(path, [content], known.encoding))))
    table = TextTable.of(path, sample_of(text, skip_lines=known.skip_lines) or text, [text], known)
    body = text[table.layout.start :].rstrip(BLANKS)
    texts = table.frame(body, table.layout.n_above)
    notes = notes_of(table, known.encoding or encoding_of(content), blank_rows(texts))
    return TableFile(texts, notes, is_text=True, decimal_comma=table.decimal_comma)


def notes_of(table: TextTable, encoding: str, n_blank: int) -> tuple[str, ...]:
    """What is unusual about a text file, in words."""
    first = () if encoding == "utf-8" else (f"the text is in {encoding.upper()}",)
    blank = f"{counted(n_blank, 'row')} {'holds' if n_blank == 1 else 'hold'} no value (an empty line counts as a row)"
    return first + table.notes + ((blank,) if n_blank else ())


def blank_rows(texts: Any) -> int:
    """How many rows of a data frame of texts have no value."""
    polars = require("polars", "tables", "reading a table")
    first = polars.first()
    some = texts.filter(first.is_null() | (first.str.strip_chars() == ""))
    empty = polars.all().is_null() | (polars.all().str.strip_chars() == "")
    return int(some.select(polars.all_horizontal(empty).sum()).item())
