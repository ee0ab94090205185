"""The order of the rows of a run: shuffled in each epoch, and handed out part by part."""

from collections.abc import Generator
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet.engine.job import Job, Samples
from glassnet.formulas.elementary import Array
from glassnet.training.blocks.stream import Stream
from glassnet.training.loop.epoch_progress import rows_of_part

if TYPE_CHECKING:
    from glassnet.training.keywords import Shuffler


class RowOrder:
    """The order of the rows of a job, which `rng` or a generator of the user's own shuffles; None as they lie."""

    def __init__(self, job: Job, rng: "np.random.Generator", shuffle: "bool | Shuffler", stream: Stream | None = None):
        self.job = job
        self.rng = rng
        self.shuffle = shuffle
        self.stream = stream
        self.part_rows = rows_of_part(job)
        self.order = self._as_they_lie()

    def _as_they_lie(self) -> Array | None:
        n = len(self.job.data)
        ordered = n > (self.job.plan.n_rows if self.shuffle else self.part_rows)
        return np.arange(n) if ordered and self.stream is None else None

    def hold(self, data: Samples) -> None:
        """Replace the rows."""
        self.job.hold(data)
        self.order = self._as_they_lie()

    def in_updates(self) -> None:
        """Hand out the rows of one update after the other."""
        self.part_rows = self.job.plan.n_rows * self.job.accumulate
        self.order = self._as_they_lie()

    @property
    def random_state(self) -> dict[str, Any]:
        """The state of the generator for order and dropout."""
        return dict(self.rng.bit_generator.state)

    @random_state.setter
    def random_state(self, state: dict[str, Any]) -> None:
        self.rng.bit_generator.state = state

    @property
    def shuffler(self) -> "np.random.Generator | Shuffler":
        """What puts rows in order: the run's own generator, unless one is given."""
        return self.rng if isinstance(self.shuffle, (bool, np.bool_)) else self.shuffle

    @property
    def n_rows(self) -> int:
        """Number of rows in an epoch, or 0 if unknown."""
        return len(self.job.data) if self.stream is None else self.stream.n_rows

    def held(self) -> AbstractContextManager[None]:
        """The time of an epoch, in which there is memory for its blocks."""
        return nullcontext() if self.stream is None else self.stream.held(self.job)

    def parts(self, number: int, done: int) -> Generator[Array | None, None, None]:
        """The order of the rows of each part of an epoch that is not done yet; of a block None, see `of_block`."""
        if self.stream is not None:
            yield from self.stream.passes(self.job, number, done)
            return
        size = self.part_rows
        if self.order is not None and self.shuffle and not done:
            self.shuffler.shuffle(self.order)
        for start in range(done, len(self.job.data), size):
            yield None if self.order is None else self.order[start : start + size]

    def of_block(self) -> Array | None:
        """An order of the rows of the block that the job holds now."""
        if self.stream is None or not self.shuffle:
            return None
        return self.stream.shuffled(len(self.job.data), self.shuffler)
