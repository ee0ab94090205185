"""Calibration: a temperature for probabilities, a margin for intervals; both from rows not trained on."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from glassnet.calls import warn
from glassnet.formulas.elementary import Array

COLDEST, HOTTEST, STEPS = 0.05, 20.0, 60
LEAST = 1e-12  # a probability whose logarithm is taken
TINY = 1e-9  # by which a sum of shares may miss a coverage


def tempered(probabilities: Array, temperature: float) -> Array:
    """p^(1/T) / Σ p^(1/T) of each row, shape (n, classes): softmax(z / T) of the scores z behind p.

    >>> tempered(np.array([[0.8, 0.2]]), 0.5).round(3)
    array([[0.941, 0.059]])
    """
    scores = np.log(np.maximum(np.asarray(probabilities, np.float64), LEAST)) / temperature
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


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

    @classmethod
    def learn(cls, probabilities: Array, classes: Array, weights: Array | None = None) -> Self:
        """From rows (n, classes) and their true class numbers."""
        n = float(len(classes) if weights is None else (weights > 0).sum())
        return cls(best_temperature(probabilities, classes, weights), n)

    def apply(self, probabilities: Array) -> Array:
        """The calibrated probabilities, shape as given; their order in a row stays."""
        share = 1 / (self.n_rows + 1)
        return (1 - share) * tempered(probabilities, self.temperature) + share / probabilities.shape[1]


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


def margin(scores: Array, coverage: float, weights: Array | None = None) -> float:
    """The score that new rows stay below with a probability of `coverage`: the ⌈(n + 1) coverage⌉-th smallest.

    Split conformal prediction (Lei et al. 2018, "Distribution-free predictive inference for regression", section 2.2);
    with scores max(low − y, y − high), conformalized quantiles (Romano et al. 2019, arXiv 1905.03222, section 4). With
    weights it is the least score up to which rows have a share of (1 + 1/n) coverage of the whole weight, where
    n = (Σw)² / Σw² (Kish 1965), as a new row drawn by weight has Σw² / Σw of it (Tibshirani et al. 2019, arXiv
    1904.06019, section 2). Where n is too small, it is the largest score, with a warning that says what n it takes.

    >>> margin(np.arange(1, 10), 0.8), margin(np.arange(1, 10), 0.8, np.array([1, 1, 1, 1, 1, 1, 9, 9, 9]))
    (8.0, 9.0)
    """
    weights = np.ones(len(scores)) if weights is None else np.asarray(weights, np.float64)
    n = weights.sum() ** 2 / (weights**2).sum()
    order = np.argsort(scores)
    shares = np.cumsum(weights[order]) / weights.sum()
    place = int(np.searchsorted(shares, (1 + 1 / n) * coverage - TINY))
    if place == len(scores):
        warn_of_few(n, coverage)
    return float(scores[order][min(place, len(scores) - 1)])


def warn_of_few(n: float, coverage: float) -> None:
    """Warn if a coverage needs more rows: n ≥ (n + 1) coverage."""
    needed = int(np.ceil(coverage / (1 - coverage) - TINY))
    counted = f"{n:.0f}" if abs(n - round(n)) < TINY else f"{n:.1f} (counted by weight)"
    warn(
        f"intervals of coverage {coverage:g} need {needed} validation rows or more, got {counted}: as wide as "
        f"the largest error, they will hold about {n / (n + 1):.2g} of new rows."
    )


def widened(ends: Array, margin: float) -> Array:
    """(low − margin, high + margin) of ends (n, 2); a negative margin moves them at most to their middle.

    Ends that cross are an empty set of numbers, which conformalized quantiles (Romano et al. 2019) count as no cover:
    the middle holds no less, so the coverage stays. And a larger margin still gives an interval around that of a
    smaller one, which exchanged ends would not (nested sets: Gupta, Kuchibhotla and Ramdas 2022, arXiv 1910.10562).

    >>> widened(np.array([[1.0, 2.0]]), 0.5), widened(np.array([[1.0, 2.0]]), -0.7)
    (array([[0.5, 2.5]]), array([[1.5, 1.5]]))
    """
    middle = ends.mean(axis=1)
    return np.column_stack([np.minimum(ends[:, 0] - margin, middle), np.maximum(ends[:, 1] + margin, middle)])
