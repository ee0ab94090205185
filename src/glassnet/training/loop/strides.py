"""Strides: many epochs in one call of the engine, where nobody looks between them."""

import pickle
import time
from collections.abc import Callable, Generator, Iterator
from typing import Any

import numpy as np

from glassnet.formulas.elementary import Array
from glassnet.training.epoch import Epoch
from glassnet.training.loop.epoch_progress import rows_of_part
from glassnet.training.loop.run import Run, sgd_epochs

SECONDS = 0.03  # that a stride should take, so that Ctrl-C is heard at once
MOST_NUMBERS = 1 << 18  # of the orders of rows of one stride


class Stride:
    """The records of consecutive epochs, which become `Epoch` objects when somebody looks at them."""

    def __init__(self, first: int, losses: Array, rate: float, steps: tuple[int, int], seconds: float):
        self.first, self.losses, self.rate, self.steps, self.seconds = first, losses, rate, steps, seconds

    def __len__(self) -> int:
        return len(self.losses)

    def __iter__(self) -> Iterator[Epoch]:
        before, each = self.steps
        seconds = self.seconds / len(self)
        for k, loss in enumerate(self.losses.tolist()):
            yield Epoch(self.first + k, loss, self.rate, seconds=seconds, steps=before + (k + 1) * each)


def strided_epochs(run: Run, between: Callable[[], None] | None) -> Generator[Epoch | Stride, None, None]:
    """Mini-batch training: in strides while nobody looks between epochs, else epoch by epoch.

    `between` is called between two parts of an epoch, where the run is written down.
    """
    if run.unwatched and between is None and can_stride(run):
        yield from strides(run)
    yield from sgd_epochs(run) if between is None else sgd_epochs(run, between)


def strides(run: Run) -> Generator[Stride, None, None]:
    """Strides up to the last epoch, or up to one that has to be made by itself."""
    run.engine.prepare(run.job)
    pacer = Pacer(run)
    while left := (run.n_epochs or 0) - run.number:
        made = stride(run, min(pacer.size, left))
        if made is None:
            return
        pacer.after(made)
        yield made


class Pacer:
    """How many epochs the next stride has: as many as take `SECONDS` at the pace of the last one."""

    def __init__(self, run: Run):
        self.size = 1
        self.most = max(1, MOST_NUMBERS // run.rows.n_rows)

    def after(self, stride: Stride) -> None:
        """Look at the time that a stride took."""
        pace = stride.seconds / len(stride)
        self.size = max(1, min(int(SECONDS / pace), 8 * self.size, self.most)) if pace else self.most


def can_stride(run: Run) -> bool:
    """Whether all that happens between two epochs is what the engine does by itself."""
    job = run.job
    looked_at = (run.measuring.validate, job.outputs, run.rows.stream, job.mixture, job.averaging, run.carried)
    plain = all(each is None for each in looked_at) and not (run.stopping.stops or run.scheduled.followers)
    whole = run.n_epochs is not None and not run.progress.rows and len(job.data) <= rows_of_part(job)
    return plain and whole and (run.rows.order is None or run.rows.shuffler is run.rows.rng)


def stride(run: Run, size: int) -> Stride | None:
    """Make so many epochs; None, and nothing has changed, where they have to be made one by one.

    That is where a loss or a parameter is not finite, and where a layer draws random numbers between the shuffles. The
    last epoch is a call of its own, so that what divergence puts back is what it would be without strides.
    """
    job, rows, start, started = run.job, run.rows, Start(run), time.perf_counter()
    try:
        orders = orders_of(run, size)
        drawn = pickle.dumps(rows.random_state)  # a dict that may hold arrays
        sums = np.empty((size, 2))
        done = passes(run, orders, sums[:-1])
        if done and size > 1:
            run.backup.keep()
        done = done and passes(run, None if orders is None else orders[-1:], sums[-1:])
        done = done and all(np.isfinite(v).all() for v in (job.plan.parameters, job.plan.state))
        if not done or (orders is not None and pickle.dumps(rows.random_state) != drawn):
            start.restore(run)
            return None
    except BaseException:  # Ctrl-C, say: the history ends where this stride begins
        start.restore(run)
        raise
    run.backup.keep()
    found = Stride(
        run.number + 1, losses_of(run, sums), run.rate, (start.step, run.steps), time.perf_counter() - started
    )
    run.number += size
    return found


def orders_of(run: Run, size: int) -> Array | None:
    """The order of the rows in each epoch, one a row; None where they are taken as they lie."""
    order = run.rows.order
    if order is None:
        return None
    orders = np.empty((size, len(order)), order.dtype)
    for row in orders:
        if run.rows.shuffle:
            run.rows.shuffler.shuffle(order)
        row[...] = order
    return orders


def passes(run: Run, orders: Array | None, sums: Array) -> bool:
    """An epoch for each row of `sums`; False where one ended at a loss that is not finite."""
    return not len(sums) or run.engine.epochs(run.job, orders, run.rate, sums) == len(sums)


def losses_of(run: Run, sums: Array) -> Array:
    """The loss of each epoch from (its sum, what a mean divides it by), as `Total` has it."""
    total, divisor = sums.T
    if run.job.objective.loss.reduction == "sum":
        return total
    return total / np.where(divisor == 0, 1.0, divisor)


class Start:
    """All that a stride changes, as it was before it."""

    def __init__(self, run: Run):
        self.step, self.state = run.job.step, run.rows.random_state
        self.copies = [vector.copy() for vector in changed(run)]
        self.backup = [[v.copy() for v in vectors] for vectors in (run.backup.start, run.backup.before)]

    def restore(self, run: Run) -> None:
        """Put it back."""
        run.job.step, run.rows.random_state = self.step, self.state
        for vector, copy in zip(changed(run), self.copies, strict=True):
            vector[...] = copy
        run.backup.start, run.backup.before = self.backup


def changed(run: Run) -> list[Any]:
    """The vectors that training changes, and the order of the rows."""
    plan = run.job.plan
    return [plan.parameters, plan.state, *run.job.memory, *([] if run.rows.order is None else [run.rows.order])]
