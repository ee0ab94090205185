"""Products of matrices as loops over register blocks; what lies far apart is packed, so that it stays in the caches."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from llvmlite import ir
from numba import njit, types
from numba.core import cgutils

from glassnet.engine.compiled.runtime.register_blocks import (
    FROM_BIAS,
    FROM_Z,
    FROM_ZERO,
    RUN,
    STEP,
    TALL,
    moved,
    runs_1,
    runs_2,
    runs_4,
    runs_6,
    runs_tall,
)
from glassnet.engine.compiled.runtime.registers import intrinsic
from glassnet.engine.compiled.runtime.transpose import whole_room
from glassnet.engine.compiled.runtime.vectors import I64

if TYPE_CHECKING:
    from numba.core.base import BaseContext
    from numba.core.typing.context import Context as TypingContext
    from numba.core.typing.templates import Signature

DEEP = 256  # inputs taken together: their weights for a block fit the first cache, their samples the second
FAR = 160  # samples in a row; in longer ones those of a block lie so far apart that they are packed, too
PACKED_DEEP, PACKED_UNITS = 128, 128  # then taken together: the samples fit the first cache, the weights the second


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
run_room = whole_room(RUN)


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
