"""Strides: many epochs in one call of the engine, if nothing happens between them."""

import pickle
import time
from collections.abc import Callable, Generator, Iterator
from typing import Any

import numpy as np

from glassnet.engine.passes import Passes
from glassnet.formulas.elementary import Array
from glassnet.formulas.noise import new_keys
from glassnet.training.epoch import Epoch
from glassnet.training.loop.epoch_progress import rows_of_part
from glassnet.training.loop.run import Run, sgd_epochs
from glassnet.training.stopping import Stop

SECONDS = 0.06  # that a stride should take, so that Ctrl-C works promptly
MOST_NUMBERS = 1 << 20  # that the epochs of a stride read and leave


Columns = dict[str, Any]  # sequences of what an epoch's fields hold, by the name of the field


class Stride:
    """The records of consecutive epochs, which become `Epoch` objects on demand.

    `columns` holds what differs between them, by the names of an epoch's fields. `vectors` are the parameters and the
    state after each, until the next stride is made.
    """

    def __init__(self, first: int, columns: Columns, vectors: list[Array], seconds: float):
        self.first, self.columns, self.vectors, self.seconds = first, columns, vectors, seconds

    def __len__(self) -> int:
        return len(self.columns["loss"])

    def __iter__(self) -> Iterator[Epoch]:
        columns = self.columns | {"loss": self.columns["loss"].tolist()}
        seconds = self.seconds / len(self)
        for number, values in enumerate(zip(*columns.values(), strict=True), self.first):
            yield Epoch(number=number, seconds=seconds, **dict(zip(columns, values, strict=True)))

    def after(self, place: int) -> list[Array]:
        """The vectors after the epoch at a place."""
        return [copies[place] for copies in self.vectors]

    def cut(self, length: int) -> None:
        """Drop the epochs after so many, which are not needed."""
        self.seconds *= length / len(self)
        self.columns = {name: column[:length] for name, column in self.columns.items()}


def strided_epochs(run: Run, between: Callable[[], None] | None) -> Generator[Epoch | Stride, None, None]:
    """Mini-batch training: in strides while nothing happens between epochs, else epoch by epoch.

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
        self.most = max(1, MOST_NUMBERS // numbers_an_epoch(run))

    def after(self, stride: Stride) -> None:
        """Note the time that a stride took."""
        pace = stride.seconds / len(stride)
        self.size = max(1, min(int(SECONDS / pace), 8 * self.size, self.most)) if pace else self.most


def numbers_an_epoch(run: Run) -> int:
    """How many numbers the engine reads and leaves in an epoch of a stride: orders, outputs, copies of vectors."""
    job, held = run.job, run.measuring.held_out
    outputs = (0 if job.outputs is None else job.outputs.size) + (0 if held is None else held.samples.Y.size)
    vectors = job.plan.parameters.size + job.plan.state.size
    return int(run.rows.n_rows + outputs + vectors + run.steps * len(job.changing.fields))


def can_stride(run: Run) -> bool:
    """Whether everything between two epochs is done by the engine, or can be done later."""
    job = run.job
    plain = all(each is None for each in (run.rows.stream, job.mixture, job.averaging, run.carried, run.ranks))
    later = all(waits(stop) for stop in run.stopping.stops)
    known = all(one.schedule.monitor is None for one in run.scheduled.followers)
    whole = run.n_epochs is not None and not run.progress.rows and len(job.data) <= rows_of_part(job)
    return plain and later and known and whole and (run.rows.order is None or orders_come_ahead(run))


def orders_come_ahead(run: Run) -> bool:
    """Whether the orders of several epochs can be drawn ahead, with what layers draw from the same generator."""
    return run.rows.shuffler is run.rows.rng and run.engine.keys_a_batch(run.job) is not None


def waits(stop: Stop) -> bool:
    """Whether a stop may be asked later: not where somebody derived it from one that says so."""
    return bool(vars(type(stop)).get("of_records"))


def stride(run: Run, size: int) -> Stride | None:
    """Make so many epochs; None, with nothing changed, if they must be made one by one.

    That is where a loss or a parameter is not finite, where an engine draws random numbers that were not expected, and
    where a metric fails.
    """
    rows, start, started = run.rows, Start(run), time.perf_counter()
    try:
        passes, columns = scheduled(run, size)
        drawn = pickle.dumps(rows.random_state)  # a dict that may hold arrays
        done = run.engine.epochs(run.job, passes) == size and all(np.isfinite(v).all() for v in passes.vectors)
        if not done or (passes.orders is not None and pickle.dumps(rows.random_state) != drawn):
            start.restore(run)
            return None
        columns |= measured(run, passes, start.step)
    except BaseException as error:  # Ctrl-C, say: the history ends where this stride begins
        start.restore(run)
        if isinstance(error, Exception):
            return None  # which meets it at its epoch
        raise
    keep(run, passes)
    found = Stride(run.number + 1, columns, passes.vectors, time.perf_counter() - started)
    run.number += size
    return found


def scheduled(run: Run, size: int) -> tuple[Passes, Columns]:
    """What the epochs read, and the columns of what follows schedules."""
    (orders, keys), follow = drawn_ahead(run, size), run.scheduled
    changes = follow.tables(run.number + 1, size, run.steps if follow.followers else 0)
    rates = [follow.rate_of(table, run.rate) for table in changes]
    columns: Columns = {"learning_rate": rates}
    if follow.followers:
        columns["scheduled"] = [follow.numbers_of(table) for table in changes]
        run.job.changing.table = changes[-1]
    return Passes(run.job, size, rates[0], orders, changes, run.measuring.held_out, keys), columns


def drawn_ahead(run: Run, size: int) -> tuple[Array | None, Array | None]:
    """(the order of the rows, the keys for random numbers) of each epoch, one a row, drawn as the epochs would.

    None for both where rows are taken as they lie, and for keys where there are none.
    """
    order, job = run.rows.order, run.job
    if order is None:
        return None, None
    n_keys = -(-len(order) // job.plan.n_rows) * (run.engine.keys_a_batch(job) or 0)
    orders, keys = np.empty((size, len(order)), order.dtype), np.empty((size, n_keys), np.uint64)
    for row, own in zip(orders, keys, strict=True):
        if run.rows.shuffle:
            run.rows.shuffler.shuffle(order)
        row[...] = order
        own[...] = new_keys(run.rows.rng, n_keys)
    return orders, keys if n_keys else None


def measured(run: Run, passes: Passes, step: int) -> Columns:
    """The columns of what was measured in the epochs after a step."""
    each = (run.job.step - step) // len(passes)
    steps = range(step + each, run.job.step + 1, each)
    return {"loss": losses_of(run, passes.sums), "steps": steps, **run.measuring.measure_each(run.job, passes)}


def losses_of(run: Run, sums: Array) -> Array:
    """The loss of each epoch from (its sum, what a mean divides it by), as `Total` has it."""
    total, divisor = sums.T
    if run.job.objective.loss.reduction == "sum":
        return total
    return total / np.where(divisor == 0, 1.0, divisor)


def keep(run: Run, passes: Passes) -> None:
    """Leave the job and the backup of parameters as single epochs would: after the last one and the one before it."""
    if passes.outputs is not None and run.job.outputs is not None:
        run.job.outputs[...] = passes.outputs[-1]
    if len(passes) > 1:
        run.backup.keep([copies[-2] for copies in passes.vectors])
    run.backup.keep()


def look(run: Run, stride: Stride) -> None:
    """Have the stops look at each epoch; at the end of training, go back to where it was."""
    for place, epoch in enumerate(stride if run.stopping.stops else ()):
        vectors = stride.after(place)
        run.stopping.look(epoch, vectors)
        if run.stopping.ended is not None:
            stride.cut(place + 1)
            run.number, run.job.step = epoch.number, epoch.steps
            for vector, copy in zip(run.stopping.vectors, vectors, strict=True):
                vector[...] = copy
            break
    stride.vectors = []


class Start:
    """A copy of everything that a stride changes."""

    def __init__(self, run: Run):
        self.step, self.state, self.table = run.job.step, run.rows.random_state, run.job.changing.table
        self.copies = [vector.copy() for vector in changed(run)]

    def restore(self, run: Run) -> None:
        """Restore it."""
        run.job.step, run.rows.random_state, run.job.changing.table = self.step, self.state, self.table
        for vector, copy in zip(changed(run), self.copies, strict=True):
            vector[...] = copy


def changed(run: Run) -> list[Any]:
    """The vectors that training changes, and the order of the rows."""
    plan = run.job.plan
    return [plan.parameters, plan.state, *run.job.memory, *([] if run.rows.order is None else [run.rows.order])]
