"""Metrics of how rows are ranked by the probability of a class, as scikit-learn defines them."""

from typing import Any

import numpy as np

from glassnet.errors import InvalidInput, brief
from glassnet.formulas.elementary import Array
from glassnet.formulas.registry import is_number
from glassnet.training.metrics.metric import Metric, are_classes, indicators
from glassnet.training.ranking import area, average_precision, counts_from_above, precision

TINY = 1e-12  # by which rounding may make a recall less


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


class PrecisionAtRecall(_Ranked, Metric, name="precision_at_recall"):
    """The best precision among the thresholds that find a given share of the rows of a class.

    max Pₖ over the k with Rₖ ≥ recall

    Of class 1 for two classes; for more, the mean of each class against the rest. NaN where a class has no rows. Takes
    y and probabilities as `ROCAUC` does.

    Parameters
    ----------
    recall
        The share that must be found, in (0, 1]; 0.8 by default.

    Raises InvalidInput for another recall.

    >>> gn.metrics.PrecisionAtRecall(recall=0.5)([0, 1, 0, 1], [0.1, 0.4, 0.6, 0.9])
    1.0
    """

    recall: float = 0.8

    def __post_init__(self) -> None:
        super().__post_init__()
        if not is_number(self.recall) or not 0 < self.recall <= 1:
            raise InvalidInput(f"PrecisionAtRecall: `recall` must be a share in (0, 1], got {brief(self.recall)}.")

    def ranked(self, truth: Array, score: Array, w: Array) -> float:
        """The largest precision of those with enough recall."""
        right, wrong = counts_from_above(truth, score, w)
        if not right[-1]:
            return float("nan")
        enough = right[1:] >= self.recall * right[-1] * (1 - TINY)
        return float(precision(right, wrong)[enough].max())
