"""Windows as a network sees them: u = (x − μ) / σ, so that it forecasts shapes, and level and swing are given back."""

from typing import NamedTuple

import numpy as np

from glassnet.formulas.elementary import Array


class Seen(NamedTuple):
    """Standardised pasts, and what brings outputs back to the units of the series."""

    inputs: Array  # (n, lookback)
    level: Array  # (n, 1)
    deviation: Array  # (n, 1); 0 where a window does not move

    def targets(self, future: Array) -> Array:
        """(y − μ) / σ; 0 where σ is, as such a window has no shape to learn from."""
        moves = self.deviation > 0
        return np.where(moves, future - self.level, 0.0) / np.where(moves, self.deviation, 1.0)

    def forecasts(self, outputs: Array) -> Array:
        """μ + σ o: a window that does not move stays at its level."""
        return self.level + self.deviation * outputs


def standardized(past: Array) -> Seen:
    """Pasts (n, lookback) less their means, in units of their standard deviations."""
    level, deviation = past.mean(axis=1, keepdims=True), past.std(axis=1, keepdims=True)
    still = deviation <= 1e-12 * np.abs(level)  # nothing but rounding
    inputs = np.where(still, 0.0, past - level) / np.where(still, 1.0, deviation)
    return Seen(inputs, level, np.where(still, 0.0, deviation))
