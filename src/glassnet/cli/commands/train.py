"""The command `glassnet train`: from its options to a training, new or resumed."""

import shlex
import sys
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import typer

from glassnet.cli.app import app
from glassnet.cli.fold_run import run_folds
from glassnet.cli.folders import named_folder, numbered_folder, run_folder
from glassnet.cli.inputs import bundled_target, local_table, too_large
from glassnet.cli.options.columns import ColumnChoices
from glassnet.cli.options.distribution import DistributionOptions
from glassnet.cli.options.figures import FigureOptions, RecordingOptions
from glassnet.cli.options.folds import FoldOptions
from glassnet.cli.options.groups import with_groups
from glassnet.cli.options.held_out import HeldOutOptions, SplitOptions
from glassnet.cli.options.model import ModelOptions
from glassnet.cli.options.network import FixedOptions, NetworkOptions
from glassnet.cli.options.table import TABLES, ReadingOptions, Target, Task
from glassnet.cli.runs import RunRequest, check_resumed, given_options, read_asked
from glassnet.cli.training_run import run_training
from glassnet.engine.ranks.communicator import Communicator
from glassnet.errors import InvalidInput
from glassnet.tables.fitting.request import TableRequest
from glassnet.tables.sources.source import Source
from glassnet.training.ranks.command import check_single, on_ranks
from glassnet.training.ranks.common import of_first


@dataclass(frozen=True)
class RunOptions:
    """Where a run is written, and what is kept or told of it."""

    out: Annotated[
        Path | None,
        typer.Option(help="Folder for the run (default: runs/<name of the data>, then …-2, …-3)."),
    ] = None
    force: Annotated[bool, typer.Option("--force", help="Overwrite the run in the folder.")] = False
    learning_curve: Annotated[
        bool, typer.Option("--learning-curve", help="Train on shares of the rows too, to see whether more would help.")
    ] = False
    checkpoint_every: Annotated[
        str | None, typer.Option(help="Write a checkpoint every N epochs (such as 1), or every so often (such as 5m).")
    ] = None
    resume: Annotated[Path | None, typer.Option(metavar="RUN", help="Resume the run in this folder.")] = None

    def place(self, source: Source) -> AbstractContextManager[Path]:
        """The folder of the run: the one that was named, or a new one."""
        usual = Path("runs") / source.label
        numbered = self.out is None and not self.force
        return numbered_folder(usual) if numbered else named_folder(self.out or usual, self.force)


NO_DATA = "name the data to train on, as in `glassnet train DATA`, or resume a run with --resume RUN."


@app.command()
@with_groups
def train(
    context: typer.Context,
    *,
    network: NetworkOptions,
    fixed: FixedOptions,
    model: ModelOptions,
    distribution: DistributionOptions,
    held_out: HeldOutOptions,
    split: SplitOptions,
    folds: FoldOptions,
    recording: RecordingOptions,
    figures: FigureOptions,
    columns: ColumnChoices,
    reading: ReadingOptions,
    data: Annotated[str | None, typer.Argument(metavar="DATA", help=TABLES, show_default=False)] = None,
    target: Target = None,
    task: Task = None,
    run: RunOptions,
) -> None:
    """Train on a table; write the model, its history, figures and a report into a folder."""
    with on_ranks() as communicator:
        if run.resume is not None:
            resume_run(run.resume, given_options(context), reading, communicator)
            return
        if data is None:
            raise InvalidInput(NO_DATA)
        recipe = network.recipe(given_options(context), **fixed.settings(), **held_out.shares)
        source = reading.source(data)
        settings = {**model.settings(), **distribution.settings(), **vars(split), **held_out.files}
        settings["reading"] = reading.known
        table = TableRequest(target or bundled_target(source), task, recipe, columns.columns, **settings)
        local = local_table(source)
        within = of_first(communicator, "looks at its memory", lambda: too_large(local, reading.memory))
        command = "glassnet " + shlex.join(source.shown_in(sys.argv[1:]))
        if within is not None and reading.memory is None:
            command += f" --memory {within}"  # the seed gives the same model for the same memory
        drawn = (recording.recorded, figures.style, run.learning_curve)
        asked = RunRequest(data, table, run.checkpoint_every, command, within, *drawn).on(source, local)
        if folds.folds is not None:
            check_single(communicator, "--folds")
            run_folds(asked, folds, run.place(source))
        else:
            run_training(asked, run.place(source), communicator=communicator)


def resume_run(
    folder: Path, given: Mapping[str, Any], reading: ReadingOptions, communicator: Communicator | None = None
) -> None:
    """Go on with the run in a folder, on the same rows wherever they lie now."""
    check_resumed(given)
    asked = of_first(communicator, "reads the run", lambda: read_asked(folder, given))
    if (data := given.get("data")) is not None:
        source = replace(reading.source(data), known=asked.table.reading)
        asked = asked.on(source, local_table(source))
    run_training(asked, run_folder(folder), resumed=True, communicator=communicator)
