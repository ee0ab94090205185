"""The command `glassnet tune`: a search for hyper-parameters, and the best model with its report."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from glassnet.cli.app import app
from glassnet.cli.console import tell
from glassnet.cli.inputs import bundled_target, local_table, too_large
from glassnet.cli.options.columns import ColumnChoices
from glassnet.cli.options.distribution import DistributionOptions
from glassnet.cli.options.groups import with_groups
from glassnet.cli.options.held_out import HeldOutOptions, SplitOptions
from glassnet.cli.options.network import METRIC
from glassnet.cli.options.table import Data, ReadingOptions, Target, Task
from glassnet.cli.search_run import SearchRequest, run_search
from glassnet.errors import InvalidInput
from glassnet.extras import require
from glassnet.tables.fitting.recipe import Recipe
from glassnet.tables.fitting.request import TableRequest
from glassnet.tables.reading.local_table import LocalTable
from glassnet.tables.sources.kept_rows import kept_rows
from glassnet.tables.sources.source import Source
from glassnet.tuning.fold_trainings import AUTO, FEW, USUAL

BUDGET = "Time for the search, e.g. 90s, 5m, 1h30m (default: 5m unless --trials is given)."
FOLDS = f"Compare trials by the mean over this many folds (auto: {USUAL} for fewer than {FEW:,} rows), or by one part."
COMPARED = f"{METRIC.removesuffix('.')}. Trials are compared by it too (default: by the validation loss)."
OUT = "Folder for the study (default: runs/tune-<name of the data>)."


@dataclass(frozen=True)
class StudyOptions:
    """How long a search is, what compares its trials, and where they are stored."""

    budget: Annotated[str | None, typer.Option(help=BUDGET)] = None
    trials: Annotated[int | None, typer.Option(help="Stop when the study has this many trials.")] = None
    out: Annotated[Path | None, typer.Option(help=OUT)] = None
    folds: Annotated[str, typer.Option(metavar="N|auto|none", help=FOLDS)] = AUTO

    @property
    def n_folds(self) -> "int | str | None":
        """ "auto", None for "none", or a number."""
        if self.folds in (AUTO, "none"):
            return AUTO if self.folds == AUTO else None
        try:
            return int(self.folds)
        except ValueError:
            raise InvalidInput(
                f"--folds takes a whole number of at least 2, auto or none, got {self.folds!r}."
            ) from None

    @property
    def length(self) -> str | None:
        """The time for the search; None where the number of trials ends it."""
        return "5m" if self.budget is None and self.trials is None else self.budget


@app.command()
@with_groups
def tune(
    data: Data,
    *,
    study: StudyOptions,
    distribution: DistributionOptions,
    held_out: HeldOutOptions,
    split: SplitOptions,
    columns: ColumnChoices,
    reading: ReadingOptions,
    target: Target = None,
    task: Task = None,
    epochs: Annotated[int, typer.Option(help="Passes over the training rows in each trial.")] = 60,
    metric: Annotated[str | None, typer.Option(help=COMPARED, show_default=False)] = None,
    seed: Annotated[int, typer.Option(help="Random seed for held-out rows, parameters and suggestions.")] = 0,
    engine: Annotated[str, typer.Option(help="Engine: auto, numpy or compiled.")] = "auto",
) -> None:
    """Search layers, width, activation, rate, batch, dropout and weight decay; train the best and write a report.

    Run it again on the same folder to continue, or at the same time in another process to share the search.
    """
    require("optuna", "tune", "glassnet tune")
    folds = study.n_folds  # refused before anything is read
    recipe = Recipe(epochs=epochs, metric=metric, seed=seed, engine=engine, **held_out.shares)
    source = reading.source(data)
    settings = {**distribution.settings(), **vars(split), **held_out.files, "reading": reading.known}
    table = TableRequest(target or bundled_target(source), task, recipe, columns.columns, **settings)
    folder = study.out or Path("runs") / f"tune-{source.label}"
    local = of_study(source, folder)
    within = too_large(local, reading.memory)
    run_search(SearchRequest(source, local, table, within, folder, study.length, study.trials, folds))


def of_study(source: Source, folder: Path) -> LocalTable:
    """The rows to search on; a study in the folder goes on with the rows that it kept there."""
    if source.is_file or (kept := kept_rows(folder)) is None:
        return local_table(source)
    tell(f"the study goes on with the rows in {kept}")
    return LocalTable(kept, known=source.known)
