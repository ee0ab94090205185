"""The parts of a training step for a loop outside, which sums up gradients between them: see `rank_steps.py` above.

Importing this file compiles it, so it is loaded with `cache.load_file` only.
"""

from numba import njit

from glassnet.engine.compiled.runtime import slots as at
from glassnet.engine.compiled.runtime.interpreter import close, run_part, run_update, stage, write_numbers
from glassnet.engine.compiled.runtime.noise import take_keys
from glassnet.engine.compiled.runtime.pointers import (
    flush_denormals,
    pointer_f8,
    pointer_i8,
    restore,
)
from glassnet.engine.compiled.runtime.rows import divided, mix, rounded_up, scatter, steps_that_count, tile_start


@njit(nogil=True, error_model="numpy")
def start_update(table, step, first, n_rows):  # type: ignore[no-untyped-def]
    """What changes from step to step, put where kernels read it; gives what a mean over the rows divides by."""
    t = pointer_i8(table)
    write_numbers(t, step)
    return divided(t, first, n_rows)


@njit(nogil=True, error_model="numpy")
def start_batch(table, number, first, n_rows):  # type: ignore[no-untyped-def]
    """Draw what is random in a batch."""
    t = pointer_i8(table)
    if t[at.SHARES]:
        mix(t, first, n_rows, number)
    take_keys(t)


@njit(nogil=True, error_model="numpy")
def groups(table, queue, first, n_rows, n_tiles, n_groups, low, high):  # type: ignore[no-untyped-def]
    """The groups `low` … `high` − 1 of a batch; gives the sum of their losses."""
    t, before = pointer_i8(table), flush_denormals()
    t[at.KIND], t[at.FIRST_TASK], t[at.FIRST], t[at.N_ROWS] = at.IN_GROUPS, low, first, n_rows
    t[at.N_TILES], t[at.N_GROUPS] = n_tiles, n_groups
    total = stage(t, high - low, queue)
    close(queue)
    restore(before)
    return total


@njit(nogil=True, error_model="numpy")
def slices(table, queue, first, n_rows, n_tiles, number):  # type: ignore[no-untyped-def]
    """One tile of a batch, stage by stage; gives its loss."""
    t, before, step = pointer_i8(table), flush_denormals(), pointer_i8(table)[at.SPAN_STEP]
    low, high = tile_start(number, n_tiles, n_rows, step), tile_start(number + 1, n_tiles, n_rows, step)
    n = high - low
    span = rounded_up(n, step)
    t[at.KIND], t[at.FIRST], t[at.N_ROWS], t[at.SPAN] = at.GATHER, first + low, n, span
    stage(t, span // 16, queue)
    n_steps = steps_that_count(t, at.ZERO, n, span)
    total = run_part(t, at.GRADIENT, at.ZERO, n, n_steps, span, low, queue)
    scatter(t, at.ZERO, first + low, n, span)
    close(queue)
    restore(before)
    return total


@njit(nogil=True, error_model="numpy")
def update(table, queue):  # type: ignore[no-untyped-def]
    """One step of the update rule, by the gradient that is there; gives the penalties that count."""
    t, before = pointer_i8(table), flush_denormals()
    live = pointer_f8(t[at.LIVE])
    live[at.STEP] += 1.0
    counted = run_update(t, at.UPDATE, queue)
    if int(live[at.STEP]) % t[at.FLUSH_EVERY] == 0:
        run_update(t, at.FLUSH, queue)
    close(queue)
    restore(before)
    return counted
