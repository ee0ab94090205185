"""What a metric is, how it is measured, and what it finds in targets and outputs.

Each takes y as `fit` takes it (class numbers, one-hot rows, 0/1 columns, or numbers), the network's outputs p
(n, outputs) and sample weights. Where y holds class numbers or one-hot rows, p are class
probabilities; else the columns are yes-or-no probabilities (yes above ½), or for metrics of numbers the predictions.

>>> Metric.of("accuracy")([0, 1, 1], [[0.9, 0.1], [0.2, 0.8], [0.7, 0.3]])
0.6666666666666666
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike

from glassnet.engine.machine.blas import one_thread
from glassnet.formulas.elementary import Array
from glassnet.formulas.names import MetricName
from glassnet.formulas.registry import Named


class Metric(Named, family="metric", home="glassnet.training.metrics"):
    """A number that says how good a network's outputs are.

    Called with y as `fit` takes it (class numbers (n,), one-hot rows (n, classes), 0/1 columns (n, n_outputs), or
    numbers), the network's outputs (n, n_outputs), and optionally sample weights (n,). `higher_is_better` says which
    way is better.

    >>> gn.Metric.of("accuracy")([0, 1, 1], [[0.9, 0.1], [0.2, 0.8], [0.7, 0.3]])
    0.6666666666666666
    """

    higher_is_better: ClassVar[bool] = True
    of_labels: ClassVar[bool] = True  # of classes or yes-or-no labels; else of numbers
    of_decisions: ClassVar[bool] = False  # of the classes that are decided for, whatever the probabilities
    of_many: ClassVar[bool] = False  # whether `compute` takes a stack of outputs

    def __call__(self, y: ArrayLike, p: ArrayLike, sample_weight: ArrayLike | None = None) -> float:
        """The metric over all rows."""
        p = np.asarray(p, np.float64)
        p = p[:, np.newaxis] if p.ndim == 1 else p
        weights = np.ones(len(p)) if sample_weight is None else np.asarray(sample_weight, np.float64)
        return float(self.compute(np.asarray(y), p, weights))

    def each(self, y: Array, outputs: Array, sample_weight: Array | None = None) -> list[float]:
        """The metric of each of several outputs (k, n, outputs) for the same rows."""
        if not vars(type(self)).get("of_many") or not are_alike(y, outputs):  # not inherited by subclasses
            return [self(y, p, sample_weight) for p in outputs]
        weights = np.ones(outputs.shape[1]) if sample_weight is None else sample_weight.astype(np.float64)
        found: list[float] = self.compute(np.asarray(y), outputs, weights).tolist()
        return found

    def compute(self, y: Array, p: Array, w: Array) -> Any:
        """The metric for checked arrays: p (n, outputs), w (n,); with `of_many` also for p (k, n, outputs) at once."""
        raise NotImplementedError(f"{type(self).__name__} must define compute(self, y, p, w)")


MetricLike = Metric | type[Metric] | MetricName | Mapping[str, object]  # for `of`


def measure(metrics: Sequence[Metric], y: Array, outputs: Array, weights: Array | None) -> dict[str, float]:
    """All metrics by name."""
    if outputs.ndim > 2:
        y, outputs, weights = rows_of_steps(y, outputs, weights)
    with one_thread():
        return {metric.name: metric(y, outputs, weights) for metric in metrics}


def measure_each(metrics: Sequence[Metric], y: Array, outputs: Array, weights: Array | None) -> list[dict[str, float]]:
    """All metrics by name, of each of several outputs (k, n, outputs)."""
    if outputs.ndim > 3:
        many = [measure(metrics, y, each, weights) for each in outputs]
        return many
    with one_thread():
        columns = [metric.each(y, outputs, weights) for metric in metrics]
    names = [metric.name for metric in metrics]
    return [{name: column[k] for name, column in zip(names, columns, strict=True)} for k in range(len(outputs))]


def rows_of_steps(y: Array, outputs: Array, weights: Array | None) -> tuple[Array, Array, Array | None]:
    """Targets, outputs (n, steps, outputs) and weights with a row for each step that counts."""
    rows = outputs.reshape(-1, outputs.shape[-1])
    coded = y.size == len(rows)
    targets = y.reshape(len(rows), *(() if coded else (-1,)))
    if weights is None:
        return targets, rows, None
    counted = weights.reshape(-1) > 0
    return targets[counted], rows[counted], weights.reshape(-1)[counted]


def are_classes(y: Array, p: Array) -> bool:
    """Whether the columns of p are classes that exclude each other: y holds class numbers, or rows that add up to 1."""
    if p.shape[-1] == 1 or y.ndim == 1:
        return p.shape[-1] > 1
    return all(bool(np.allclose(rows.sum(axis=-1, dtype=np.float64), 1.0, atol=1e-3)) for rows in (y, p))


def are_alike(y: Array, outputs: Array) -> bool:
    """Whether `are_classes` has one answer for all of several outputs (k, n, outputs)."""
    if outputs.shape[-1] == 1 or y.ndim == 1:
        return True
    each = np.isclose(outputs.sum(axis=-1, dtype=np.float64), 1.0, atol=1e-3).all(axis=-1)
    return bool(each.all() or not each.any())


def true_classes(y: Array) -> Array:
    """Class numbers from class numbers or one-hot rows."""
    return y.argmax(axis=1) if y.ndim == 2 and y.shape[1] > 1 else y.ravel()


def indicators(y: Array, p: Array) -> tuple[Array, Array]:
    """(true, predicted) as booleans, one column a class (yes-or-no outputs: a column each)."""
    if are_classes(y, p):
        classes = np.arange(p.shape[1])
        return true_classes(y)[:, None] == classes, p.argmax(axis=1)[:, None] == classes
    return y.reshape(p.shape) > 0.5, p > 0.5
