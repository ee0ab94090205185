"""The loss as an engine uses it: its sum over a batch, its residual written where the backward pass begins."""

from typing import Any

import numpy as np

from glassnet.formulas.elementary import Array
from glassnet.formulas.losses import Loss


class Objective:
    """A loss for a number of outputs in one dtype. `last` is the output layer's slices, `Y` as the loss reads it."""

    def __init__(self, loss: Loss, n_outputs: int, dtype: np.dtype):
        self.loss = loss
        self.columns = [column.astype(dtype) for column in loss.columns(n_outputs)]

    def measure(self, last: Any, Y: Array, weights: Array | None) -> tuple[float, float]:
        """(the weighted sum of all values, what a mean divides it by)."""
        values = self.loss.value(last.Z if self.loss.link else last.A, Y, *self.columns)
        if weights is None:
            return float(values.sum()), float(values.size)
        return float(np.matmul(weights, values).sum()), float(weights.sum()) * values.shape[1]

    def residual(self, last: Any, Y: Array, weights: Array | None, divisor: float) -> None:
        """Write dZ (for a loss with a link) or dA of the output layer."""
        residual = self.loss.residual(last.A, Y, *self.columns)
        if weights is not None:
            residual *= weights[:, np.newaxis]
        out = last.dZ if self.loss.link else last.dA
        if self.loss.reduction == "sum" or divisor == 0:  # a batch of weight 0 has residual 0
            out[...] = residual
        else:
            np.multiply(residual, 1.0 / divisor, out=out)


class Total:
    """The loss over many batches."""

    def __init__(self, loss: Loss):
        self.mean, self.sum, self.divisor = loss.reduction == "mean", 0.0, 0.0

    def add(self, total: float, divisor: float) -> None:
        """Count one more batch."""
        self.sum += total
        self.divisor += divisor

    @property
    def loss(self) -> float:
        """The sum, or the mean over all that was added."""
        return self.sum / (self.divisor or 1.0) if self.mean else self.sum
