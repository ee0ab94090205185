"""Instance normalisation: each window is seen from its own level, so that a map learns shapes and not heights."""

from abc import abstractmethod
from typing import NamedTuple

import numpy as np

from glassnet.formulas.elementary import Array


class Normalized(NamedTuple):
    """What a map gets of some pasts, and how its outputs go back to the units of the series."""

    inputs: Array  # (n, n_inputs)
    level: Array  # (n, 1)
    scale: Array  # (n, 1)

    def targets(self, future: Array) -> Array:
        """What a map learns to give for these futures: (y − μ) / s."""
        return (future - self.level) / self.scale

    def forecasts(self, outputs: Array) -> Array:
        """Outputs of a map in the units of the series: μ + s o."""
        return self.level + self.scale * outputs


class Normalization:
    """A way to see a window: what is subtracted, what it is divided by, and what the map sees beside it."""

    name = ""
    extra = 0  # inputs beside the steps of the past
    scales = False  # whether errors are seen in other units than those of the series

    @abstractmethod
    def of(self, past: Array) -> Normalized:
        """Pasts (n, lookback) as they are seen."""


class Centered(Normalization):
    """x − μ, and the window's standard deviation σ as one more input."""

    name, extra = "centered", 1

    def of(self, past: Array) -> Normalized:
        """Pasts (n, lookback) less their means, then their standard deviations: (n, lookback + 1)."""
        level = past.mean(axis=1, keepdims=True)
        inputs = np.concatenate([past - level, past.std(axis=1, keepdims=True)], axis=1)
        return Normalized(inputs, level, np.ones_like(level))


class Standardized(Normalization):
    """(x − μ) / σ: the map does not see how far a window swings; a window that does not move stays at its level."""

    name, scales = "standardized", True

    def of(self, past: Array) -> Normalized:
        """Pasts (n, lookback) less their means, in units of their standard deviations."""
        level, deviation = past.mean(axis=1, keepdims=True), past.std(axis=1, keepdims=True)
        still = deviation <= 1e-12 * np.abs(level)  # nothing but rounding
        scale = np.where(still, 1.0, deviation)
        return Normalized(np.where(still, 0.0, past - level) / scale, level, scale)


NORMALIZATIONS: dict[str, Normalization] = {each.name: each for each in (Centered(), Standardized())}
