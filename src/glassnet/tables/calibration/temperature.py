"""Calibration of probabilities: a temperature, from rows that were not trained on."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from glassnet.errors import InvalidInput
from glassnet.formulas.elementary import Array
from glassnet.formulas.prediction import calibration as formulas
from glassnet.formulas.prediction.calibration import LEAST

COLDEST, HOTTEST, STEPS = 0.05, 20.0, 60


def tempered(probabilities: Array, temperature: float) -> Array:
    """p^(1/T) / Σ p^(1/T) of each row, shape (n, classes): softmax(z / T) of the scores z behind p.

    >>> tempered(np.array([[0.8, 0.2]]), 0.5).round(3)
    array([[0.941, 0.059]])
    """
    return formulas.tempered(np.asarray(probabilities, np.float64), temperature)


@dataclass(frozen=True)
class Calibration:
    """Probabilities at a temperature T, moved towards 1/classes by as much as one row in n + 1 counts.

    T is that of the least log loss on n rows that were not trained on; where all of them are right T falls to its
    bound, and the second step keeps what no row has shown from being impossible (Laplace's rule of succession).

    >>> Calibration.learn(np.array([[0.9, 0.1], [0.2, 0.8]]), np.array([0, 1])).apply(np.array([[0.9, 0.1]])).round(3)
    array([[0.833, 0.167]])
    """

    temperature: float
    n_rows: float

    def __post_init__(self) -> None:
        if not self.temperature > 0 or not self.n_rows >= 0:
            found = f"{self.temperature!r} and {self.n_rows!r}"
            raise InvalidInput(f"a calibration needs a temperature above 0 and at least 0 rows, got {found}.")

    @classmethod
    def learn(cls, probabilities: Array, classes: Array, weights: Array | None = None) -> Self:
        """From rows (n, classes) and their true class numbers."""
        n = float(len(classes) if weights is None else (weights > 0).sum())
        return cls(best_temperature(probabilities, classes, weights), n)

    def apply(self, probabilities: Array) -> Array:
        """The calibrated probabilities, shape as given; their order in a row stays."""
        return self.moved(tempered(probabilities, self.temperature))

    def moved(self, probabilities: Array) -> Array:
        """Probabilities (…, classes) moved towards 1/classes."""
        return formulas.moved(probabilities, self.share, probabilities.shape[-1])

    @property
    def share(self) -> float:
        """By how much: as much as one row in n + 1 counts."""
        return 1 / (self.n_rows + 1)


def best_temperature(probabilities: Array, classes: Array, weights: Array | None = None) -> float:
    """The T whose `tempered` probabilities have the least log loss for the true class numbers, between 0.05 and 20.

    Guo et al. 2017, arXiv 1706.04599, section 4.2. The log loss is convex in 1/T: golden-section search in log T.

    >>> p = np.array([[0.99, 0.01]] * 4)
    >>> round(best_temperature(p, np.array([0, 0, 0, 1])), 2)  # right in three of four: 0.75
    4.18
    """
    rows = np.arange(len(classes))

    def log_loss(log_t: float) -> float:
        right = tempered(probabilities, float(np.exp(log_t)))[rows, classes]
        return -float(np.average(np.log(np.maximum(right, LEAST)), weights=weights))

    return float(np.exp(least(log_loss, np.log(COLDEST), np.log(HOTTEST))))


def least(f, low: float, high: float) -> float:  # type: ignore[no-untyped-def]
    """The minimum of a function with one valley between `low` and `high`, by golden sections (Kiefer 1953)."""
    golden = 0.5 * (5**0.5 - 1)
    for _ in range(STEPS):
        width = golden * (high - low)
        if f(high - width) < f(low + width):
            high = low + width
        else:
            low = high - width
    return 0.5 * (low + high)
