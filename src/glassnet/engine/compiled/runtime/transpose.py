"""Turning rows into columns in the processor's registers: a square of as many rows as a register has lanes."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from llvmlite import ir
from numba import types
from numba.core import cgutils

from glassnet.engine.compiled.runtime.registers import BYTES, intrinsic
from glassnet.engine.compiled.runtime.vectors import I64, Vectors

if TYPE_CHECKING:
    from numba.core.base import BaseContext
    from numba.core.typing.context import Context as TypingContext
    from numba.core.typing.templates import Signature


@intrinsic
def turn_square(
    typing: "TypingContext",
    source: types.CPointer,
    rows: types.CPointer,
    target: types.CPointer,
    target_row: types.Integer,
) -> Any:
    """target[j target_row + r] = source[rows[r] + j] for r and j up to the number of lanes."""

    def build(
        context: "BaseContext", builder: ir.IRBuilder, signature: "Signature", given: Sequence[ir.Value]
    ) -> ir.Value:
        source_, rows_, target_, target_row_ = given
        v = Vectors(builder, source.dtype)
        _store_turned(v, _loaded(v, source_, rows_), target_, target_row_)
        return context.get_dummy_value()

    return types.void(source, rows, source, types.int64), build


@intrinsic
def mix_square(
    typing: "TypingContext",
    source: types.CPointer,
    rows: types.CPointer,
    others: types.CPointer,
    mixed: types.CPointer,
    share: types.Float,
    target: types.CPointer,
    target_row: types.Integer,
) -> Any:
    """As `turn_square`, of x + share mixed[j] (x' − x) with x' from the other row."""

    def build(
        context: "BaseContext", builder: ir.IRBuilder, signature: "Signature", given: Sequence[ir.Value]
    ) -> ir.Value:
        source_, rows_, others_, mixed_, share_, target_, target_row_ = given
        v = Vectors(builder, source.dtype)
        number = builder.fptrunc(share_, v.number) if v.size == 4 else share_
        factor = builder.fmul(v.everywhere(number), v.load(mixed_))
        pairs = zip(_loaded(v, source_, rows_), _loaded(v, source_, others_), strict=True)
        held = [v.multiply_add(factor, builder.fsub(other, x), x) for x, other in pairs]
        _store_turned(v, held, target_, target_row_)
        return context.get_dummy_value()

    return types.void(source, rows, rows, source, types.float64, source, types.int64), build


def _loaded(v: Vectors, source: ir.Value, rows: ir.Value) -> list[ir.Value]:
    """A register full of each row."""
    offsets = [v.builder.load(v.builder.gep(rows, [ir.Constant(I64, r)])) for r in range(v.lanes)]
    return [v.load(v.builder.gep(source, [offset])) for offset in offsets]


def _store_turned(v: Vectors, held: list[ir.Value], target: ir.Value, target_row: ir.Value) -> None:
    """At each distance d = 1, 2, 4, … the lanes change places between the registers i and i + d."""
    distance = 1
    while distance < v.lanes:
        for i in range(v.lanes):
            if not i & distance:
                held[i], held[i + distance] = _exchanged(v, held[i], held[i + distance], distance)
        distance *= 2
    for j, register in enumerate(held):
        v.store(register, v.place(target, (target_row, j)))


def _exchanged(v: Vectors, a: ir.Value, b: ir.Value, distance: int) -> tuple[ir.Value, ir.Value]:
    """a with the lower lanes of b in its upper ones, and b with the upper lanes of a in its lower ones."""
    lanes, upper = range(v.lanes), [bool(lane & distance) for lane in range(v.lanes)]
    first = [v.lanes + lane - distance if up else lane for lane, up in zip(lanes, upper, strict=True)]
    second = [v.lanes + lane if up else lane + distance for lane, up in zip(lanes, upper, strict=True)]
    return v.pick(a, b, first), v.pick(a, b, second)


def whole_room(size: int) -> Any:
    """Room for so many whole numbers on the stack."""

    @intrinsic
    def room(typing: "TypingContext") -> Any:
        def build(
            context: "BaseContext", builder: ir.IRBuilder, signature: "Signature", given: Sequence[ir.Value]
        ) -> ir.Value:
            return cgutils.alloca_once(builder, I64, size=ir.Constant(I64, size))

        return types.CPointer(types.int64)(), build

    return room


row_room = whole_room(BYTES // 4)  # for the places of the rows of a square
