"""The arguments that name a table or a model, and how a table is read."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar

import typer

from glassnet.tables.datasets import BUNDLED

TABLES = "A CSV or Parquet file, or a bundled table: " + ", ".join(sorted(BUNDLED))
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
