"""Mixup: batches of rows between rows, drawn anew for each epoch; the engines mix them as they read them."""

from collections.abc import Iterable, Sequence

import numpy as np

from glassnet.formulas.elementary import Array


class Mixture:
    """x ← x + μ (x' − x), y and weights w alike; x' is the row `shift` places further in the batch, around its end.

    That is λ x + (1 − λ) x' (Zhang et al. 2018, arXiv 1710.09412) with λ ~ Beta(α, α) for each batch: λ and 1 − λ are
    drawn alike, so μ is the lesser of them. Each row stays nearer to itself, and metrics compare with its own y. As
    each row is the other one of exactly one, a batch keeps the sum of its weights. Columns of `codes` are not mixed.

    Where there are weights, y ← y + ν (y' − y) with ν = μ w' / ((1 − μ) w + μ w'): both targets count as much as their
    rows do, one of weight 0 not at all.
    """

    def __init__(self, alpha: float, n_rows: int, arrays: Sequence[Array], codes: Iterable[int] = ()):
        self.alpha, self.n_rows = alpha, n_rows
        self.mixed = [np.ones(array.shape[1:], array.dtype) for array in arrays]  # 1 where a column is mixed
        self.mixed[0].reshape(-1)[list(codes)] = 0
        self.buffers = [np.empty((n_rows, *array.shape[1:]), array.dtype) for array in arrays]
        self.shares, self.shifts = np.empty(0), np.empty(0, np.int64)

    def draw(self, n: int, rng: "np.random.Generator") -> None:
        """Shares μ and shifts for the batches of n rows."""
        sizes = np.full(-(-n // self.n_rows), self.n_rows)
        sizes[-1:] -= sizes.sum() - n
        shares = rng.beta(self.alpha, self.alpha, len(sizes))
        self.shares = np.minimum(shares, 1 - shares)
        self.shifts = rng.integers(1, np.maximum(sizes, 2)) % sizes  # the only row of a batch stays as it is

    def mix(self, number: int, arrays: Sequence[Array]) -> list[Array]:
        """Batch 0, 1, … mixed, in memory that the next one takes."""
        shift, out = self.shifts[number], [buffer[: len(arrays[0])] for buffer in self.buffers]
        share = self.shares[number]
        for x, between, mixed in zip(arrays, out, self.mixed, strict=True):
            towards(x, shift, mixed * x.dtype.type(share), between)
        if len(arrays) == 3:
            _, y, weights = arrays
            total = out[2]
            part = np.divide(share * np.roll(weights, -shift, axis=0), total, out=np.zeros_like(total), where=total > 0)
            towards(y, shift, part.reshape(*part.shape, *(1,) * (y.ndim - part.ndim)), out[1])
        return out


def towards(x: Array, shift: int, part: Array, out: Array) -> None:
    """x + part (x' − x), x' being the row `shift` places further, around the end."""
    n = len(x) - shift
    np.subtract(x[shift:], x[:n], out=out[:n])
    np.subtract(x[:shift], x[n:], out=out[n:])
    out *= part
    out += x
