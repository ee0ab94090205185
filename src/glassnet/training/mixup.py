"""Mixup: training on rows between rows, drawn anew for each epoch."""

import numpy as np

from glassnet.engine.job import Samples
from glassnet.formulas.elementary import Array
from glassnet.layers.activate import PIECE


class Mixup:
    """x ← λ x + (1 − λ) x', y ← λ y + (1 − λ) y' with a row (x', y') of the same batch, λ ~ Beta(α, α) for each batch.

    Zhang et al. 2018, arXiv 1710.09412. λ and 1 − λ are drawn alike, so the larger is taken: each row stays nearer to
    itself, and metrics compare with its own y. Weights of rows are mixed as y is. The mixed rows of an epoch are made
    at once, the same for both engines; they take the memory of the data once more.
    """

    def __init__(self, alpha: float, data: Samples):
        self.alpha, self.data, self.mixed = alpha, data, data.empty(len(data))

    def draw(self, order: Array | None, n_rows: int, rng: "np.random.Generator") -> None:
        """Mix the rows of each batch of `n_rows` in this order (None: as they lie), into the places of the rows."""
        n = len(self.data)
        order = np.arange(n) if order is None else order
        shares = rng.beta(self.alpha, self.alpha, -(-n // n_rows))
        share, partner = np.empty(n), np.empty(n, np.intp)
        share[order] = np.repeat(np.maximum(shares, 1 - shares), n_rows)[:n]
        whole = n // n_rows * n_rows
        partner[order[:whole]] = rng.permuted(order[:whole].reshape(-1, n_rows), axis=1).ravel()
        partner[order[whole:]] = rng.permutation(order[whole:])
        for rows, mixed in zip(self.data.arrays(), self.mixed.arrays(), strict=True):
            blend(rows, partner, share, mixed)


def blend(rows: Array, partner: Array, share: Array, out: Array) -> None:
    """Out = x' + λ (x − x') for each row x with its partner x', in pieces that stay in the cache."""
    shares = share.astype(rows.dtype).reshape(-1, *[1] * (rows.ndim - 1))
    size = max(1, PIECE * len(rows) // rows.size)
    for start in range(0, len(rows), size):
        part = slice(start, start + size)
        other = rows.take(partner[part], axis=0, mode="clip")  # any other mode checks first
        np.subtract(rows[part], other, out=out[part])
        out[part] *= shares[part]
        out[part] += other
