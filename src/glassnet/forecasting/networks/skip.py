"""The linear map that networks begin with, as a standardised past sees it.

[x − μ, σ] W = σ (u W₁ + w),    u = (x − μ) / σ,    with w the last row of W and W₁ the others.
"""

from typing import NamedTuple

from glassnet.formulas.elementary import Array


class Skip(NamedTuple):
    """A linear map of standardised pasts."""

    W: Array  # (lookback, horizon)
    b: Array  # (horizon,)

    @classmethod
    def of_centered(cls, W: Array) -> "Skip":
        """The map that a linear forecaster of centered windows has found."""
        return cls(W[:-1], W[-1])

    def of(self, u: Array) -> Array:
        """Its outputs (n, horizon) for standardised pasts (n, lookback)."""
        return u @ self.W + self.b
