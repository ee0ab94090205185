"""Products of matrices over turned tiles: blocks of sums that stay in the processor's registers.

A turned array has one row a unit, and the samples of a tile lie side by side in it. So one instruction takes as many
samples as it has lanes whatever the number of units, and a formula over all entries runs over plain memory. `span` is
the length of such a row: the samples of the tile, filled up to a multiple of `STEP`.
"""

from collections.abc import Sequence
from itertools import product
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


def sums_of_inputs(tall: int) -> Any:
    """The block zⱼ = start + Σᵢ w(i, j) xᵢ for `tall` units j and `VECTORS` registers of samples.

    It starts from 0, from the bias b, or from what lies in z.
    """

    @intrinsic
    def block(
        typing: "TypingContext",
        x: types.CPointer,
        x_row: types.Integer,
        w: types.CPointer,
        w_i: types.Integer,
        w_j: types.Integer,
        z: types.CPointer,
        z_row: types.Integer,
        n: types.Integer,
        b: types.CPointer,
        start: types.Integer,
    ) -> Any:
        def build(
            context: "BaseContext", builder: ir.IRBuilder, signature: "Signature", given: Sequence[ir.Value]
        ) -> ir.Value:
            x_, x_row_, w_, w_i_, w_j_, z_, z_row_, n_, b_, start_ = given
            v = Vectors(builder, x.dtype)
            from_z, from_b = (builder.icmp_signed("==", start_, ir.Constant(I64, of)) for of in (FROM_Z, FROM_BIAS))
            bias = builder.select(from_b, b_, w_)
            places = [
                builder.gep(v.place(z_, (z_row_, j)), [ir.Constant(I64, k * v.lanes)])
                for j in range(tall)
                for k in range(VECTORS)
            ]
            first = []
            for j in range(tall):
                number = builder.load(builder.gep(bias, [ir.Constant(I64, j)]))
                first += [v.everywhere(builder.select(from_b, number, ir.Constant(v.number, 0.0)))] * VECTORS
            first = [builder.select(from_z, v.load(place), one) for place, one in zip(places, first, strict=True)]

            def body(i: ir.Value, sums: ir.Value) -> Any:
                row = builder.gep(x_, [builder.mul(i, x_row_)])
                xs = [v.load(builder.gep(row, [ir.Constant(I64, k * v.lanes)])) for k in range(VECTORS)]
                weights = builder.gep(w_, [builder.mul(i, w_i_)])
                ws = [v.everywhere(builder.load(v.place(weights, (w_j_, j)))) for j in range(tall)]
                return [
                    v.multiply_add(xs[k], ws[j], sums[j * VECTORS + k]) for j in range(tall) for k in range(VECTORS)
                ]

            for place, total in zip(places, v.loop(n_, 1, tall * VECTORS, first, body), strict=True):
                v.store(total, place)
            return context.get_dummy_value()

        whole = types.int64
        return types.void(x, whole, x, whole, whole, x, whole, whole, x, whole), build

    return block


def sums_of_samples(tall: int, wide: int) -> Any:
    """The block gᵢⱼ = Σᵣ xᵢᵣ dⱼᵣ for `tall` inputs i and `wide` units j, over `n` samples r."""

    @intrinsic
    def block(
        typing: "TypingContext",
        x: types.CPointer,
        x_row: types.Integer,
        d: types.CPointer,
        d_row: types.Integer,
        g: types.CPointer,
        g_row: types.Integer,
        n: types.Integer,
    ) -> Any:
        def build(
            context: "BaseContext", builder: ir.IRBuilder, signature: "Signature", given: Sequence[ir.Value]
        ) -> ir.Value:
            x_, x_row_, d_, d_row_, g_, g_row_, n_ = given
            v = Vectors(builder, x.dtype)

            def body(r: ir.Value, sums: ir.Value) -> Any:
                xs = [v.load(v.place(builder.gep(x_, [r]), (x_row_, i))) for i in range(tall)]
                ds = [v.load(v.place(builder.gep(d_, [r]), (d_row_, j))) for j in range(wide)]
                return [v.multiply_add(xs[i], ds[j], sums[i * wide + j]) for i in range(tall) for j in range(wide)]

            sums = v.loop(n_, v.lanes, tall * wide, [v.zero] * (tall * wide), body)
            if tall * wide == 16:
                store_square(v, sums, g_, g_row_)
            else:
                for i, j in product(range(tall), range(wide)):
                    v.store(v.total(sums[i * wide + j]), builder.gep(v.place(g_, (g_row_, i)), [ir.Constant(I64, j)]))
            return context.get_dummy_value()

        whole = types.int64
        return types.void(x, whole, x, whole, x, whole, whole), build

    return block


def store_square(v: Vectors, sums: Sequence[ir.Value], g: ir.Value, g_row: ir.Value) -> None:
    """The lanes of 4 × 4 registers summed together, which is four times as fast as each alone."""
    totals = [v.totals(sums[at : at + v.lanes]) for at in range(0, 16, v.lanes)]
    width = min(4, v.lanes)
    for i, j in product(range(4), range(0, 4, width)):
        which, lane = divmod(4 * i + j, v.lanes)
        part = v.pick(totals[which], totals[which], range(lane, lane + width)) if v.lanes > 4 else totals[which]
        v.store(part, v.builder.gep(v.place(g, (g_row, i)), [ir.Constant(I64, j)]))


@intrinsic
def moved(typing: "TypingContext", pointer: types.Type, by: types.Type) -> Any:
    """A pointer so many numbers further on."""
    return pointer(pointer, types.int64), lambda context, builder, signature, given: builder.gep(given[0], [given[1]])


inputs_tall, inputs_4, inputs_2, inputs_1 = (sums_of_inputs(tall) for tall in (TALL, 4, 2, 1))
samples_44, samples_41, samples_14, samples_11 = (sums_of_samples(*of) for of in ((4, 4), (4, 1), (1, 4), (1, 1)))
