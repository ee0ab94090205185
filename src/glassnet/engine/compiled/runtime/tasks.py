"""One task of a stage: a group of tiles from the rows to the gradient, a range of kernels, or rows to be gathered.

It is called by its address, so that the loops around it are compiled without it. Importing this file compiles it, so
it is loaded with `cache.load_file` only.
"""

from numba import cfunc, njit

from glassnet.engine.compiled.runtime import slots as at
from glassnet.engine.compiled.runtime.pointers import TASK, pointer_f8, pointer_i8
from glassnet.engine.compiled.runtime.rows import (
    add_up,
    gather,
    rounded_up,
    scatter,
    steps_that_count,
    sum_of_group,
    tile_start,
)
from glassnet.engine.compiled.runtime.running import run


@njit(error_model="numpy")
def run_group(t, task, worker):  # type: ignore[no-untyped-def]
    """All tiles of a group, one after the other: gather, compute, add to the task's gradient, give the outputs."""
    group = t[at.FIRST_TASK] + task
    n_tiles, n_groups, n_rows = t[at.N_TILES], t[at.N_GROUPS], t[at.N_ROWS]
    total, fresh, step = 0.0, True, t[at.SPAN_STEP]
    for tile in range(n_tiles * group // n_groups, n_tiles * (group + 1) // n_groups):
        low, high = tile_start(tile, n_tiles, n_rows, step), tile_start(tile + 1, n_tiles, n_rows, step)
        n, first = high - low, t[at.FIRST] + low
        span = rounded_up(n, step)
        gather(t, worker, first, n, span, at.ZERO, span)
        n_steps = steps_that_count(t, worker, n, span)
        total += run(t, at.GRADIENT, worker, at.ZERO, t[at.N_KERNELS], n, n_steps, span, low)
        if t[at.SUMS]:
            add_up(t, pointer_i8(t[at.GRADIENTS])[worker], sum_of_group(t, task), fresh)
        scatter(t, worker, first, n, span)
        fresh = False
    return total


@cfunc(TASK, error_model="numpy")
def do_task(table, task, worker):  # type: ignore[no-untyped-def]
    """One task of the stage that the table describes."""
    t, loss = pointer_i8(table), 0.0
    if t[at.KIND] == at.IN_GROUPS:
        loss = run_group(t, task, task if t[at.OWN] else worker)
    elif t[at.KIND] == at.GATHER:
        gather(t, at.ZERO, t[at.FIRST], t[at.N_ROWS], t[at.SPAN], 16 * task, 16 * (task + 1))
    else:
        tasks = pointer_i8(t[t[at.WHICH] * at.PROGRAM + at.TASKS])
        k = 2 * (t[at.FIRST_TASK] + task)
        n_rows, n_steps, span = t[at.N_ROWS], t[at.N_STEPS], t[at.SPAN]
        loss = run(t, t[at.WHICH], at.ZERO, tasks[k], tasks[k + 1], n_rows, n_steps, span, t[at.PLACE])
    pointer_f8(t[at.LOSSES])[task] = loss
    return 0
