"""Gradients in memory that the ranks of one machine share: they are summed up where they lie, and no message has them.

The ranks meet twice: when all have written their rows, and when each has summed up its stretch of the vector. A rank
that goes on writes rows that nobody reads any more, and sums up only after the next first meeting.
"""

from collections.abc import Sequence
from typing import Self

import numpy as np

from glassnet.engine.ranks.communicator import Communicator
from glassnet.engine.ranks.stretches import bounds, pairs
from glassnet.formulas.elementary import Array

PIECE = 1 << 15  # numbers that are summed up at a time, while the cache holds them


class SharedRows:
    """Rows of n numbers for each rank, a loss for each row, and their sum; `own` are the rows of this rank."""

    def __init__(self, communicator: Communicator, memory: Array, n_rows: int, n: int, dtype: "np.dtype"):
        self.communicator, self.size, self.rank = communicator, communicator.size, communicator.rank
        end = 8 * self.size * n_rows
        self.losses = memory[:end].view(np.float64).reshape(self.size, n_rows)
        numbers = memory[end:].view(dtype)
        self.rows = numbers[: self.size * n_rows * n].reshape(self.size, n_rows, n)
        self.total, self.own = numbers[self.rows.size :], self.rows[self.rank]

    @classmethod
    def of(cls, communicator: Communicator, n_rows: int, n: int, dtype: "np.dtype") -> Self | None:
        """Made by all ranks together; None where they have no memory in common."""
        n_bytes = 8 * communicator.size * n_rows + (communicator.size * n_rows + 1) * n * dtype.itemsize
        memory = communicator.share(n_bytes)
        return None if memory is None else cls(communicator, memory, n_rows, n, dtype)

    def add(self, losses: Sequence[float], n_groups: int, gradient: Array, fresh: bool) -> float:
        """As `Ranks.add_in_order`, where the gradients of this rank are in its rows."""
        self.losses[self.rank, : len(losses)] = losses
        counts = [end - start for start, end in pairs(bounds(n_groups, self.size))]
        self.communicator.wait()
        low, high = bounds(gradient.size, self.size)[self.rank :][:2]
        for start in range(low, high, PIECE):
            self._add(counts, gradient, slice(start, min(start + PIECE, high)), fresh)
        total = 0.0
        for rank, count in enumerate(counts):
            for loss in self.losses[rank, :count].tolist():
                total += loss
        self.communicator.wait()
        gradient[...] = self.total
        return total

    def _add(self, counts: Sequence[int], gradient: Array, part: slice, fresh: bool) -> None:
        """Sum up a part of the vector, in the order of the groups."""
        total = self.total[part]
        if not fresh:
            total[...] = gradient[part]
        for rank, count in enumerate(counts):
            for row in self.rows[rank, :count, part]:
                np.copyto(total, row) if fresh else np.add(total, row, out=total)
                fresh = False
