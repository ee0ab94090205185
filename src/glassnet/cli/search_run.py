"""One search on the command line, from its settings to the folder of the best model."""

import shlex
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from glassnet.cli.console import console, tell, tell_data, tell_end, tell_figures, tell_verdict
from glassnet.cli.folders import output_folder, run_folder
from glassnet.cli.options.columns import words_for
from glassnet.cli.options.held_out import SplitOptions
from glassnet.cli.options.model import ModelOptions
from glassnet.cli.options.network import FixedOptions
from glassnet.cli.output import patient
from glassnet.cli.progress import show_progress
from glassnet.cli.signals import SIGNALS
from glassnet.cli.writing import written
from glassnet.drawing import save_figure
from glassnet.engine.machine.memory_size import readable_bytes
from glassnet.files.atomic import write_whole
from glassnet.tables.fitting.file_scan import FileScan
from glassnet.tables.fitting.recipe import Recipe
from glassnet.tables.fitting.request import TableRequest
from glassnet.tables.fitting.training import TableTraining
from glassnet.tables.number_format import counted
from glassnet.tables.reading.local_table import LocalTable
from glassnet.tables.reading.read import TableFile, read_file
from glassnet.tables.reporting.report import prepare_run
from glassnet.tables.sources.kept_rows import keep_rows
from glassnet.tables.sources.source import Source
from glassnet.training.epoch import Epoch
from glassnet.tuning.fold_trainings import AUTO, folds_for
from glassnet.tuning.measure import LOSS, Measure
from glassnet.tuning.results import NothingFound, importance_figure, ranked, row, trials_csv
from glassnet.tuning.search import WHOLE
from glassnet.tuning.space import default_recipe, options
from glassnet.tuning.storage import StudyPlace
from glassnet.tuning.tune import Tuned, search

if TYPE_CHECKING:
    from optuna.trial import FrozenTrial

SHOWN = 10  # of the best trials
LINE = "{:>5}  {:>8}  {:<13} {:>7}  {:>5}  {:>7}  {:>7}  {}"


@dataclass(frozen=True)
class SearchRequest:
    """The settings of one search.

    `source` is where the rows are, `local` the file that they are read from, and `memory` in bytes, where that is too
    large to be read whole; `table` asks for the model, `folder` holds the study; the search ends after `budget` or so
    many `trials`, which are compared over `folds`. With a `place` that holds the study, and not the folder, it may be
    one that another process has begun, which this one joins.
    """

    source: Source
    local: LocalTable
    table: TableRequest
    memory: int | None
    folder: Path
    budget: str | None
    trials: int | None
    folds: int | str | None
    place: StudyPlace | None = None
    joins: bool = False

    def base(self) -> TableTraining:
        """The training to search around; for a large file on a sample, never of rows held out from the best."""
        if self.memory is None:
            return TableTraining.of_request(self.table, read_file(self.local))
        tell(
            f"{self.source.shown} is large for {readable_bytes(self.memory)} of memory: the search uses a random "
            "sample of its rows,"
        )
        tell("and the best model is trained on all of them")
        found = FileScan(self.local, self.table, self.memory)
        sample = TableFile(found.sample, found.pieces.notes, decimal_comma=found.pieces.decimal_comma)
        return TableTraining.of_request(replace(self.table, task=found.target.task), sample)

    def on_all_rows(self, base: TableTraining, recipe: Recipe) -> TableTraining:
        """The training with another recipe; that of a large file on all of its rows."""
        if self.memory is None:
            return base.again(recipe)
        table = replace(self.table, recipe=recipe, task=base.model.task)
        return TableTraining.of_file_request(table, self.local, self.folder, self.memory)

    def kept(self) -> "SearchRequest":
        """The request with the copy of the rows, if there is one, in the folder of the study."""
        if not self.local.copied:
            return self
        return replace(self, local=self.local._replace(path=keep_rows(self.local.path, self.folder)))

    def command(self, training: TableTraining, recipe: Recipe) -> str:
        """The command that trains the model again."""
        table = self.table
        words = ["glassnet", "train", *self.source.words, "--target", training.model.target_name, *options(recipe)]
        words += ["--task", training.model.task, *words_for(table.columns), *table.reading.words()]
        words += [*FixedOptions.words(recipe), *ModelOptions.words(table)]
        words += [] if table.distribution is None else ["--distribution", table.distribution]
        words += SplitOptions(table.group, table.time, table.skip_last).words()
        files = {"--test": table.test, "--validation": table.validation}
        words += [word for option, file in files.items() if file for word in (option, file)]
        return shlex.join(words if self.memory is None else [*words, "--memory", str(self.memory)])


def run_search(asked: SearchRequest) -> None:
    """Search in the folder, go on with what is there, then train the best recipe again and write its run."""
    base, folder = asked.base(), asked.folder
    with patient(), output_folder(folder):
        prepare_run(folder)
        tell_data(base)
        asked = asked.kept()
        SIGNALS.keeping = True
        found = searched(base, asked)
        SIGNALS.again()
        measure = Measure.of_training(base)
        write_whole(folder / "trials.csv", trials_csv(found.trials, measure))
        tell_trials(found.trials, measure)
        with run_folder(folder, wait=True):  # several searches in this folder write one after the other
            write_best(base, found, asked)
        if found.stopped:
            raise typer.Exit(SIGNALS.status)


def join_search(asked: SearchRequest) -> None:
    """Work on the trials of a search that another process has begun, and leave the rest to that one."""
    base = asked.base()
    with patient():
        tell_data(base)
        SIGNALS.keeping = True
        heard: list[FrozenTrial] = []
        with suppress(NothingFound):  # where the trials of others have not ended yet
            searched(base, asked, heard.append)
        n = counted(sum(trial.state.name != "FAIL" for trial in heard), "trial")
        tell(f"\nthis worker did {n}; the process that began the search writes the best model")
        if SIGNALS.number:
            raise typer.Exit(SIGNALS.status)


def searched(base: TableTraining, asked: SearchRequest, hear: "Callable[[FrozenTrial], None] | None" = None) -> Tuned:
    """The search, with a line for each finished trial; on a terminal also for the current epoch."""
    folds = folds_for(base, asked.folds)
    if asked.folds == AUTO and folds is not None:
        tell(f"with {base.n_train} rows, trials are compared by the mean over {folds} folds, in {folds} times as")
        tell("long as by one part of them (--folds none)")
    measure = Measure.of_training(base)
    if measure.metric != LOSS:
        tell(f"trials are compared by their best {measure.in_words}")
    tell(header(measure))
    with console.status("") as status:

        def told(trial: "FrozenTrial") -> None:
            tell(trial_line(trial, measure))
            if hear is not None:
                hear(trial)

        def look(trial: Any, epoch: Epoch) -> None:
            at = f"trial {trial.number}, epoch {epoch.number}/{base.n_epochs}"
            status.update(f"{at}, {measure.name} {measure.of(epoch):#.4g}")

        return search(
            base,
            asked.budget,
            asked.trials,
            asked.place or asked.folder,
            tell=told,
            look=look,
            folds=folds,
            join=asked.joins,
        )


def write_best(base: TableTraining, found: Tuned, asked: SearchRequest) -> None:
    """Train the best recipe again, on all rows of a large file, and write its run."""
    tell(f"\ntraining trial {found.number} again, for the final model")
    training = asked.on_all_rows(base, found.recipe)
    show_progress(training.epochs(), training.n_epochs, training.history.about, console)
    if tell_end(training) == 0:
        raise typer.Exit(SIGNALS.status)
    gained = gain_in_words(base, found, training, asked)
    tell(f"\n{gained}")
    command = asked.command(training, found.recipe)
    run, refused = written(training, asked.folder, asked.source.shown, command, search=gained)
    drawn = run.figures
    if found.importances:
        drawn = (
            *drawn,
            save_figure(importance_figure(found.importances, Measure.of_training(base)), run.folder / "settings.png"),
        )
    tell_verdict(run.verdict)
    report, trials = f"{run.report}, {run.page.name}", asked.folder / "trials.csv"
    for what, path in (("model", run.model), ("report", report), ("trials", trials)):
        tell(f"{what:<8} {path}")
    tell_figures(drawn)
    if refused is not None:
        raise refused


def gain_in_words(base: TableTraining, found: Tuned, training: TableTraining, asked: SearchRequest) -> str:
    """How many trials were compared, and what their choice gained over the defaults, which are trained as well."""
    n = counted(len(found.trials), "trial")
    folds = "" if found.folds is None else f", the mean over {found.folds} folds,"
    measured = Measure.of_training(base).in_words
    compared = (
        f"The search compared {n} by {measured}{folds} and chose number {found.number}; none of them has seen the "
        "held-out rows."
    )
    usual = default_recipe(base)
    if found.recipe == usual:
        return f"{compared} The choice has the default settings: no trial was better."
    if found.stopped:  # whoever pressed Ctrl-C does not wait for another training
        return compared
    tell("training the default settings as well, to compare")
    other = asked.on_all_rows(base, usual)
    show_progress(other.epochs(), other.n_epochs, other.history.about, console)
    if not len(other.history):
        return compared
    return f"{compared} {training.gain_over(other).sentence()}"


def tell_trials(trials: Sequence["FrozenTrial"], measure: Measure) -> None:
    """Print the best trials, best first."""
    best = ranked(trials, measure)[:SHOWN]
    tell(f"\nthe best {len(best)} of {counted(len(trials), 'trial')}\n{header(measure)}")
    for trial in best:
        tell(trial_line(trial, measure))


def header(measure: Measure) -> str:
    """What stands above the lines of trials; a long name of a metric is "score" here."""
    name = measure.name if len(measure.name) <= 8 else "score"
    return LINE.format("trial", name, "network", "rate", "batch", "dropout", "decay", "").rstrip()


def trial_line(trial: "FrozenTrial", measure: Measure) -> str:
    """A trial in a line of at most 80 columns."""
    it = row(trial, measure)
    score = it[measure.name]
    shown = "none" if score is None else f"{score:#.4g}"
    network = f"{it['layers']} × {it['width']} {it['activation']}"
    settings = [f"{it['learning_rate']:.2g}", it["batch_size"], f"{it['dropout']:.2g}", f"{it['weight_decay']:.2g}"]
    return LINE.format(trial.number, shown, network, *settings, "" if it["ended"] == WHOLE else it["ended"]).rstrip()
