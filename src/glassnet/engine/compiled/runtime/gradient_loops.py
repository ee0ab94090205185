"""Gradients of weights as loops over register blocks: products that sum over samples, and over places."""

from numba import njit

from glassnet.engine.compiled.runtime.pointers import pointer_i8
from glassnet.engine.compiled.runtime.product_loops import block, room_of, set_run, tall_of
from glassnet.engine.compiled.runtime.register_blocks import (
    FROM_Z,
    FROM_ZERO,
    RUN,
    STEP,
    VECTORS,
    moved,
    samples_11,
    samples_12,
    samples_14,
    samples_41,
    samples_42,
    samples_44,
)
from glassnet.engine.compiled.runtime.transpose import row_room, turn_square, whole_room

TURNED_DEEP = 128  # samples whose turned gradients stay in the first cache while inputs pass by
NARROW = 16384  # numbers of the gradients of a few units that are taken together
MOST_PLACES = 64  # places of a sequence or a picture taken together

room_for_turned = room_of(TURNED_DEEP * STEP)
place_room, run_room = whole_room(MOST_PLACES), whole_room(MOST_PLACES * RUN)


@njit(error_model="numpy")
def sample_sums(x, d, g, n_inputs, n_units, span, step):  # type: ignore[no-untyped-def]
    """g (n_inputs, n_units) = x dᵀ, over all `span` samples: d is 0 where a tile is filled up."""
    gradient_sums(x, 0, 0, 0, d, 0, 1, g, n_units, n_inputs, n_units, span, step)


@njit(error_model="numpy")
def gradient_sums(x, bases, offsets, x_place, d, d_place, places, g, g_row, n_inputs, n_units, span, step):  # type: ignore[no-untyped-def]
    """g (n_inputs, n_units) = Σ x(i, p, r) d(j, p, r) over places p and samples r.

    Input i at place p is row `bases[p] + offsets[i]` of x, with offsets that rise, or where these addresses are 0, row
    `p x_place + i`; unit j there is row `p d_place + j` of d. For full blocks of units sums are taken in the order of
    places and samples; the units that are left are summed in registers of samples.
    """
    full = n_units // step * step
    if full:
        turned_sums(x, bases, offsets, x_place, d, d_place, places, g, g_row, n_inputs, full, span, step)
    if full < n_units:
        d, g = moved(d, full * span), moved(g, full)
        narrow_sums(x, bases, offsets, x_place, d, d_place, places, g, g_row, n_inputs, n_units - full, span)


@njit(error_model="numpy")
def row_number(rows, i, step):  # type: ignore[no-untyped-def]
    """The number of a row that is given at an address, or is so many times a step."""
    return pointer_i8(rows)[i] if rows else i * step


@njit(error_model="numpy")
def in_line(offsets, i, n):  # type: ignore[no-untyped-def]
    """How many of the rows from i on a block takes: those that lie side by side."""
    tall = tall_of(n - i)
    while tall > 1 and row_number(offsets, i + tall - 1, 1) != row_number(offsets, i, 1) + tall - 1:
        tall //= 2
    return tall


@njit(error_model="numpy")
def turned_sums(x, bases, offsets, x_place, d, d_place, places, g, g_row, n_inputs, n_units, span, step):  # type: ignore[no-untyped-def]
    """`gradient_sums` of full blocks of units: d is turned, so that registers hold units, and none is summed up."""
    panel, runs, rows, lanes = room_for_turned(d), run_room(), row_room(), step // VECTORS
    for k in range(lanes):
        rows[k] = k * span
    some = max(1, min(MOST_PLACES, TURNED_DEEP // span))  # for which `runs` has room
    for first in range(0, places, some):
        n = min(some, places - first)
        for low in range(0, span, TURNED_DEEP):
            deep, start = min(TURNED_DEEP, span - low), FROM_Z if first or low else FROM_ZERO
            for k in range(n):
                set_run(runs, k, k * deep, row_number(bases, first + k, x_place) * span + low, deep)
            for j in range(0, n_units, step):
                for k in range(n):
                    turn_units(
                        moved(d, ((first + k) * d_place + j) * span + low),
                        rows,
                        deep,
                        step,
                        moved(panel, k * deep * step),
                    )
                i = 0
                while i < n_inputs:
                    tall = in_line(offsets, i, n_inputs)
                    xi, gij = moved(x, row_number(offsets, i, 1) * span), moved(g, i * g_row + j)
                    block(tall, panel, step, runs, n, xi, 1, span, gij, g_row, gij, start)
                    i += tall


@njit(error_model="numpy")
def turn_units(d, rows, deep, step, panel):  # type: ignore[no-untyped-def]
    """A block of units side by side, sample after sample."""
    lanes = step // VECTORS
    for j in range(0, step, lanes):
        for r in range(0, deep, lanes):
            turn_square(moved(d, j * rows[1] + r), rows, moved(panel, r * step + j), step)


@njit(error_model="numpy")
def narrow_sums(x, bases, offsets, x_place, d, d_place, places, g, g_row, n_inputs, n_units, span):  # type: ignore[no-untyped-def]
    """`gradient_sums` of few units; some places and samples at a time, so that what they read stays in the caches."""
    starts, rows = place_room(), row_room()
    most = max(128, NARROW // n_units // 128 * 128)
    some = max(1, min(MOST_PLACES, most // span))
    for first in range(0, places, some):
        n = min(some, places - first)
        for k in range(n):
            starts[k] = row_number(bases, first + k, x_place) * span
        for low in range(0, span, most):
            deep, added = min(most, span - low), first + low
            i = 0
            while i < n_inputs:
                tall = 4 if n_inputs - i >= 4 else 1
                for k in range(tall):
                    rows[k] = row_number(offsets, i + k, 1) * span
                dj, gi = moved(d, first * d_place * span + low), moved(g, i * g_row)
                narrow_blocks(
                    tall, n_units, moved(x, low), starts, rows, dj, d_place * span, span, gi, g_row, n, deep, added
                )
                i += tall


@njit(error_model="numpy")
def narrow_blocks(tall, n_units, x, bases, rows, d, d_place, span, g, g_row, places, n, added):  # type: ignore[no-untyped-def]
    """The blocks of so many rows, over all units."""
    j = 0
    while j < n_units:
        wide = 4 if n_units - j >= 4 else 2 if n_units - j >= 2 else 1
        dj, gj = moved(d, j * span), moved(g, j)
        if tall == 4:
            if wide == 4:
                samples_44(x, bases, rows, dj, d_place, span, gj, g_row, places, n, added)
            elif wide == 2:
                samples_42(x, bases, rows, dj, d_place, span, gj, g_row, places, n, added)
            else:
                samples_41(x, bases, rows, dj, d_place, span, gj, g_row, places, n, added)
        elif wide == 4:
            samples_14(x, bases, rows, dj, d_place, span, gj, g_row, places, n, added)
        elif wide == 2:
            samples_12(x, bases, rows, dj, d_place, span, gj, g_row, places, n, added)
        else:
            samples_11(x, bases, rows, dj, d_place, span, gj, g_row, places, n, added)
        j += wide
