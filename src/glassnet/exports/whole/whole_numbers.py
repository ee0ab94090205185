"""Values of 32 bits: sums of whole numbers, probabilities, and what has been cut off, each in a scale of its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from glassnet.exports.program import Constant, Program, Value
from glassnet.exports.whole.quantized import (
    EXP_BITS,
    EXP_STEP,
    INPUT_MOST,
    LARGEST,
    LEAST,
    MOST,
    SCORE_BITS,
    SHARE_BITS,
    IntegerSoftmax,
    IntegerSum,
    Quantize,
    multipliers_of,
)
from glassnet.exports.whole.quantizing import Pending, Quantizer, Ranges, Whole, scale_of, whole_weights
from glassnet.formulas.elementary import Array


class Terms(NamedTuple):
    """A value that is there as whole numbers x, which stand for scale · x + shift, kept between two numbers."""

    x: Value
    scale: Array
    shift: Array
    low: float = -np.inf
    high: float = np.inf

    @property
    def bounded(self) -> bool:
        """Whether something was cut off that is still in x."""
        return self.low > -np.inf or self.high < np.inf


@dataclass(frozen=True)
class Shares:
    """Probabilities that are not yet written down: slope · softmax(factor · scores) + offset of each `span` scores."""

    scores: Value
    factor: float
    span: int
    slope: float = 1.0
    offset: float = 0.0


class WholeNumbers(Quantizer):
    """Writes values down as whole numbers of 8 or of 32 bits, each once where it is needed."""

    def __init__(self, program: Program, ranges: Ranges):
        super().__init__(program, ranges)
        self.tables: dict[str, Constant] = {}

    def terms(self, value: Value) -> Terms:
        """A value that is written down as whole numbers, of 8 or of 32 bits."""
        held = self.held.get(value.name)
        if isinstance(held, Shares):
            held = self.held[value.name] = parts_of(self.probabilities(held, value), SHARE_BITS)
        unwritten = (isinstance(held, Pending) or value.name in self.front) and value.name not in self.whole
        if unwritten or (isinstance(held, Terms) and held.bounded):
            bits = self.bits_of(value)
            known = self.held[value.name] = parts_of(self.in_32_bits(value, bits), bits)
            return known
        if isinstance(held, Terms):
            return held
        q = self.in_8_bits(value)
        return Terms(q.q, np.asarray(q.scale), q.shift - q.scale * q.zero)

    def probabilities(self, shares: Shares, value: Value) -> Value:
        """The probabilities in parts of 2^16."""
        points = np.rint(np.exp(-np.arange(257) / 2**EXP_STEP) * 2**EXP_BITS)
        exps = self.shared("exps", points, "int32")
        scores = self.in_32_bits(shares.scores, SCORE_BITS, factor=shares.factor)
        factor, least = (round(each * 2**SHARE_BITS) for each in (shares.slope, shares.offset))
        out = self.value(f"whole_{value.name}", value.size, "int32")
        return self.add(IntegerSoftmax(out=out, x=scores, exps=exps, factor=factor, least=least, span=shares.span))

    def in_8_bits(self, value: Value) -> Whole:
        """A value in 8 bits; what has 32 in one scale for all entries."""
        held = self.held.get(value.name)
        if value.name in self.whole or value.name in self.front or not isinstance(held, Terms | Shares):
            return super().in_8_bits(value)
        t = self.terms(value) if isinstance(held, Shares) else held
        scale, zero = scale_of(*self.range_of(value.name))
        q, n = self.summed(value.name, [t], scale, "int8", zero), value.size
        found = Whole(q, np.broadcast_to(scale, n), np.broadcast_to(zero, n), np.zeros(n))
        self.whole[value.name] = found
        return found

    def in_32_bits(self, value: Value, bits: int, most: int = LARGEST, factor: float = 1.0) -> Value:
        """A value, times a factor, in parts of 2^-bits, none beyond `most`."""
        held = self.held.get(value.name)
        if held is None and value.name in self.front and value.name not in self.whole:
            return self.scaled(value, factor * 2.0**bits, min(most, INPUT_MOST))
        if not isinstance(held, Pending) or factor <= 0:
            t = held if isinstance(held, Terms) and factor > 0 else self.terms(value)
            return self.summed(value.name, [t], 2.0**-bits / factor, "int32", 0.0, most)
        W, b, sums = whole_weights(held)
        low, high = bounds((held.low, held.high), factor * 2.0**bits, 0.0, most)
        out = self.value(f"whole_{value.name}", value.size, "int32")
        to = self.rescale(sums * factor * 2.0**bits, 0, low, high, out.name)
        self.integer_product(held, W, b, to, out)
        return out

    def scaled(self, value: Value, factor: float, most: int) -> Value:
        """Inputs as whole numbers of more than 8 bits."""
        inverse, offset = (np.array([each]) for each in (factor, 0.5))
        out = self.value(f"whole_{value.name}", value.size, "int32")
        numbers: dict[str, Any] = {
            "inverse": self.constant(f"inverse_{out.name}", inverse, "float32"),
            "offset": self.constant(f"offset_{out.name}", offset, "float32"),
        }
        return self.add(Quantize(out=out, x=value, low=-most, high=most, **numbers))

    def summed(
        self,
        name: str,
        terms: Sequence[Terms],
        scale: Array | float,
        dtype: str,
        zero: Array | float,
        most: int = LARGEST,
    ) -> Value:
        """A sum of values as whole numbers, each of which stands for scale · (x − zero)."""
        out = self.value(f"{'q' if dtype == 'int8' else 'whole'}_{name}", terms[0].x.size, dtype)
        factors = [np.broadcast_to(t.scale / scale, out.size) for t in terms]
        multipliers, shift = multipliers_of(factors, len(terms))
        offset = kept(np.sum([np.broadcast_to(t.shift / scale, out.size) for t in terms], axis=0) + zero)
        ends = bounds((terms[0].low, terms[0].high), 1 / float(np.ravel(scale)[0]), float(np.ravel(zero)[0]), most)
        if dtype == "int8":
            ends = max(ends[0], LEAST), min(ends[1], MOST)
        named = [self.constant(f"multiplier_{out.name}", short(each), "int32") for each in multipliers]
        numbers: dict[str, Any] = {
            "shift": self.constant(f"shift_{out.name}", short(shift), "int8"),
            "offset": self.constant(f"offset_{out.name}", short(offset), "int32"),
        }
        parts = tuple(t.x for t in terms)
        return self.add(
            IntegerSum(out=out, parts=parts, multipliers=tuple(named), low=ends[0], high=ends[1], **numbers)
        )

    def exponent_of(self, value: Value) -> int:
        """The least e for which 2^e is beyond a value on the rows."""
        low, high = self.range_of(value.name)
        return int(np.ceil(np.log2(float(np.maximum(high, -low)[0]) + 1e-9)))

    def bits_of(self, value: Value) -> int:
        """How many bits after the point a value has in 32: so many that 16 times its range is left, of inputs twice."""
        unscaled = value.name in self.front and value.name not in self.held
        return int(np.clip((21 if unscaled else 26) - self.exponent_of(value), 0, 24))

    def shared(self, name: str, array: Array, dtype: str) -> Constant:
        """Numbers that several steps read."""
        if name not in self.tables:
            self.tables[name] = self.constant(name, array, dtype)
        return self.tables[name]


def parts_of(x: Value, bits: int) -> Terms:
    """Whole numbers in parts of 2^-bits."""
    return Terms(x, np.full(x.size, 2.0**-bits), np.zeros(x.size))


def kept(numbers: Array) -> Array:
    """Rounded, and kept within 32 bits."""
    return np.asarray(np.clip(np.rint(numbers), 1 - 2**31, 2**31 - 1))


def bounds(ends: tuple[float, float], factor: float, zero: float, most: int) -> tuple[int, int]:
    """Two ends in another scale, none beyond `most`."""
    low, high = sorted(int(np.clip(np.rint(end * factor + zero), -most, most)) for end in ends)
    return low, high


def short(numbers: Array) -> Array:
    """One number where all are the same."""
    return numbers[:1] if (numbers == numbers[0]).all() else numbers
