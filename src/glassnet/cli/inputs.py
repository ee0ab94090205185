"""The tables and models that the commands are given."""

from pathlib import Path
from typing import Any

from glassnet.cli.console import tell_file
from glassnet.errors import InvalidInput
from glassnet.loading import load
from glassnet.tables.datasets import BUNDLED, is_bundled
from glassnet.tables.model import TableModel
from glassnet.tables.reading.chunks import Pieces
from glassnet.tables.reading.memory import bytes_of, is_large, memory_there
from glassnet.tables.reading.read import read_file


def frames_of(data: str, memory: str | None, model: Any = None) -> "Pieces | list[Any]":
    """The table in one piece, or in chunks if it is large; differences from the training file are reported."""
    whole = too_large(data, memory) is None
    read: Any = read_file(data) if whole else Pieces(data)
    known = model.file_notes if isinstance(model, TableModel) else ()
    tell_file(note for note in read.notes if note not in known)
    return [read.frame] if whole else read


def too_large(data: str, memory: str | None) -> int | None:
    """The memory available, if the file is too large to be read whole; else None."""
    there = memory_there() if memory is None else bytes_of(memory)
    return there if is_large(data, there) else None


def run_name(data: str) -> str:
    """The name of the data without its suffixes: "houses" for tables/houses.csv.gz, "hidden" for .hidden.csv."""
    return Path(data).name.lstrip(".").split(".")[0] or "table"


def bundled_target(data: str) -> str:
    """The target of a bundled table; a file needs --target."""
    if not is_bundled(data):
        if not Path(data).exists():
            raise InvalidInput(f"there is no file {data}: expected a file, or a bundled table such as iris.")
        raise InvalidInput("say which column to predict: --target COLUMN.")
    return BUNDLED[data]().target_name


def table_model(path: Path) -> TableModel:
    """A saved model that reads tables."""
    model = load(path)
    if not isinstance(model, TableModel):
        raise InvalidInput(f"{path} holds a bare network; only a model written by `glassnet train` reads tables.")
    return model
