"""A cross-validation on the command line, from its settings to the folder of the run."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path

import typer

from glassnet.cli.console import console, tell, tell_data, tell_end, tell_verdict
from glassnet.cli.options.folds import FoldOptions
from glassnet.cli.output import patient
from glassnet.cli.progress import show_progress
from glassnet.cli.runs import RunRequest
from glassnet.cli.signals import SIGNALS
from glassnet.errors import InvalidInput
from glassnet.tables.distributions.score_metric import SCORES
from glassnet.tables.fitting.cross_validation import CrossValidation, Folds, scores_of_folds
from glassnet.tables.fitting.training import TableTraining
from glassnet.tables.number_format import readable
from glassnet.tables.reading.read import read_file
from glassnet.tables.reporting.fold_report import write_folds
from glassnet.tables.reporting.report import prepare_run
from glassnet.training.spread.active import active_spread
from glassnet.training.spread.named import workers_named


def run_folds(asked: RunRequest, options: FoldOptions, place: AbstractContextManager[Path]) -> None:
    """Train each fold and the final model in the folder that `place` gives, and write the results."""
    check_alone(asked)
    assert options.folds is not None
    with patient(), place as folder:
        with workers_named(options.workers):  # which are asked before anything is read
            prepare_run(folder)
            table = read_file(asked.local(folder))
            folds = Folds(asked.table, table, options.folds, options.repeats, options.final)
            train_here(folds) if active_spread() is None else train_elsewhere(folds)
        last = folds.last()
        trained(last, "the final model")
        write_found(folds.found(last), folder, asked)


def train_here(folds: Folds) -> None:
    """Train the folds one after the other, each with its progress."""
    for fold, training in folds.trainings():
        if not folds.scores:
            tell_data(training)
        done = f"fold {len(folds.scores) + 1} of {len(folds)}"
        trained(training, done)
        tell_fold(done, training.metric, folds.add(fold, training))


def train_elsewhere(folds: Folds) -> None:
    """Have the folds trained by the workers of the active backend; each is told as it ends."""
    tell_data(folds.training(folds.each()[0]))
    ended = 0
    try:
        for metric, scores in scores_of_folds(folds):
            ended += 1
            tell_fold(f"fold {ended} of {len(folds)}", metric, scores)
    except KeyboardInterrupt:
        tell(f"stopped after {ended} of {len(folds)} folds: nothing was written")
        raise typer.Exit(SIGNALS.status) from None


def tell_fold(done: str, metric: str, scores: Mapping[str, float]) -> None:
    """Print the score of a fold."""
    tell(f"{done}: {metric} {readable(scores[metric])}")


def check_alone(asked: RunRequest) -> None:
    """Refuse what does not go with folds."""
    others = {
        "--checkpoint-every": asked.every,
        "--memory": asked.memory,
        "--max-time": asked.recipe.max_time,
        "--distributions and --film": asked.recorded or None,
        "--learning-curve": asked.learning_curve or None,
    }
    for option, value in others.items():
        if value is not None:
            why = "a file read in chunks has rows enough to hold some out once" if option == "--memory" else ""
            said = f": {why}" if why else ""
            raise InvalidInput(f"--folds cannot be combined with {option}{said}; leave one of them out.")


def trained(training: TableTraining, what: str) -> None:
    """Run through the epochs; what is interrupted leaves nothing."""
    show_progress(training.epochs(), training.n_epochs, training.history.about, console)
    if str(training.history.about.get("ended", "left")).partition(":")[0] in ("interrupted", "left"):
        tell(f"stopped in {what}: nothing was written")
        raise typer.Exit(SIGNALS.status)


def write_found(found: CrossValidation, folder: Path, asked: RunRequest) -> None:
    """Write the run, and say how good it is and where it lies."""
    tell_end(found.training)
    run = write_folds(found, folder, asked.data, asked.command, SIGNALS.whole)
    tell_verdict(found.verdict)
    told = [name for name in (found.verdict.metric, *SCORES) if name in found.spread]
    each = (f"{name} {readable(mean)} ± {readable(spread)}" for name in told for mean, spread in [found.spread[name]])
    tell(f"over {len(found.scores)} folds: {', '.join(each)}")
    places = [("model", run.model), ("folds", run.out_of_fold), ("report", f"{run.report}, {run.page.name}")]
    for what, path in [*places, *(("rows", kept) for kept in asked.rows_kept(folder, folder))]:
        tell(f"{what:<8} {path}")
