"""The arguments that name a table or a model, and how a table is read."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, ClassVar

import typer

from glassnet.tables.datasets import EVERY
from glassnet.tables.reading.read_options import ReadOptions
from glassnet.tables.sources.source import Source

TABLES = (
    "A file, folder or pattern of files, - for standard input, a URL, a database, or a bundled table: "
    + ", ".join(sorted(EVERY))
)
FOUND = "auto"
LAYOUT = ("separator", "skip_lines", "encoding")
SEPARATOR = "What separates values in a text file: one sign, tab, space, or auto (default: found, or as in training)."
SKIP_LINES = "Lines of a text file above its column names (default: found, or as in training)."
ENCODING = "Encoding of a text file, e.g. cp1252; or auto (default: UTF-8 or UTF-16, or as in training)."
MEMORY = "Memory to assume, e.g. 2GB (default: all). Larger files are read in chunks."
MODEL = "A model.safetensors written by `glassnet train`, or the folder of its run."
TARGET = "The column to predict (known for bundled tables); several of numbers with commas between them."
Data = Annotated[str, typer.Argument(metavar="DATA", help=TABLES)]
Model = Annotated[Path, typer.Argument(metavar="MODEL", help=MODEL)]
Target = Annotated[str | None, typer.Option(help=TARGET)]
Task = Annotated[str | None, typer.Option(help="classification or regression; guessed from the target if omitted.")]


@dataclass(frozen=True)
class ReadingOptions:
    """How the file is read."""

    panel: ClassVar = "The file"

    memory: Annotated[str | None, typer.Option(help=MEMORY, show_default=False)] = None
    query: Annotated[str | None, typer.Option(metavar="SQL", help="The rows to take from a database.")] = None
    table: Annotated[str | None, typer.Option(help="The table of a database (default: the only one).")] = None
    sheet: Annotated[str | None, typer.Option(help="The sheet of a workbook (default: the first with cells).")] = None

    separator: Annotated[str | None, typer.Option(help=SEPARATOR)] = None
    skip_lines: Annotated[int | None, typer.Option(help=SKIP_LINES)] = None
    encoding: Annotated[str | None, typer.Option(help=ENCODING)] = None

    def source(self, data: str) -> Source:
        """Where the rows are, and which of them are taken."""
        return Source(data, self.query, self.table, self.sheet, self.known)

    @property
    def known(self) -> ReadOptions:
        """How a text file is laid out, as far as that is said."""
        given = {name: None if getattr(self, name) == FOUND else getattr(self, name) for name in LAYOUT}
        return ReadOptions(**{name: value for name, value in given.items() if value is not None})

    def like(self, model: Any) -> "ReadingOptions":
        """These options, and what they leave open as it was said when the model was trained."""
        usual = getattr(model, "reading", None)
        open_ = {name: getattr(usual, name) for name in LAYOUT if usual is not None and getattr(self, name) is None}
        return replace(self, **open_)
