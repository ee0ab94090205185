"""Products of matrices as loops over register blocks; what lies far apart is packed, so that it stays in the caches."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from llvmlite import ir
from numba import njit, types
from numba.core import cgutils

from glassnet.engine.compiled.runtime.pointers import pointer_i8
from glassnet.engine.compiled.runtime.register_blocks import (
    FROM_BIAS,
    FROM_Z,
    FROM_ZERO,
    RUN,
    STEP,
    TALL,
    VECTORS,
    moved,
    runs_1,
    runs_2,
    runs_4,
    runs_6,
    runs_tall,
    samples_11,
    samples_12,
    samples_14,
    samples_41,
    samples_42,
    samples_44,
)
from glassnet.engine.compiled.runtime.registers import intrinsic
from glassnet.engine.compiled.runtime.transpose import row_room, turn_square, whole_room
from glassnet.engine.compiled.runtime.vectors import I64

if TYPE_CHECKING:
    from numba.core.base import BaseContext
    from numba.core.typing.context import Context as TypingContext
    from numba.core.typing.templates import Signature

DEEP = 256  # inputs taken together: their weights for a block fit the first cache, their samples the second
FAR = 160  # samples in a row; in longer ones those of a block lie so far apart that they are packed, too
PACKED_DEEP, PACKED_UNITS = 128, 128  # then taken together: the samples fit the first cache, the weights the second
TURNED_DEEP = 128  # samples whose turned gradients stay in the first cache while inputs pass by
NARROW = 16384  # numbers of the gradients of a few units that are taken together
MOST_PLACES = 64  # places of a sequence or a picture taken together


def room_of(size: int) -> Any:
    """Room for so many packed numbers on the stack."""

    @intrinsic
    def room(typing: "TypingContext", like: types.Type) -> Any:
        def build(
            context: "BaseContext", builder: ir.IRBuilder, signature: "Signature", given: Sequence[ir.Value]
        ) -> ir.Value:
            return cgutils.alloca_once(builder, given[0].type.pointee, size=ir.Constant(I64, size))

        return like(like), build

    return room


room_for_block = room_of(DEEP * TALL)
room_for_samples, room_for_weights = room_of(PACKED_DEEP * STEP), room_of(PACKED_DEEP * PACKED_UNITS)
room_for_turned, run_room, place_room = (
    room_of(TURNED_DEEP * STEP),
    whole_room(MOST_PLACES * RUN),
    whole_room(MOST_PLACES),
)


def copy_of(size: int) -> Any:
    """A copy of so many numbers at once."""

    @intrinsic
    def copy(typing: "TypingContext", source: types.Type, target: types.Type) -> Any:
        def build(
            context: "BaseContext", builder: ir.IRBuilder, signature: "Signature", given: Sequence[ir.Value]
        ) -> ir.Value:
            kind = ir.VectorType(given[0].type.pointee, size).as_pointer()
            loaded = builder.load(builder.bitcast(given[0], kind))
            loaded.align = 4
            builder.store(loaded, builder.bitcast(given[1], kind)).align = 4
            return context.get_dummy_value()

        return types.void(source, source), build

    return copy


copy_units, copy_samples = copy_of(TALL), copy_of(STEP // 2)  # a block of doubles has half as many samples


@njit(error_model="numpy")
def pack_units(w, w_i, w_j, deep, panel):  # type: ignore[no-untyped-def]
    """The weights of `TALL` units side by side, so that they lie in few cache lines."""
    if w_j == 1:
        for i in range(deep):
            copy_units(moved(w, i * w_i), moved(panel, i * TALL))
    else:
        for j in range(TALL):
            for i in range(deep):
                panel[i * TALL + j] = w[i * w_i + j * w_j]


@njit(error_model="numpy")
def pack_samples(x, span, step, deep, panel):  # type: ignore[no-untyped-def]
    """The samples of a block side by side, input after input."""
    for i in range(deep):
        for k in range(0, step, STEP // 2):
            copy_samples(moved(x, i * span + k), moved(panel, i * step + k))


@njit(error_model="numpy")
def tall_of(left):  # type: ignore[no-untyped-def]
    """How many units the next block has, of those that are left."""
    return TALL if left >= TALL else 4 if left >= 4 else 2 if left >= 2 else 1


@njit(error_model="numpy")
def block(tall, x, x_row, runs, n, w, w_i, w_j, z, span, b, start):  # type: ignore[no-untyped-def]
    """The block of so many units."""
    if tall == TALL:
        runs_tall(x, x_row, runs, n, w, w_i, w_j, z, span, b, start)
    elif tall == 6:
        runs_6(x, x_row, runs, n, w, w_i, w_j, z, span, b, start)
    elif tall == 4:
        runs_4(x, x_row, runs, n, w, w_i, w_j, z, span, b, start)
    elif tall == 2:
        runs_2(x, x_row, runs, n, w, w_i, w_j, z, span, b, start)
    else:
        runs_1(x, x_row, runs, n, w, w_i, w_j, z, span, b, start)


@njit(error_model="numpy")
def set_run(runs, number, row, weight, length):  # type: ignore[no-untyped-def]
    """Where a run begins among the rows and among the weights, and its length."""
    runs[RUN * number], runs[RUN * number + 1], runs[RUN * number + 2] = row, weight, length


@njit(error_model="numpy")
def weighted_sums(x, w, w_i, w_j, z, b, biased, n_inputs, n_units, span, step):  # type: ignore[no-untyped-def]
    """z (n_units, span) = b + Σᵢ w(i, j) xᵢ, the weight of input i for unit j being at w + i w_i + j w_j.

    The sums are taken in the order of the inputs, whatever is packed.
    """
    if span > FAR:
        packed_sums(x, w, w_i, w_j, z, b, biased, n_inputs, n_units, span, step)
        return
    panel, run = room_for_block(w), run_room()
    for low in range(0, n_inputs, DEEP):
        deep = min(DEEP, n_inputs - low)
        set_run(run, 0, 0, 0, deep)
        start = FROM_Z if low else FROM_BIAS if biased else FROM_ZERO
        xi, j = moved(x, low * span), 0
        while j < n_units:
            tall = tall_of(n_units - j)
            wj, zj, bj = moved(w, low * w_i + j * w_j), moved(z, j * span), moved(b, j) if biased else b
            stride = w_i
            if tall == TALL and w_j == 1 and span > step and w_i > TALL:
                pack_units(wj, w_i, w_j, deep, panel)
                wj, stride = panel, TALL
            for r in range(0, span, step):
                block(tall, moved(xi, r), span, run, 1, wj, stride, w_j, moved(zj, r), span, bj, start)
            j += tall


@njit(error_model="numpy")
def packed_sums(x, w, w_i, w_j, z, b, biased, n_inputs, n_units, span, step):  # type: ignore[no-untyped-def]
    """`weighted_sums` of rows so long that samples and weights are packed: up to 1.7 times as fast."""
    samples, weights, run = room_for_samples(x), room_for_weights(w), run_room()
    for low in range(0, n_inputs, PACKED_DEEP):
        deep = min(PACKED_DEEP, n_inputs - low)
        set_run(run, 0, 0, 0, deep)
        start = FROM_Z if low else FROM_BIAS if biased else FROM_ZERO
        for first in range(0, n_units, PACKED_UNITS):
            units = min(PACKED_UNITS, n_units - first)
            wi = moved(w, low * w_i + first * w_j)
            for j in range(0, units - TALL + 1, TALL):
                pack_units(moved(wi, j * w_j), w_i, w_j, deep, moved(weights, j * deep))
            for r in range(0, span, step):
                pack_samples(moved(x, low * span + r), span, step, deep, samples)
                j = 0
                while j < units:
                    tall = tall_of(units - j)
                    zj, bj = moved(z, (first + j) * span + r), moved(b, first + j) if biased else b
                    if tall == TALL:
                        block(tall, samples, step, run, 1, moved(weights, j * deep), TALL, 1, zj, span, bj, start)
                    else:
                        block(tall, samples, step, run, 1, moved(wi, j * w_j), w_i, w_j, zj, span, bj, start)
                    j += tall


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
    some = max(1, TURNED_DEEP // span)
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
