"""A normal distribution whose mean and scale a network predicts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from glassnet.formulas.elementary import Array, softplus
from glassnet.formulas.losses import GaussianCRPS, Loss
from glassnet.formulas.registry import require_number
from glassnet.tables.distributions.distribution import Distribution
from glassnet.tables.distributions.gaussian_mixture import GaussianMixture
from glassnet.tables.distributions.head import Head
from glassnet.tables.encoding.target import NumberTarget


@dataclass(frozen=True)
class GaussianHead(Head):
    """A mean and a scale: two outputs μ and ζ, with σ = `floor` + log(1 + e^ζ)."""

    kind: ClassVar[str] = "gaussian"
    said: ClassVar[str] = "a normal distribution with a mean and a standard deviation of its own for each row"
    floor: float = 0.001

    def __post_init__(self) -> None:
        require_number(self, "floor", 0)

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

    def distribution(self, each: Sequence[Array], target: NumberTarget) -> Distribution:
        """The mixture of what the networks say."""
        outputs = np.stack(each, axis=1).astype(np.float64)
        scales = self.floor + softplus(outputs[..., 1])
        weights = np.full(scales.shape, 1 / len(each))
        return GaussianMixture(weights, target.decode(outputs[..., 0]), target.scale * scales)
