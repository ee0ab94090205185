"""Blocks of rows on their way to the engine: checked, joined in one buffer whose memory is used again, and shuffled."""

from collections.abc import Iterator

import numpy as np

from glassnet.engine.job import Job, Samples
from glassnet.engine.layout import Layout
from glassnet.errors import InvalidInput
from glassnet.formulas.elementary import Array
from glassnet.training.blocks import Blocks, arrays_in, is_empty
from glassnet.training.incoming import Incoming
from glassnet.training.settings import Settings


class Stream:
    """The rows of an epoch through `room`, which holds a block of whole updates; `like` is checked data of its kind."""

    def __init__(self, blocks: Blocks, layout: Layout, settings: Settings, like: Samples):
        self.blocks, self.layout, self.settings = blocks, layout, settings
        self.update = settings.batch_size * settings.accumulate  # rows
        most = blocks.block_rows if blocks.n_rows is None else min(blocks.block_rows, blocks.n_rows)
        self.room = like.empty(-(-most // self.update) * self.update)
        self.order = np.empty(len(self.room), np.intp)

    @property
    def n_rows(self) -> int:
        """How many rows an epoch has, or 0 where nobody needs to know."""
        return self.blocks.n_rows or 0

    def passes(self, job: Job, rng: "np.random.Generator", shuffle: bool, number: int) -> Iterator[Array | None]:
        """Put one block after the other into the job; gives the order of its rows, None as they lie."""
        table, n = job.changing.table, 0
        for rows in self._full(number):
            job.hold(rows)
            job.changing.table = table[n // self.update :]
            n += len(rows)
            yield self._shuffled(len(rows), rng) if shuffle else None
        job.changing.table = table
        if n != (self.blocks.n_rows or n):
            raise InvalidInput(f"the blocks of epoch {number} had {n} rows, but Blocks was given n_rows={self.n_rows}.")
        if n == 0:
            raise InvalidInput(f"the blocks of epoch {number} held no rows: the function of Blocks must begin anew.")

    def _shuffled(self, n: int, rng: "np.random.Generator") -> Array:
        order = self.order[:n]
        order[...] = np.arange(n)
        rng.shuffle(order)
        return order

    def _full(self, number: int) -> Iterator[Samples]:
        """The room filled up again and again; the last time with what is left."""
        filled, seen = 0, 0
        for given in self._incoming():
            seen += len(given)
            if seen > (self.blocks.n_rows or seen):
                raise InvalidInput(
                    f"the blocks of epoch {number} hold more rows than n_rows={self.n_rows}, which Blocks was given."
                )
            start = 0
            while start < len(given):
                taken = min(len(given) - start, len(self.room) - filled)
                given.write(slice(start, start + taken), self.room.rows(slice(filled, filled + taken)))
                start, filled = start + taken, filled + taken
                if filled == len(self.room):
                    yield self.room
                    filled = 0
        if filled:
            yield self.room.rows(slice(filled))

    def _incoming(self) -> Iterator[Incoming]:
        for number, block in enumerate(self.blocks, start=1):
            X, y, weights = arrays_in(block, number)
            if not is_empty(X):
                yield Incoming(X, y, weights, f" of block {number}", self.layout, self.settings)
