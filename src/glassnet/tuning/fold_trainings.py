"""One trial on folds: a training for each, an epoch of each in turn, compared by the mean of their values."""

import copy
from collections.abc import Generator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from glassnet.errors import InvalidInput, brief
from glassnet.tables.fitting.recipe import Recipe
from glassnet.tables.fitting.training import TableTraining
from glassnet.tables.splits.folds import check_folds
from glassnet.training.epoch import Epoch
from glassnet.training.inputs.checks import check_whole
from glassnet.training.inputs.splitting import Rows
from glassnet.tuning.measure import Measure

FEW = 2_000  # rows, below which folds compare trials more surely than one part of them
AUTO: Literal["auto"] = "auto"
USUAL = 5  # folds


@dataclass
class FoldTrainings:
    """Trainings on the folds of the rows that are not held out, as one; `means` are those of the epochs' values."""

    trainings: Sequence[TableTraining]
    measure: Measure
    means: list[float] = field(default_factory=list)

    @property
    def n_epochs(self) -> int:
        """How many epochs there will be."""
        return self.trainings[0].n_epochs

    def epochs(self) -> Generator[Epoch]:
        """The epochs of the first, with the mean value of all."""
        with ExitStack() as stack:
            running = [stack.enter_context(closing(training.epochs())) for training in self.trainings]
            for epochs in zip(*running, strict=False):
                self.means.append(float(np.mean([self.measure.of(epoch) for epoch in epochs])))
                first = copy.copy(epochs[0])  # the history of the first keeps its own
                self.measure.put(first, self.means[-1])
                yield first


def folds_for(base: TableTraining, asked: "int | str | None") -> "int | None":
    """How many folds compare trials: as many as were asked for; by itself 5, where rows are few and can be divided."""
    if asked is None or not isinstance(asked, str):
        return asked
    if asked != AUTO:
        raise InvalidInput(f"folds must be a whole number of at least 2, 'auto' or None, got {brief(asked)}.")
    rule = base.prepared.rule
    if base.n_train >= FEW or rule is None or rule.times is not None or base.prepared.own_validation:
        return None
    try:
        check_folds(rule, USUAL)
    except InvalidInput:  # too few rows of a class, or groups
        return None
    return USUAL


def fold_parts(base: TableTraining, folds: int) -> list[Rows]:
    """The rows that validate in each fold; the rows that are held out for the result are in none."""
    rule = base.prepared.rule
    if check_whole(folds, "folds") < 2:
        raise InvalidInput(f"folds must be a whole number of at least 2, got {folds}.")
    if rule is None or rule.times is not None or base.prepared.own_validation:
        why = "by time the latest rows validate" if rule is not None and rule.times is not None else "rows were given"
        raise InvalidInput(f"a search does not validate by folds where {why}: leave folds={folds} out.")
    check_folds(rule, folds)
    return rule.parts(folds, 1 / folds, np.random.default_rng(base.seed))


def on_parts(base: TableTraining, recipe: Recipe, parts: Sequence[Rows], measure: Measure) -> FoldTrainings:
    """A training of a recipe for each part, which validates it."""
    request = replace(base.request, recipe=recipe)
    trainings = [TableTraining._on(replace(base.prepared, chosen=part), request) for part in parts]
    return FoldTrainings(trainings, measure)
