"""What simple models are fitted to, and what they say of the held-out rows."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from glassnet.formulas.elementary import Array
from glassnet.tables.encoding.encoder import TableEncoder
from glassnet.tables.encoding.several_targets import n_outputs
from glassnet.tables.encoding.target import ClassTarget, Target
from glassnet.tables.judging.within_folds import WithinFolds, with_folds
from glassnet.tables.values.frames import listed
from glassnet.training.metrics import Metric


@dataclass(frozen=True)
class Known:
    """Encoded rows (X, y) of a training, how they were encoded, rows to predict, how much each row counts, its name.

    `factors` is what the class of each row adds to its weight.
    """

    encoder: TableEncoder
    target: Target
    X: Array
    y: Array
    held_out: Array
    weights: Array | None = None
    called: str = "training row"
    factors: Array | None = None

    @property
    def codes(self) -> dict[int, int]:
        """The inputs that are codes, and how many each has."""
        return self.encoder.codes

    @property
    def counts(self) -> Array:
        """How often each class occurs, by weight.

        Class weights do not say how often a class is met, and the constant that they make is one that any model beats.
        """
        own = self.weights
        if own is not None and self.factors is not None:
            own = np.divide(own, self.factors, out=np.zeros(len(own)), where=self.factors > 0)
        return np.bincount(self.y, own, minlength=n_outputs(self.target)).astype(np.float64)

    def of(self, rows: Array) -> "Known":
        """Some of the rows."""
        weights, factors = (None if each is None else each[rows] for each in (self.weights, self.factors))
        return replace(self, X=self.X[rows], y=self.y[rows], weights=weights, factors=factors)

    def that_count(self) -> "Known":
        """Without the rows of weight 0; the weights have a mean of 1."""
        if self.weights is None:
            return self
        some = self.of(np.flatnonzero(self.weights))
        assert some.weights is not None
        return replace(some, weights=some.weights / some.weights.mean())

    def moved(self, probabilities: Array) -> Array:
        """Probabilities moved towards 1 / classes by as much as one row counts, as those of models are."""
        n = len(self.y)
        return (n * probabilities + 1 / probabilities.shape[-1]) / (n + 1)


@dataclass(frozen=True, eq=False)
class Baseline:
    """A simple model: its name in a table and in a sentence, what it is, and its outputs for the rows to predict.

    `decided` are its outputs for metrics of decisions, where these are others; `folds` the numbers of the rows' folds.
    """

    name: str
    called: str
    said: str
    outputs: Array
    decided: Array | None = None
    folds: Array | None = None

    def seen_by(self, metric: Metric) -> Array:
        """What a metric compares with the truth."""
        if self.folds is not None and isinstance(metric, WithinFolds):
            return with_folds(self.outputs, self.folds)
        return self.decided if self.decided is not None and metric.of_decisions else self.outputs


def said_of_classes(known: Known, truth: Array) -> Iterator[str]:
    """Remarks on classes that occur in the held-out rows alone, and on rows to train on that are all of one class."""
    if not isinstance(known.target, ClassTarget):
        return
    occur, names = known.counts > 0, known.target.names
    if new := [names[k] for k in np.unique(truth) if not occur[k]]:
        classes = "class" if len(new) == 1 else "classes"
        yield f"No {known.called} is of the {classes} {listed(new)}, of which held-out rows are."
    if occur.sum() == 1:
        only = listed([names[int(occur.argmax())]])
        yield f"All {known.called}s are of the class {only}: the simple models know no other."
