"""Sums over windows as blocks that stay in registers; a number of a picture is a row of samples, as in all tiles.

What a window sees is some stretches of such rows, its *runs*: each begins at a row, meets the weights from a row of
theirs on, and has a length. So a window of 5 × 5 places of 6 channels is 5 runs of 30 rows each.
"""

from collections.abc import Sequence
from itertools import product
from typing import TYPE_CHECKING, Any

from llvmlite import ir
from numba import types

from glassnet.engine.compiled.runtime.register_blocks import VECTORS
from glassnet.engine.compiled.runtime.registers import intrinsic
from glassnet.engine.compiled.runtime.vectors import I64, Vectors

if TYPE_CHECKING:
    from numba.core.base import BaseContext
    from numba.core.typing.context import Context as TypingContext
    from numba.core.typing.templates import Signature

RUN = 3  # whole numbers a run: where it begins among the rows, where among the weights, its length


def sums_of_runs(tall: int) -> Any:
    """The block zⱼ = start + Σ w(i, j) xᵢ over all rows i of some runs, for `tall` units j and `VECTORS` registers.

    It starts from 0, or from the bias b. The weights of a row lie side by side, `w_i` apart from row to row.
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
        z: types.CPointer,
        z_row: types.Integer,
        b: types.CPointer,
        biased: types.Integer,
    ) -> Any:
        def build(
            context: "BaseContext", builder: ir.IRBuilder, signature: "Signature", given: Sequence[ir.Value]
        ) -> ir.Value:
            x_, x_row_, runs_, n_, w_, w_i_, z_, z_row_, b_, biased_ = given
            v = Vectors(builder, x.dtype)
            from_b = builder.icmp_signed("!=", biased_, ir.Constant(I64, 0))
            bias = builder.select(from_b, b_, w_)
            first = []
            for j in range(tall):
                number = builder.load(builder.gep(bias, [ir.Constant(I64, j)]))
                first += [v.everywhere(builder.select(from_b, number, ir.Constant(v.number, 0.0)))] * VECTORS

            def run(k: ir.Value, sums: ir.Value) -> Any:
                at = builder.gep(runs_, [builder.mul(k, ir.Constant(I64, RUN))])
                row, weight, length = (builder.load(builder.gep(at, [ir.Constant(I64, part)])) for part in range(RUN))
                x_run, w_run = builder.gep(x_, [builder.mul(row, x_row_)]), builder.gep(w_, [builder.mul(weight, w_i_)])

                def body(i: ir.Value, held: ir.Value) -> Any:
                    row = builder.gep(x_run, [builder.mul(i, x_row_)])
                    xs = [v.load(builder.gep(row, [ir.Constant(I64, k * v.lanes)])) for k in range(VECTORS)]
                    weights = builder.gep(w_run, [builder.mul(i, w_i_)])
                    ws = [v.everywhere(builder.load(builder.gep(weights, [ir.Constant(I64, j)]))) for j in range(tall)]
                    return [
                        v.multiply_add(xs[k], ws[j], held[j * VECTORS + k]) for j in range(tall) for k in range(VECTORS)
                    ]

                return v.loop(length, 1, tall * VECTORS, sums, body)

            totals = v.loop(n_, 1, tall * VECTORS, first, run)
            for (j, k), total in zip(product(range(tall), range(VECTORS)), totals, strict=True):
                v.store(total, builder.gep(v.place(z_, (z_row_, j)), [ir.Constant(I64, k * v.lanes)]))
            return context.get_dummy_value()

        whole = types.int64
        return types.void(x, whole, runs, whole, x, whole, x, whole, x, whole), build

    return block


def sums_of_places(tall: int, wide: int) -> Any:
    """The block gᵢⱼ += Σ x(i, p, r) d(j, p, r) over places p and samples r, for `tall` rows i of a window.

    Row i of the window at place p is row `bases[p] + offsets[i]` of x; unit j there is row p · `units` + j of d.
    """

    @intrinsic
    def block(
        typing: "TypingContext",
        x: types.CPointer,
        bases: types.CPointer,
        offsets: types.CPointer,
        d: types.CPointer,
        units: types.Integer,
        g: types.CPointer,
        g_row: types.Integer,
        places: types.Integer,
        n: types.Integer,
    ) -> Any:
        def build(
            context: "BaseContext", builder: ir.IRBuilder, signature: "Signature", given: Sequence[ir.Value]
        ) -> ir.Value:
            x_, bases_, offsets_, d_, units_, g_, g_row_, places_, n_ = given
            v = Vectors(builder, x.dtype)
            rows = [
                builder.gep(x_, [builder.mul(builder.load(builder.gep(offsets_, [ir.Constant(I64, i)])), n_)])
                for i in range(tall)
            ]
            step = builder.mul(units_, n_)

            def place(p: ir.Value, sums: ir.Value) -> Any:
                base = builder.mul(builder.load(builder.gep(bases_, [p])), n_)
                d_place = builder.gep(d_, [builder.mul(p, step)])

                def body(r: ir.Value, held: ir.Value) -> Any:
                    at = builder.add(base, r)
                    ds = [v.load(v.place(builder.gep(d_place, [r]), (n_, j))) for j in range(wide)]
                    found = []
                    for i in range(tall):
                        one = v.load(builder.gep(rows[i], [at]))
                        found += [v.multiply_add(one, ds[j], held[i * wide + j]) for j in range(wide)]
                    return found

                return v.loop(n_, v.lanes, tall * wide, sums, body)

            sums = v.loop(places_, 1, tall * wide, [v.zero] * (tall * wide), place)
            for (i, j), total in zip(product(range(tall), range(wide)), totals_of(v, sums), strict=True):
                entry = builder.gep(v.place(g_, (g_row_, i)), [ir.Constant(I64, j)])
                builder.store(builder.fadd(builder.load(entry), total), entry)
            return context.get_dummy_value()

        whole = types.int64
        return types.void(x, bases, offsets, x, whole, x, whole, whole, whole), build

    return block


def totals_of(v: Vectors, sums: Sequence[Any]) -> list[Any]:
    """The lanes of each register summed up; of as many registers as one has lanes together, which is faster."""
    found = []
    for at in range(0, len(sums), v.lanes):
        some = sums[at : at + v.lanes]
        if len(some) < v.lanes:
            found += [v.total(one) for one in some]
        else:
            together = v.totals(some)
            found += [v.builder.extract_element(together, ir.Constant(ir.IntType(32), k)) for k in range(v.lanes)]
    return found


runs_8, runs_6, runs_4, runs_2, runs_1 = (sums_of_runs(tall) for tall in (8, 6, 4, 2, 1))
places_44, places_42, places_41, places_14, places_12, places_11 = (
    sums_of_places(*of) for of in ((4, 4), (4, 2), (4, 1), (1, 4), (1, 2), (1, 1))
)
