"""Blocks of rows on their way to the engine: checked, joined in buffers whose memory is used again, and shuffled."""

import itertools
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from typing import Any

import numpy as np

from glassnet.engine.job import Job, Samples
from glassnet.engine.layout import Layout
from glassnet.errors import InvalidInput
from glassnet.formulas.elementary import Array
from glassnet.training.blocks.conversion import BlockConverter
from glassnet.training.blocks.disk_cache import RowCache
from glassnet.training.blocks.prefetch import prefetch
from glassnet.training.blocks.room import Buffers
from glassnet.training.blocks.source import Blocks, arrays_in, is_empty
from glassnet.training.keywords import Shuffler
from glassnet.training.loop.settings import Settings

END: Any = object()  # of the blocks


class Stream:
    """The rows of an epoch through buffers for a block of whole updates each; `like` is checked data of their kind.

    While one is trained on, the other is filled. Between epochs other trainings on the same blocks have the buffers.
    """

    def __init__(self, blocks: Blocks, layout: Layout, settings: Settings, like: Samples):
        self.blocks, self.layout, self.settings = blocks, layout, settings
        self.update = settings.batch_size * settings.accumulate  # rows
        self.size = blocks.size(self.update)  # rows of a buffer
        self.none = like.empty(0)
        self.weighed: bool | None = None  # whether weights are given, as the first array shows
        self.buffers: Buffers | None = None
        self.kept = None if blocks.keep_in is None else RowCache(blocks.keep_in, self.none)
        blocks.room.users.add(self)

    @contextmanager
    def held(self, job: Job) -> Iterator[None]:
        """Have the buffers for the time of an epoch, of whose rows the job has none at the end."""
        self.buffers = self.blocks.room.take(self.none, self.size, 2 if self.blocks.ahead else 1)
        try:
            yield
        finally:
            job.hold(self.none)
            self.blocks.room.give_back(self.buffers)
            self.buffers = None

    @property
    def n_rows(self) -> int:
        """Number of rows in an epoch, or 0 if nothing needs it."""
        return self.blocks.n_rows or 0

    def passes(self, job: Job, number: int, done: int) -> Generator[None, None, None]:
        """Put one block after the other into the job, starting after the rows that are done."""
        n, counts = 0, False
        with closing(self._blocks(number)) as blocks:
            for rows in blocks:
                self.blocks.looked_at.clear()  # released on the thread that it ran on
                n, counts = n + len(rows), counts or rows.weights is None or bool(rows.weights.any())
                if n > done:
                    job.hold(rows)
                    yield
        if n != (self.blocks.n_rows or n):
            raise InvalidInput(f"the blocks of epoch {number} had {n} rows, but Blocks was given n_rows={self.n_rows}.")
        if n <= done:
            more = f"only the {done} rows already processed" if done else "no rows"
            raise InvalidInput(
                f"the blocks of epoch {number} held {more}: the function passed to Blocks must start from "
                "the beginning at each call."
            )
        if not counts:
            raise InvalidInput(f"nothing in the blocks of epoch {number} counts: {self._left_out()}.")

    def _left_out(self) -> str:
        """Why rows may not count, for a message."""
        if self.settings.class_weight is not None:
            return "all rows have weight 0, from class_weight and sample_weight"
        if self.settings.loss.targets == "classes" and len(self.layout.output_shape) > 1:
            return "each step has the class −1 or sample_weight 0, but at least one must count"
        return "all rows have sample_weight 0"

    def close(self) -> None:
        """Drop everything: the training has ended."""
        self.blocks.room.leave(self)
        if self.kept is not None:
            self.kept.remove()

    def shuffled(self, n: int, rng: "np.random.Generator | Shuffler") -> Array:
        """The rows of a block in a random order."""
        assert self.buffers is not None, "rows are shuffled within an epoch"
        order = self.buffers.order[:n]
        order[...] = np.arange(n)
        rng.shuffle(order)
        return order

    def _blocks(self, number: int) -> Generator[Samples, None, None]:
        if self.kept is not None and self.kept.maps:
            return self.kept.blocks(self.size)
        made = self._full(number) if self.kept is None else self.kept.keeping(self._full(number))
        return self._in_advance(made) if self.blocks.ahead else made

    def _in_advance(self, made: Generator[Samples, None, None]) -> Generator[Samples, None, None]:
        try:
            yield from prefetch(made)
        except InvalidInput:
            raise
        except Exception as error:
            error.add_note("Blocks are prefetched on another thread; gn.Blocks(…, ahead=False) turns this off.")
            raise

    def _full(self, number: int) -> Generator[Samples, None, None]:
        """One buffer after the other, filled up; the last with what is left."""
        assert self.buffers is not None, "blocks are read within an epoch"
        filled, seen, buffers = 0, 0, itertools.cycle(self.buffers.blocks)
        buffer = next(buffers)
        for given in self._converted():
            seen += len(given)
            if seen > (self.blocks.n_rows or seen):
                raise InvalidInput(
                    f"the blocks of epoch {number} hold more rows than the n_rows={self.n_rows} passed to Blocks."
                )
            start = 0
            while start < len(given):
                taken = min(len(given) - start, len(buffer) - filled)
                given.write(slice(start, start + taken), buffer.rows(slice(filled, filled + taken)))
                start, filled = start + taken, filled + taken
                if filled == len(buffer):
                    yield buffer
                    buffer, filled = next(buffers), 0
            del given  # its memory, before the next is made
        if filled:
            yield buffer.rows(slice(filled))

    def _converted(self) -> Iterator[BlockConverter]:
        with self.blocks.begun() as made:
            for number in itertools.count(1):
                block = next(made, END)
                if block is END:
                    return
                X, y, weights = arrays_in(block, number)
                if not is_empty(X):
                    self._check_weighed(weights, number)
                    yield BlockConverter(X, y, weights, f" of block {number}", self.layout, self.settings)
                del block, X, y, weights  # their memory, before the next is made

    def _check_weighed(self, weights: Any, number: int) -> None:
        """Refuse weights in one array and none in another; where classes have weights, rows have them in any case."""
        if self.weighed is None:
            self.weighed = weights is not None
        if self.settings.class_weight is None and self.weighed != (weights is not None):
            raise InvalidInput(f"all blocks must have weights, or none: X of block {number} differs from the first.")
