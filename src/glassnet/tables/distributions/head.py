"""A head: what a network puts out for a distribution of numbers, how it is trained, and what its outputs mean."""

from collections.abc import Sequence
from typing import ClassVar, Literal, Self

import numpy as np

from glassnet.formulas.elementary import Array
from glassnet.formulas.losses import Loss
from glassnet.tables.distributions.distribution import Distribution
from glassnet.tables.encoding.target import NumberTarget

DistributionName = Literal["gaussian", "mixture", "quantiles", "histogram"]


class Head:
    """A kind of distribution. It speaks of the standardised target; `distribution` gives the unit of the table.

    `activation` is that of the outputs, `said` what is predicted, in words; `in_order` says whether the mean is one of
    the outputs in rising order.
    """

    kind: ClassVar[str]
    activation: ClassVar[str] = "linear"
    in_order: ClassVar[bool] = False
    said: ClassVar[str]
    gentler: ClassVar[float] = 1.0  # the share of the usual learning rate that the loss can bear
    clip: ClassVar[float | None] = None  # the largest norm of its gradient

    @classmethod
    def learn(cls, y: Array) -> Self:
        """The head for standardised numbers of training rows."""
        return cls()

    @property
    def n_outputs(self) -> int:
        """How many outputs the network has."""
        raise NotImplementedError

    @property
    def loss(self) -> Loss:
        """What the network minimises."""
        raise NotImplementedError

    @property
    def point(self) -> tuple[Array, float]:
        """(weights, constant): the mean is outputs @ weights + constant, where it is no more than that."""
        raise NotImplementedError

    def encode(self, y: Array) -> Array:
        """Standardised numbers as the loss takes them."""
        return y

    def settled(self, each: Sequence[Array], y: Array, weights: Array | None = None) -> Self:
        """The head with what rows that were not trained on say of it: outputs of each network, true y, weights (n,)."""
        return self

    def mean(self, outputs: Array) -> Array:
        """The mean of each row, (n,), standardised."""
        weights, constant = self.point
        found: Array = (outputs * weights).sum(axis=1) + constant  # the same whatever rows are around
        return found

    def slopes(self, outputs: Array) -> Array:
        """The derivative of the mean of each row by its outputs, shape as given."""
        return np.broadcast_to(self.point[0], outputs.shape)

    def distribution(self, each: Sequence[Array], target: NumberTarget) -> Distribution:
        """What the outputs of several networks say together."""
        raise NotImplementedError
