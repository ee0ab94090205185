"""The tables and models that the commands are given."""

import sys
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

from glassnet.cli.console import tell, tell_file
from glassnet.cli.options.table import ReadingOptions
from glassnet.cli.output import tell_error
from glassnet.engine.machine.memory_size import memory_there
from glassnet.errors import InvalidInput
from glassnet.extras import require
from glassnet.files.model_file import MODEL
from glassnet.files.target_runs import holds_targets, target_runs
from glassnet.forecasting.forecaster import Forecaster
from glassnet.loading import load
from glassnet.network import Network
from glassnet.tables.datasets import EVERY
from glassnet.tables.model import TableModel
from glassnet.tables.reading.chunks import Pieces
from glassnet.tables.reading.local_table import LocalTable
from glassnet.tables.reading.memory import bytes_of, is_large
from glassnet.tables.reading.read import read_file
from glassnet.tables.sources.fetching import fetched
from glassnet.tables.sources.source import Source

OPENED = ExitStack()  # copies of tables from elsewhere, which last as long as the command
MOST_ROWS = 100_000  # of a table that is read in chunks


def local_table(source: Source) -> LocalTable:
    """The rows of a source as a file, until the command ends."""
    if source.holds_password:
        tell_error(
            "the password in the URL is written nowhere, but other users of this machine may see it in the list of "
            "processes: PGPASSWORD, ~/.pgpass or a service file keep it out of there."
        )
    return OPENED.enter_context(fetched(source))


def frames_of(data: str, reading: ReadingOptions, model: Any = None) -> "Pieces | list[Any]":
    """The table in one piece, or in chunks if it is large; differences from the training file are reported."""
    source = reading.source(data)
    if source.is_folder or source.is_pattern:  # whose files are read by then
        return frames_in(local_table(replace(source, known=reading.like(model).known)), reading, model)
    return frames_in(as_in_training(local_table(source), reading, model), reading, model)


def as_in_training(local: LocalTable, reading: ReadingOptions, model: Any) -> LocalTable:
    """A file that is laid out as the model's was, unless another layout is said; it changes nothing but text files."""
    return local if reading.known.said else local._replace(known=reading.like(model).known)


def frames_in(local: LocalTable, reading: ReadingOptions, model: Any = None) -> "Pieces | list[Any]":
    """The rows of a file on this machine, as `frames_of` gives them."""
    whole = too_large(local, reading.memory) is None
    read: Any = read_file(local) if whole else Pieces(local)
    known = model.file_notes if isinstance(model, TableModel) else ()
    tell_file(note for note in read.notes if note not in known)
    return [read.frame] if whole else read


def some_rows_of(data: str, reading: ReadingOptions, model: Any) -> Any:
    """The table; of a large one, evenly spaced rows."""
    frames = frames_of(data, reading, model)
    if not isinstance(frames, Pieces):
        return frames[0]
    every, before, kept = -(-frames.n_rows // MOST_ROWS), 0, []
    for frame in frames:
        kept.append(frame.gather_every(every, -before % every))
        before += len(frame)
    tell(f"{reading.source(data).shown} is large: only one row in {every} is looked at")
    return require("polars", "tables", "a table").concat(kept)


def read_whole(data: str, reading: ReadingOptions, model: Any = None) -> Any:
    """The rows of a table, or the first ones of a table that is too large for the memory, which is told."""
    frames = frames_of(data, reading, model)
    if isinstance(frames, Pieces):
        print(f"{data} is large: its first rows are looked at", file=sys.stderr)
        return next(iter(frames))
    return frames[0]


def too_large(table: LocalTable, memory: str | None) -> int | None:
    """The memory available, if the file is too large to be read whole; else None."""
    there = memory_there() if memory is None else bytes_of(memory)
    return there if is_large(table.path, there) else None


def bundled_target(source: Source) -> str:
    """The target of a bundled table; others need --target."""
    if not source.is_bundled:
        if source.is_file and not Path(source.place).exists():
            raise InvalidInput(f"there is no file {source.place}: expected a file, or a bundled table such as iris.")
        raise InvalidInput("say which column to predict: --target COLUMN.")
    return EVERY[source.place]().target_name


def loaded(path: Path) -> Network | TableModel:
    """A saved model that predicts row by row."""
    model = load(path)
    if isinstance(model, Forecaster):
        raise InvalidInput(
            f"{path} holds a forecaster, and this command is for models of tables; glassnet predict, evaluate, "
            "explain, backtest, export and serve take it."
        )
    return model


def table_model(path: Path) -> TableModel:
    """A saved model that reads tables."""
    if holds_targets(path):
        raise InvalidInput(f"{path} holds models of several targets: name the folder of one of them in it.")
    model = loaded(path)
    if not isinstance(model, TableModel):
        raise InvalidInput(f"{path} holds a bare network; only a model written by `glassnet train` reads tables.")
    return model


def table_models(path: Path) -> dict[str, TableModel]:
    """The models of a run by their targets; of one target, or of a file, that one."""
    if not holds_targets(path):
        model = table_model(path)
        return {model.target_name: model}
    return {name: table_model(run / MODEL) for name, run in target_runs(path).items()}
