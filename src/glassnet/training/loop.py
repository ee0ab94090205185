"""The training loop: an iterator that yields a record after each pass over the data."""

import itertools
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from glassnet.engine.job import Job
from glassnet.engine.numpy_engine import NonFinite, NumpyEngine
from glassnet.errors import Diverged
from glassnet.formulas.elementary import Array
from glassnet.training.averaging import exchange
from glassnet.training.history import Epoch
from glassnet.training.metrics import Metric, measure
from glassnet.training.mixup import Mixup
from glassnet.training.scheduled import Scheduled

Validate = Callable[[], tuple[float, dict[str, float]]]


@dataclass
class Run:
    """Everything a training loop works with; `y` is as the user gave it, for metrics."""

    job: Job
    engine: NumpyEngine
    rng: "np.random.Generator"
    y: Array
    metrics: Sequence[Metric]
    validate: Validate | None
    n_epochs: int | None
    shuffle: bool
    scheduled: Scheduled
    mixup: Mixup | None = None

    def record(self, number: int, loss: float, rate: float, started: float) -> Epoch:
        """The record of the epoch that just ended."""
        epoch = Epoch(number, loss, rate, steps=self.job.step, scheduled=self.scheduled.now())
        if self.job.outputs is not None:
            epoch.metrics = measure(self.metrics, self.y, self.job.outputs, self.job.data.weights)
        if self.validate is not None:
            epoch.val_loss, epoch.val_metrics = self.validate()
        epoch.seconds = time.perf_counter() - started
        return epoch

    @property
    def steps(self) -> int:
        """How many updates an epoch has."""
        return -(-len(self.job.data) // (self.job.plan.n_rows * self.job.accumulate))

    def numbers(self) -> Iterator[int]:
        """1, 2, … up to the number of epochs, or without end."""
        return iter(range(1, self.n_epochs + 1)) if self.n_epochs is not None else itertools.count(1)


def sgd_epochs(run: Run) -> Iterator[Epoch]:
    """Mini-batch training. The rows are shuffled before each epoch, unless one batch holds them all."""
    job, rate = run.job, run.job.rule.learning_rate
    one_batch = len(job.data) <= job.plan.n_rows
    order = np.arange(len(job.data)) if run.shuffle and not one_batch else None
    safe = LastGood(job.plan.parameters, job.plan.state, job.average)
    for number in run.numbers():
        started = time.perf_counter()
        if job.step:
            exchange(job)
        if order is not None:
            run.rng.shuffle(order)
        if run.mixup is not None:
            run.mixup.draw(order, job.plan.n_rows, run.rng)
        rate = run.scheduled.begin(number, run.steps, rate)
        first_step = job.step + 1
        try:
            loss = run.engine.epoch(job, order, rate)
        except NonFinite as error:
            safe.restore(proven=error.step > first_step)
            raise diverged(error, number, rate) from None
        if not all(np.isfinite(v).all() for v in (job.plan.parameters, job.plan.state)):  # proven by no loss
            safe.restore(proven=True)
            raise diverged(NonFinite(job.step, float("inf")), number, rate)
        exchange(job)
        safe.keep()
        yield (epoch := run.record(number, loss, rate, started))
        rate = run.scheduled.end(epoch, rate)


class LastGood:
    """Copies of vectors, parameters, state and average, at the start of this epoch and of the one before.

    A finite loss proves only the parameters that it was computed with, so this epoch's start is good once a batch of it
    had a finite loss; until then the start of the epoch before is the last that was proven.
    """

    def __init__(self, *vectors: Array):
        self.vectors = vectors
        self.start, self.before = ([vector.copy() for vector in vectors] for _ in range(2))

    def keep(self) -> None:
        """An epoch has ended."""
        self.start, self.before = self.before, self.start
        for copy, vector in zip(self.start, self.vectors, strict=True):
            copy[...] = vector

    def restore(self, proven: bool) -> None:
        """Put back the last good vectors; `proven`: a batch of this epoch had a finite loss."""
        for vector, copy in zip(self.vectors, self.start if proven else self.before, strict=True):
            vector[...] = copy


def diverged(error: NonFinite, number: int, rate: float) -> Diverged:
    """What to say when the loss is not finite any more."""
    return Diverged(
        f"training diverged: the loss was {error.loss} at step {error.step}, in epoch {number}. The network keeps the "
        f"last parameters that began an epoch with a finite loss. Usual causes: a learning rate that is too high "
        f"(it was {rate:g}), or inputs that are not scaled."
    )
