"""One training on the command line, from its settings to the folder of the run, however it ends."""

import shlex
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

import typer

from glassnet.cli.console import console, how_ended, tell, tell_data, tell_end, tell_figures, tell_verdict
from glassnet.cli.folders import end_run, has_checkpoints
from glassnet.cli.output import patient
from glassnet.cli.progress import show_progress
from glassnet.cli.runs import RunRequest
from glassnet.cli.signals import SIGNALS
from glassnet.cli.writing import check_several, room_for, write_each, written
from glassnet.engine.machine.memory_size import readable_bytes
from glassnet.engine.ranks.communicator import Communicator
from glassnet.errors import Diverged
from glassnet.files.atomic import check_room
from glassnet.files.target_runs import TARGETS
from glassnet.tables.fitting.training import TableTraining
from glassnet.tables.reporting.report import prepare_run
from glassnet.tables.reporting.training_pictures import Recording
from glassnet.tables.sources.kept_rows import forget_rows
from glassnet.training.ranks.command import passing_folder, told


def run_training(
    asked: RunRequest,
    place: AbstractContextManager[Path],
    resumed: bool = False,
    communicator: Communicator | None = None,
) -> None:
    """Train in the folder that `place` gives, show progress, and write the results; of several ranks the first does."""
    is_first = communicator is None or communicator.rank == 0
    asked = asked if is_first else replace(asked, recorded=())
    with patient(), place if is_first else passing_folder() as folder:
        asked, training = begun(asked, folder, communicator)
        recording = Recording(training, asked.recorded)
        if resumed:
            tell(f"continuing after epoch {len(training.history)}")
        failed = trained(training, recording, folder, asked)
        if not is_first:
            return
        unfinished = failed is not None or how_ended(training) in ("interrupted", "left", "max_time")
        if done := tell_end(training):
            write_all(training, recording, folder, asked, unfinished)
        if unfinished and has_checkpoints(folder):
            tell(f"to continue: glassnet train --resume {shlex.quote(str(folder))}")
        elif not unfinished and asked.every is not None:
            end_run(folder)
        if failed is not None:
            raise failed
        if not done or how_ended(training) in ("interrupted", "left"):
            raise typer.Exit(SIGNALS.status)


def begun(
    asked: RunRequest, folder: Path, communicator: Communicator | None = None
) -> tuple[RunRequest, TableTraining]:
    """The training before its first epoch, all checks done, with disk space for its results.

    The request has the rows in the folder, if it is to be resumed from them.
    """
    prepare_run(folder)
    asked.checkpoint(folder)
    if asked.memory is not None:
        tell(
            f"{asked.data} is large for {readable_bytes(asked.memory)} of memory: it is read in chunks, several times,"
        )
        tell(f"and its encoded rows are kept in {folder} until the training ends")
    try:
        training = asked.training(folder, communicator)
    except KeyboardInterrupt:
        tell("stopped before training began: nothing was written")
        raise typer.Exit(SIGNALS.status) from None
    if training.prepared.also:
        check_several(training, asked)
    check_room(folder, room_for(training))
    if asked.every is not None:
        asked = asked.kept(folder)
        asked.write(folder)
    tell_data(training)
    if communicator is not None:
        tell(told(communicator, folder, asked.every is not None))
    return asked, training


def trained(training: TableTraining, recording: Recording, folder: Path, asked: RunRequest) -> Exception | None:
    """Run the epochs; return an error that came after the first of them, as the best epoch is kept all the same."""
    SIGNALS.keeping = True
    try:
        show_progress(training.epochs(), training.n_epochs, training.history.about, console, recording.listeners)
    except Diverged:
        end_run(folder)  # it would diverge again
        if asked.copy is not None and asked.every is not None:
            forget_rows(folder)
        raise
    except Exception as error:
        if not len(training.history):
            raise
        return error
    return None


def write_all(training: TableTraining, recording: Recording, folder: Path, asked: RunRequest, unfinished: bool) -> None:
    """Write the run and say where; if its folder cannot be written, elsewhere."""
    command = asked.again(training, unfinished)
    if training.prepared.also:
        write_each(training, folder, asked, command)
        return
    (folder / TARGETS).unlink(missing_ok=True)  # of a run that is overwritten
    run, refused = written(training, folder, asked.data, command, asked.style, asked.learning_curve)
    tell_verdict(run.verdict)
    held_out = [("held out", run.held_out)] if run.held_out else []
    places = [("model", run.model), ("history", run.history), *held_out, ("report", f"{run.report}, {run.page.name}")]
    for what, path in [*places, *(("rows", kept) for kept in asked.rows_kept(folder, run.folder))]:
        tell(f"{what:<8} {path}")
    tell_figures([*run.figures, *recording.draw(run.folder, asked.style)])
    if refused is not None:
        raise refused
