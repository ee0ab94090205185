"""A file read some rows at a time: data frames with the same columns, however large the file is."""

from collections.abc import Callable, Iterable, Iterator
from copy import copy
from pathlib import Path
from typing import Any, Self, TypeVar

from glassnet.calls import cached_property
from glassnet.engine.machine.memory_size import readable_bytes
from glassnet.errors import InvalidInput, WrongRow
from glassnet.extras import require
from glassnet.tables.encoding.column_kinds import texts_in
from glassnet.tables.reading.binary_tables import broken, scanned
from glassnet.tables.reading.file_kinds import BEGINNING, kind_of
from glassnet.tables.reading.layout import sample_of
from glassnet.tables.reading.local_table import LocalTable, with_notes
from glassnet.tables.reading.memory import text_bytes
from glassnet.tables.reading.read import blank_rows, notes_of
from glassnet.tables.reading.text_table import BLANKS, TextTable, checked_text, encoding_of, in_utf8, one_line_end
from glassnet.tables.reading.unpacking import packed_with, unpacked
from glassnet.tables.values.column_options import NOTHING_SAID, ColumnOptions
from glassnet.tables.values.text_columns import TextColumns
from glassnet.tables.values.text_format import TextFormat

PIECE_BYTES = 1 << 24  # of text
LEAST_ROWS = 1000  # of a piece of Parquet
LONGEST_ROW = 1 << 26  # bytes of text

T = TypeVar("T")


class Pieces:
    """The rows of a file (see `read_table`) as polars data frames, anew at each `iter`.

    Texts of a text file stay texts. How it is laid out and their `formats` are found in passes over the whole file, so
    they are those of `read_table`, and mistakes are found before work starts; `columns` has the names, `notes` what is
    not usual.

    >>> import polars, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     polars.DataFrame({"x": range(1000)}).write_csv(f"{folder}/table.csv")
    ...     pieces = Pieces(f"{folder}/table.csv", piece_bytes=1024)
    ...     pieces.n_rows, sum(frame["x"].cast(int).sum() for frame in pieces)
    (1000, 499500)
    """

    def __init__(self, path: str | Path | LocalTable, piece_bytes: int = PIECE_BYTES):
        table = LocalTable.of(path)
        self.path, self.piece_bytes, self.notes_before = table.path, piece_bytes, table.notes
        with unpacked(self.path) as file:
            beginning = file.read(BEGINNING)
        self.known = table.known
        self.kind, self.encoding = kind_of(self.path, beginning), self.known.encoding or encoding_of(beginning)
        self.options, self.n_blank, self.found = NOTHING_SAID, 0, TextColumns()
        self.columns: list[str] = list(self._table.names) if self.kind == "text" else self._types.names()

    def read_by(self, options: ColumnOptions) -> Self:
        """The same rows, whose formats are found by what was said of the columns."""
        pieces = copy(self)
        pieces.options, pieces.found = options, TextColumns(options=options)
        pieces.__dict__.pop("n_rows", None)
        return pieces

    @cached_property
    def n_rows(self) -> int:
        """Number of rows; the types are found while counting."""
        n = self._learn_types() if self.kind == "text" else self._scanned_rows()
        if n == 0:
            raise InvalidInput(f"{self.path} has column names but no rows.")
        return n

    @property
    def notes(self) -> tuple[str, ...]:
        """What is unusual about the file, in words."""
        found = notes_of(self._table, self.encoding, self.n_blank) if self.kind == "text" and self.n_rows else ()
        return with_notes(self.notes_before, found)

    def __iter__(self) -> Iterator[Any]:
        yield from self._texts() if self.n_rows and self.kind == "text" else self._batches()

    @property
    def separator(self) -> str:
        """What stands between the values of a text file."""
        return self._table.layout.separator

    @property
    def schema(self) -> Any:
        """The columns and their types; those of a text file are texts."""
        polars = require("polars", "tables", "reading a table")
        return polars.Schema(dict.fromkeys(self.columns, polars.String)) if self.kind == "text" else self._types

    @property
    def decimal_comma(self) -> bool:
        """Whether the file hints at a comma as the decimal sign."""
        return self.kind == "text" and self._table.decimal_comma

    def formats(self, target: str | None = None) -> dict[str, TextFormat]:
        """The formats of the columns of texts, found over the whole file."""
        if self.n_rows and self.kind != "text" and not self.found.seen:
            for frame in self._batches():
                self.found.look(texts_in(frame, self.options))
        return self.found.formats(target)

    @cached_property
    def _scan(self) -> Any:
        if packed := packed_with(self.path):
            raise InvalidInput(
                f"{self.path} is {self.kind} compressed with {packed}: unpack it first, to read it in chunks."
            )
        return scanned(self.path, self.kind)

    @cached_property
    def _types(self) -> Any:
        return self._scan.collect_schema()

    def _scanned_rows(self) -> int:
        polars = require("polars", "tables", "reading a table")
        with broken(self.path, self.kind):
            return int(self._scan.select(polars.len()).collect().item())

    def _batches(self) -> Iterator[Any]:
        with broken(self.path, self.kind):
            rows = max(LEAST_ROWS, self.piece_bytes * self.n_rows // text_bytes(self.path))
            batches = self._scan.collect_batches(chunk_size=rows, maintain_order=True)
            yield from (batch for batch in batches if batch.height)

    @cached_property
    def _table(self) -> TextTable:
        return TextTable.of(self.path, self._sample(), self._lines(), self.known)

    def _sample(self) -> bytes:
        """The beginning of the text that tells its layout, the same for pieces of any size."""
        text = b""
        for content in self._contents():
            text += content
            if (sample := sample_of(text, not content, self.known.skip_lines)) is not None:
                return checked_text(self.path, sample)
        return checked_text(self.path, text)

    def _learn_types(self) -> int:
        """Scan all texts for their formats; returns the number of rows."""
        n_rows, self.n_blank, self.found = 0, 0, TextColumns(self._table.decimal_comma, self.options)
        for frame in self._texts():
            self.found.look(frame)
            n_rows += frame.height
            self.n_blank += blank_rows(frame)
        return n_rows

    def _texts(self) -> Iterator[Any]:
        """Data frames of texts."""
        above = self._table.layout.n_above
        for text in self._whole_rows():
            frame = self._table.frame(text, above)
            above += text.count(b"\n")
            if frame.height:
                yield frame

    def _whole_rows(self) -> Iterator[bytes]:
        """The rows, some whole ones at a time, without blank lines at the end of the file."""
        above, line, left = self._table.layout.start, self._table.layout.n_above + 1, b""
        for content in self._contents():
            text = left + content[above:]
            above = max(0, above - len(content))
            end = self._end_of_rows(text, last=not content)
            if end:
                yield checked_text(self.path, text[:end], line)
            line, left = line + text.count(b"\n", 0, end), text[end:]
            if len(left) > LONGEST_ROW + self.piece_bytes:
                raise InvalidInput(
                    f"{self.path} cannot be read as a table: the row in line {line} does not end within "
                    f"{readable_bytes(LONGEST_ROW)}; perhaps a quotation mark is never closed."
                )

    def _end_of_rows(self, text: bytes, last: bool) -> int:
        """The end of the last whole row before blank lines, which may be the last of the file."""
        end = len(text) if last else self._table.quotation.end_of_rows(text)
        filled = len(text[:end].rstrip(BLANKS))
        return filled and (text.find(b"\n", filled) + 1 or filled)

    def _lines(self) -> Iterator[bytes]:
        """The text, some whole lines at a time."""
        left = b""
        for content in self._contents():
            text = left + content
            end = text.rfind(b"\n") + 1 if content else len(text)
            yield text[:end]
            left = text[end:]

    def _contents(self) -> Iterator[bytes]:
        """The bytes of the file as UTF-8, unpacked, with one way to end a line, piece by piece; behind them nothing."""
        left = b""
        with unpacked(self.path) as file:
            parts = iter(lambda: file.read(self.piece_bytes), b"")
            for text in in_utf8(self.path, parts, self.known.encoding):
                text = left + text
                end = len(text.rstrip(b"\r"))
                left = text[end:]
                if end:
                    yield one_line_end(text[:end])
        if left:
            yield one_line_end(left)
        yield b""


def each(frames: Iterable[Any], work: Callable[[Any], T]) -> Iterator[T]:
    """What `work` makes of each data frame; a row that is wrong is counted from the first row of all."""
    above = 0
    for frame in frames:
        try:
            yield work(frame)
        except WrongRow as error:
            raise error.below(above) from error
        above += len(frame)
