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

from glassnet.engine.machine.blas import one_thread
from glassnet.errors import InvalidInput, brief
from glassnet.formulas.elementary import Array
from glassnet.formulas.names import MetricName
from glassnet.formulas.registry import Named
from glassnet.training.ranking import area, average_precision, counts_from_above


class Metric(Named, family="metric"):
    """A number that says how good outputs are."""

    higher_is_better: ClassVar[bool] = True
    of_labels: ClassVar[bool] = True  # of classes or yes-or-no labels; else of numbers

    def __call__(self, y: Any, p: Any, sample_weight: Any = None) -> float:
        """The metric over all rows."""
        p = np.asarray(p, np.float64)
        p = p[:, np.newaxis] if p.ndim == 1 else p
        weights = np.ones(len(p)) if sample_weight is None else np.asarray(sample_weight, np.float64)
        return float(self.compute(np.asarray(y), p, weights))

    def compute(self, y: Array, p: Array, w: Array) -> Any:
        """The metric for checked arrays: p (n, outputs), w (n,)."""
        raise NotImplementedError(f"{type(self).__name__} needs compute(self, y, p, w)")


MetricLike = Metric | type[Metric] | MetricName | Mapping[str, object]  # for `of`


def measure(metrics: Sequence[Metric], y: Array, outputs: Array, weights: Array | None) -> dict[str, float]:
    """All metrics by name."""
    with one_thread():
        return {metric.name: metric(y, outputs, weights) for metric in metrics}


def are_classes(y: Array, p: Array) -> bool:
    """Whether the columns of p are classes that exclude each other: y holds class numbers, or rows that add up to 1."""
    if p.shape[1] == 1 or y.ndim == 1:
        return p.shape[1] > 1
    return all(bool(np.allclose(rows.sum(axis=1), 1.0, atol=1e-3)) for rows in (y, p))


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
    """The share of rows that are right in all their labels."""

    def compute(self, y: Array, p: Array, w: Array) -> Any:
        """Weighted share of rows."""
        truth, said = indicators(y, p)
        return np.average((truth == said).all(axis=1), weights=w)


class TopKAccuracy(Metric, name="top_k_accuracy"):
    """The share of rows whose class is among the k with the highest probability."""

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
    """Of the rows said to be of a class, the share that are."""

    def ratio(self, right: Array, positive: Array, predicted: Array) -> Array:
        """Right / predicted."""
        return over(right, predicted)


class Recall(_Counted, Metric):
    """Of the rows of a class, the share that were found."""

    def ratio(self, right: Array, positive: Array, predicted: Array) -> Array:
        """Right / positive."""
        return over(right, positive)


class F1(_Counted, Metric):
    """2 · precision · recall / (precision + recall)."""

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
    """The chance that a row of a class gets a higher probability of it than a row of another class.

    For several classes the mean over them, each against the rest. NaN where a class has no rows, or no others.
    """

    def ranked(self, truth: Array, score: Array, w: Array) -> float:
        """The area under the curve of true over false positives."""
        return area(*counts_from_above(truth, score, w))


class AveragePrecision(_Ranked, Metric, name="average_precision"):
    """The mean of the precision over the recall, from the highest probability down.

    For several classes the mean over them, each against the rest. NaN where a class has no rows.
    """

    def ranked(self, truth: Array, score: Array, w: Array) -> float:
        """Σ (Rₖ − Rₖ₋₁) Pₖ."""
        return average_precision(*counts_from_above(truth, score, w))


class LogLoss(Metric, name="log_loss"):
    """−log of the probability of what was true, the mean over the rows; probabilities kept off 0 by 2⁻⁵²."""

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
        if y.size != p.size:
            raise InvalidInput(
                f"{self.name} compares numbers one by one: y has shape {y.shape}, the outputs {p.shape}."
            )
        y = y.reshape(p.shape).astype(np.float64)
        return np.mean([self.of_output(y[:, j], p[:, j], w) for j in range(p.shape[1])])

    def of_output(self, y: Array, p: Array, w: Array) -> Any:
        """The metric of one output."""
        raise NotImplementedError


class MAE(_OfNumbers, Metric):
    """Mean absolute error."""

    higher_is_better: ClassVar[bool] = False

    def of_output(self, y: Array, p: Array, w: Array) -> Any:
        """Σ w |y − p| / Σ w."""
        return np.average(np.abs(y - p), weights=w)


class RMSE(_OfNumbers, Metric):
    """Root of the mean squared error, of each output by itself."""

    higher_is_better: ClassVar[bool] = False

    def of_output(self, y: Array, p: Array, w: Array) -> Any:
        """√(Σ w (y − p)² / Σ w)."""
        return np.average((y - p) ** 2, weights=w) ** 0.5


class R2(_OfNumbers, Metric):
    """1 − Σ (y − p)² / Σ (y − ȳ)²; for constant y it is 1 where all are right, else 0."""

    def of_output(self, y: Array, p: Array, w: Array) -> Any:
        """1 − residual / total, both weighted."""
        residual, total = w @ (y - p) ** 2, w @ (y - np.average(y, weights=w)) ** 2
        return float(residual == 0) if total == 0 else 1 - residual / total
