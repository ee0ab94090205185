"""Probabilities at another temperature, and the log loss at the best one."""

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from glassnet.errors import InvalidInput
from glassnet.formulas.elementary import Array
from glassnet.formulas.prediction import calibration as formulas
from glassnet.formulas.prediction.calibration import LEAST
from glassnet.training.metrics.metric import Metric, are_classes, true_classes

COLDEST, HOTTEST, STEPS = 0.05, 20.0, 60
FEW = 18  # steps that tell T to a thousandth, as an epoch is chosen and not a temperature
GOLDEN = 0.5 * (5**0.5 - 1)


class TemperedLogLoss(Metric, name="tempered_log_loss"):
    """Log loss of class probabilities at the temperature that is best for it.

    min over T of the mean of −log p_y, p = softmax(log p / T).

    It is what is left of the log loss once probabilities are calibrated, so that it tells networks apart by what they
    know and not by how sure they are: choose an epoch by it, then calibrate (Berta, Holzmüller, Jordan and Bach 2025,
    arXiv 2501.19195, section 4). T lies between 0.05 and 20. Takes class numbers y (n,) or one-hot rows (n, classes),
    and probabilities (n, classes).

    >>> round(gn.metrics.TemperedLogLoss()([0, 0, 0, 1], [[0.99, 0.01]] * 4), 4)  # as good as [[0.75, 0.25]] * 4
    0.5623
    """

    higher_is_better: ClassVar[bool] = False

    def compute(self, y: Array, p: Array, w: Array) -> Any:
        """Weighted mean at the best temperature."""
        if not are_classes(y, p):
            raise InvalidInput("tempered_log_loss compares class probabilities, two or more in a row; use log_loss.")
        loss = log_loss_by_temperature(p, true_classes(y).astype(int), w)
        return loss(least(loss, np.log(COLDEST), np.log(HOTTEST), FEW))


def tempered(probabilities: Array, temperature: float) -> Array:
    """p^(1/T) / Σ p^(1/T) of each row, shape (n, classes): softmax(z / T) of the scores z behind p.

    >>> tempered(np.array([[0.8, 0.2]]), 0.5).round(3)
    array([[0.941, 0.059]])
    """
    return formulas.tempered(np.asarray(probabilities, np.float64), temperature)


def best_temperature(probabilities: Array, classes: Array, weights: Array | None = None) -> float:
    """The T whose `tempered` probabilities have the least log loss for the true class numbers, between 0.05 and 20.

    Guo et al. 2017, arXiv 1706.04599, section 4.2. The log loss is convex in 1/T: golden-section search in log T. Of
    networks (networks, n, classes) it is that of the mean of what each says at T.

    >>> p = np.array([[0.99, 0.01]] * 4)
    >>> round(best_temperature(p, np.array([0, 0, 0, 1])), 2)  # right in three of four: 0.75
    4.18
    """
    loss = log_loss_by_temperature(probabilities, classes, weights)
    return float(np.exp(least(loss, np.log(COLDEST), np.log(HOTTEST))))


def log_loss_by_temperature(
    probabilities: Array, classes: Array, weights: Array | None = None
) -> Callable[[float], float]:
    """The mean log loss as a function of log T."""
    rows, of_one = np.arange(len(classes)), probabilities.ndim == 2
    each = probabilities[np.newaxis] if of_one else probabilities

    def log_loss(log_t: float) -> float:
        right = tempered(each, float(np.exp(log_t)))[:, rows, classes].mean(axis=0)
        return 0.0 - float(np.average(np.log(np.maximum(right, LEAST)), weights=weights))  # never -0.0

    return log_loss


def least(f: Callable[[float], float], low: float, high: float, steps: int = STEPS) -> float:
    """The minimum of a function with one valley between `low` and `high`, by golden sections (Kiefer 1953).

    >>> round(least(lambda x: (x - 2) ** 2, 0, 10), 6)
    2.0
    """
    width = GOLDEN * (high - low)
    left, right = f(high - width), f(low + width)
    for _ in range(steps):
        if left < right:  # one of both places is that of the next step too
            high, right = low + width, left
            width = GOLDEN * (high - low)
            left = f(high - width)
        else:
            low, left = high - width, right
            width = GOLDEN * (high - low)
            right = f(low + width)
    return 0.5 * (low + high)
