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

    def settled(self, outputs: Array, y: Array, weights: Array | None = None) -> Self:
        """With the spread of the least log score, between 10⁻⁴ and 10 standard deviations of the target."""
        errors, variances = (outputs[:, 0] - y) ** 2, (self.floor + softplus(outputs[:, 1])) ** 2

        def log_score(log_spread: float) -> float:
            together = variances + np.exp(2 * log_spread)
            return float(np.average(errors / together + np.log(together), weights=weights))

        return replace(self, spread=float(np.exp(least(log_score, *np.log(SPREADS)))))

    def distribution(self, each: Sequence[Array], target: NumberTarget) -> Distribution:
        """The mixture of what the networks say."""
        outputs = np.stack(each, axis=1).astype(np.float64)
        scales = np.hypot(self.floor + softplus(outputs[..., 1]), self.spread)
        weights = np.full(scales.shape, 1 / len(each))
        return GaussianMixture(weights, target.decode(outputs[..., 0]), target.scale * scales)
