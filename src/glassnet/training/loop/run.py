"""The training loop: an iterator that yields a record after each pass over the data."""

import itertools
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from typing import Any

import numpy as np

from glassnet.engine.engine import Engine, NonFinite
from glassnet.engine.job import Job, Samples
from glassnet.engine.ranks.reduction import Ranks
from glassnet.errors import Diverged, InvalidInput
from glassnet.formulas.elementary import Array
from glassnet.training.epoch import Epoch
from glassnet.training.loop.divergence import first_not_finite
from glassnet.training.loop.endings import Stopping
from glassnet.training.loop.epoch_progress import EpochProgress
from glassnet.training.loop.measuring import Measuring
from glassnet.training.loop.optimizer_state import OptimizerState
from glassnet.training.loop.row_order import RowOrder
from glassnet.training.loop.schedule_values import Scheduled


class Run:
    """Everything a training loop works with.

    What it holds from one epoch to the next is listed in `training/checkpoints/run_state.py`: `number` of epochs done,
    the learning `rate`, the `progress` within the epoch, and a `backup` of the last good parameters. `outcome`
    is what the history is told at the end.
    """

    def __init__(
        self,
        *,
        job: Job,
        engine: Engine,
        rows: RowOrder,
        measuring: Measuring,
        scheduled: Scheduled,
        stopping: Stopping,
        n_epochs: int | None,
        carried: OptimizerState | None = None,
        ranks: Ranks | None = None,
    ):
        self.job = job
        self.engine = engine
        self.rows = rows
        self.measuring = measuring
        self.scheduled = scheduled
        self.stopping = stopping
        self.n_epochs = n_epochs
        self.carried = carried
        self.ranks = ranks
        self.outcome: dict[str, Any] = {}
        self.unwatched = False  # whether nobody looks between epochs
        self.number = 0
        self.rate = job.rule.learning_rate if carried is None else carried.begin(job)
        self.progress = EpochProgress(job.objective.loss)
        self.backup = ParameterBackup(job.plan.parameters, job.plan.state, job.average)

    def hold(self, data: Samples, y: Array) -> None:
        """Replace the rows; refused if they do not fit."""
        tied = {"metrics": self.measuring.metrics, "blocks": self.rows.stream}
        for name in (name for name, given in tied.items() if given):
            raise InvalidInput(f"a training with {name} cannot switch to other rows.")
        if len(data) > self.job.capacity:
            raise InvalidInput(
                f"a training that started with {self.job.capacity} rows cannot hold more, got {len(data)}."
            )
        if (data.weights is None) != (self.job.data.weights is None):
            raise InvalidInput("sample_weight must be given for all the rows that a training holds, or for none.")
        self.rows.hold(data)
        self.measuring.y = y

    def record(self, number: int, loss: float, rate: float, started: float) -> Epoch:
        """The record of the epoch that just ended."""
        epoch = Epoch(number, loss, rate, steps=self.job.step, scheduled=self.scheduled.now())
        self.measuring.measure(self.job, epoch)
        epoch.seconds = time.perf_counter() - started
        self.number = number
        return epoch

    @property
    def steps(self) -> int:
        """How many updates an epoch has."""
        return -(-self.rows.n_rows // (self.job.plan.n_rows * self.job.accumulate))

    def passes(self, number: int, between: Callable[[], None]) -> Generator[Array | None, None, None]:
        """The order of the rows of each part of an epoch that is not done yet, with what changes in it prepared.

        `between` is called between two parts, where the run can be written down.
        """
        job, table, update = self.job, self.job.changing.table, self.job.plan.n_rows * self.job.accumulate
        with closing(self.rows.parts(number, self.progress.rows)) as parts:
            for order in parts:
                if self.progress.rows:
                    between()
                if self.rows.stream is not None:
                    order = self.rows.of_block()
                job.changing.table = table[self.progress.rows // update :]
                if job.mixture is not None:
                    job.mixture.draw(job.n_rows(order), self.rows.rng)
                yield order
        job.changing.table = table

    def numbers(self) -> Iterator[int]:
        """The numbers of the coming epochs, up to the last, or without end."""
        first = self.number + 1
        return iter(range(first, self.n_epochs + 1)) if self.n_epochs is not None else itertools.count(first)


def nothing() -> None:
    """Do nothing between two parts of an epoch, as for a run without checkpoints."""


def sgd_epochs(run: Run, between: Callable[[], None] = nothing) -> Generator[Epoch, None, None]:
    """Mini-batch training. The rows are shuffled before each epoch, unless one batch holds them all.

    `between` is called between two parts of an epoch.
    """
    run.engine.prepare(run.job)
    run.backup.go_on()
    for number in run.numbers():
        try:
            with run.rows.held():
                epoch = one_epoch(run, number, between)
        except Diverged:
            raise
        except BaseException:  # Ctrl-C, say: not with half an epoch
            run.backup.restore(proven=True)
            raise
        run.backup.keep()
        yield epoch


def one_epoch(run: Run, number: int, between: Callable[[], None]) -> Epoch:
    """One pass over the data, and its record."""
    job, under, order, started = run.job, run.progress, None, time.perf_counter()
    if job.step and not under.rows:
        job.exchange_average()
    first_step = 0 if under.rows else job.step + 1
    run.rate = run.scheduled.begin(number, run.steps, run.rate)
    with closing(run.passes(number, between)) as passes:
        for order in passes:
            one_pass(run, number, order, first_step)
            now = time.perf_counter()
            under.add(job.n_rows(order), job.total, now - started)
            started = now
    if not all(np.isfinite(v).all() for v in (job.plan.parameters, job.plan.state)):  # not confirmed by a loss
        where = first_not_finite(job, order, 0)
        run.backup.restore(proven=True)
        raise diverged(NonFinite(job.step, float("inf")), number, run, where)
    job.exchange_average()
    loss, started = under.total.loss, started - under.seconds
    run.progress = EpochProgress(job.objective.loss)
    return run.record(number, loss, run.rate, started)


def one_pass(run: Run, number: int, order: Array | None, first_step: int) -> None:
    """One part of an epoch that began with `first_step`."""
    job, before = run.job, run.job.step
    try:
        run.engine.epoch(job, order, run.rate)
    except NonFinite as error:
        where = first_not_finite(job, order, (error.step - before - 1) * job.accumulate)
        run.backup.restore(proven=error.step > first_step)
        raise diverged(error, number, run, where) from None


class ParameterBackup:
    """Copies of vectors, parameters, state and average, at the start of this epoch and of the one before.

    A finite loss proves only the parameters that it was computed with, so this epoch's start is good once a batch of it
    had a finite loss; until then the start of the epoch before is the last that was proven.
    """

    def __init__(self, *vectors: Array):
        self.vectors = vectors
        self.start, self.before = ([vector.copy() for vector in vectors] for _ in range(2))
        self.within: list[Array] = []

    def keep(self, vectors: Sequence[Array] = ()) -> None:
        """An epoch has ended, with the vectors as they are, or with those that are given."""
        for copy, vector in zip(self.before, vectors or self.vectors, strict=False):
            copy[...] = vector
        self.start, self.before = self.before, self.start

    def restore(self, proven: bool) -> None:
        """Restore the last good vectors; `proven`: a batch of this epoch had a finite loss."""
        for vector, copy in zip(self.vectors, self.start if proven else self.before, strict=True):
            vector[...] = copy

    def set_aside(self) -> None:
        """After resuming within an epoch: until it continues, the network has the parameters of the last whole one."""
        self.within = [vector.copy() for vector in self.vectors]
        self.restore(proven=True)

    def go_on(self) -> None:
        """Restore what was set aside, if anything was."""
        for vector, copy in zip(self.vectors, self.within, strict=False):
            vector[...] = copy
        self.within = []


def diverged(error: NonFinite, number: int, run: Run, where: str) -> Diverged:
    """The error for a loss that is no longer finite; `where` is a sentence about the first such number, or empty."""
    data = run.job.data
    largest = " and ".join(f"{max(array.max(), -array.min()):.3g}" for array in (data.X, data.Y))
    return Diverged(
        f"training diverged: the loss was {error.loss} at step {error.step}, in epoch {number}. {where}The network "
        f"keeps the last parameters that began an epoch with a finite loss. Usual causes: a learning rate that is too "
        f"high (it was {run.rate:g}), inputs or targets that are not scaled (the largest are {largest}), or gradients "
        f"that need clipping (clip=gn.ClipNorm(1.0))."
    )
