"""Metrics, as scikit-learn defines them, computed over all rows at once.

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
from glassnet.errors import InvalidInput, brief
from glassnet.formulas.elementary import Array
from glassnet.formulas.names import MetricName
from glassnet.formulas.registry import Named
from glassnet.training.ranking import area, average_precision, counts_from_above


class Metric(Named, family="metric"):
    """A number that says how good a network's outputs are.

    Called with y as `fit` takes it (class numbers (n,), one-hot rows (n, classes), 0/1 columns (n, n_outputs), or
    numbers), the network's outputs (n, n_outputs), and optionally sample weights (n,). `higher_is_better` says which
    way is better.

    >>> gn.Metric.of("accuracy")([0, 1, 1], [[0.9, 0.1], [0.2, 0.8], [0.7, 0.3]])
    0.6666666666666666
    """

    higher_is_better: ClassVar[bool] = True
    of_labels: ClassVar[bool] = True  # of classes or yes-or-no labels; else of numbers
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
        raise NotImplementedError(f"{type(self).__name__} needs compute(self, y, p, w)")


MetricLike = Metric | type[Metric] | MetricName | Mapping[str, object]  # for `of`


def measure(metrics: Sequence[Metric], y: Array, outputs: Array, weights: Array | None) -> dict[str, float]:
    """All metrics by name."""
    with one_thread():
        return {metric.name: metric(y, outputs, weights) for metric in metrics}


def measure_each(metrics: Sequence[Metric], y: Array, outputs: Array, weights: Array | None) -> list[dict[str, float]]:
    """All metrics by name, of each of several outputs (k, n, outputs)."""
    with one_thread():
        columns = [metric.each(y, outputs, weights) for metric in metrics]
    names = [metric.name for metric in metrics]
    return [{name: column[k] for name, column in zip(names, columns, strict=True)} for k in range(len(outputs))]


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


class Accuracy(Metric):
    """Share of correctly classified rows.

    A row of several yes-or-no outputs is correct if all of them are. Takes class numbers y (n,), one-hot rows (n,
    classes) or 0/1 columns (n, n_outputs), and probabilities (n, classes) or (n, n_outputs).

    >>> gn.metrics.Accuracy()([0, 1, 1], [[0.9, 0.1], [0.2, 0.8], [0.7, 0.3]])
    0.6666666666666666
    """

    of_many: ClassVar[bool] = True

    def compute(self, y: Array, p: Array, w: Array) -> Any:
        """Weighted share of rows."""
        if are_classes(y, p):
            right = p.argmax(axis=-1) == true_classes(y)
        else:
            right = ((y.reshape(p.shape[-2:]) > 0.5) == (p > 0.5)).all(axis=-1)
        return np.average(right, axis=-1, weights=w)


class TopKAccuracy(Metric, name="top_k_accuracy"):
    """Share of rows whose true class is among the k most probable ones.

    Takes class numbers y (n,) or one-hot rows (n, classes), and probabilities (n, classes).

    Parameters
    ----------
    k
        How many classes count as a hit, at least 1; 2 by default.

    Raises InvalidInput for a `k` below 1.

    >>> p = [[0.5, 0.3, 0.2], [0.5, 0.3, 0.2]]
    >>> gn.metrics.TopKAccuracy(k=2)([1, 2], p)
    0.5
    """

    k: int = 2

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.k < 1:
            raise InvalidInput(f"TopKAccuracy: `k` must be a whole number of at least 1, got {brief(self.k)}.")

    def compute(self, y: Array, p: Array, w: Array) -> Any:
        """Weighted share of rows; among equal probabilities the later class comes first, as in scikit-learn."""
        best = np.argsort(p, axis=1, kind="stable")[:, ::-1][:, : self.k]
        return np.average((best == true_classes(y)[:, None]).any(axis=1), weights=w)


class _Counted:
    """Metrics of true and false positives: of class 1 for one output or two classes, else the mean over the classes."""

    def compute(self, y: Array, p: Array, w: Array) -> Any:
        """Mean over the classes that occur; a class whose ratio is 0 / 0 counts 0."""
        truth, said = indicators(y, p)
        right, positive, predicted = ((w @ a) for a in (truth & said, truth, said))
        ratios = self.ratio(right, positive, predicted)
        if are_classes(y, p):
            return ratios[1] if p.shape[1] == 2 else ratios[(truth | said).any(axis=0)].mean()
        return ratios.mean()

    def ratio(self, right: Array, positive: Array, predicted: Array) -> Array:
        """The metric of each class from the weights of its true positives, true rows and predicted rows."""
        raise NotImplementedError


def over(a: Array, b: Array) -> Array:
    """a / b, and 0 where b is 0."""
    return np.divide(a, b, out=np.zeros_like(a, dtype=np.float64), where=b != 0)


class Precision(_Counted, Metric):
    """Precision: of the rows predicted to be in a class, the share that are.

    precision = TP / (TP + FP)

    Of class 1 for two classes, else the mean over the classes that occur or over the outputs. A class that is never
    predicted counts 0. Takes y and probabilities as `Accuracy` does.

    >>> gn.metrics.Precision()([0, 1, 1, 0], [[0.9, 0.1], [0.2, 0.8], [0.7, 0.3], [0.4, 0.6]])
    0.5
    """

    def ratio(self, right: Array, positive: Array, predicted: Array) -> Array:
        """Right / predicted."""
        return over(right, predicted)


class Recall(_Counted, Metric):
    """Recall: of the rows of a class, the share that were found.

    recall = TP / (TP + FN)

    Of class 1 for two classes, else the mean over the classes that occur or over the outputs. A class without rows
    counts 0. Takes y and probabilities as `Accuracy` does.

    >>> gn.metrics.Recall()([0, 1, 1, 1], [[0.9, 0.1], [0.2, 0.8], [0.7, 0.3], [0.8, 0.2]]) == 1 / 3
    True
    """

    def ratio(self, right: Array, positive: Array, predicted: Array) -> Array:
        """Right / positive."""
        return over(right, positive)


class F1(_Counted, Metric):
    """F1 score: the harmonic mean of precision and recall.

    F1 = 2 · precision · recall / (precision + recall)

    Of class 1 for two classes, else the mean over the classes that occur or over the outputs. Takes y and probabilities
    as `Accuracy` does.

    >>> gn.metrics.F1()([0, 1, 1, 0], [[0.9, 0.1], [0.2, 0.8], [0.7, 0.3], [0.4, 0.6]])
    0.5
    """

    def ratio(self, right: Array, positive: Array, predicted: Array) -> Array:
        """2 right / (positive + predicted)."""
        return over(2 * right, positive + predicted)


class _Ranked:
    """Metrics of how rows are ranked: of class 1 for two classes, else the mean over classes or outputs."""

    def compute(self, y: Array, p: Array, w: Array) -> Any:
        """Each class against the rest."""
        truth, _ = indicators(y, p)
        if are_classes(y, p) and p.shape[1] == 2:
            return self.ranked(truth[:, 1], p[:, 1], w)
        return np.mean([self.ranked(truth[:, j], p[:, j], w) for j in range(p.shape[1])])

    def ranked(self, truth: Array, score: Array, w: Array) -> float:
        """The metric of one class."""
        raise NotImplementedError


class ROCAUC(_Ranked, Metric, name="roc_auc"):
    """Area under the ROC curve: how often a row of a class gets a higher probability of it than a row of another class.

    Of class 1 for two classes; for more, the mean of each class against the rest. NaN where a class has no rows, or all
    of them. Takes class numbers y (n,), one-hot rows (n, classes) or 0/1 columns (n, n_outputs), and probabilities (n,
    classes) or (n, n_outputs).

    >>> gn.metrics.ROCAUC()([0, 1, 0, 1], [0.1, 0.4, 0.6, 0.9])
    0.75
    """

    def ranked(self, truth: Array, score: Array, w: Array) -> float:
        """The area under the curve of true over false positives."""
        return area(*counts_from_above(truth, score, w))


class AveragePrecision(_Ranked, Metric, name="average_precision"):
    """Average precision: the mean of the precision over the recall, from the highest probability down.

    AP = Σ (Rₖ − Rₖ₋₁) Pₖ

    Of class 1 for two classes; for more, the mean of each class against the rest. NaN where a class has no rows. Takes
    y and probabilities as `ROCAUC` does.

    >>> round(gn.metrics.AveragePrecision()([0, 1, 0, 1], [0.1, 0.4, 0.6, 0.9]), 4)
    0.8333
    """

    def ranked(self, truth: Array, score: Array, w: Array) -> float:
        """Σ (Rₖ − Rₖ₋₁) Pₖ."""
        return average_precision(*counts_from_above(truth, score, w))


class LogLoss(Metric, name="log_loss"):
    """Log loss: the mean of −log of the probability given to the true class.

    Probabilities are kept 2⁻⁵² away from 0 and 1; yes-or-no outputs are averaged. Takes class numbers y (n,), one-hot
    rows (n, classes) or 0/1 columns (n, n_outputs), and probabilities (n, classes) or (n, n_outputs).

    >>> round(gn.metrics.LogLoss()([0, 1], [[0.5, 0.5], [0.5, 0.5]]), 4)  # log 2
    0.6931
    """

    higher_is_better: ClassVar[bool] = False

    def compute(self, y: Array, p: Array, w: Array) -> Any:
        """Weighted mean; yes-or-no outputs are averaged over the columns."""
        tiny = float(np.finfo(np.float64).eps)
        p = np.clip(p, tiny, 1 - tiny)
        if are_classes(y, p):
            chosen = np.take_along_axis(p, true_classes(y).astype(int)[:, None], axis=1)
            return np.average(-np.log(chosen[:, 0]), weights=w)
        y = y.reshape(p.shape)
        return np.average(-(y * np.log(p) + (1 - y) * np.log(1 - p)).mean(axis=1), weights=w)


class _OfNumbers:
    """Metrics of predicted numbers, the mean over the outputs."""

    name: ClassVar[str]
    of_labels: ClassVar[bool] = False

    def compute(self, y: Array, p: Array, w: Array) -> Any:
        """Mean over the outputs."""
        shape = p.shape[-2:]
        if y.size != shape[0] * shape[1]:
            raise InvalidInput(f"{self.name} compares numbers one by one: y has shape {y.shape}, the outputs {shape}.")
        y, p = y.reshape(shape).astype(np.float64), p.astype(np.float64, copy=False)
        columns = [self.of_output(y[:, j], p[..., j], w) for j in range(shape[1])]
        return np.mean(np.stack(columns, axis=-1), axis=-1)  # summed up as those of one p are

    def of_output(self, y: Array, p: Array, w: Array) -> Any:
        """The metric of one output."""
        raise NotImplementedError


class MAE(_OfNumbers, Metric):
    """Mean absolute error, in the unit of y.

    The mean over the outputs. Takes numbers y and predictions of the same shape, (n,) or (n, n_outputs).

    >>> gn.metrics.MAE()([1.0, 2.0, 3.0], [1.5, 2.0, 2.5]) == 1 / 3
    True
    """

    higher_is_better: ClassVar[bool] = False
    of_many: ClassVar[bool] = True

    def of_output(self, y: Array, p: Array, w: Array) -> Any:
        """Σ w |y − p| / Σ w."""
        return np.average(np.abs(y - p), axis=-1, weights=w)


class RMSE(_OfNumbers, Metric):
    """Root mean squared error, in the unit of y.

    RMSE = √(Σ (y − p)² / n)

    The mean over the outputs, each with a root of its own. Takes numbers y and predictions p of the same shape, (n,) or
    (n, n_outputs).

    >>> gn.metrics.RMSE()([0.0, 0.0], [3.0, -3.0])
    3.0
    """

    higher_is_better: ClassVar[bool] = False
    of_many: ClassVar[bool] = True

    def of_output(self, y: Array, p: Array, w: Array) -> Any:
        """√(Σ w (y − p)² / Σ w)."""
        return np.average((y - p) ** 2, axis=-1, weights=w) ** 0.5


class R2(_OfNumbers, Metric):
    """Coefficient of determination R²: the share of the variance of y that is predicted.

    R² = 1 − Σ (y − p)² / Σ (y − ȳ)²

    The mean over the outputs. Where y is constant, 1 if all predictions are right, else 0. Takes numbers y and
    predictions p of the same shape, (n,) or (n, n_outputs).

    >>> gn.metrics.R2()([1.0, 2.0, 3.0], [1.5, 2.0, 2.5])
    0.75
    """

    def of_output(self, y: Array, p: Array, w: Array) -> Any:
        """1 − residual / total, both weighted."""
        residual, total = w @ (y - p) ** 2, w @ (y - np.average(y, weights=w)) ** 2
        return float(residual == 0) if total == 0 else 1 - residual / total
