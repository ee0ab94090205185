"""The settings of a command-line run, and its folder, from which it can be resumed."""

import dataclasses
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import typer

from glassnet.cli.folders import has_checkpoints
from glassnet.drawing import PLAIN, Style
from glassnet.engine.ranks.communicator import Communicator
from glassnet.errors import InvalidInput, ModelFileError, UnknownName
from glassnet.files.atomic import write_whole
from glassnet.files.json_text import read_json
from glassnet.files.schema import Within, checked
from glassnet.tables.datasets import is_bundled
from glassnet.tables.fitting.budget import Budget
from glassnet.tables.fitting.recipe import Recipe
from glassnet.tables.fitting.request import TableRequest
from glassnet.tables.fitting.training import TableTraining
from glassnet.tables.reading.local_table import LocalTable
from glassnet.tables.reading.read import read_file
from glassnet.tables.reading.read_options import NOTHING_KNOWN, ReadOptions
from glassnet.tables.sources.kept_rows import keep_rows
from glassnet.tables.sources.source import Source
from glassnet.training.checkpoints.settings import Checkpoint
from glassnet.training.durations import seconds_of

FORMAT_VERSION = 2
LEAST_ROOM = 1 << 16  # bytes that must be free before a run starts
LOOK_EVERY = 0.5  # seconds between looks while waiting for another run
RECORDED = ("distributions", "film")
MAY_CHANGE = ("data", "query", "table", "sheet", "resume", "epochs", "max_time")  # when a run is resumed


@dataclass(frozen=True)
class RunRequest:
    """The settings of one training.

    `data` is where the rows are, as it is shown, and `copy` the file that they are read from where they are in no file
    of their own, with `notes` about the place and `layout` of the text: at first elsewhere, then in its folder.
    `every` is after how many epochs ("1") or what time ("5m") a checkpoint is written, None for never; `memory` in
    bytes, where the table is too large to be read whole; `recorded` are the pictures of the epochs that are wanted,
    `style` is that of all figures; `learning_curve` asks for the score over the number of rows.
    """

    data: str
    table: TableRequest
    every: str | Annotated[int, Within(1)] | None
    command: str
    memory: Annotated[int, Within(1)] | None = None
    recorded: Sequence[str] = ()
    style: Style = PLAIN
    learning_curve: bool = False
    copy: str | None = None
    notes: Sequence[str] = ()
    layout: ReadOptions = NOTHING_KNOWN

    def __post_init__(self) -> None:
        for name in self.recorded:
            if name not in RECORDED:
                raise UnknownName("picture of the epochs", name, RECORDED)

    def training(self, folder: Path, communicator: Communicator | None = None) -> TableTraining:
        """The training, all checks done; resumed from the checkpoint in the folder, if there is one.

        As many epochs as fit into the time are trained, but for what may go on later, is given again, or is shared by
        several ranks: these stop when the time is over.
        """
        budget, checkpoint = Budget.of(self.recipe.max_time), self.checkpoint(folder)
        resume = True if checkpoint else None
        if self.memory is None:
            training = TableTraining.of_request(
                self.table, read_file(self.local(folder)), checkpoint, resume, communicator
            )
            whole = (
                checkpoint is not None
                or communicator is not None
                or self.recipe.stop_after is not None
                or budget.seconds is None
            )
            return training if whole else training.in_time(budget)
        return TableTraining.of_file_request(
            self.table, self.local(folder), folder, self.memory, checkpoint, resume, communicator
        )

    def on(self, source: Source, table: LocalTable) -> "RunRequest":
        """The same settings for the rows of a source, which are in a file."""
        copy = str(table.path) if table.copied else None
        return replace(self, data=source.shown, copy=copy, notes=table.notes, layout=table.known)

    def local(self, folder: Path) -> LocalTable:
        """The file that is read."""
        return LocalTable(
            Path(self.data) if self.copy is None else folder / self.copy, tuple(self.notes), known=self.layout
        )

    def kept(self, folder: Path) -> "RunRequest":
        """The request with the copy, if there is one, in the folder of the run: the seed means these rows."""
        return self if self.copy is None else replace(self, copy=keep_rows(folder / self.copy, folder).name)

    def rows_kept(self, folder: Path, written: Path) -> list[Path]:
        """Where the copy of the rows is kept, if there is one; moved to where the run is written, if it was not yet."""
        if self.copy is None:
            return []
        return [keep_rows(folder / self.copy, written if Path(self.copy).is_absolute() else folder)]

    @property
    def recipe(self) -> Recipe:
        """The network and its training."""
        return self.table.recipe

    def checkpoint(self, folder: Path) -> Checkpoint | None:
        """The checkpoint setting of the run."""
        return None if self.every is None else Checkpoint(folder / "checkpoints", **rhythm(str(self.every)))

    def again(self, training: TableTraining, unfinished: bool) -> str:
        """The command that gives the same model, even if a time limit chose the number of epochs."""
        chosen = "" if training.n_epochs == self.recipe.epochs else f" --epochs {training.n_epochs}"
        return self.command + chosen + (f" --stop-after {len(training.history)}" if chosen or unfinished else "")

    def write(self, folder: Path) -> None:
        """Write the settings into the run's folder, if the run is resumable."""
        if self.every is not None:
            here = self.data if is_bundled(self.data) or self.copy else os.path.abspath(self.data)
            content = {"format_version": FORMAT_VERSION, **dataclasses.asdict(replace(self, data=here))}
            write_whole(folder / "run.json", json.dumps(content, indent=1).encode())


def rhythm(every: str) -> dict[str, float]:
    """The setting of `Checkpoint` for a number of epochs or a time.

    >>> rhythm("2"), rhythm("1h30m")
    ({'every': 2}, {'minutes': 90.0})
    """
    if every.isdecimal() and int(every):
        return {"every": int(every)}
    try:
        seconds = seconds_of(every) if every[-1:].isalpha() else 0
    except InvalidInput:
        seconds = 0
    if not seconds:
        raise InvalidInput(f"--checkpoint-every takes a number of epochs, or a time such as 5m, got {every!r}.")
    return {"minutes": seconds / 60}


def read_asked(folder: Path, given: Mapping[str, Any]) -> RunRequest:
    """The run in a folder, with the settings that may change on resuming: epochs, a time limit."""
    if not has_checkpoints(folder) or not (file := folder / "run.json").is_file():
        raise InvalidInput(
            f"{folder} holds no run to resume: only an unfinished `glassnet train --checkpoint-every 1` leaves one."
        )
    try:
        content = checked(read_json(file.read_bytes()), dict[str, Any])
        if content.pop("format_version", None) != FORMAT_VERSION:
            raise InvalidInput("unknown format version")
        asked: RunRequest = checked(content, RunRequest)
        asked.checkpoint(folder)  # checks the interval
    except (OSError, ValueError) as error:
        raise ModelFileError(f"{file} does not describe a run: {str(error).rstrip('.')}.") from error
    changes = {name: given[name] for name in ("epochs", "max_time") if name in given}
    table = replace(asked.table, recipe=replace(asked.recipe, **changes))
    return replace(asked, table=table)


def given_options(context: typer.Context) -> dict[str, Any]:
    """The options on the command line, without the defaults."""
    sources = {name: context.get_parameter_source(name) for name in context.params}
    return {name: context.params[name] for name, source in sources.items() if source and source.name == "COMMANDLINE"}


def check_resumed(given: Sequence[str] | Mapping[str, Any]) -> None:
    """Refuse options that cannot change on resuming."""
    for name in given:
        if name not in MAY_CHANGE:
            option = f"--{name.replace('_', '-')}"
            raise InvalidInput(f"--resume continues with the settings of the run: leave out {option}.")
