"""Steps in whole numbers: what a program computes with where its weights and activations have 8 bits.

A number is kept as q, and stands for scale · (q − zero). Sums are taken in 32 bits and brought to another scale by a
whole multiplier and a shift (Jacob et al. 2018, arXiv 1712.05877, section 2.2), so every processor gives the same.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from glassnet.exports.program import Constant, Step, Value
from glassnet.formulas.elementary import Array

LEAST, MOST = -128, 127  # of 8 bits
EXP_STEP, FINE = 4, 8  # bits of the distance of two entries of the table of e⁻ᵈ, 1/16, and of what lies between them
EXP_BITS, SHARE_BITS = 20, 16  # of its entries, and of probabilities
SCORE_BITS = EXP_STEP + FINE
TURN = 1024  # entries of the table of a period
MEAN_BITS, NORM_BITS = 8, 12  # further bits of a mean, and those of normalised numbers
NORM_LIMIT, NORM_MOST = 2**16, 4096  # the largest number that is normalised, and how many in a row: sums have 62 bits
INPUT_MOST = 2**22  # of inputs, which have the 24 bits of float32
LARGEST = 2**30  # of a number of 32 bits, so that products with a multiplier and their sums have 62


@dataclass(frozen=True, eq=False, kw_only=True)
class Quantize(Step):
    """q = ⌊x · inverse + offset⌋, kept within two numbers; NaN counts as 0. Numbers for each entry, or for all."""

    x: Value
    inverse: Constant
    offset: Constant
    low: int = LEAST
    high: int = MOST


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
    """x W + b in 32 bits; then rescaled to a whole number, or times a `scale` for each unit in float32.

    With several `groups` both the entries of x and the units fall into so many, and a unit sums those of its own.
    """

    x: Value
    W: Constant
    b: Constant
    to: Rescale | Constant
    groups: int = 1


@dataclass(frozen=True, eq=False, kw_only=True)
class ByTable(Step):
    """For each q of x the entry q + 128 of a table of 256: of one for all units, or of each its own."""

    x: Value
    tables: Constant


@dataclass(frozen=True, eq=False, kw_only=True)
class ByLine(Step):
    """(A · first + B · multiplier) / 2^shift + zero for entries A and B of two tables of 256, in 8 bits.

    So two tables serve all units, where a formula is a line of the number that each has learned.
    """

    x: Value
    tables: Constant
    first: Constant
    multiplier: Constant
    shift: Constant
    zero: int


@dataclass(frozen=True, eq=False, kw_only=True)
class IntegerSoftmax(Step):
    """Probabilities p in parts of 2^16 by a table of e⁻ᵈ, from scores in parts of 2^12; then factor · p + least."""

    x: Value
    exps: Constant
    factor: int
    least: int
    span: int


@dataclass(frozen=True, eq=False, kw_only=True)
class Wave(Step):
    """Entry ⌊x · factor + offset⌋ mod 1024 of a table of one period; NaN counts as 0, and so does what is too far."""

    x: Value
    factor: Constant
    offset: Constant
    table: Constant


@dataclass(frozen=True, eq=False, kw_only=True)
class IntegerSum(Step):
    """Σ part · multiplier / 2^shift of entries of several values, rounded, plus an offset, kept between two numbers."""

    parts: tuple[Value, ...]
    multipliers: tuple[Constant, ...]
    shift: Constant
    offset: Constant
    low: int
    high: int


@dataclass(frozen=True, eq=False, kw_only=True)
class WideProduct(Step):
    """x W / 2^shift of numbers of 32 bits, summed in 64 and rounded, plus an offset for each unit."""

    x: Value
    W: Constant
    shift: Constant
    offset: Constant


@dataclass(frozen=True, eq=False, kw_only=True)
class IntegerMultiply(Step):
    """x · y / 2^shift, rounded, entry by entry."""

    x: Value
    y: Value
    shift: int


@dataclass(frozen=True, eq=False, kw_only=True)
class IntegerNormalize(Step):
    """(x − mean) / √(variance + ε) of each `span` entries, in parts of 2^12; ε is in units of the variance."""

    x: Value
    epsilon: int
    span: int


QUANTIZED = (
    Quantize | IntegerProduct | ByTable | ByLine | IntegerSoftmax | Wave | IntegerSum | WideProduct | IntegerMultiply
    | IntegerNormalize
)  # fmt: skip


def multiplier_of(factor: Array) -> tuple[Array, Array]:
    """Factors as whole multipliers of at most 31 bits and shifts from 1 to 62.

    >>> multiplier, shift = multiplier_of(np.array([0.75, 2.0]))
    >>> (multiplier / 2.0**shift).tolist()
    [0.75, 2.0]
    """
    _, exponent = np.frexp(np.clip(factor, 2.0**-60, 2.0**29))
    shift = np.minimum(31 - exponent, 62)
    multiplier = np.minimum(np.rint(np.ldexp(np.clip(factor, 0, 2.0**29), shift)), 2**31 - 1)
    return multiplier.astype(np.int32), shift.astype(np.int32)


def multipliers_of(factors: Sequence[Array], terms: int) -> tuple[list[Array], Array]:
    """Factors of any sign as whole multipliers with one shift for each entry, so small that `terms` products of numbers
    of 30 bits have a sum of 61.

    >>> (one, other), shift = multipliers_of([np.array([0.75]), np.array([-1.5])], 2)
    >>> float(one[0] / 2.0 ** shift[0]), float(other[0] / 2.0 ** shift[0])
    (0.75, -1.5)
    """
    limit = 2.0**31 / terms
    most = np.clip(np.max(np.abs(factors), axis=0), limit * 2.0**-62, limit / 2)
    shift = np.clip(np.floor(np.log2(limit / most)), 1, 62)
    return [np.clip(np.rint(factor * 2.0**shift), 1 - limit, limit - 1) for factor in factors], shift


def shifted(total: Array, shift: Array | int, offset: Array | int, low: int, high: int) -> Array:
    """Sums of 64 bits over 2^shift, halves rounded away from 0, plus an offset, kept between two numbers."""
    by = np.asarray(shift).astype(np.int64)
    size = (np.abs(total) + (np.int64(1) << (by - 1))) >> by
    return np.asarray(np.clip(np.where(total < 0, -size, size) + offset, low, high))


def rescaled(x: Array, to: Rescale) -> Array:
    """What `Rescale` says."""
    product = x.astype(np.int64) * to.multiplier.array.astype(np.int64)
    return shifted(product, to.shift.array, to.zero, to.low, to.high)


def computed(step: QUANTIZED, of: Mapping[str, Array]) -> Array:
    """The value of a step, from the values of those before by their names: the reference that exports are held to."""

    def whole(one: Value | Constant) -> Array:
        return (of[one.name] if isinstance(one, Value) else one.array).astype(np.int64)

    match step:
        case Quantize():
            return np.floor(np.clip(scaled(of[step.x.name], step.inverse, step.offset), step.low, step.high))
        case Wave():
            turns = scaled(of[step.x.name], step.factor, step.offset)
            near = np.where(np.abs(turns) < 2.0**24, np.floor(turns), 0)
            return step.table.array.ravel()[np.nan_to_num(near).astype(np.int64) & (TURN - 1)]
        case ByTable():
            tables = np.broadcast_to(step.tables.array, (step.x.size, 256))
            return tables[np.arange(step.x.size), whole(step.x) - LEAST]
        case ByLine():
            A, B = whole(step.tables)[:, whole(step.x) - LEAST]
            total = A * whole(step.first) + B * whole(step.multiplier)
            return shifted(total, step.shift.array, step.zero, LEAST, MOST)
        case IntegerSoftmax():
            p = shares(whole(step.x).reshape(-1, step.span), whole(step.exps)).reshape(-1, step.out.size)
            return ((p * step.factor) >> SHARE_BITS) + step.least
        case IntegerSum():
            terms = (whole(part) * whole(m) for part, m in zip(step.parts, step.multipliers, strict=True))
            return shifted(np.sum([*terms], axis=0), step.shift.array, step.offset.array, step.low, step.high)
        case WideProduct():
            total = whole(step.x) @ whole(step.W)
            return shifted(total, step.shift.array, step.offset.array, -LARGEST, LARGEST)
        case IntegerMultiply():
            return shifted(whole(step.x) * whole(step.y), step.shift, 0, -LARGEST, LARGEST)
        case IntegerNormalize():
            return normalized(whole(step.x).reshape(-1, step.span), step.epsilon).reshape(-1, step.out.size)
        case IntegerProduct():
            total = products(whole(step.x), whole(step.W), step.groups) + whole(step.b)
            return (
                rescaled(total, step.to) if isinstance(step.to, Rescale) else total.astype(np.float32) * step.to.array
            )


def scaled(x: Array, factor: Constant, offset: Constant) -> Array:
    """Inputs times a factor plus an offset, each rounded to float32; NaN counts as 0."""
    found = np.where(np.isnan(x), 0, x).astype(np.float32) * factor.array
    return np.asarray(found + offset.array)


def products(x: Array, W: Array, groups: int) -> Array:
    """The sums of each unit over the entries of its group."""
    each = x.reshape(len(x), groups, -1)
    return np.einsum("rgf,fgk->rgk", each, W.reshape(len(W), groups, -1)).reshape(len(x), -1)


def shares(scores: Array, exps: Array) -> Array:
    """e⁻ᵈ of each distance from the largest score, by straight lines between its points, over their sum."""
    d = np.minimum(scores.max(axis=1, keepdims=True) - scores, (256 << FINE) - 1)
    left = d >> FINE
    e = exps[left] - (((exps[left] - exps[left + 1]) * (d & ((1 << FINE) - 1))) >> FINE)
    total = e.sum(axis=1, keepdims=True)
    return ((e << SHARE_BITS) + total // 2) // total


def normalized(x: Array, epsilon: int) -> Array:
    """Rows by their own mean and variance, with a reciprocal square root of whole numbers.

    The variance is moved up to 61 or 62 bits, by 4^e, so that its root has 31, and so has 2^61 over it.
    """
    n, raised = x.shape[1], x + NORM_LIMIT  # from 0 on, so that languages agree on how to divide
    d = (raised << MEAN_BITS) - (raised.sum(axis=1, keepdims=True) << MEAN_BITS) // n
    variance = np.maximum((d * d).sum(axis=1) // n + epsilon, 1)
    e = [(62 - int(v).bit_length()) // 2 for v in variance]
    inverse = [2**61 // math.isqrt(int(v) << 2 * k) for v, k in zip(variance, e, strict=True)]
    shift = 61 - NORM_BITS - np.array(e, np.int64).reshape(-1, 1)
    return shifted(d * np.array(inverse, np.int64).reshape(-1, 1), shift, 0, -LARGEST, LARGEST)
