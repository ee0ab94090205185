"""A mixture of normal distributions whose weights, means and scales a network predicts."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated, ClassVar, Self

import numpy as np

from glassnet.files.schema import Within
from glassnet.formulas.activations import Softmax
from glassnet.formulas.distribution_losses import MixtureLikelihood
from glassnet.formulas.elementary import Array, softplus
from glassnet.formulas.losses import Loss
from glassnet.formulas.registry import require_number
from glassnet.tables.distributions.distribution import Distribution
from glassnet.tables.distributions.gaussian_head import best_spread
from glassnet.tables.distributions.gaussian_mixture import GaussianMixture
from glassnet.tables.distributions.head import Head
from glassnet.tables.encoding.target import NumberTarget

LEAST_WEIGHT = 1e-12  # of a component, so that its logarithm is finite


@dataclass(frozen=True)
class MixtureHead(Head):
    """Three outputs for each component: α, μ and ζ, with the weight softmax(α), the mean μ, and a scale.

    σ² = (`floor` + log(1 + e^ζ))² + `spread`², the spread being that of the least log score on rows that were not
    trained on, as of a `GaussianHead`.
    """

    kind: ClassVar[str] = "mixture"
    said: ClassVar[str] = "a mixture of normal distributions, with weights, means and scales of their own for each row"
    gentler: ClassVar[float] = 0.1  # a likelihood has steep places, where a component is narrow
    clip: ClassVar[float | None] = 0.1
    components: Annotated[int, Within(1)] = 3
    floor: float = 0.01
    spread: float = 0.0

    def __post_init__(self) -> None:
        require_number(self, "floor", 0)
        require_number(self, "spread", 0, open_low=False)

    @property
    def n_outputs(self) -> int:
        """α, μ and ζ of each component."""
        return 3 * self.components

    @property
    def loss(self) -> Loss:
        """The likelihood."""
        return MixtureLikelihood(self.components, self.floor)

    def mean(self, outputs: Array) -> Array:
        """Σ π μ."""
        weights, means, _ = self._parts(outputs)
        found: Array = (weights * means).sum(axis=1)
        return found

    def slopes(self, outputs: Array) -> Array:
        """π (μ − mean) by α, and π by μ."""
        weights, means, _ = self._parts(outputs)
        found = np.zeros(outputs.shape)
        found[:, 0::3] = weights * (means - (weights * means).sum(axis=1, keepdims=True))
        found[:, 1::3] = weights
        return found

    def settled(self, each: Sequence[Array], y: Array, weights: Array | None = None) -> Self:
        """With the spread of the least log score, between 10⁻⁴ and 10 standard deviations of the target."""
        return replace(self, spread=best_spread(*self._together(each), y, weights))

    def distribution(self, each: Sequence[Array], target: NumberTarget) -> Distribution:
        """The mixture of what the networks say."""
        shares, means, scales = self._together(each)
        return GaussianMixture(shares, target.decode(means), target.scale * np.hypot(scales, self.spread))

    def _together(self, each: Sequence[Array]) -> tuple[Array, Array, Array]:
        """`_parts` of several networks as those of one."""
        parts = [self._parts(outputs) for outputs in each]
        weights, means, scales = (np.concatenate(arrays, axis=1) for arrays in zip(*parts, strict=True))
        return weights / len(each), means, scales

    def _parts(self, outputs: Array) -> tuple[Array, Array, Array]:
        """(weights, means, scales without the spread) of the components of each row, (n, components)."""
        outputs = outputs.astype(np.float64)
        weights = np.maximum(Softmax().value(outputs[:, 0::3]), LEAST_WEIGHT)
        scales = self.floor + softplus(outputs[:, 2::3])
        return weights / weights.sum(axis=1, keepdims=True), outputs[:, 1::3], scales
