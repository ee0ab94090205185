"""Memory for blocks of rows, which trainings that take turns have one after the other."""

from collections.abc import Hashable
from typing import NamedTuple
from weakref import WeakSet

import numpy as np

from glassnet.engine.job import Samples
from glassnet.formulas.elementary import Array


class Buffers(NamedTuple):
    """Room for `blocks` of rows and for the order of those in one; any of the same `kind` do as well."""

    kind: Hashable
    blocks: list[Samples]
    order: Array


class Room:
    """The buffers that no training uses at the moment; dropped when the last of its `users` has left."""

    def __init__(self) -> None:
        self.free: dict[Hashable, list[Buffers]] = {}
        self.users: WeakSet[object] = WeakSet()

    def __reduce__(self) -> tuple[type["Room"], tuple[()]]:
        return Room, ()  # a copy of the blocks has a room of its own

    def take(self, like: Samples, size: int, n: int) -> Buffers:
        """Room for n blocks of `size` rows: what is free, or new."""
        kind = size, n, *((array.shape[1:], array.dtype) for array in like.arrays())
        try:
            return self.free[kind].pop()
        except LookupError:
            return Buffers(kind, [like.empty(size) for _ in range(n)], np.empty(size, np.intp))

    def give_back(self, buffers: Buffers) -> None:
        """Let other trainings have it."""
        self.free.setdefault(buffers.kind, []).append(buffers)

    def leave(self, user: object) -> None:
        """A training has ended."""
        self.users.discard(user)
        if not self.users:
            self.free.clear()
