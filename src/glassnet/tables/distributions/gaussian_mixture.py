"""Mixtures of normal distributions: what one network says with a mean and a scale, and several together."""

import math

import numpy as np

from glassnet.calls import cached_property
from glassnet.formulas.elementary import Array, erf
from glassnet.tables.distributions.distribution import Distribution

WIDEST = 9.0  # standard deviations, beyond which a normal distribution has nothing in double precision
HALVINGS = 64


class GaussianMixture(Distribution):
    """For each row a sum of normal distributions: `weights`, which add up to 1, `means` and `stds` are (n, k)."""

    def __init__(self, weights: Array, means: Array, stds: Array):
        self.weights, self.means, self.stds = weights, means, stds

    @cached_property
    def mean(self) -> Array:
        """Σ w μ."""
        found: Array = (self.weights * self.means).sum(axis=1)
        return found

    @cached_property
    def std(self) -> Array:
        """√(Σ w (σ² + (μ − mean)²))."""
        apart = self.means - self.mean[:, np.newaxis]
        found: Array = np.sqrt((self.weights * (self.stds**2 + apart**2)).sum(axis=1))
        return found

    def _cdf(self, x: Array) -> Array:
        below = cumulative((x[:, np.newaxis] - self.means) / self.stds)
        found: Array = (self.weights * below).sum(axis=1)
        return found

    def _quantile(self, levels: Array) -> Array:
        if self.means.shape[1] == 1:
            return self.means + self.stds * np.array([standard_quantile(level) for level in levels])
        return np.stack([self._bisected(level) for level in levels], axis=1)

    def _bisected(self, level: float) -> Array:
        low = (self.means - WIDEST * self.stds).min(axis=1)
        high = (self.means + WIDEST * self.stds).max(axis=1)
        for _ in range(HALVINGS):
            middle = 0.5 * (low + high)
            above = self._cdf(middle) >= level
            low, high = np.where(above, low, middle), np.where(above, middle, high)
        return 0.5 * (low + high)

    def _log_score(self, y: Array) -> Array:
        u = (y[:, np.newaxis] - self.means) / self.stds
        logs = np.log(self.weights) - np.log(self.stds) - 0.5 * u * u - 0.5 * math.log(2 * math.pi)
        largest = logs.max(axis=1)
        found: Array = -largest - np.log(np.exp(logs - largest[:, np.newaxis]).sum(axis=1))
        return found

    def _crps(self, y: Array) -> Array:
        """Σ wᵢ A(y − μᵢ, σᵢ²) − ½ Σ wᵢ wⱼ A(μᵢ − μⱼ, σᵢ² + σⱼ²), with A the mean of |N(m, s²)| (Grimit et al. 2006)."""
        w, m, s = self.weights, self.means, self.stds
        total: Array = (w * mean_size(y[:, np.newaxis] - m, s)).sum(axis=1)
        for i in range(m.shape[1]):
            between = mean_size(m[:, [i]] - m, np.hypot(s[:, [i]], s))
            total = total - 0.5 * w[:, i] * (w * between).sum(axis=1)
        return total


def cumulative(z: Array) -> Array:
    """Φ(z), the distribution function of N(0, 1)."""
    found: Array = 0.5 * (1.0 + erf(z / math.sqrt(2.0)))
    return found


def standard_quantile(p: float) -> float:
    """The quantile of N(0, 1), by bisection.

    >>> round(standard_quantile(0.975), 6)
    1.959964
    """
    low, high = -WIDEST, WIDEST
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        below = 0.5 * math.erfc(-middle / math.sqrt(2.0))
        low, high = (low, middle) if below >= p else (middle, high)
    return 0.5 * (low + high)


def mean_size(m: Array, s: Array) -> Array:
    """The mean of |x| for x from N(m, s²): 2 s φ(m / s) + m (2 Φ(m / s) − 1)."""
    z = m / s
    found: Array = 2.0 * s * np.exp(-0.5 * z * z) / math.sqrt(2 * math.pi) + m * erf(z / math.sqrt(2.0))
    return found
