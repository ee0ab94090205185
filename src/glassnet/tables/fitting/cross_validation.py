"""Cross-validation of a table: a training for each fold, the predictions of the rows held out, and a final model."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple, Unpack

import numpy as np

from glassnet.calls import answered, with_settings
from glassnet.errors import InvalidInput, UnknownName
from glassnet.extras import require
from glassnet.tables.fitting.prepared_rows import prepare_frame
from glassnet.tables.fitting.recipe import Recipe
from glassnet.tables.fitting.request import DEFAULTS, TableRequest, TableSettings
from glassnet.tables.fitting.training import TableTraining
from glassnet.tables.judging.pooled import FoldOutputs, pooled_verdict
from glassnet.tables.model import TableModel
from glassnet.tables.reading.read import TableFile
from glassnet.tables.splits.folds import Fold
from glassnet.tables.values.frames import as_frame
from glassnet.training.inputs.checks import check_whole
from glassnet.training.spread.active import active_spread
from glassnet.training.spread.common import with_common

if TYPE_CHECKING:
    from glassnet.tables.judging.verdict import Verdict

FINALS = ("refit", "ensemble")
PLACES = ("row", "fold", "repeat")
Spread = dict[str, tuple[float, float]]


@answered
@dataclass(frozen=True, repr=False)
class CrossValidation:
    """The result of a cross-validation.

    Made by `cross_validate`.

    Attributes
    ----------
    scores
        For each fold of each repetition, the metrics on the rows that it held out.
    out_of_fold
        A polars data frame with what was predicted of each held-out row: its number in the table from 0, fold and
        repetition from 1, the ids, the target, the prediction, for classes their probabilities, and with `interval`
        both ends.
    verdict
        The `Verdict` on the predictions of the first repetition, beside simple models fitted to the same folds.
    training
        The final `TableTraining`, on all rows; its `model` is the model to use.
    final
        How the final model was trained: "refit" or "ensemble".
    request
        What was asked of the folds, whose networks are not those of the final model where that is an ensemble of them.

    >>> iris = gn.datasets.iris().to_polars()
    >>> found = gn.cross_validate(iris, "species", folds=3, recipe=gn.Recipe(hidden=(16,), epochs=20))
    >>> len(found.scores), found.out_of_fold.height
    (3, 150)
    """

    scores: tuple[dict[str, float], ...]
    out_of_fold: Any
    verdict: "Verdict"
    training: TableTraining
    final: str
    request: TableRequest

    def __repr__(self) -> str:
        mean, spread = self.spread[self.verdict.metric]
        return f"CrossValidation({len(self.scores)} folds, {self.verdict.metric} {mean:.4g} ± {spread:.2g})"

    @property
    def spread(self) -> Spread:
        """(mean, standard deviation) over the folds of each metric."""
        names = list(dict.fromkeys(name for scores in self.scores for name in scores))
        values = {name: [scores[name] for scores in self.scores if name in scores] for name in names}
        return {name: (float(np.mean(each)), float(np.std(each, ddof=1))) for name, each in values.items()}


class FoldFound(NamedTuple):
    """What a fold leaves: its metric and scores, the predictions, and in the first repetition what these say."""

    metric: str
    scores: dict[str, float]
    frame: Any
    outputs: FoldOutputs | None
    n_networks: int


@dataclass
class Folds:
    """The trainings of a cross-validation one after the other: each is trained by the caller, then given to `add`."""

    request: TableRequest
    table: TableFile
    n: int
    repeats: int = 1
    final: str = "refit"
    scores: list[dict[str, float]] = field(default_factory=list)
    frames: list[Any] = field(default_factory=list)
    outputs: list[FoldOutputs] = field(default_factory=list)
    n_networks: int | None = None  # the fewest that a fold had rows for

    def __post_init__(self) -> None:
        self.request.check_one_target(as_frame(self.table.frame).columns, "cross-validation")
        if check_whole(self.n, "folds") < 2:
            raise InvalidInput(f"folds must be a whole number of at least 2, got {self.n}.")
        check_whole(self.repeats, "repeats")
        if self.final not in FINALS:
            raise UnknownName("final model", self.final, FINALS)
        for use in ("test", "validation"):
            if getattr(self.request, use) is not None:
                raise InvalidInput(f"folds hold rows of the table out: leave out the file of {use} rows, or the folds.")
        if self.final == "ensemble" and (self.request.n_ensemble or 1) > 1:
            raise InvalidInput(
                f"the final ensemble has a network for each of the {self.n} folds: leave the number of networks "
                f"({self.request.n_ensemble}) out, or choose the final model 'refit'."
            )
        if self.request.time is not None and self.repeats > 1:
            raise InvalidInput(f"folds by time are the same each time: leave repeats={self.repeats} out.")

    def __len__(self) -> int:
        return self.n * self.repeats

    def each(self) -> list[Fold]:
        """All folds, those of the first repetition first."""
        return [Fold(self.n, number, repeat) for repeat in range(self.repeats) for number in range(self.n)]

    def trainings(self) -> Iterator[tuple[Fold, TableTraining]]:
        """A training for each fold, not begun."""
        for fold in self.each():
            yield fold, self.training(fold)

    def training(self, fold: Fold) -> TableTraining:
        """The training of a fold, not begun."""
        training = self._training(fold, self.request)
        check_names(training.model, self.request.interval)
        return training

    def last(self) -> TableTraining:
        """The training of the final model on all rows: as many networks as each fold had, or one a fold."""
        few = 1 if self.n_networks == 1 else None  # not the usual number
        n = self.n if self.final == "ensemble" else self.request.n_ensemble or few
        request = replace(self.request, n_ensemble=n)
        return self._training(Fold(self.n, None), request)

    def _training(self, fold: Fold, request: TableRequest) -> TableTraining:
        table = self.table
        return TableTraining._on(
            prepare_frame(table.frame, request, table.notes, table.decimal_comma, fold=fold), request
        )

    def add(self, fold: Fold, training: TableTraining) -> dict[str, float]:
        """Keep what a trained fold says of the rows that it held out; gives its scores."""
        model = training.model
        self.n_networks = min(self.n_networks or len(model.networks), len(model.networks))
        X, truth = training.held_out
        if fold.repeat == 0:
            known = training._known(X)
            groups = training.prepared.test_groups
            self.outputs.append(FoldOutputs.of(model, known, truth, training.metric, training.seed, groups))
            said = self.outputs[-1].outputs
        else:
            said = model.outputs_of(X)
        self.scores.append(model.measured(truth, said, model.scores_of_rows(X, truth)))
        self.frames.append(self._frame(fold, training))
        return self.scores[-1]

    def take(self, found: Sequence[FoldFound]) -> None:
        """Keep what all folds left, in their order, where they were trained elsewhere."""
        self.scores = [one.scores for one in found]
        self.frames = [one.frame for one in found]
        self.outputs = [one.outputs for one in found if one.outputs is not None]
        self.n_networks = min(one.n_networks for one in found)

    def _frame(self, fold: Fold, training: TableTraining) -> Any:
        polars = require("polars", "tables", "predictions out of folds")
        model = training.model
        assert fold.number is not None
        places = training.prepared.test_rows, fold.number + 1, fold.repeat + 1
        told = {
            **dict(zip(PLACES, places, strict=True)),
            model.target_name: training.test[model.target_name].to_list(),
            **model.predict_table(training.test, self.request.interval),
        }
        return polars.DataFrame(told)

    def found(self, training: TableTraining) -> CrossValidation:
        """The result, once the final model is trained."""
        verdict = pooled_verdict(training.model.task, self.outputs, training.metric, training.seed)
        return CrossValidation(tuple(self.scores), self.together(), verdict, training, self.final, self.request)

    def together(self) -> Any:
        """The predictions of all folds, in the order of the rows."""
        polars = require("polars", "tables", "predictions out of folds")
        return polars.concat(self.frames, how="vertical_relaxed").sort("repeat", "row")


@answered
@with_settings(TableSettings, DEFAULTS)
def cross_validate(
    frame: Any,
    target_name: str,
    *,
    folds: int = 5,
    repeats: int = 1,
    final: str = "refit",
    task: str | None = None,
    recipe: Recipe | None = None,
    tell: "Callable[[str], Any] | None" = None,
    file_notes: Sequence[str] = (),
    **settings: Unpack[TableSettings],
) -> CrossValidation:
    """Train on a table once for each fold, with the other rows, and then a final model on all rows.

    Whatever is learned (encoder, scale of the target, parameters, best epoch, calibration) is learned in each fold
    anew, from its own rows. Folds keep the shares of classes. With `group` they hold whole groups; with `time` each
    comes after the rows that it is predicted from, and the earliest rows are never held out. Within
    `joblib.parallel_config(backend="loky")` or "dask" the folds are trained by its workers, with the same results (see
    docs/cluster.md), and the final model here.

    Parameters
    ----------
    frame, target_name, task, recipe, columns, group, time, file_notes
        As for `TableTraining`; the share `test` of the recipe is not used.
    n_ensemble, calibrate, interval, threshold, weight, class_weight, distribution, skip_last
        As for `TableTraining`, in each fold and for the final model. The weights count in training alone: the scores of
        the folds count every row once.
    folds
        How many folds; 5 by default.
    repeats
        How often the rows are divided anew, into other folds; 1 by default.
    final
        The final model: "refit" (default), trained like each fold, but on all rows; or "ensemble", as many networks as
        folds, each of which chooses its epoch on other rows; in the folds the usual number of networks is trained.
    tell
        Called with a line after each fold; None (default) for silence.

    Raises InvalidInput for a table or a number of folds that cannot work.

    >>> iris = gn.datasets.iris().to_polars()
    >>> found = gn.cross_validate(iris, "species", folds=3, recipe=gn.Recipe(hidden=(16,), epochs=20))
    >>> mean, spread = found.spread["accuracy"]
    >>> bool(mean > 0.8), found.training.model.task
    (True, 'classification')
    """
    request = TableRequest.of(target_name, task, recipe, **settings)
    running = Folds(request, TableFile(frame, tuple(file_notes)), folds, repeats, final)
    for done, (metric, scores) in enumerate(scores_of_folds(running), start=1):
        if tell is not None:
            tell(f"fold {done} of {len(running)}: {metric} {scores[metric]:.4g}")
    last = running.last()
    for _ in last.epochs():
        pass
    return running.found(last)


def check_names(model: TableModel, interval: float | None) -> None:
    """Refuse a target and ids that are called as another column of `out_of_fold` is."""
    own = {*PLACES, *model.predicted_names(interval)}
    for what, name in (("target", model.target_name), *(("id", name) for name in model.id_columns)):
        if name in own:
            raise InvalidInput(
                f"the {what} column {name!r} has the name of a column of the predictions out of folds: rename it."
            )


def scores_of_folds(folds: Folds) -> Iterator[tuple[str, dict[str, float]]]:
    """Train all folds, here or by the active backend of joblib; gives (metric, scores) of each as it ends."""
    spread = active_spread()
    if spread is None:
        for fold, training in folds.trainings():
            for _ in training.epochs():
                pass
            yield training.metric, folds.add(fold, training)
        return
    found: dict[int, FoldFound] = {}
    for number, one in with_common(spread, find, folds, folds.each()):
        found[number] = one
        yield one.metric, one.scores
    folds.take([found[number] for number in sorted(found)])


def find(folds: Folds, fold: Fold) -> FoldFound:
    """Train one fold, in the process of a worker."""
    training = folds.training(fold)
    for _ in training.epochs():
        pass
    scores = folds.add(fold, training)
    outputs = folds.outputs[-1] if folds.outputs else None
    return FoldFound(training.metric, scores, folds.frames[-1], outputs, len(training.model.networks))
