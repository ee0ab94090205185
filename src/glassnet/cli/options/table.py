"""The arguments that name a table or a model, and how a table is read."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar

import typer

from glassnet.tables.datasets import BUNDLED
from glassnet.tables.sources.source import Source

TABLES = (
    "A file, folder or pattern of files, - for standard input, a URL, a database, or a bundled table: "
    + ", ".join(sorted(BUNDLED))
)
MEMORY = "Memory to assume, e.g. 2GB (default: all). Larger files are read in chunks."
Data = Annotated[str, typer.Argument(metavar="DATA", help=TABLES)]
Model = Annotated[Path, typer.Argument(metavar="MODEL", help="A model.safetensors written by `glassnet train`.")]
Target = Annotated[str | None, typer.Option(help="The column to predict (known for bundled tables).")]
Task = Annotated[str | None, typer.Option(help="classification or regression; guessed from the target if omitted.")]


@dataclass(frozen=True)
class ReadingOptions:
    """How the file is read."""

    panel: ClassVar = "The file"

    memory: Annotated[str | None, typer.Option(help=MEMORY, show_default=False)] = None
    query: Annotated[str | None, typer.Option(metavar="SQL", help="The rows to take from a database.")] = None
    table: Annotated[str | None, typer.Option(help="The table of a database (default: the only one).")] = None
    sheet: Annotated[str | None, typer.Option(help="The sheet of a workbook (default: the first with cells).")] = None

    def source(self, data: str) -> Source:
        """Where the rows are, and which of them are taken."""
        return Source(data, self.query, self.table, self.sheet)
