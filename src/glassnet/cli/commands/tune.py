"""The command `glassnet tune`: a search for hyper-parameters, and the best model with its report."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar

import typer

from glassnet.cli.app import app
from glassnet.cli.console import tell
from glassnet.cli.inputs import bundled_target, local_table, too_large
from glassnet.cli.options.columns import ColumnChoices
from glassnet.cli.options.distribution import DistributionOptions
from glassnet.cli.options.groups import with_groups
from glassnet.cli.options.held_out import HeldOutOptions, SplitOptions
from glassnet.cli.options.model import ModelOptions
from glassnet.cli.options.network import METRIC, FixedOptions
from glassnet.cli.options.table import Data, ReadingOptions, Target, Task
from glassnet.cli.search_run import SearchRequest, join_search, run_search
from glassnet.errors import InvalidInput
from glassnet.extras import require
from glassnet.tables.fitting.recipe import Recipe
from glassnet.tables.fitting.request import TableRequest
from glassnet.tables.reading.local_table import LocalTable
from glassnet.tables.sources.kept_rows import kept_rows
from glassnet.tables.sources.source import SERVERS, Source
from glassnet.tuning.fold_trainings import AUTO, FEW, USUAL
from glassnet.tuning.storage import StudyPlace, check_place, place_of

BUDGET = "Time for the search, e.g. 90s, 5m, 1h30m (default: 5m unless --trials is given)."
FOLDS = f"Compare trials by the mean over this many folds (auto: {USUAL} for fewer than {FEW:,} rows), or by one part."
COMPARED = f"{METRIC.removesuffix('.')}. Trials are compared by it too (default: by the validation loss)."
OUT = "Folder for the study (default: runs/tune-<name of the data>)."


STORAGE = "Keep the study here for workers on several machines: postgresql://…; on one: a journal file, sqlite:///FILE."
STUDY = "The name of the study in the storage (default: tune-<name of the data> in a database)."
JOIN = "Only work on the search that another process has begun in the storage; write no files."


@dataclass(frozen=True)
class StorageOptions:
    """Where a study is kept that several processes work on; InvalidInput for what does not fit together."""

    panel: ClassVar = "Several workers"

    storage: Annotated[str | None, typer.Option(metavar="URL|FILE", help=STORAGE)] = None
    study: Annotated[str | None, typer.Option(metavar="NAME", help=STUDY)] = None
    join: Annotated[bool, typer.Option("--join", help=JOIN)] = False

    def place(self, source: Source) -> StudyPlace | None:
        """The place, which answers; None for the folder of the search."""
        check_place(None, self.storage, self.study, self.join)
        if self.storage is None:
            return None
        on_server = self.storage.partition("://")[0] in SERVERS
        place = place_of(self.storage, self.study or (f"tune-{source.label}" if on_server else None))
        place.check()
        return place


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

    def length(self, join: bool) -> str | None:
        """The time for the search; None where their number ends it, which a worker that joins finds in the study."""
        return "5m" if self.budget is None and self.trials is None and not join else self.budget


@app.command()
@with_groups
def tune(
    data: Data,
    *,
    study: StudyOptions,
    kept: StorageOptions,
    fixed: FixedOptions,
    model: ModelOptions,
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
    recipe = Recipe(epochs=epochs, metric=metric, seed=seed, engine=engine, **fixed.settings(), **held_out.shares)
    source = reading.source(data)
    place = kept.place(source)  # refused before anything is read, too
    if kept.join and study.out is not None:
        raise InvalidInput("--join writes no files, so leave --out out: the process that began the search writes them.")
    settings = {**model.settings(), **distribution.settings(), **vars(split), **held_out.files}
    settings["reading"] = reading.known
    table = TableRequest(target or bundled_target(source), task, recipe, columns.columns, **settings)
    folder = study.out or Path("runs") / f"tune-{source.label}"
    local = local_table(source) if kept.join else of_study(source, folder)
    within = too_large(local, reading.memory)
    length = study.length(kept.join)
    asked = SearchRequest(source, local, table, within, folder, length, study.trials, folds, place, kept.join)
    if kept.join:
        join_search(asked)
    else:
        run_search(asked)


def of_study(source: Source, folder: Path) -> LocalTable:
    """The rows to search on; a study in the folder goes on with the rows that it kept there."""
    if source.is_file or (kept := kept_rows(folder)) is None:
        return local_table(source)
    tell(f"the study goes on with the rows in {kept}")
    return LocalTable(kept, known=source.known)
