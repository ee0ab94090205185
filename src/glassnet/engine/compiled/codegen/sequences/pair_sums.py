"""Products of matrices that each sample has of its own, as attention has them: all samples of a register at once."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from llvmlite import ir
from numba import njit, types

from glassnet.engine.compiled.runtime.register_blocks import VECTORS, moved
from glassnet.engine.compiled.runtime.registers import intrinsic
from glassnet.engine.compiled.runtime.vectors import I64, Vectors

if TYPE_CHECKING:
    from numba.core.base import BaseContext
    from numba.core.typing.context import Context as TypingContext
    from numba.core.typing.templates import Signature


def sums_of_pairs(tall: int) -> Any:
    """The block zₐ = Σ x_b y_ab over n rows b, for `tall` rows a and `VECTORS` registers of samples.

    What follows an array is how many numbers its rows are apart, from one b or one a to the next.
    """

    @intrinsic
    def block(
        typing: "TypingContext",
        x: types.CPointer,
        x_b: types.Integer,
        y: types.CPointer,
        y_a: types.Integer,
        y_b: types.Integer,
        z: types.CPointer,
        z_a: types.Integer,
        n: types.Integer,
    ) -> Any:
        def build(
            context: "BaseContext", builder: ir.IRBuilder, signature: "Signature", given: Sequence[ir.Value]
        ) -> ir.Value:
            x_, x_b_, y_, y_a_, y_b_, z_, z_a_, n_ = given
            v = Vectors(builder, x.dtype)
            numbers = [(a, k) for a in range(tall) for k in range(VECTORS)]

            def part(row: ir.Value, k: int) -> ir.Value:
                return builder.gep(row, [ir.Constant(I64, k * v.lanes)])

            def body(b: ir.Value, sums: ir.Value) -> Any:
                x_row, y_row = builder.gep(x_, [builder.mul(b, x_b_)]), builder.gep(y_, [builder.mul(b, y_b_)])
                xs = [v.load(part(x_row, k)) for k in range(VECTORS)]
                ys = [v.load(part(v.place(y_row, (y_a_, a)), k)) for a, k in numbers]
                return [v.multiply_add(xs[k], ys[at], sums[at]) for at, (_, k) in enumerate(numbers)]

            sums = v.loop(n_, 1, len(numbers), [v.zero] * len(numbers), body)
            for (a, k), total in zip(numbers, sums, strict=True):
                v.store(total, part(v.place(z_, (z_a_, a)), k))
            return context.get_dummy_value()

        whole = types.int64
        return types.void(x, whole, x, whole, whole, x, whole, whole), build

    return block


pairs_4, pairs_2, pairs_1 = (sums_of_pairs(tall) for tall in (4, 2, 1))


@njit(error_model="numpy")
def pair_sums(x, x_b, y, y_a, y_b, z, z_a, n_a, n_b, span, step):  # type: ignore[no-untyped-def]
    """zₐ = Σ x_b y_ab of each sample, for n_a rows a, over n_b rows b; rows are so many numbers apart."""
    if span < step:
        pair_sums_of_one(x, x_b, y, y_a, y_b, z, z_a, n_a, n_b, span)
        return
    for r in range(0, span, step):
        a = 0
        while a < n_a:
            tall = 4 if n_a - a >= 4 else 2 if n_a - a >= 2 else 1
            xr, ya, za = moved(x, r), moved(y, a * y_a + r), moved(z, a * z_a + r)
            if tall == 4:
                pairs_4(xr, x_b, ya, y_a, y_b, za, z_a, n_b)
            elif tall == 2:
                pairs_2(xr, x_b, ya, y_a, y_b, za, z_a, n_b)
            else:
                pairs_1(xr, x_b, ya, y_a, y_b, za, z_a, n_b)
            a += tall


@njit(error_model="numpy")
def pair_sums_of_one(x, x_b, y, y_a, y_b, z, z_a, n_a, n_b, span):  # type: ignore[no-untyped-def]
    """`pair_sums` for fewer samples than a block has, as when a service predicts row by row."""
    for a in range(n_a):
        for r in range(span):
            total = x[r] * y[a * y_a + r]
            for b in range(1, n_b):
                total += x[b * x_b + r] * y[a * y_a + b * y_b + r]
            z[a * z_a + r] = total
