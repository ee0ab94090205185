"""Gradients of groups of rows, computed on several ranks, become one: in a fixed order, or as fast as can be."""

from collections.abc import Sequence

import numpy as np

from glassnet.engine.machine.threads import available, is_chosen
from glassnet.engine.ranks.communicator import Communicator
from glassnet.engine.ranks.shared_rows import SharedRows
from glassnet.engine.ranks.stretches import bounds, pairs
from glassnet.formulas.elementary import Array

REDUCTIONS = ("ordered", "fast")


def bytes_of(n: int, like: Array) -> int:
    """How long the message of a group is: n numbers of a gradient, and a loss."""
    return n * like.itemsize + 8


def unpacked(message: Array, count: int, n: int, like: Array) -> tuple[Array, Array]:
    """Views of (n numbers of each of so many groups, a row each, their losses) in a message."""
    end = len(message) - 8 * count
    return message[:end].view(like.dtype).reshape(count, n), message[end:].view(np.float64)


class Ranks:
    """The ranks of a training as an engine sees them, and how their gradients are summed up.

    With "ordered" the groups are added in their order, the first first, whichever ranks they are from: each rank does
    so for its stretch of the vector. With "fast" each rank sums up its own, and the order is that of the communicator.
    """

    def __init__(self, communicator: Communicator, reduction: str = "ordered"):
        self.communicator, self.reduction = communicator, reduction
        self.rank, self.size = communicator.rank, communicator.size
        self._room: dict[str, Array] = {}
        self.shared: SharedRows | None = None
        self.own: Array | None = None  # rows for the gradients of groups

    @property
    def is_first(self) -> bool:
        """Whether this is the rank that writes, prints and draws."""
        return self.rank == 0

    @property
    def is_ordered(self) -> bool:
        """Whether sums have a fixed order."""
        return self.reduction == "ordered"

    def threads(self) -> int:
        """How many threads this rank may use beside its neighbours, unless the environment says how many."""
        return available() if is_chosen() else max(1, available() // self.communicator.neighbours)

    def share(self, n: int) -> tuple[int, int]:
        """The first of so many groups that is computed here, and the first that is not."""
        low, high = bounds(n, self.size)[self.rank :][:2]
        return low, high

    def make_room(self, n_groups: int, n: int, dtype: "np.dtype") -> None:
        """Make room for gradients of n numbers, of the groups that are computed here: where all see it, if they can.

        All ranks do so at the same time.
        """
        n_rows = -(-n_groups // self.size) if self.is_ordered else n_groups
        self.shared = SharedRows.of(self.communicator, n_rows, n, dtype)
        self.own = np.zeros((n_rows, n), dtype) if self.shared is None else self.shared.own

    def add_in_order(self, own: Array, losses: Sequence[float], n: int, gradient: Array, fresh: bool) -> float:
        """Write the sum over n groups into `gradient`, or add to it unless it is `fresh`; gives the sum of the losses.

        `own` (groups, parameters) are the gradients of the groups of this rank, `losses` those of their rows.
        """
        if self.shared is not None and own is self.own:
            return self.shared.add(losses, n, gradient, fresh)
        of_rank, parts = bounds(n, self.size), bounds(gradient.size, self.size)
        counts, sent = np.diff(of_rank).tolist(), self._packed(own[: len(losses)], losses, parts)
        low, high = parts[self.rank : self.rank + 2]
        sizes = [count * bytes_of(high - low, own) for count in counts]
        received = self._bytes("received", sum(sizes))
        self.communicator.exchange(sent, [len(losses) * bytes_of(b - a, own) for a, b in pairs(parts)], received, sizes)
        total, start, mine = 0.0, 0, gradient[low:high]
        for count, size in zip(counts, sizes, strict=True):
            rows, of_rows = unpacked(received[start : start + size], count, high - low, own)
            for row in rows:
                np.copyto(mine, row) if fresh else np.add(mine, row, out=mine)
                fresh = False
            for loss in of_rows.tolist():
                total += loss
            start += size
        self.communicator.complete(gradient.view(np.uint8), [(b - a) * own.itemsize for a, b in pairs(parts)])
        return total

    def _packed(self, own: Array, losses: Sequence[float], parts: Sequence[int]) -> Array:
        """For each rank its stretch of these gradients, and all losses."""
        sizes = [len(losses) * bytes_of(b - a, own) for a, b in pairs(parts)]
        packed, start = self._bytes("packed", sum(sizes)), 0
        for (a, b), size in zip(pairs(parts), sizes, strict=True):
            rows, of_rows = unpacked(packed[start : start + size], len(losses), b - a, own)
            rows[...], of_rows[...] = own[:, a:b], losses
            start += size
        return packed

    def add_up(self, gradient: Array, loss: float) -> float:
        """Write the sum over the ranks into each one's `gradient`; gives the sum of the losses."""
        if self.shared is not None:
            self.shared.own[0] = gradient
            return self.shared.add([loss], self.size, gradient, fresh=True)
        room = self._bytes("summed", 8)  # a vector of its own, as the loss has eight bytes
        held = room.view(np.float64)
        held[0] = loss
        self.communicator.sum(gradient)
        self.communicator.sum(held)
        return float(held[0])

    def merge(self, rows: Array) -> None:
        """Fill in rows of which each rank has written its own and left 0 in all others, to the bit."""
        self.communicator.sum(rows.reshape(-1).view(f"u{rows.itemsize}"))

    def _bytes(self, name: str, n: int) -> Array:
        if name not in self._room or self._room[name].size < n:
            self._room[name] = np.empty(n, np.uint8)
        return self._room[name][:n]
