"""Distributions with an even density between knots and exponential tails: those of histograms and of quantiles."""

import numpy as np

from glassnet.calls import cached_property
from glassnet.formulas.elementary import Array
from glassnet.tables.distributions.distribution import Distribution


class PiecewiseUniform(Distribution):
    """For each row a distribution function that rises in straight lines from knot to knot.

    `knots` (n, m) rise strictly; `levels` (n, m) are the probabilities below them, above 0 and below 1. What lies below
    the first and above the last knot falls off exponentially, at the rate 1 / `tails` (n, 2).
    """

    def __init__(self, knots: Array, levels: Array, tails: Array):
        self.knots, self.levels, self.tails = knots, levels, tails
        self.widths, self.masses = np.diff(knots, axis=1), np.diff(levels, axis=1)

    @property
    def _outside(self) -> tuple[tuple[Array, Array, Array, float], ...]:
        """(the knot, the probability beyond it, how far that reaches, its direction) of both tails."""
        return (
            (self.knots[:, 0], self.levels[:, 0], self.tails[:, 0], -1.0),
            (self.knots[:, -1], 1.0 - self.levels[:, -1], self.tails[:, 1], 1.0),
        )

    @cached_property
    def mean(self) -> Array:
        """Of each piece its middle, of each tail the knot and its length beyond."""
        found: Array = (self.masses * (self.knots[:, :-1] + 0.5 * self.widths)).sum(axis=1)
        for knot, share, length, way in self._outside:
            found = found + share * (knot + way * length)
        return found

    @cached_property
    def std(self) -> Array:
        """Of the variance of each part around the mean of all."""
        apart = self.knots[:, :-1] + 0.5 * self.widths - self.mean[:, np.newaxis]
        variance: Array = (self.masses * (apart**2 + self.widths**2 / 12)).sum(axis=1)
        for knot, share, length, way in self._outside:
            variance = variance + share * ((knot + way * length - self.mean) ** 2 + length**2)
        return np.sqrt(variance)

    def _cdf(self, x: Array) -> Array:
        reached = np.clip((x[:, np.newaxis] - self.knots[:, :-1]) / self.widths, 0.0, 1.0)
        found: Array = (reached * self.masses).sum(axis=1)
        (first, left, before, _), (last, right, after, _) = self._outside
        found = found + left * np.exp(np.minimum(x - first, 0.0) / before)
        return found - right * np.expm1(-np.maximum(x - last, 0.0) / after)

    def _quantile(self, levels: Array) -> Array:
        return np.stack([self._at(level) for level in levels], axis=1)

    def _at(self, level: float) -> Array:
        above = level - self.levels[:, :-1]
        steep = np.where(self.masses > 0, self.masses, 1.0)
        reached = np.where(self.masses > 0, np.clip(above / steep, 0.0, 1.0), above > 0)
        (first, left, before, _), (_, right, after, _) = self._outside
        found: Array = first + (reached * self.widths).sum(axis=1)
        found = found + before * np.log(np.minimum(level / left, 1.0))
        return found - after * np.log(np.minimum((1.0 - level) / right, 1.0))

    def _log_score(self, y: Array) -> Array:
        place = np.clip((y[:, np.newaxis] >= self.knots).sum(axis=1) - 1, 0, self.widths.shape[1] - 1)
        rows = np.arange(len(y))
        inside = np.log(self.masses[rows, place]) - np.log(self.widths[rows, place])
        for knot, share, length, way in self._outside:
            beyond = way * (y - knot)
            inside = np.where(beyond > 0, np.log(share) - np.log(length) - beyond / length, inside)
        return -inside

    def _crps(self, y: Array) -> Array:
        """∫ F² up to y and ∫ (1 − F)² from y on, piece by piece: F is a line in each."""
        low, high = self.knots[:, :-1], self.knots[:, 1:]
        cut = np.clip(y[:, np.newaxis], low, high)
        at_cut = self.levels[:, :-1] + self.masses * (cut - low) / self.widths
        total: Array = (squared(self.levels[:, :-1], at_cut) * (cut - low)).sum(axis=1)
        total = total + (squared(1.0 - at_cut, 1.0 - self.levels[:, 1:]) * (high - cut)).sum(axis=1)
        for knot, share, length, way in self._outside:
            beyond = np.maximum(way * (y - knot), 0.0)
            total = total + 0.5 * share**2 * length + beyond + 2.0 * share * length * np.expm1(-beyond / length)
        return total


def squared(begin: Array, end: Array) -> Array:
    """The mean of f² where f is a line from `begin` to `end`."""
    found: Array = (begin * begin + begin * end + end * end) / 3.0
    return found
