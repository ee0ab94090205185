"""What the compiled elementary functions are made of: constants of the right type, polynomials, work on the bits.

Every function here and beside is written once and compiled for float32 and for float64. A loop that calls one becomes
vector instructions, because nothing in it branches, looks up a table or calls the C library.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from llvmlite import ir
from numba import njit, types
from numba.core.errors import TypingError
from numba.extending import intrinsic as typed_intrinsic

if TYPE_CHECKING:
    from numba.core.base import BaseContext
    from numba.core.typing.context import Context as TypingContext
    from numba.core.typing.templates import Signature

intrinsic: Any = typed_intrinsic  # Numba's own annotation counts the typing context among the arguments of a call
# Only contract: reassoc would undo the rounding by a magic constant, nnan and ninf would lose NaN and inf.
inlined: Any = njit(forceinline=True, fastmath={"contract"}, error_model="numpy")

Pair = types.Tuple | types.UniTuple
_FRACTION = {types.float32: 23, types.float64: 52}  # the bits after the binary point
_ONE = {types.float32: 0x3F800000, types.float64: 0x3FF0000000000000}
_ROOT_HALF = {types.float32: 0x3F3504F3, types.float64: 0x3FE6A09E667F3BCD}
_MAGIC = {types.float32: 0x4B400000, types.float64: 0x4338000000000000}  # 1.5·2²³ and 1.5·2⁵²


def _integer(kind: types.Float) -> ir.IntType:
    return ir.IntType(kind.bitwidth)


def _float(kind: types.Float) -> ir.Type:
    return ir.FloatType() if kind == types.float32 else ir.DoubleType()


def _half(builder: ir.IRBuilder, kind: types.Float, pair_type: Pair, pair: ir.Value) -> tuple[Any, ir.Value]:
    """Of a pair of values, the first for float32, the second for float64: its type and itself."""
    half = int(kind == types.float64)
    return pair_type.types[half], builder.extract_value(pair, half)


@njit(forceinline=True, fastmath={"reassoc", "contract", "nsz"}, error_model="numpy")
def added(total: float, x: float) -> float:
    """total + x, for a sum that may be taken in any order, so that it fills registers."""
    return total + x


@intrinsic
def number(typing: "TypingContext", x: types.Float, value: types.Type) -> Any:
    """`value` in the type of x; of a pair of values, the first for float32, the second for float64."""

    def build(
        context: "BaseContext", builder: ir.IRBuilder, signature: "Signature", given: Sequence[ir.Value]
    ) -> ir.Value:
        kind, chosen = _half(builder, x, value, given[1]) if isinstance(value, Pair) else (value, given[1])
        return context.cast(builder, chosen, kind, x)

    if x not in _FRACTION:
        raise TypingError(f"the compiled elementary functions take float32 or float64, got {x}.")
    return x(x, value), build


@intrinsic
def polynomial(typing: "TypingContext", x: types.Float, tables: Pair) -> Any:
    """Σ cᵢ xⁱ by Horner's rule, c being the table for the type of x out of a pair of tables, constant first."""

    def build(
        context: "BaseContext", builder: ir.IRBuilder, signature: "Signature", given: Sequence[ir.Value]
    ) -> ir.Value:
        kinds, table = _half(builder, x, tables, given[1])
        constants = [context.cast(builder, builder.extract_value(table, i), kind, x) for i, kind in enumerate(kinds)]
        total = constants.pop()
        while constants:
            total = builder.fadd(builder.fmul(total, given[0]), constants.pop())
        return total

    return x(x, tables), build


def _hardware(name: str) -> Callable[..., Any]:
    """The function of x that LLVM has an instruction for."""

    def build(
        context: "BaseContext", builder: ir.IRBuilder, signature: "Signature", given: Sequence[ir.Value]
    ) -> ir.Value:
        kind = _float(signature.return_type)
        takes = ir.FunctionType(kind, [kind] * len(given))
        return builder.call(builder.module.declare_intrinsic(name, [kind], takes), given)

    return build


@intrinsic
def magnitude(typing: "TypingContext", x: types.Float) -> Any:
    """|x|."""
    return x(x), _hardware("llvm.fabs")


@intrinsic
def root(typing: "TypingContext", x: types.Float) -> Any:
    """√x, NaN below 0."""
    return x(x), _hardware("llvm.sqrt")


@intrinsic
def fused(typing: "TypingContext", a: types.Float, b: types.Float, x: types.Float) -> Any:
    """a b + x, rounded once."""
    return x(x, x, x), _hardware("llvm.fma")


@intrinsic
def turned(typing: "TypingContext", sine: types.Float, cosine: types.Float, t: types.Float) -> Any:
    """The sine after k quarter turns, t = magic + k, from the sine and the cosine of the angle that is left."""

    def build(
        context: "BaseContext", builder: ir.IRBuilder, signature: "Signature", given: Sequence[ir.Value]
    ) -> ir.Value:
        whole = _integer(t)
        bits = builder.bitcast(given[2], whole)
        odd = builder.trunc(bits, ir.IntType(1))
        sign = builder.shl(builder.and_(bits, ir.Constant(whole, 2)), ir.Constant(whole, t.bitwidth - 2))
        chosen = builder.bitcast(builder.select(odd, given[1], given[0]), whole)
        return builder.bitcast(builder.xor(chosen, sign), _float(t))

    return t(t, t, t), build


@intrinsic
def with_sign(typing: "TypingContext", x: types.Float, sign: types.Float) -> Any:
    """|x| with the sign of the second."""
    return x(x, x), _hardware("llvm.copysign")


@intrinsic
def magic(typing: "TypingContext", x: types.Float) -> Any:
    """1.5·2²³ or 1.5·2⁵²: x + magic holds x rounded to an integer in its lowest bits."""

    def build(
        context: "BaseContext", builder: ir.IRBuilder, signature: "Signature", given: Sequence[ir.Value]
    ) -> ir.Value:
        return builder.bitcast(ir.Constant(_integer(x), _MAGIC[x]), _float(x))

    return x(x), build


@intrinsic
def power_of_two(typing: "TypingContext", t: types.Float) -> Any:
    """2ᵏ for t = magic + k, while it is a normal number."""

    def build(
        context: "BaseContext", builder: ir.IRBuilder, signature: "Signature", given: Sequence[ir.Value]
    ) -> ir.Value:
        whole = _integer(t)
        k = builder.shl(builder.bitcast(given[0], whole), ir.Constant(whole, _FRACTION[t]))
        return builder.bitcast(builder.add(k, ir.Constant(whole, _ONE[t])), _float(t))

    return t(t), build


@intrinsic
def scaled(typing: "TypingContext", p: types.Float, t: types.Float) -> Any:
    """p·2ᵏ for t = magic + k, by two factors, so that neither overflows and a denormal result is rounded once."""

    def build(
        context: "BaseContext", builder: ir.IRBuilder, signature: "Signature", given: Sequence[ir.Value]
    ) -> ir.Value:
        whole, fraction = _integer(p), ir.Constant(_integer(p), _FRACTION[p])
        one = ir.Constant(whole, _ONE[p])
        bits = builder.bitcast(given[1], whole)
        k = builder.shl(bits, fraction)
        half = builder.shl(builder.lshr(bits, ir.Constant(whole, 1)), fraction)
        first = builder.bitcast(builder.add(half, one), _float(p))
        second = builder.bitcast(builder.add(builder.sub(k, half), one), _float(p))
        return builder.fmul(builder.fmul(given[0], first), second)

    return p(p, t), build


def _exponent_bits(builder: ir.IRBuilder, kind: types.Float, x: ir.Value) -> ir.Value:
    """k in the place of the exponent, for x = 2ᵏ m with m in [√½, √2)."""
    whole = _integer(kind)
    moved = builder.sub(builder.bitcast(x, whole), ir.Constant(whole, _ROOT_HALF[kind]))
    return builder.and_(moved, ir.Constant(whole, -(1 << _FRACTION[kind])))


@intrinsic
def exponent(typing: "TypingContext", x: types.Float) -> Any:
    """The integer k, as a float, for x = 2ᵏ m with m in [√½, √2), x > 0 and normal."""

    def build(
        context: "BaseContext", builder: ir.IRBuilder, signature: "Signature", given: Sequence[ir.Value]
    ) -> ir.Value:
        whole, fraction = _integer(x), _FRACTION[x]
        moved = builder.add(builder.bitcast(given[0], whole), ir.Constant(whole, _ONE[x] - _ROOT_HALF[x]))
        bias = _ONE[x] >> fraction
        biased = builder.lshr(moved, ir.Constant(whole, fraction))  # AVX2 has no arithmetic shift of 64 bits
        sum_ = builder.bitcast(builder.add(biased, ir.Constant(whole, _MAGIC[x] - bias)), _float(x))
        return builder.fsub(sum_, builder.bitcast(ir.Constant(whole, _MAGIC[x]), _float(x)))

    return x(x), build


@intrinsic
def significand(typing: "TypingContext", x: types.Float) -> Any:
    """m in [√½, √2), for x = 2ᵏ m, x > 0 and normal."""

    def build(
        context: "BaseContext", builder: ir.IRBuilder, signature: "Signature", given: Sequence[ir.Value]
    ) -> ir.Value:
        bits = builder.bitcast(given[0], _integer(x))
        return builder.bitcast(builder.sub(bits, _exponent_bits(builder, x, given[0])), _float(x))

    return x(x), build


@intrinsic
def inverse_power(typing: "TypingContext", x: types.Float) -> Any:
    """2¹⁻ᵏ for x = 2ᵏ m with m in [√½, √2), x > 0 and normal; 0 where that is too small (2⁻ᵏ would not fit)."""

    def build(
        context: "BaseContext", builder: ir.IRBuilder, signature: "Signature", given: Sequence[ir.Value]
    ) -> ir.Value:
        two = ir.Constant(_integer(x), _ONE[x] + (1 << _FRACTION[x]))
        return builder.bitcast(builder.sub(two, _exponent_bits(builder, x, given[0])), _float(x))

    return x(x), build
