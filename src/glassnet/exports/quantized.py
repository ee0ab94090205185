"""Steps in whole numbers: what a program computes with where its weights and activations have 8 bits.

A number is kept as q, and stands for scale · (q − zero). Sums are taken in 32 bits and brought to another scale by a
whole multiplier and a shift (Jacob et al. 2018, arXiv 1712.05877, section 2.2), so every processor gives the same.
"""

from dataclasses import dataclass

import numpy as np

from glassnet.exports.program import Constant, Step, Value
from glassnet.formulas.elementary import Array

LEAST, MOST = -128, 127  # of 8 bits
FINE = 8  # bits between two entries of a curve
EXP_STEP = 4  # bits of the distance between two entries of the table of e⁻ᵈ: 1/16
EXP_BITS, SHARE_BITS = 20, 16  # of its entries, and of probabilities
SCORE_BITS = EXP_STEP + FINE


@dataclass(frozen=True, eq=False, kw_only=True)
class Quantize(Step):
    """q = ⌊x · inverse + offset⌋, kept within 8 bits; NaN counts as 0. One inverse and offset for each entry, or all."""

    x: Value
    inverse: Constant
    offset: Constant


@dataclass(frozen=True, eq=False, kw_only=True)
class Rescale:
    """To another scale: x · multiplier / 2^shift, rounded, plus `zero`, kept between `low` and `high`."""

    multiplier: Constant
    shift: Constant
    zero: int
    low: int
    high: int


@dataclass(frozen=True, eq=False, kw_only=True)
class IntegerProduct(Step):
    """x W + b in 32 bits; then rescaled to a whole number, or times a `scale` for each unit in float32."""

    x: Value
    W: Constant
    b: Constant
    to: "Rescale | Constant"


@dataclass(frozen=True, eq=False, kw_only=True)
class ByTable(Step):
    """For each q of x the entry q + 128 of a table of 256: of the same one for all units, or of each its own."""

    x: Value
    tables: Constant


@dataclass(frozen=True, eq=False, kw_only=True)
class Curve(Step):
    """A function of one number x of 32 bits, by straight lines between 257 points from `low` on, 2^shift apart."""

    x: Value
    points: Constant
    low: int
    shift: int


@dataclass(frozen=True, eq=False, kw_only=True)
class IntegerSoftmax(Step):
    """Probabilities, as parts of 2^16, by a table of e⁻ᵈ; scores are parts of 2^12."""

    x: Value
    exps: Constant


@dataclass(frozen=True, eq=False, kw_only=True)
class IntegerSum(Step):
    """The sum of values of 32 bits in one unit; or of values of 8 bits, each less its zero and rescaled, plus `zero`."""

    parts: tuple[Value, ...]
    zeros: tuple[int, ...] = ()
    rescales: tuple[Rescale, ...] = ()
    zero: int = 0


QUANTIZED = Quantize | IntegerProduct | ByTable | Curve | IntegerSoftmax | IntegerSum


def multiplier_of(factor: Array) -> tuple[Array, Array]:
    """Factors as whole multipliers of at most 31 bits and shifts from 1 to 62.

    >>> multiplier, shift = multiplier_of(np.array([0.75, 2.0]))
    >>> (multiplier / 2.0**shift).tolist()
    [0.75, 2.0]
    """
    fraction, exponent = np.frexp(np.clip(factor, 2.0**-60, 2.0**29))
    shift = np.minimum(31 - exponent, 62)
    multiplier = np.minimum(np.rint(np.ldexp(np.clip(factor, 0, 2.0**29), shift)), 2**31 - 1)
    return multiplier.astype(np.int32), shift.astype(np.int32)


def rescaled(x: Array, to: Rescale) -> Array:
    """What `Rescale` says, in 64 bits: halves are rounded away from 0."""
    product = x.astype(np.int64) * to.multiplier.array.astype(np.int64)
    shift = to.shift.array.astype(np.int64)
    size = (np.abs(product) + (np.int64(1) << (shift - 1))) >> shift
    return np.clip(np.where(product < 0, -size, size) + to.zero, to.low, to.high)


def computed(step: QUANTIZED, of: "dict[str, Array]") -> Array:
    """The value of a step, from the values of those before by their names: the reference that exports are held to."""
    match step:
        case Quantize():
            x = np.where(np.isnan(of[step.x.name]), 0, of[step.x.name]).astype(np.float32)
            q = x * step.inverse.array + step.offset.array
            return np.floor(np.clip(q, LEAST, MOST))
        case IntegerProduct():
            x, W = of[step.x.name].astype(np.int64), step.W.array.astype(np.int64)
            total = x @ W + step.b.array
            if isinstance(step.to, Rescale):
                return rescaled(total, step.to)
            return total.astype(np.float32) * step.to.array
        case ByTable():
            tables = np.broadcast_to(step.tables.array, (step.x.size, 256))
            return tables[np.arange(step.x.size), of[step.x.name].astype(np.int64) + 128]
        case Curve():
            return on_curve(of[step.x.name].astype(np.int64), step)
        case IntegerSoftmax():
            return shares(of[step.x.name].astype(np.int64), step.exps.array.astype(np.int64))
    parts = [of[part.name].astype(np.int64) for part in step.parts]
    if not step.rescales:
        return sum(parts[1:], parts[0])
    moved = [rescaled(x - z, to) for x, z, to in zip(parts, step.zeros, step.rescales, strict=True)]
    return np.clip(sum(moved[1:], moved[0]) + step.zero, LEAST, MOST)


def on_curve(x: Array, step: Curve) -> Array:
    """Straight lines between two points each."""
    points = np.broadcast_to(step.points.array.astype(np.int64), (x.shape[1], 257))
    at = np.clip(x - step.low, 0, (256 << step.shift) - 1)
    left, unit = at >> step.shift, np.arange(x.shape[1])
    first, then = points[unit, left], points[unit, left + 1]
    moved = (then - first) * (at & ((1 << step.shift) - 1))
    return first + np.where(moved < 0, -(-moved >> step.shift), moved >> step.shift)


def shares(scores: Array, exps: Array) -> Array:
    """e⁻ᵈ of each distance from the largest score, over their sum."""
    d = np.minimum(scores.max(axis=1, keepdims=True) - scores, (256 << FINE) - 1)
    left = d >> FINE
    e = exps[left] - (((exps[left] - exps[left + 1]) * (d & ((1 << FINE) - 1))) >> FINE)
    total = e.sum(axis=1, keepdims=True)
    return ((e << SHARE_BITS) + total // 2) // total
