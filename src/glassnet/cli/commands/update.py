"""The command `glassnet update`: a model that is there is trained further on new rows."""

import shlex
import sys
from contextlib import AbstractContextManager
from dataclasses import fields, replace
from pathlib import Path
from typing import Annotated, Any

import typer

from glassnet.cli.app import app
from glassnet.cli.console import console, tell, tell_rows, tell_updated
from glassnet.cli.folders import named_folder, numbered_folder
from glassnet.cli.forecasting.answers import refuse, update_forecaster
from glassnet.cli.forecasting.rows import forecaster_at
from glassnet.cli.inputs import frames_of, table_model
from glassnet.cli.options.groups import with_groups
from glassnet.cli.options.held_out import SplitOptions
from glassnet.cli.options.table import Data, Model, ReadingOptions
from glassnet.cli.options.update import UpdateOptions
from glassnet.cli.output import patient
from glassnet.cli.progress import show_progress
from glassnet.cli.signals import SIGNALS
from glassnet.errors import InvalidInput
from glassnet.files.model_file import MODEL
from glassnet.tables.model import TableModel
from glassnet.tables.number_format import counted
from glassnet.tables.reading.chunks import Pieces
from glassnet.tables.reporting.update_report import write_update
from glassnet.tables.sources.kept_rows import kept_rows
from glassnet.tables.updating.rows import NEW, OLD
from glassnet.tables.updating.update import TableUpdate
from glassnet.tables.values.frames import as_frame, check_column

TARGET = "The column of DATA that holds the target (default: called as in training)."
OUT = "Folder for the updated model (default: that of MODEL, then …-2, …-3)."
FORCE = "Overwrite the run in the folder; without --out, MODEL itself."


@app.command()
@with_groups
def update(
    model: Model,
    data: Data,
    *,
    how: UpdateOptions,
    split: SplitOptions,
    reading: ReadingOptions,
    target: Annotated[str | None, typer.Option(help=TARGET)] = None,
    out: Annotated[Path | None, typer.Option(help=OUT)] = None,
    force: Annotated[bool, typer.Option("--force", help=FORCE)] = False,
) -> None:
    """Train a model further on new rows, or have a forecaster know them; write it, with scores, into a new folder."""
    if (forecaster := forecaster_at(model)) is not None:
        own = {f"--{name.replace('_', '-')}": value for name, value in changed(how, split).items()}
        refuse(own | {"--target": target}, "it takes in the rows that follow those it knows.")
        update_forecaster(forecaster, data, reading, place_of(model, out, force))
        return
    made = table_model(model)
    rows = rows_of(data, reading, made, target)
    plain = replace(reading, query=None, table=None, sheet=None)  # these are of DATA
    replay = None if how.replay is None else rows_of(how.replay, plain, made, target)
    old = how.compare or kept_beside(model, how)
    compare = None if old is None else rows_of(old, plain, made, target if how.compare else None)
    begun = TableUpdate(made, rows, replay, compare=compare, **how.settings(), **vars(split))
    with patient(), place_of(model, out, force) as folder:
        tell(f"{begun.before!r}, trained further on {rows_in_words(begun)}")
        SIGNALS.keeping = True
        show_progress(begun.epochs(), begun.n_epochs, begun.history.about, console)
        if not len(begun.history):
            tell("stopped before the end of the first epoch, so nothing was written")
            raise typer.Exit(SIGNALS.status)
        if (done := len(begun.history)) < begun.n_epochs:
            tell(f"stopped after epoch {done}")
        command = "glassnet " + shlex.join(reading.source(data).shown_in(sys.argv[1:]))
        run = write_update(begun, folder, data, command, SIGNALS.whole)
        tell_updated(begun)
        for what, path in (("model", run.model), ("history", run.history), ("scores", run.scores)):
            tell(f"{what:<8} {path}")
        tell(f"{'report':<8} {run.report}, {run.page.name}")
        if done < begun.n_epochs:
            raise typer.Exit(SIGNALS.status)


def changed(*options: Any) -> dict[str, Any]:
    """The options that were given another value than their default."""
    return {
        each.name: getattr(group, each.name)
        for group in options
        for each in fields(group)
        if getattr(group, each.name) != each.default
    }


def kept_beside(model: Path, how: UpdateOptions) -> str | None:
    """The rows that the run of the model kept, to be scored, where no other old rows are given."""
    if how.replay is not None or not (model.is_dir() or model.name == MODEL):
        return None
    if (kept := kept_rows(model if model.is_dir() else model.parent)) is None:
        return None
    tell(f"the old rows in {kept} are scored before and after (--replay {kept} trains on them as well)")
    return str(kept)


def rows_of(data: str, reading: ReadingOptions, model: TableModel, target: str | None) -> Any:
    """The rows of a table, with the target called as in the model."""
    frames = frames_of(data, reading, model)
    if isinstance(frames, Pieces):
        raise InvalidInput(
            f"{data} is too large to be read whole, as an update needs it: allow more --memory, or give a part of it."
        )
    tell_rows(model.notes_on(frames))
    if target in (None, model.target_name):
        return frames[0]
    frame = as_frame(frames[0])
    check_column(frame, target, "target column")
    if model.target_name in frame.columns:
        raise InvalidInput(
            f"--target {target} names another column than the model predicts, {model.target_name!r}, which is in "
            f"{data} too: leave --target out, or rename one of them."
        )
    return frame.rename({target: model.target_name})


def place_of(model: Path, out: Path | None, force: bool) -> AbstractContextManager[Path]:
    """The folder that is written to: the one that was named, or a new one beside that of the model."""
    if out is not None:
        return named_folder(out, force)
    own = model if model.is_dir() else model.parent
    usual = own if model.is_dir() or model.name == MODEL else Path("runs") / model.stem
    usual = usual if usual.name else usual.resolve()
    return named_folder(usual, force) if force else numbered_folder(usual)


def rows_in_words(update: TableUpdate) -> str:
    """How many rows are trained on, and held out."""
    kept = " and ".join(
        counted(update.n_rows(what), what.removesuffix("s")) for what in (NEW, OLD) if update.n_rows(what)
    )
    held = " and ".join(f"{len(frame)} {what}" for what, frame in update.rows.held_out.items()) or "none"
    return f"{kept}; {held} held out"
