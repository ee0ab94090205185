"""The loops that run kernels: a whole epoch, or a prediction, in one call.

Everything is addresses and plain numbers in one table `t` (see `slots`), so that this is compiled once, for every
network and number type, and nothing is counted or copied on the way. A batch is cut into tiles, in which the samples
lie side by side. Either whole tiles are shared out over the threads, in groups with sums of their own, or the threads
work on slices of the units of one tile, stage by stage.
"""

import numpy as np
from numba import njit

from glassnet.engine.compiled.runtime import slots as at
from glassnet.engine.compiled.runtime.noise import take_keys
from glassnet.engine.compiled.runtime.pointers import (
    atomic_add,
    atomic_load,
    atomic_store,
    atomic_swap,
    call_task,
    flush_denormals,
    pointer_f8,
    pointer_i8,
    restore,
    yield_core,
)
from glassnet.engine.compiled.runtime.rows import copy, divided, mix, rounded_up, scatter, steps_that_count, tile_start
from glassnet.engine.compiled.runtime.running import run

PATIENCE = 4000  # looks of a worker until it goes to sleep, about a millisecond


@njit(error_model="numpy")
def stage(t, n_tasks, queue):  # type: ignore[no-untyped-def]
    """All tasks of a stage, with whoever helps; gives the sum of their losses, added up in order.

    A ticket is the number of the stage, how many tasks it has, and the next task. Whoever takes a ticket that is left
    over finds no task under it, whenever that happens.
    """
    if queue == 0 or n_tasks == 1:
        for task in range(n_tasks):
            call_task(t[at.TASK], t, task, 0)
    else:
        b = pointer_i8(queue)
        end, number = atomic_load(b, at.DONE) + n_tasks, (atomic_load(b, at.TICKET) >> 32) + 1
        atomic_store(b, at.TICKET, (number << 32) | (n_tasks << 16))
        while True:
            ticket = atomic_add(b, at.TICKET, 1)
            if ticket & 0xFFFF >= n_tasks:
                break
            call_task(t[at.TASK], t, ticket & 0xFFFF, 0)
            atomic_add(b, at.DONE, 1)
        waited = 0
        while atomic_load(b, at.DONE) != end:
            waited += 1
            if waited > 1000 and b[at.YIELD]:
                yield_core(b[at.YIELD])
    total = 0.0
    for task in range(n_tasks):
        total += pointer_f8(t[at.LOSSES])[task]
    return total


@njit(error_model="numpy")
def run_tasks(t, b, worker, relax):  # type: ignore[no-untyped-def]
    """Take tasks until the queue is closed."""
    while True:
        ticket = atomic_add(b, at.TICKET, 1)
        if ticket < 0:
            return
        if ticket & 0xFFFF < (ticket >> 16) & 0xFFFF:
            call_task(t[at.TASK], t, ticket & 0xFFFF, worker)
            atomic_add(b, at.DONE, 1)
            continue
        waited, number = 0, ticket >> 32
        while atomic_load(b, at.TICKET) >> 32 == number:
            waited += 1
            if waited > 1000 and relax:
                yield_core(relax)


@njit(nogil=True, error_model="numpy")
def worker_loop(mailbox):  # type: ignore[no-untyped-def]
    """Help with what one is asked for, and look out for more until nothing has come for a while."""
    r, before = pointer_i8(mailbox), flush_denormals()
    while True:
        run_tasks(pointer_i8(r[at.MAIL_TABLE]), pointer_i8(r[at.MAIL_QUEUE]), r[at.MAIL_WORKER], r[at.YIELD])
        atomic_store(r, at.STATE, at.LOOKING)
        waited = 0
        while atomic_load(r, at.STATE) == at.LOOKING:
            waited += 1
            if waited > 1000 and r[at.YIELD]:
                yield_core(r[at.YIELD])
            if waited > PATIENCE and atomic_swap(r, at.STATE, at.LOOKING, at.ASLEEP):
                restore(before)
                return


@njit(error_model="numpy")
def wake(mailbox):  # type: ignore[no-untyped-def]
    """Ask a worker that is looking out; False where it sleeps."""
    return atomic_swap(pointer_i8(mailbox), at.STATE, at.LOOKING, at.ASKED)


@njit(error_model="numpy")
def close(queue):  # type: ignore[no-untyped-def]
    """Send the workers home."""
    if queue:
        atomic_store(pointer_i8(queue), at.TICKET, at.CLOSED)


@njit(error_model="numpy")
def run_part(t, which, part, n_rows, n_steps, span, place, queue):  # type: ignore[no-untyped-def]
    """The stages of a part of a program; gives the sum of the losses."""
    bounds, parts = pointer_i8(t[which * at.PROGRAM + at.STAGES]), pointer_i8(t[which * at.PROGRAM + at.PARTS])
    total = 0.0
    for number in range(parts[part], parts[part + 1]):
        t[at.KIND], t[at.WHICH], t[at.FIRST_TASK] = at.KERNELS, which, bounds[number]
        t[at.N_ROWS], t[at.N_STEPS], t[at.SPAN], t[at.PLACE] = n_rows, n_steps, span, place
        total += stage(t, bounds[number + 1] - bounds[number], queue)
    return total


@njit(error_model="numpy")
def run_update(t, part, queue):  # type: ignore[no-untyped-def]
    """The stages of a part of the updates, which know of no samples; gives the penalties that count."""
    return run_part(t, at.UPDATES, part, at.ONE, at.ALL_STEPS, at.ONE, at.ZERO, queue)


@njit(error_model="numpy")
def in_groups(t, first, n_rows, fresh, queue):  # type: ignore[no-untyped-def]
    """Whole tiles shared out; gives the loss. The gradient is a new one if `fresh`, else added."""
    n_tiles = (n_rows + t[at.TILE] - 1) // t[at.TILE]
    n_groups = min(n_tiles, t[at.GROUPS])
    t[at.KIND], t[at.FIRST_TASK], t[at.FIRST], t[at.N_ROWS] = at.IN_GROUPS, at.ZERO, first, n_rows
    t[at.N_TILES], t[at.N_GROUPS] = n_tiles, n_groups
    total = stage(t, n_groups, queue)
    if t[at.SUMS] or t[at.OWN]:
        live = pointer_f8(t[at.LIVE])
        live[at.SUMMANDS], live[at.ADDED] = n_groups, 0.0 if fresh else 1.0
        run_update(t, at.SUM, queue)
    return total


@njit(error_model="numpy")
def in_slices(t, first, n_rows, fresh, queue):  # type: ignore[no-untyped-def]
    """One tile after the other, each stage by stage; gives the loss."""
    n_tiles = (n_rows + t[at.TILE] - 1) // t[at.TILE]
    total, step = 0.0, t[at.SPAN_STEP]
    for number in range(n_tiles):
        low, high = tile_start(number, n_tiles, n_rows, step), tile_start(number + 1, n_tiles, n_rows, step)
        n = high - low
        span = rounded_up(n, step)
        t[at.KIND], t[at.FIRST], t[at.N_ROWS], t[at.SPAN] = at.GATHER, first + low, n, span
        stage(t, span // 16, queue)
        n_steps = steps_that_count(t, at.ZERO, n, span)
        total += run_part(t, at.GRADIENT, at.ZERO, n, n_steps, span, low, queue)
        if t[at.SUMS]:
            run_update(t, at.COPY if fresh and number == 0 else at.ADD, queue)
        scatter(t, at.ZERO, first + low, n, span)
    return total


@njit(error_model="numpy")
def compute(t, first, n_rows, fresh, queue):  # type: ignore[no-untyped-def]
    """The sum of the loss of a batch, and its gradient: a new one if `fresh`, else added."""
    take_keys(t)
    if t[at.GROUPS]:
        return in_groups(t, first, n_rows, fresh, queue)
    return in_slices(t, first, n_rows, fresh, queue)


@njit(error_model="numpy")
def compute_batches(t, first, last, batch, queue):  # type: ignore[no-untyped-def]
    """Loss and gradient of the batches of one update, up to a loss that is not finite."""
    total = 0.0
    for start in range(first, last, batch):
        if t[at.SHARES]:
            mix(t, start, min(batch, last - start), start // batch)
        total += compute(t, start, min(batch, last - start), start == first, queue)
        if not np.isfinite(total):
            break
    return total


@njit(error_model="numpy")
def write_numbers(t, step):  # type: ignore[no-untyped-def]
    """What changes from step to step, put where kernels read it."""
    for k in range(t[at.N_CELLS]):
        place = step * t[at.N_CHANGING] + pointer_i8(t[at.COLUMNS])[k]
        pointer_f8(pointer_i8(t[at.CELLS])[k])[0] = pointer_f8(t[at.CHANGES])[place]


@njit(error_model="numpy")
def epoch(t, queue, n, batch, sums, number):  # type: ignore[no-untyped-def]
    """One pass over n rows: gather, forward, loss, backward, update. False at a loss that is not finite, unused."""
    live, finite = pointer_f8(t[at.LIVE]), True
    total, divisor = 0.0, 0.0
    size = batch * t[at.ACCUMULATE]
    for first in range(0, n, size):
        write_numbers(t, first // size)
        share = divided(t, first, min(size, n - first))
        summed = compute_batches(t, first, min(first + size, n), batch, queue)
        live[at.LOSS] = summed
        finite = np.isfinite(summed)
        if not finite:
            break
        divisor += share
        live[at.STEP] += 1.0
        total += summed + run_update(t, at.UPDATE, queue)  # with the penalties that count
        if int(live[at.STEP]) % t[at.FLUSH_EVERY] == 0:
            run_update(t, at.FLUSH, queue)
    s = pointer_f8(sums)
    s[2 * number], s[2 * number + 1] = total, divisor
    return finite


@njit(error_model="numpy")
def leave(t, number):  # type: ignore[no-untyped-def]
    """What one of several passes leaves beside its sums: the loss of the rows held out, copies of vectors."""
    if t[at.HELD]:
        h = pointer_i8(t[at.HELD])
        pointer_f8(t[at.HELD_LOSSES])[number] = in_groups(h, at.ZERO, t[at.HELD_ROWS], at.YES, at.ZERO)
        h[at.OUT_TARGET] += h[at.OUT_STEP]
    for k in range(at.COPIED, at.SLOTS, 3):
        copy(t[k], t[k + 1] + 4 * t[k + 2] * number, t[k + 2])


@njit(nogil=True, error_model="numpy")
def epochs(table, queue, n, batch, n_epochs, sums):  # type: ignore[no-untyped-def]
    """Passes over n rows, each in the next order; gives how many were made before a loss that is not finite."""
    t, before, done = pointer_i8(table), flush_denormals(), at.ZERO
    while done < n_epochs and epoch(t, queue, n, batch, sums, done):
        leave(t, done)
        done += 1
        if t[at.ORDER]:
            t[at.ORDER] += 8 * n
        t[at.CHANGES] += t[at.CHANGES_STEP]
        t[at.OUT_TARGET] += t[at.OUT_STEP]
    close(queue)
    restore(before)
    return done


@njit(nogil=True, error_model="numpy")
def gradient(table, queue, n):  # type: ignore[no-untyped-def]
    """Loss and gradient of n rows in one batch, without an update."""
    t, before = pointer_i8(table), flush_denormals()
    live = pointer_f8(t[at.LIVE])
    live[at.DIVISOR] = divided(t, at.ZERO, n)
    live[at.TOTAL] = compute(t, at.ZERO, n, at.YES, queue)
    close(queue)
    restore(before)


@njit(nogil=True, error_model="numpy")
def forward(table, queue, n):  # type: ignore[no-untyped-def]
    """Run the first program over n rows as they lie; gives the sum of the losses."""
    before = flush_denormals()
    total = in_groups(pointer_i8(table), at.ZERO, n, at.YES, queue)
    close(queue)
    restore(before)
    return total


@njit(nogil=True, error_model="numpy")
def run_kernels(table, which, kernels, n_rows, times):  # type: ignore[no-untyped-def]
    """Run some kernels of a program on the first worker's tile by themselves, to see how long they take."""
    t = pointer_i8(table)
    span = rounded_up(n_rows, t[at.SPAN_STEP]) if which == at.GRADIENT else n_rows
    for _ in range(times):
        for kernel in kernels:
            run(t, which, at.ZERO, kernel, kernel + 1, n_rows, at.ALL_STEPS, span, at.ZERO)
