"""Metrics of predicted numbers, as scikit-learn defines them, computed over all rows at once."""

from typing import Any, ClassVar

import numpy as np

from glassnet.errors import InvalidInput, brief
from glassnet.formulas.elementary import Array
from glassnet.formulas.registry import is_number
from glassnet.training.metrics.metric import Metric


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


class MedianAbsoluteError(_OfNumbers, Metric, name="median_absolute_error"):
    """Median absolute error, in the unit of y: half of the predictions are nearer.

    The mean over the outputs. Between two middle errors it is their mean; rows count by their weight. Takes numbers y
    and predictions of the same shape, (n,) or (n, n_outputs).

    >>> gn.metrics.MedianAbsoluteError()([1.0, 2.0, 3.0, 4.0], [1.0, 2.5, 2.0, 40.0])
    0.75
    """

    higher_is_better: ClassVar[bool] = False

    def of_output(self, y: Array, p: Array, w: Array) -> Any:
        """The weighted median of |y − p|."""
        return weighted_median(np.abs(y - p), w)


def weighted_median(values: Array, w: Array) -> float:
    """The value with half of the weight below it; the mean of two where the half ends between them.

    >>> weighted_median(np.array([1.0, 2.0, 9.0]), np.array([1.0, 1.0, 2.0]))
    5.5
    """
    order = np.argsort(values[w > 0], kind="stable")
    values, w = values[w > 0][order], w[w > 0][order]
    below, half = np.cumsum(w), 0.5 * w.sum()
    level = half * (1 - 1e-12)
    first = int(np.searchsorted(below, level))
    last = min(int(np.searchsorted(below, half * (1 + 1e-12), side="right")), len(values) - 1)
    return float(0.5 * (values[first] + values[last]))


class MAPE(_OfNumbers, Metric):
    """Mean absolute percentage error, as a share: 0.1 for errors of 10 % of y.

    MAPE = Σ |y − p| / |y| / n

    The mean over the outputs. Where y is 0 it is divided by 2⁻⁵², as in scikit-learn, so that it says nothing there.
    Takes numbers y and predictions of the same shape, (n,) or (n, n_outputs).

    >>> gn.metrics.MAPE()([10.0, 20.0], [5.0, 25.0])
    0.375
    """

    higher_is_better: ClassVar[bool] = False

    def of_output(self, y: Array, p: Array, w: Array) -> Any:
        """Σ w |y − p| / |y| / Σ w."""
        return np.average(np.abs(y - p) / np.maximum(np.abs(y), np.finfo(np.float64).eps), weights=w)


class Pinball(_OfNumbers, Metric):
    """Pinball loss of predicted quantiles, in the unit of y: what the true quantile makes smallest.

    max(q (y − p), (q − 1) (y − p)), the mean over the rows

    The mean over the outputs. Takes numbers y and predictions of the same shape, (n,) or (n, n_outputs).

    Parameters
    ----------
    level
        The quantile q that is predicted, in (0, 1); 0.5 (default) is the median, for which it is half of `MAE`.

    Raises InvalidInput for another level.

    >>> gn.metrics.Pinball(level=0.75)([1.0, 2.0], [2.0, 1.0])
    0.5
    """

    higher_is_better: ClassVar[bool] = False
    level: float = 0.5

    def __post_init__(self) -> None:
        super().__post_init__()
        if not is_number(self.level) or not 0 < self.level < 1:
            raise InvalidInput(f"Pinball: `level` must be a number in (0, 1), got {brief(self.level)}.")

    def of_output(self, y: Array, p: Array, w: Array) -> Any:
        """Σ w max(q r, (q − 1) r) / Σ w."""
        r = y - p
        return np.average(np.maximum(self.level * r, (self.level - 1) * r), weights=w)
