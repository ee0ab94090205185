"""A file read some rows at a time: data frames with the same columns in the same types, however large the file is."""

import gzip
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from glassnet.errors import InvalidInput, WrongRow
from glassnet.extras import require
from glassnet.tables.memory import readable_bytes, text_bytes
from glassnet.tables.reading import GZIP, PARQUET, broken_gzip, broken_parquet, check_content, check_file
from glassnet.tables.text_columns import Types, stripped
from glassnet.tables.text_table import TextTable, checked_text, one_line_end

PIECE_BYTES = 1 << 24  # of text
LEAST_ROWS = 1000  # of a piece of Parquet
LONGEST_ROW = 1 << 26  # bytes of text

T = TypeVar("T")


class Pieces:
    """The rows of a CSV or Parquet file (see `read_table`) as polars data frames, anew at each `iter`.

    The types of text columns are found in a first pass over the whole file, so they are those of `read_table`, and
    mistakes are found before work starts; `columns` has their names.

    >>> import polars, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     polars.DataFrame({"x": range(1000)}).write_csv(f"{folder}/table.csv")
    ...     pieces = Pieces(f"{folder}/table.csv", piece_bytes=1024)
    ...     pieces.n_rows, sum(frame["x"].sum() for frame in pieces)
    (1000, 499500)
    """

    def __init__(self, path: str | Path, piece_bytes: int = PIECE_BYTES):
        self.path, self.piece_bytes = Path(path), piece_bytes
        check_file(self.path)
        with self.path.open("rb") as file:
            self.kind = file.read(4)
        self.types = Types()
        self.columns: list[str] = self._parquet_columns() if self.kind == PARQUET else self._text_columns()

    @cached_property
    def n_rows(self) -> int:
        """How many rows there are; the types are found with them."""
        n = self._parquet_rows() if self.kind == PARQUET else self._learn_types()
        if n == 0:
            raise InvalidInput(f"{self.path} has column names but no rows.")
        return n

    def __iter__(self) -> Iterator[Any]:
        if self.n_rows and self.kind == PARQUET:  # the types are found with the number of rows
            yield from self._parquet()
            return
        for _, frame in self._texts():
            yield self.types.read(stripped(frame))

    def _parquet_columns(self) -> list[str]:
        polars = require("polars", "tables", "reading a table")
        with broken_parquet(self.path):
            return list(polars.scan_parquet(self.path, glob=False).collect_schema().names())

    def _text_columns(self) -> list[str]:
        return list(TextTable.of(self.path, next(self._whole_rows())).names)

    def _parquet_rows(self) -> int:
        polars = require("polars", "tables", "reading a table")
        with broken_parquet(self.path):
            return int(polars.scan_parquet(self.path, glob=False).select(polars.len()).collect().item())

    def _parquet(self) -> Iterator[Any]:
        polars = require("polars", "tables", "reading a table")
        with broken_parquet(self.path):
            scan = polars.scan_parquet(self.path, glob=False)
            rows = max(LEAST_ROWS, self.piece_bytes * self.n_rows // text_bytes(self.path))
            batches = scan.collect_batches(chunk_size=rows, maintain_order=True)
            yield from (batch for batch in batches if batch.height)

    def _learn_types(self) -> int:
        """Find the type of each column, the first one that fits all its values; gives the number of rows."""
        n_rows = 0
        for table, frame in self._texts():
            if n_rows == 0:
                self.types = Types(table.decimal_comma)
            self.types.look(stripped(frame))
            n_rows += frame.height
        return n_rows

    def _texts(self) -> Iterator[tuple[TextTable, Any]]:
        """Data frames of texts."""
        table: TextTable | None = None
        above = 0
        for text in self._whole_rows():
            if table is None:
                table = TextTable.of(self.path, text)
                text = text[len(table.header) :]
            frame = table.frame(table.header + text, above)
            above += text.count(b"\n")
            if frame.height:
                yield table, frame

    def _whole_rows(self) -> Iterator[bytes]:
        """The text, some whole rows at a time."""
        line, left = 1, b""
        for content in self._contents():
            text = left + content
            end = end_of_rows(text) if content else len(text)
            if end:
                yield checked_text(self.path, text[:end], line)
            line, left = line + text.count(b"\n", 0, end), text[end:]
            if len(left) > LONGEST_ROW + self.piece_bytes:
                raise InvalidInput(
                    f"{self.path} cannot be read as a table: the row in line {line} has no end within "
                    f"{readable_bytes(LONGEST_ROW)}, as where a quotation mark is never closed."
                )

    def _contents(self) -> Iterator[bytes]:
        """The bytes of the file, unzipped, with one way to end a line, piece by piece; behind them nothing."""
        opened: Any = gzip.open if self.kind.startswith(GZIP) else open
        with broken_gzip(self.path), opened(self.path, "rb") as file:
            check_content(self.path, content := file.read(self.piece_bytes))
            while content:
                yield one_line_end(content + (file.read(1) if content.endswith(b"\r") else b""))
                content = file.read(self.piece_bytes)
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


def end_of_rows(text: bytes) -> int:
    """The end of the last whole row: behind the last end of a line that is not inside quotation marks."""
    end = text.rfind(b"\n") + 1
    quotes = text.count(b'"', 0, end)
    while end and quotes % 2:
        before = text.rfind(b"\n", 0, end - 1) + 1
        quotes -= text.count(b'"', before, end)
        end = before
    return end
