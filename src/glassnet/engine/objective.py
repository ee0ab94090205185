"""The loss as an engine uses it: its sum over a batch, its gradient written where the backward pass begins."""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from glassnet.calls import cached_property
from glassnet.formulas.elementary import Array
from glassnet.formulas.losses import Loss
from glassnet.layers.activate import pieces
from glassnet.layers.layer import rows_of


class Objective:
    """A loss for a number of outputs in one dtype. `last` is the output layer's slices, `Y` as the loss reads it.

    Outputs (n, steps, n_outputs) are as many rows as there are steps, each with a weight of its own where there are
    weights: `n_steps` is their number in a sample. Outputs (n, members, n_outputs) for targets (n, n_outputs) are those
    of an ensemble: each member is compared with the targets, and the loss is the mean of theirs.
    """

    def __init__(self, loss: Loss, n_outputs: int, dtype: np.dtype, n_steps: int = 1):
        self.loss, self.n_outputs, self.n_steps = loss, n_outputs, n_steps
        self.columns = [column.astype(dtype) for column in loss.columns(n_outputs)]

    @classmethod
    def of(cls, loss: Loss, Y: Array, dtype: np.dtype) -> "Objective":
        """That for targets of the shape of Y."""
        return cls(loss, Y.shape[-1], dtype, math.prod(Y.shape[1:-1]))

    def measure(self, last: Any, Y: Array, weights: Array | None) -> tuple[float, float]:
        """(the weighted sum of all values, what a mean divides it by)."""
        total, divisor = 0.0, 0.0
        given = last.Z if self.loss.output_activation else last.A
        members = n_members(given, Y)
        for p, y, *w in self._pieces([given], Y, weights):
            values = self.loss.value(p, y, *self.columns)
            total += float((w[0] @ values if w else values).sum())
            divisor += (float(w[0].sum()) if w else len(values)) * self.loss.count(values.shape[1])
        return total / members, divisor / members

    def gradient(self, last: Any, Y: Array, weights: Array | None, divisor: float) -> None:
        """Write dZ (for a loss of scores) or dA of the output layer."""
        out = last.dZ if self.loss.output_activation else last.dA
        scale = self.share(divisor) / n_members(out, Y)
        for d, p, y, *w in self._pieces([out, last.A], Y, weights):
            gradient = self.loss.gradient(p, y, *self.columns)
            if w:
                gradient *= w[0][:, np.newaxis]
            np.multiply(gradient, scale, out=d)

    def _pieces(self, outputs: list[Array], Y: Array, weights: Array | None) -> Iterator[tuple[Array, ...]]:
        """Ranges of rows: of arrays of outputs, of the targets, and of the weights where there are any."""
        known = [Y] if weights is None else [Y, weights]
        if outputs[0].ndim == Y.ndim:
            yield from pieces(*map(rows_of, [*outputs, Y]), *(w.reshape(-1) for w in known[1:]))
        else:
            for member in range(outputs[0].shape[1]):
                yield from pieces(*(each[:, member] for each in outputs), *known)

    @cached_property
    def values_a_row(self) -> int:
        """How many values a row counts for in a mean."""
        return values_a_row(self.loss, self.n_outputs)

    def divisor(self, n_rows: int, weights: Array | None) -> float:
        """What a mean over so many rows, or over rows with these weights, divides by."""
        rows = n_rows * self.n_steps if weights is None else float(weights.sum(dtype=np.float64))
        return rows * self.values_a_row

    def share(self, divisor: float) -> float:
        """What the sum of a batch and its residuals are multiplied by."""
        if self.loss.reduction == "sum":
            return 1.0
        return 1.0 / divisor if divisor else 0.0  # rows that all weigh 0 change nothing


def n_members(outputs: Array, Y: Array) -> int:
    """How many members of an ensemble the outputs are of; 1 where they are compared with targets as they are."""
    return 1 if outputs.ndim == Y.ndim else outputs.shape[1]


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
