"""Quantiles that a network predicts, and the distribution through them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from glassnet.calls import cached_property
from glassnet.errors import InvalidInput
from glassnet.formulas.elementary import Array
from glassnet.formulas.losses import Loss, Quantile
from glassnet.tables.distributions.distribution import Distribution
from glassnet.tables.distributions.head import Head
from glassnet.tables.distributions.piecewise import PiecewiseUniform
from glassnet.tables.encoding.target import NumberTarget

N_LEVELS = 20
LEAST_GAP = 1e-4  # between two quantiles, in standard deviations of the target: a density is finite


@dataclass(frozen=True)
class QuantileHead(Head):
    """Quantiles at `levels`, one output each; between two the density is even, beyond the last it falls off."""

    kind: ClassVar[str] = "quantiles"
    said: ClassVar[str] = f"{N_LEVELS} quantiles, with an even density between two of them"
    in_order: ClassVar[bool] = True
    levels: tuple[float, ...] = tuple((k + 0.5) / N_LEVELS for k in range(N_LEVELS))

    def __post_init__(self) -> None:
        Quantile(self.levels)  # it checks that they are probabilities
        if len(self.levels) < 2 or not (np.diff(self.levels) > 0).all():
            raise InvalidInput(f"`levels` must be two or more rising probabilities, got {self.levels}.")

    @property
    def n_outputs(self) -> int:
        """One for each level."""
        return len(self.levels)

    @property
    def loss(self) -> Loss:
        """The pinball loss; over many levels its mean is half of the CRPS."""
        return Quantile(self.levels)

    @cached_property
    def _reach(self) -> tuple[float, float]:
        """How far the tails reach, in widths of the pieces beside them: the density goes on from these."""
        steps = np.diff(self.levels)
        return float(self.levels[0] / steps[0]), float((1 - self.levels[-1]) / steps[-1])

    @cached_property
    def point(self) -> tuple[Array, float]:
        """The middles of the pieces by their probabilities, and the tails."""
        levels, (before, after) = np.array(self.levels), self._reach
        weights = np.zeros(len(levels))
        weights[:-1] += 0.5 * np.diff(levels)
        weights[1:] += 0.5 * np.diff(levels)
        weights[:2] += levels[0] * np.array([1 + before, -before])
        weights[-2:] += (1 - levels[-1]) * np.array([-after, 1 + after])
        return weights, 0.0

    def mean(self, outputs: Array) -> Array:
        """The mean of the quantiles in order."""
        return super().mean(self._in_order(outputs))

    def slopes(self, outputs: Array) -> Array:
        """The weight of the place that each quantile has in order."""
        found = np.empty(outputs.shape)
        np.put_along_axis(found, np.argsort(outputs, axis=1), np.broadcast_to(self.point[0], outputs.shape), axis=1)
        return found

    def distribution(self, each: Sequence[Array], target: NumberTarget) -> Distribution:
        """The means of the quantiles that the networks say."""
        knots = target.decode(np.mean([self._in_order(outputs) for outputs in each], axis=0))
        widths = np.diff(knots, axis=1)
        tails = np.column_stack([self._reach[0] * widths[:, 0], self._reach[1] * widths[:, -1]])
        return PiecewiseUniform(knots, np.broadcast_to(self.levels, knots.shape), tails)

    def _in_order(self, outputs: Array) -> Array:
        """Rising quantiles, no two of them nearer than `LEAST_GAP`."""
        n = len(self.levels)
        return np.sort(outputs.astype(np.float64), axis=1) + LEAST_GAP * (np.arange(n) - 0.5 * (n - 1))
