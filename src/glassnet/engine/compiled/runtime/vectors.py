"""Instructions on whole vector registers of this processor, for code that is built for LLVM by hand."""

from collections.abc import Callable, Sequence
from typing import Any

from llvmlite import ir
from numba.core import cgutils

from glassnet.engine.compiled.runtime.registers import BYTES

I64 = ir.IntType(64)


class Vectors:
    """Builds instructions on registers full of one number type."""

    def __init__(self, builder: ir.IRBuilder, kind: ir.Type):
        self.builder, self.size = builder, kind.bitwidth // 8
        self.number = ir.FloatType() if self.size == 4 else ir.DoubleType()
        self.lanes = BYTES // self.size
        self.type = ir.VectorType(self.number, self.lanes)
        self.zero = ir.Constant(self.type, [0.0] * self.lanes)

    def intrinsic(self, name: str, result: ir.Type, *arguments: ir.Value) -> Any:
        """A function of LLVM for this type."""
        kind = ir.FunctionType(result, arguments)
        return cgutils.get_or_insert_function(self.builder.module, kind, f"{name}.v{self.lanes}f{8 * self.size}")

    def place(self, base: ir.Value, *steps: tuple[ir.Value, int]) -> Any:
        """base + Σ stride × count."""
        for stride, count in steps:
            base = self.builder.gep(base, [self.builder.mul(stride, ir.Constant(I64, count))])
        return base

    def load(self, place: ir.Value) -> Any:
        """A register full."""
        loaded = self.builder.load(self.builder.bitcast(place, self.type.as_pointer()))
        loaded.align = self.size
        return loaded

    def store(self, value: ir.Value, place: ir.Value) -> None:
        """Any number of lanes."""
        stored = self.builder.store(value, self.builder.bitcast(place, value.type.as_pointer()))
        stored.align = self.size

    def pick(self, a: ir.Value, b: ir.Value, lanes: Sequence[int]) -> Any:
        """Lanes of a, then of b."""
        mask = ir.Constant(ir.VectorType(ir.IntType(32), len(lanes)), list(lanes))
        return self.builder.shuffle_vector(a, b, mask)

    def everywhere(self, number: ir.Value) -> Any:
        """The same number in all lanes."""
        undefined = ir.Constant(self.type, ir.Undefined)
        first = self.builder.insert_element(undefined, number, ir.Constant(ir.IntType(32), 0))
        return self.pick(first, undefined, [0] * self.lanes)

    def multiply_add(self, a: ir.Value, b: ir.Value, c: ir.Value) -> Any:
        """a b + c, in one instruction where the processor has it."""
        return self.builder.call(self.intrinsic("llvm.fmuladd", self.type, *[self.type] * 3), [a, b, c])

    def total(self, vector: ir.Value) -> Any:
        """The sum of the lanes."""
        add = self.intrinsic("llvm.vector.reduce.fadd", self.number, self.number, self.type)
        return self.builder.call(add, [ir.Constant(self.number, -0.0), vector], fastmath=("reassoc",))

    def totals(self, vectors: Sequence[Any]) -> Any:
        """One register with the sums of the lanes of as many registers as it has lanes."""
        half = self.lanes // 2
        while len(vectors) > 1:
            low = [group * 2 * half + lane for group in range(self.lanes // (2 * half)) for lane in range(half)]
            low += [self.lanes + lane for lane in low]
            high = [lane + half for lane in low]
            pairs = zip(vectors[::2], vectors[1::2], strict=True)
            vectors = [self.builder.fadd(self.pick(a, b, low), self.pick(a, b, high)) for a, b in pairs]
            half //= 2
        return vectors[0]

    def loop(
        self, stop: ir.Value, step: int, sums: int, start: Sequence[Any], body: Callable[[Any, Any], Any]
    ) -> list[Any]:
        """The sums after `body(index, sums)` for index = 0, step, … below stop; it runs at least once."""
        builder, before = self.builder, self.builder.block
        inside, after = builder.append_basic_block("block"), builder.append_basic_block("done")
        builder.branch(inside)
        builder.position_at_end(inside)
        index = builder.phi(I64)
        held = [builder.phi(self.type) for _ in range(sums)]
        new = body(index, held)
        following = builder.add(index, ir.Constant(I64, step))
        for phi, first, then in zip([index, *held], [ir.Constant(I64, 0), *start], [following, *new], strict=True):
            phi.add_incoming(first, before)
            phi.add_incoming(then, builder.block)
        builder.cbranch(builder.icmp_signed("<", following, stop), inside, after)
        builder.position_at_end(after)
        return new
