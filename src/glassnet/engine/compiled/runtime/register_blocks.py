"""Products of matrices over turned tiles: blocks of sums that stay in the processor's registers.

A turned array has one row a unit, and the samples of a tile lie side by side in it. So one instruction takes as many
samples as it has lanes whatever the number of units, and a formula over all entries runs over plain memory. `span` is
the length of such a row: the samples of the tile, filled up to a multiple of `STEP`.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from llvmlite import ir
from numba import types

from glassnet.engine.compiled.runtime.registers import BYTES, intrinsic
from glassnet.engine.compiled.runtime.vectors import I64, Vectors

if TYPE_CHECKING:
    from numba.core.base import BaseContext
    from numba.core.typing.context import Context as TypingContext
    from numba.core.typing.templates import Signature

TALL = 8 if BYTES == 64 else 4  # units of a block; a processor with AVX-512 has 32 registers, others have 16
VECTORS = 2  # registers of samples of a block
STEP = VECTORS * BYTES // 4  # float32 samples
FROM_ZERO, FROM_BIAS, FROM_Z = range(3)
RUN = 3  # whole numbers a run: where it begins among the rows of x, where among those of w, its length


def sums_of_runs(tall: int) -> Any:
    """The block zⱼ = start + Σ w(i, j) xᵢ over all rows i of some runs, for `tall` units j and `VECTORS` registers.

    A run begins at a row of x and at a row of w, whose rows are `w_i` apart, and has a length. The sum starts from 0,
    from the bias b, or from what lies in z.
    """

    @intrinsic
    def block(
        typing: "TypingContext",
        x: types.CPointer,
        x_row: types.Integer,
        runs: types.CPointer,
        n: types.Integer,
        w: types.CPointer,
        w_i: types.Integer,
        w_j: types.Integer,
        z: types.CPointer,
        z_row: types.Integer,
        b: types.CPointer,
        start: types.Integer,
    ) -> Any:
        def build(
            context: "BaseContext", builder: ir.IRBuilder, signature: "Signature", given: Sequence[ir.Value]
        ) -> ir.Value:
            x_, x_row_, runs_, n_, w_, w_i_, w_j_, z_, z_row_, b_, start_ = given
            v = Vectors(builder, x.dtype)
            places = [
                builder.gep(v.place(z_, (z_row_, j)), [ir.Constant(I64, k * v.lanes)])
                for j in range(tall)
                for k in range(VECTORS)
            ]

            def run(k: ir.Value, sums: ir.Value) -> Any:
                at = builder.gep(runs_, [builder.mul(k, ir.Constant(I64, RUN))])
                row, weight, length = (builder.load(builder.gep(at, [ir.Constant(I64, part)])) for part in range(RUN))
                x_run, w_run = builder.gep(x_, [builder.mul(row, x_row_)]), builder.gep(w_, [builder.mul(weight, w_i_)])

                def body(i: ir.Value, held: ir.Value) -> Any:
                    row = builder.gep(x_run, [builder.mul(i, x_row_)])
                    xs = [v.load(builder.gep(row, [ir.Constant(I64, k * v.lanes)])) for k in range(VECTORS)]
                    weights = builder.gep(w_run, [builder.mul(i, w_i_)])
                    ws = [v.everywhere(builder.load(v.place(weights, (w_j_, j)))) for j in range(tall)]
                    return [
                        v.multiply_add(xs[k], ws[j], held[j * VECTORS + k]) for j in range(tall) for k in range(VECTORS)
                    ]

                return v.loop(length, 1, tall * VECTORS, sums, body)

            first = first_sums(v, places, b_, w_, start_)
            for place, total in zip(places, v.loop(n_, 1, tall * VECTORS, first, run), strict=True):
                v.store(total, place)
            return context.get_dummy_value()

        whole = types.int64
        return types.void(x, whole, runs, whole, x, whole, whole, x, whole, x, whole), build

    return block


def first_sums(v: Vectors, places: Sequence[ir.Value], b: ir.Value, w: ir.Value, start: ir.Value) -> list[ir.Value]:
    """What the sums of a block start from; where there is no bias, w is read in its place and not used."""
    from_z, from_b = (v.builder.icmp_signed("==", start, ir.Constant(I64, of)) for of in (FROM_Z, FROM_BIAS))
    bias, first = v.builder.select(from_b, b, w), []
    for j in range(len(places) // VECTORS):
        number = v.builder.load(v.builder.gep(bias, [ir.Constant(I64, j)]))
        first += [v.everywhere(v.builder.select(from_b, number, ir.Constant(v.number, 0.0)))] * VECTORS
    return [v.builder.select(from_z, v.load(place), one) for place, one in zip(places, first, strict=True)]


def sums_of_samples(tall: int, wide: int) -> Any:
    """The block gᵢⱼ = start + Σ x(i, p, r) d(j, p, r) over places p and samples r: `tall` rows i, `wide` units j.

    Row i at place p begins `bases[p] + rows[i]` numbers behind x, unit j there `p d_place + j d_row` numbers behind d.
    The sum starts from 0, or where it is `added`, from what lies in g.
    """

    @intrinsic
    def block(
        typing: "TypingContext",
        x: types.CPointer,
        bases: types.CPointer,
        rows: types.CPointer,
        d: types.CPointer,
        d_place: types.Integer,
        d_row: types.Integer,
        g: types.CPointer,
        g_row: types.Integer,
        places: types.Integer,
        n: types.Integer,
        added: types.Integer,
    ) -> Any:
        def build(
            context: "BaseContext", builder: ir.IRBuilder, signature: "Signature", given: Sequence[ir.Value]
        ) -> ir.Value:
            x_, bases_, rows_, d_, d_place_, d_row_, g_, g_row_, places_, n_, added_ = given
            v = Vectors(builder, x.dtype)
            starts = [builder.gep(x_, [builder.load(builder.gep(rows_, [ir.Constant(I64, i)]))]) for i in range(tall)]

            def place(p: ir.Value, sums: ir.Value) -> Any:
                base, d_start = builder.load(builder.gep(bases_, [p])), builder.gep(d_, [builder.mul(p, d_place_)])

                def body(r: ir.Value, held: ir.Value) -> Any:
                    at = builder.add(base, r)
                    ds = [v.load(v.place(builder.gep(d_start, [r]), (d_row_, j))) for j in range(wide)]
                    xs = [v.load(builder.gep(start, [at])) for start in starts]
                    return [v.multiply_add(xs[i], ds[j], held[i * wide + j]) for i in range(tall) for j in range(wide)]

                return v.loop(n_, v.lanes, tall * wide, sums, body)

            sums = v.loop(places_, 1, tall * wide, [v.zero] * (tall * wide), place)
            store_sums(v, sums, wide, g_, g_row_, added_)
            return context.get_dummy_value()

        whole = types.int64
        return types.void(x, bases, rows, x, whole, whole, x, whole, whole, whole, whole), build

    return block


def store_sums(v: Vectors, sums: Sequence[Any], wide: int, g: ir.Value, g_row: ir.Value, added: ir.Value) -> None:
    """The lanes of each register summed up, stored or added; of 16 registers together, four times as fast as each."""
    builder, more = v.builder, v.builder.icmp_signed("!=", added, ir.Constant(I64, 0))
    parts: list[Any] = [v.total(each) for each in sums]
    if len(sums) == 16:
        totals, width = [v.totals(sums[at : at + v.lanes]) for at in range(0, 16, v.lanes)], min(4, v.lanes)
        lanes = [divmod(first, v.lanes) for first in range(0, 16, width)]
        parts = [v.pick(totals[of], totals[of], range(lane, lane + width)) for of, lane in lanes]
    size = len(sums) // len(parts)
    for number, part in enumerate(parts):
        i, j = divmod(number * size, wide)
        entry = builder.bitcast(builder.gep(v.place(g, (g_row, i)), [ir.Constant(I64, j)]), part.type.as_pointer())
        before = builder.load(entry)
        before.align = v.size
        v.store(builder.select(more, builder.fadd(before, part), part), entry)


@intrinsic
def moved(typing: "TypingContext", pointer: types.Type, by: types.Type) -> Any:
    """A pointer so many numbers further on."""
    return pointer(pointer, types.int64), lambda context, builder, signature, given: builder.gep(given[0], [given[1]])


runs_tall, runs_6, runs_4, runs_2, runs_1 = (sums_of_runs(tall) for tall in (TALL, 6, 4, 2, 1))
samples_44, samples_42, samples_41, samples_14, samples_12, samples_11 = (
    sums_of_samples(*of) for of in ((4, 4), (4, 2), (4, 1), (1, 4), (1, 2), (1, 1))
)
