"""A normal distribution whose mean and scale a network predicts."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Self

import numpy as np

from glassnet.formulas.elementary import Array, softplus
from glassnet.formulas.losses import GaussianCRPS, Loss
from glassnet.formulas.registry import require_number
from glassnet.tables.distributions.distribution import Distribution
from glassnet.tables.distributions.gaussian_mixture import GaussianMixture
from glassnet.tables.distributions.head import Head
from glassnet.tables.encoding.target import NumberTarget
from glassnet.training.metrics.tempering import least

SPREADS = 1e-4, 10.0


@dataclass(frozen=True)
class GaussianHead(Head):
    """A mean and a scale: two outputs μ and ζ, with σ² = (`floor` + log(1 + e^ζ))² + `spread`².

    The spread is that of the least log score on rows that were not trained on: a network is too sure of its own rows.
    """

    kind: ClassVar[str] = "gaussian"
    said: ClassVar[str] = "a normal distribution with a mean and a standard deviation of its own for each row"
    floor: float = 0.001
    spread: float = 0.0

    def __post_init__(self) -> None:
        require_number(self, "floor", 0)
        require_number(self, "spread", 0, open_low=False)

    @property
    def n_outputs(self) -> int:
        """μ and ζ."""
        return 2

    @property
    def loss(self) -> Loss:
        """The CRPS: at the rates of the recipe, the likelihood is learned badly."""
        return GaussianCRPS(self.floor)

    @property
    def point(self) -> tuple[Array, float]:
        """μ is the mean."""
        return np.array([1.0, 0.0]), 0.0

    def settled(self, each: Sequence[Array], y: Array, weights: Array | None = None) -> Self:
        """With the spread of the least log score, between 10⁻⁴ and 10 standard deviations of the target."""
        return replace(self, spread=best_spread(*self._parts(each), y, weights))

    def distribution(self, each: Sequence[Array], target: NumberTarget) -> Distribution:
        """The mixture of what the networks say."""
        shares, means, scales = self._parts(each)
        return GaussianMixture(shares, target.decode(means), target.scale * np.hypot(scales, self.spread))

    def _parts(self, each: Sequence[Array]) -> tuple[Array, Array, Array]:
        """(shares, means, scales without the spread) of the normal distributions of each row, (n, networks)."""
        outputs = np.stack(each, axis=1).astype(np.float64)
        scales = self.floor + softplus(outputs[..., 1])
        return np.full(scales.shape, 1 / len(each)), outputs[..., 0], scales


def best_spread(shares: Array, means: Array, scales: Array, y: Array, weights: Array | None) -> float:
    """The spread by which mixtures (n, k) are widened for the least log score of numbers y (n,)."""

    def log_score(log_spread: float) -> float:
        wider = GaussianMixture(shares, means, np.hypot(scales, np.exp(log_spread)))
        return float(np.average(wider.log_score(y), weights=weights))

    return float(np.exp(least(log_score, *np.log(SPREADS))))
