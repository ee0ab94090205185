"""The loss as an engine uses it: its sum over a batch, its gradient written where the backward pass begins."""

from typing import Any

import numpy as np

from glassnet.formulas.elementary import Array
from glassnet.formulas.losses import Loss
from glassnet.layers.activate import pieces


class Objective:
    """A loss for a number of outputs in one dtype. `last` is the output layer's slices, `Y` as the loss reads it."""

    def __init__(self, loss: Loss, n_outputs: int, dtype: np.dtype):
        self.loss, self.n_outputs = loss, n_outputs
        self.columns = [column.astype(dtype) for column in loss.columns(n_outputs)]

    def measure(self, last: Any, Y: Array, weights: Array | None) -> tuple[float, float]:
        """(the weighted sum of all values, what a mean divides it by)."""
        total, divisor = 0.0, 0.0
        given = last.Z if self.loss.output_activation else last.A
        for p, y, *w in pieces(given, Y, *([] if weights is None else [weights])):
            values = self.loss.value(p, y, *self.columns)
            total += float((w[0] @ values if w else values).sum())
            divisor += (float(w[0].sum()) if w else len(values)) * self.loss.count(values.shape[1])
        return total, divisor

    def gradient(self, last: Any, Y: Array, weights: Array | None, divisor: float) -> None:
        """Write dZ (for a loss of scores) or dA of the output layer."""
        out = last.dZ if self.loss.output_activation else last.dA
        scale = self.share(divisor)
        for d, p, y, *w in pieces(out, last.A, Y, *([] if weights is None else [weights])):
            gradient = self.loss.gradient(p, y, *self.columns)
            if w:
                gradient *= w[0][:, np.newaxis]
            np.multiply(gradient, scale, out=d)

    def share(self, divisor: float) -> float:
        """What the sum of a batch and its residuals are multiplied by."""
        if self.loss.reduction == "sum":
            return 1.0
        return 1.0 / divisor if divisor else 0.0  # rows that all weigh 0 change nothing


def values_a_row(loss: Loss, n_outputs: int) -> int:
    """How many values of a loss a row counts for in its mean: one, or one for each output."""
    z = np.zeros((1, n_outputs))
    with np.errstate(all="ignore"):  # only the shape is looked at
        return loss.count(int(loss.value(z, z, *loss.columns(n_outputs)).shape[1]))


class Total:
    """The loss over many batches."""

    def __init__(self, loss: Loss):
        self.mean, self.sum, self.divisor = loss.reduction != "sum", 0.0, 0.0

    def add(self, total: float, divisor: float) -> None:
        """Count one more batch."""
        self.sum += total
        self.divisor += divisor

    @property
    def loss(self) -> float:
        """The sum, or the mean over all that was added."""
        return self.sum / (self.divisor or 1.0) if self.mean else self.sum
