"""A search for hyper-parameters on a table, from the data frame to the best recipe."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from hashlib import blake2b
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Unpack

from glassnet.calls import answered, with_settings
from glassnet.errors import InvalidInput
from glassnet.extras import require
from glassnet.files.atomic import make_folder
from glassnet.tables.fitting.recipe import Recipe
from glassnet.tables.fitting.training import TableTraining
from glassnet.tables.values.column_options import ColumnOptions
from glassnet.tables.values.frames import as_frame
from glassnet.training.epoch import Epoch
from glassnet.training.inputs.checks import check_whole
from glassnet.tuning.budget import Budget
from glassnet.tuning.fold_trainings import AUTO, fold_parts, folds_for
from glassnet.tuning.measure import Measure
from glassnet.tuning.results import best, importances, known_score
from glassnet.tuning.search import Search
from glassnet.tuning.space import for_search, suggested, usual
from glassnet.tuning.storage import NOT_SHARED, JournalPlace, SharedStudy, StudyPlace, shared_place
from glassnet.tuning.study import TABLE, agreed_trials, open_study

if TYPE_CHECKING:
    from narwhals.typing import IntoDataFrame
    from optuna import Trial
    from optuna.trial import FrozenTrial

FIXED = ("frequencies", "sigma", "parametric", "one_hot", "levels", "patience")  # settings of all trials
EQUAL_ROWS: dict[str, Any] = {"weight": None, "class_weight": None}


class SearchSettings(SharedStudy, total=False):
    """Where a study is, and how much rows count; `tune` explains it."""

    weight: str | None
    class_weight: "str | Mapping[Any, float] | None"


@answered
@dataclass(frozen=True, repr=False)
class Tuned:
    """The result of a search by `tune`.

    Made by `tune`.

    Attributes
    ----------
    recipe, score, number
        The best `Recipe`, for `TableTraining`; the best value of its epochs; the number of its trial, from 0.
    trials
        All trials, as Optuna's FrozenTrial.
    importances
        For each setting its share in how much the trials differ, between 0 and 1.
    stopped
        Whether Ctrl-C ended the search.
    folds
        How many folds the trials were compared by; None for one part of the rows.
    metric
        What the trials were compared by, as a history names it: "val_loss", or for example "val_f1".

    >>> table = gn.datasets.iris().to_polars()
    >>> found = gn.tune(table, "species", recipe=gn.Recipe(epochs=2), trials=2)
    >>> len(found.trials), found.stopped
    (2, False)
    """

    recipe: Recipe
    score: float
    number: int
    trials: "tuple[FrozenTrial, ...]"
    importances: dict[str, float]
    stopped: bool
    folds: int | None = None
    metric: str = Measure().name

    def __repr__(self) -> str:
        return f"Tuned(trial {self.number} of {len(self.trials)}, {self.metric} {self.score:.4g}: {self.recipe!r})"


@answered
@with_settings(SearchSettings, NOT_SHARED | EQUAL_ROWS)
def tune(
    data: "IntoDataFrame",
    target: str,
    *,
    task: str | None = None,
    recipe: Recipe | None = None,
    budget: "str | float | None" = "5m",
    trials: int | None = None,
    folder: "str | Path | None" = None,
    columns: "ColumnOptions | Mapping[str, Any] | None" = None,
    group: str | None = None,
    time: str | None = None,
    folds: int | str | None = AUTO,
    test: Any = None,
    validation: Any = None,
    distribution: str | None = None,
    skip_last: int | None = None,
    **settings: Unpack[SearchSettings],
) -> Tuned:
    """Search the hyperparameters of a network for a table: layers, width, activation, learning rate and so on.

    Optuna suggests them (its tree-structured Parzen estimator: Bergstra et al. 2011; extra `tune`). The first trial is
    `Recipe()`, so the result is never worse than that. Trials are compared by their best value of the recipe's metric
    on the validation rows, or without one by the least validation loss. A trial whose value is worse than the median of
    the others at the same epoch is stopped early. The rows held out for the result are never used.

    Parameters
    ----------
    data, target, task
        A data frame, the name of the column to predict, and "classification" or "regression"; None (default) guesses
        it.
    recipe
        The settings that are not searched: epochs, metric, frequencies, one_hot, patience, the shares of held-out and
        validation rows, seed, engine; `Recipe()` by default.
    budget
        The time to search: seconds, or a text such as "90s", "5m" (default), "1h30m"; None leaves it to `trials`.
    trials
        The search ends when the study has this many trials; None (default) leaves it to `budget`.
    folder
        Where the study is stored: several processes can search in it together, and an interrupted search can be
        continued. None (default) stores nothing.
    columns, group, time
        What is known of the columns, and by which of them rows are held out, as in `TableTraining`; None by default.
    folds
        Compare trials by the mean over so many folds of the rows that are not held out, which takes as many times as
        long and is surer where rows are few; None for one part of them. "auto" (default) takes 5 folds where there are
        fewer than 2,000 rows, unless the latest rows or rows of one's own validate.
    test, validation
        Rows of one's own that are held out for the result, and that compare the trials, in place of shares: data frames
        or files, as in `TableTraining`, which is then given the same. None (default) for the recipe's shares.
    distribution
        The distribution of a number that is learned, as in `TableTraining`, which is then given the same; None by
        default.
    skip_last
        How many rows at the end are no rows to learn from, as in `TableTraining`; None by default.
    weight, class_weight
        How much rows count, as in `TableTraining`, which is then given the same; None by default. Its `n_ensemble`,
        `calibrate`, `interval` and `threshold` change nothing for the trials, which train one network each.
    storage, study
        Where the study is kept in place of a folder, for workers on several machines: "postgresql://host/database"
        (extra `cluster`), or on one machine "sqlite:///FILE" or a journal file; and its name there, "glassnet" by
        default.
    join
        Only work on the search that another process has begun in the storage; its `trials` are for all workers
        together. The process that began it waits for the others. False by default.

    Raises InvalidInput for settings that cannot work, and if the study in the folder or storage is about something
    else, or to be joined but not there, or if the storage does not answer; MissingExtra without Optuna.

    >>> import glassnet as gn
    >>> table = gn.datasets.iris().to_polars()
    >>> found = gn.tune(table, "species", recipe=gn.Recipe(epochs=3), trials=2, folds=None)
    >>> training = gn.TableTraining(table, "species", recipe=found.recipe, n_ensemble=1)
    >>> for epoch in training.epochs(): pass
    >>> min(training.history["val_loss"]) == found.score
    True
    """
    require("optuna", "tune", "a search for hyper-parameters")
    storage, study, join = settings.get("storage"), settings.get("study"), settings.get("join", False)
    place, join = shared_place(folder, storage=storage, study=study, join=join)
    if place is not None:
        place.check()
    asked: dict[str, Any] = {"columns": columns, "group": group, "time": time, "distribution": distribution}
    asked |= {"skip_last": skip_last, **{name: settings.get(name) for name in EQUAL_ROWS}}
    base = TableTraining(data, target, task, recipe, test=test, validation=validation, **asked)
    return search(base, budget, trials, folder if place is None else place, folds=folds_for(base, folds), join=join)


def search(
    base: TableTraining,
    budget: "str | float | None",
    n_trials: int | None,
    where: "str | Path | StudyPlace | None",
    tell: "Callable[[FrozenTrial], Any] | None" = None,
    look: "Callable[[Trial, Epoch], Any] | None" = None,
    folds: int | None = None,
    join: bool = False,
) -> Tuned:
    """The search of `tune` around a training; `tell` hears of each trial that has ended, `look` of each epoch."""
    base.check_one_target("a search")
    base = of_one_network(base)
    limit, n_trials = Budget(budget), None if n_trials is None else check_whole(n_trials, "trials")
    parts, measure = [] if folds is None else fold_parts(base, folds), Measure.of_training(base)
    aim, first = about(base) | ({"folds": folds} if folds else {}), usual(base.model.task, base.n_train)
    shared = not (where is None or isinstance(where, (str, Path)))
    with kept_in(where) as place, place.opened() as opened:
        worker = opened[0]
        with worker.turn:
            study = open_study(place, opened, aim, first, measure.higher, join)
            n_trials = agreed_trials(study, n_trials, join)
        if n_trials is None and budget is None:
            raise InvalidInput("a search without a number of trials needs a budget, the time that it may take.")
        told = tell or ignore, look or ignore
        run = Search(base, study, worker, limit, n_trials, *told, parts, shared, shared and not join)
        run.run()
        trials = tuple(study.get_trials(False))
        shares = importances(study)
    found = best(trials, measure)
    recipe = suggested(found, for_search(base), base.n_train)
    score = known_score(found, measure)
    return Tuned(recipe, score, found.number, trials, shares, run.stopped, folds, measure.name)


@contextmanager
def kept_in(where: "str | Path | StudyPlace | None") -> Iterator[StudyPlace]:
    """The place, or the journal of a folder, made if it is not there; without one, one that is gone afterwards."""
    if where is None:
        with TemporaryDirectory(prefix="glassnet-tune-") as name:
            yield JournalPlace.in_folder(Path(name))
    else:
        yield JournalPlace.in_folder(make_folder(Path(where))) if isinstance(where, (str, Path)) else where


def about(base: TableTraining) -> dict[str, Any]:
    """What the trials of a study must share for their values to be comparable."""
    recipe, model, rule = base.recipe, base.model, base.prepared.rule
    apart = {} if rule is None or rule.at_random else {"held-out": "groups" if rule.times is None else "latest rows"}
    asked = {"metric": recipe.metric, "distribution": base.request.distribution}
    fixed = {name: getattr(recipe, name) for name in FIXED}
    asked |= {name: value for name, value in fixed.items() if value != getattr(Recipe, name)}
    return {
        "target": model.target_name,
        "task": model.task,
        "rows": base.n_train + len(base.test),
        "columns": list(model.encoder.columns),
        "epochs": base.n_epochs,
        "test": recipe.test,
        "validation": recipe.validation,
        "seed": base.seed,
        **apart,
        **{name: value for name, value in asked.items() if value is not None},
        TABLE: hash_of_table(base),
    }


def of_one_network(base: TableTraining) -> TableTraining:
    """The training with one network, as trials have it; an ensemble and the ends of intervals change no comparison."""
    if base.request.n_ensemble == 1 and base.request.interval is None:
        return base
    return TableTraining._on(base.prepared, replace(base.request, n_ensemble=1, interval=None))


def hash_of_table(base: TableTraining) -> str:
    """A hash of the rows that are not held out, as texts, and of what was said of them and their columns."""
    asked, found = base.request, blake2b(digest_size=16)
    said = (asked.columns, asked.weight, asked.class_weight, asked.group, asked.time, asked.skip_last)
    found.update(repr(said).encode())
    frame = as_frame(base.train)
    for name in frame.columns:
        try:
            text = frame.select(name).write_csv()
        except Exception:  # objects that a text file does not hold
            text = repr(frame[name].to_list())
        found.update(text.encode(errors="surrogatepass"))
    return found.hexdigest()


def ignore(*_: object) -> None:
    """Do nothing."""
