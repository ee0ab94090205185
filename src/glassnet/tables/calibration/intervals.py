"""Conformal intervals: how far from a prediction new rows lie, from the errors on rows that were not trained on."""

from dataclasses import dataclass
from math import isclose
from numbers import Real
from typing import Any

import numpy as np

from glassnet.calls import warn
from glassnet.errors import InvalidInput, brief
from glassnet.formulas.elementary import Array
from glassnet.formulas.prediction.scaling import lower_end, upper_end
from glassnet.network import Network
from glassnet.tables.encoding.target import NumberTarget

COVERAGE = 0.9  # where none is asked for
TINY = 1e-9  # by which a sum of shares may miss a coverage


@dataclass(frozen=True, eq=False)
class ErrorInterval:
    """Intervals of the same width everywhere around predictions, as the errors on validation rows ask for.

    `errors` are the sizes |prediction − truth|, (n,) or (n, columns) for several columns, with the `weights` (n,) of
    their rows or None for equal ones. So they serve any coverage.
    """

    errors: Array
    weights: Array | None = None

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ErrorInterval):
            return NotImplemented
        mine, theirs = self.weights, other.weights
        same = np.array_equal(mine, theirs) if mine is not None and theirs is not None else mine is theirs
        return same and np.array_equal(self.errors, other.errors)

    def ends(self, target: Any, X: Array, predictions: Array, coverage: float | None = None) -> Array:
        """(low, high) of each row for its prediction, (n, 2), or (n, columns, 2)."""
        coverage = asked(coverage)
        if predictions.ndim == 1:
            return around(predictions, self.errors, coverage, self.weights)
        columns = zip(predictions.T, self.errors.T, strict=True)
        return np.stack([around(column, errors, coverage, self.weights) for column, errors in columns], axis=1)

    def half_width(self, coverage: float | None = None) -> float:
        """Half the width of the intervals of one column."""
        return margin(self.errors, asked(coverage), self.weights)


@dataclass(frozen=True)
class QuantileInterval:
    """Intervals whose ends are learned by other networks, and moved by the margin that validation rows ask for.

    Conformalized quantiles (Romano et al. 2019, arXiv 1905.03222), for the coverage that they were trained for.
    """

    networks: tuple[Network, ...]
    coverage: float
    margin: float

    def ends(self, target: NumberTarget, X: Array, predictions: Array, coverage: float | None = None) -> Array:
        """(low, high) of each encoded row, (n, 2)."""
        if coverage is not None and not isclose(coverage, self.coverage, rel_tol=1e-6):  # a float32 is as good
            raise InvalidInput(f"this model has learned intervals of coverage {self.coverage}, not {coverage}.")
        return widened(np.mean([learned_ends(net, target, X) for net in self.networks], axis=0), self.margin)


Interval = ErrorInterval | QuantileInterval


def levels_of(coverage: float) -> tuple[float, float]:
    """The quantiles at both ends."""
    return 0.5 - 0.5 * coverage, 0.5 + 0.5 * coverage


def learned_ends(network: Network, target: NumberTarget, X: Array) -> Array:
    """(low, high) as a network has learned them, in order and within the numbers of training, (n, 2)."""
    return target.within(target.decode(np.sort(network.predict(X), axis=1)))


def beyond(ends: Array, truth: Array) -> Array:
    """How far each true number lies outside its ends (n, 2); negative inside."""
    return np.maximum(ends[:, 0] - truth, truth - ends[:, 1])


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
    low, high = ends.T
    return np.column_stack([lower_end(low, high, margin), upper_end(low, high, margin)])


def around(middle: Array, errors: Array, coverage: float, weights: Array | None) -> Array:
    """Intervals (n, 2) around predicted numbers, as wide as errors on rows that were not trained on ask for."""
    return widened(np.column_stack([middle, middle]), margin(errors, coverage, weights))


def asked(coverage: float | None) -> float:
    """The coverage that is asked for, or the usual one."""
    return check_coverage("coverage", COVERAGE if coverage is None else coverage)


def check_coverage(name: str, coverage: object) -> float:
    """A probability between 0 and 1."""
    if not isinstance(coverage, Real) or not 0 < float(coverage) < 1:
        raise InvalidInput(f"{name} must be a probability in (0, 1), such as 0.9, got {brief(coverage)}.")
    return float(coverage)
