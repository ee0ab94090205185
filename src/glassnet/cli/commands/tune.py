"""The command `glassnet tune`: a search for hyper-parameters, and the best model with its report."""

import shlex
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from glassnet.cli.app import app
from glassnet.cli.console import console, tell, tell_data, tell_end, tell_figures, tell_verdict
from glassnet.cli.folders import output_folder, run_folder
from glassnet.cli.inputs import bundled_target, local_table, too_large
from glassnet.cli.options.columns import ColumnChoices, words_for
from glassnet.cli.options.groups import with_groups
from glassnet.cli.options.held_out import HeldOutOptions, SplitOptions
from glassnet.cli.options.table import Data, ReadingOptions, Target, Task
from glassnet.cli.output import patient
from glassnet.cli.progress import show_progress
from glassnet.cli.signals import SIGNALS
from glassnet.cli.writing import written
from glassnet.drawing import save_figure
from glassnet.errors import InvalidInput
from glassnet.extras import require
from glassnet.files.atomic import write_whole
from glassnet.tables.fitting.file_scan import FileScan
from glassnet.tables.fitting.recipe import Recipe
from glassnet.tables.fitting.request import TableRequest
from glassnet.tables.fitting.training import TableTraining
from glassnet.tables.judging.gain import Gain
from glassnet.tables.number_format import counted
from glassnet.tables.reading.local_table import LocalTable
from glassnet.tables.reading.memory import readable_bytes
from glassnet.tables.reading.read import TableFile, read_file
from glassnet.tables.reporting.report import prepare_run
from glassnet.tables.sources.kept_rows import keep_rows, kept_rows
from glassnet.tables.sources.source import Source
from glassnet.training.epoch import Epoch
from glassnet.tuning.fold_trainings import AUTO, FEW, USUAL, folds_for
from glassnet.tuning.results import importance_figure, ranked, row, trials_csv
from glassnet.tuning.search import WHOLE
from glassnet.tuning.space import default_recipe, options
from glassnet.tuning.tune import Tuned, search

if TYPE_CHECKING:
    from optuna.trial import FrozenTrial

FOLDS = f"Compare trials by the mean over so many folds (auto: {USUAL} for fewer than {FEW:,} rows), or by one part."
SHOWN = 10  # of the best trials
LINE = "{:>5}  {:>8}  {:<13} {:>7}  {:>5}  {:>7}  {:>7}  {}"
HEADER = LINE.format("trial", "val_loss", "network", "rate", "batch", "dropout", "decay", "").rstrip()


@app.command()
@with_groups
def tune(
    data: Data,
    held_out: HeldOutOptions,
    split: SplitOptions,
    columns: ColumnChoices,
    reading: ReadingOptions,
    target: Target = None,
    budget: Annotated[
        str | None,
        typer.Option(help="Time for the search, e.g. 90s, 5m, 1h30m (default: 5m unless --trials is given)."),
    ] = None,
    trials: Annotated[int | None, typer.Option(help="Stop when the study has this many trials.")] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder for the study (default: runs/tune-<name of the data>).")
    ] = None,
    task: Task = None,
    folds: Annotated[str, typer.Option(metavar="N|auto|none", help=FOLDS)] = AUTO,
    epochs: Annotated[int, typer.Option(help="Passes over the training rows in each trial.")] = 60,
    seed: Annotated[int, typer.Option(help="Random seed for held-out rows, parameters and suggestions.")] = 0,
    engine: Annotated[str, typer.Option(help="Engine: auto, numpy or compiled.")] = "auto",
) -> None:
    """Search layers, width, activation, rate, batch, dropout and weight decay; train the best and write a report.

    Run it again on the same folder to continue, or at the same time in another process to share the search.
    """
    require("optuna", "tune", "glassnet tune")
    asked_folds = folds_of(folds)
    recipe = Recipe(epochs=epochs, seed=seed, engine=engine, **held_out.shares)
    source = reading.source(data)
    asked = {**vars(split), **held_out.files, "reading": reading.known}
    request = TableRequest(target or bundled_target(source), task, recipe, columns.columns, **asked)
    folder = out or Path("runs") / f"tune-{source.label}"
    local = of_study(source, folder)
    within = too_large(local, reading.memory)
    base = base_of(source, local, request, within)
    with patient(), output_folder(folder):
        prepare_run(folder)
        tell_data(base)
        if local.copied:
            local = local._replace(path=keep_rows(local.path, folder))
        length = "5m" if budget is None and trials is None else budget
        SIGNALS.keeping = True
        n_folds = folds_for(base, asked_folds)
        if asked_folds == AUTO and n_folds is not None:
            tell(
                f"with {base.n_train} rows, trials are compared by the mean over {n_folds} folds, in {n_folds} times as"
            )
            tell("long as by one part of them (--folds none)")
        found = watched(base, length, trials, folder, n_folds)
        SIGNALS.again()
        write_whole(folder / "trials.csv", trials_csv(found.trials))
        tell_trials(found.trials)
        with run_folder(folder, wait=True):  # several searches in this folder write one after the other
            refit(base, found, folder, source, local, request, within)
        if found.stopped:
            raise typer.Exit(SIGNALS.status)


def folds_of(given: str) -> "int | str | None":
    """ "auto", None for "none", or a number."""
    if given in (AUTO, "none"):
        return AUTO if given == AUTO else None
    try:
        return int(given)
    except ValueError:
        raise InvalidInput(f"--folds takes a whole number of at least 2, auto or none, got {given!r}.") from None


def of_study(source: Source, folder: Path) -> LocalTable:
    """The rows to search on; a study in the folder goes on with the rows that it kept there."""
    if source.is_file or (kept := kept_rows(folder)) is None:
        return local_table(source)
    tell(f"the study goes on with the rows in {kept}")
    return LocalTable(kept, known=source.known)


def base_of(source: Source, local: LocalTable, request: TableRequest, memory: int | None) -> TableTraining:
    """The training to search around; for a large file on a sample, never of rows that are held out from the best."""
    if memory is None:
        return TableTraining.of_request(request, read_file(local))
    tell(
        f"{source.shown} is large for {readable_bytes(memory)} of memory: the search uses a random sample of its rows,"
    )
    tell("and the best model is trained on all of them")
    found = FileScan(local, request, memory)
    sample = TableFile(found.sample, found.pieces.notes, decimal_comma=found.pieces.decimal_comma)
    return TableTraining.of_request(replace(request, task=found.target.task), sample)


def refit(
    base: TableTraining,
    found: Tuned,
    folder: Path,
    source: Source,
    local: LocalTable,
    request: TableRequest,
    memory: int | None,
) -> None:
    """Train the best recipe again, on all rows of a large file, and write its run."""
    tell(f"\ntraining trial {found.number} again, for the final model")
    training = again(base, replace(request, recipe=found.recipe), local, folder, memory)
    show_progress(training.epochs(), training.n_epochs, training.history.about, console)
    if tell_end(training) == 0:
        raise typer.Exit(SIGNALS.status)
    usual = replace(request, recipe=default_recipe(base.recipe, base.model.task, base.n_train))
    said = searched(base, found, training, usual, local, folder, memory)
    tell(f"\n{said}")
    words = ["glassnet", "train", *source.words, "--target", training.model.target_name, *options(found.recipe)]
    words += [
        "--task",
        training.model.task,
        *words_for(request.columns),
        *request.reading.words(),
        *SplitOptions(request.group, request.time).words(),
        *[word for use in ("test", "validation") if (file := getattr(request, use)) for word in (f"--{use}", file)],
        *([] if memory is None else ["--memory", str(memory)]),
    ]
    run, refused = written(training, folder, source.shown, shlex.join(words), search=said)
    drawn = run.figures
    if found.importances:
        drawn = (*drawn, save_figure(importance_figure(found.importances), run.folder / "settings.png"))
    tell_verdict(run.verdict)
    for what, path in [
        ("model", run.model),
        ("report", f"{run.report}, {run.page.name}"),
        ("trials", folder / "trials.csv"),
    ]:
        tell(f"{what:<8} {path}")
    tell_figures(drawn)
    if refused is not None:
        raise refused


def searched(
    base: TableTraining,
    found: Tuned,
    training: TableTraining,
    usual: TableRequest,
    local: LocalTable,
    folder: Path,
    memory: int | None,
) -> str:
    """How many trials were compared, and what their choice gained over the defaults, which are trained as well."""
    n = counted(len(found.trials), "trial")
    folds = "" if found.folds is None else f", the mean over {found.folds} folds,"
    compared = (
        f"The search compared {n} by validation loss{folds} and chose number {found.number}; none of them has seen the "
    )
    compared += "held-out rows."
    if found.recipe == usual.recipe:
        return f"{compared} The choice has the default settings: no trial was better."
    if found.stopped:  # whoever pressed Ctrl-C does not wait for another training
        return compared
    tell("training the default settings as well, to compare")
    other = again(base, usual, local, folder, memory)
    show_progress(other.epochs(), other.n_epochs, other.history.about, console)
    if not len(other.history):
        return compared
    gain = Gain.of(training.model, other.model, training.held_out, training.metric, training.seed)
    return f"{compared} {gain.sentence()}"


def again(
    base: TableTraining, request: TableRequest, local: LocalTable, folder: Path, memory: int | None
) -> TableTraining:
    """The training with another recipe, on all rows of a large file."""
    if memory is None:
        return base.again(request.recipe)
    return TableTraining.of_file_request(replace(request, task=base.model.task), local, folder, memory)


def watched(base: TableTraining, budget: str | None, trials: int | None, folder: Path, folds: int | None) -> Tuned:
    """The search, with a line for each finished trial; on a terminal also for the current epoch."""
    tell(HEADER)
    with console.status("") as status:

        def look(trial: Any, epoch: Epoch) -> None:
            status.update(f"trial {trial.number}, epoch {epoch.number}/{base.n_epochs}, val_loss {epoch.val_loss:#.4g}")

        return search(base, budget, trials, folder, tell=lambda trial: tell(trial_line(trial)), look=look, folds=folds)


def tell_trials(trials: Sequence["FrozenTrial"]) -> None:
    """Print the best trials, best first."""
    best = ranked(trials)[:SHOWN]
    tell(f"\nthe best {len(best)} of {counted(len(trials), 'trial')}\n{HEADER}")
    for trial in best:
        tell(trial_line(trial))


def trial_line(trial: "FrozenTrial") -> str:
    """A trial in a line of at most 80 columns."""
    it = row(trial)
    loss = "none" if it["val_loss"] is None else f"{it['val_loss']:#.4g}"
    network = f"{it['layers']} × {it['width']} {it['activation']}"
    settings = [f"{it['learning_rate']:.2g}", it["batch_size"], f"{it['dropout']:.2g}", f"{it['weight_decay']:.2g}"]
    return LINE.format(trial.number, loss, network, *settings, "" if it["ended"] == WHOLE else it["ended"]).rstrip()
