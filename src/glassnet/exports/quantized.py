"""Steps in whole numbers: what a program computes with where its weights and activations have 8 bits.

A number is kept as q, and stands for scale · (q − zero). Sums are taken in 32 bits and brought to another scale by a
whole multiplier and a shift (Jacob et al. 2018, arXiv 1712.05877, section 2.2), so every processor gives the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from glassnet.exports.program import Constant, Step, Value
from glassnet.formulas.elementary import Array

LEAST, MOST = -128, 127  # of 8 bits
EXP_STEP, FINE = 4, 8  # bits of the distance of two entries of the table of e⁻ᵈ, 1/16, and of what lies between them
EXP_BITS, SHARE_BITS = 20, 16  # of its entries, and of probabilities
SCORE_BITS = EXP_STEP + FINE


@dataclass(frozen=True, eq=False, kw_only=True)
class Quantize(Step):
    """q = ⌊x · inverse + offset⌋, kept within 8 bits; NaN counts as 0. Numbers for each entry, or for all."""

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
    to: Rescale | Constant


@dataclass(frozen=True, eq=False, kw_only=True)
class ByTable(Step):
    """For each q of x the entry q + 128 of a table of 256: of one for all units, or of each its own."""

    x: Value
    tables: Constant


@dataclass(frozen=True, eq=False, kw_only=True)
class IntegerSoftmax(Step):
    """Probabilities p in parts of 2^16 by a table of e⁻ᵈ, from scores in parts of 2^12; then factor · p + least."""

    x: Value
    exps: Constant
    factor: int
    least: int


QUANTIZED = Quantize | IntegerProduct | ByTable | IntegerSoftmax


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


def rescaled(x: Array, to: Rescale) -> Array:
    """What `Rescale` says, in 64 bits: halves are rounded away from 0."""
    product = x.astype(np.int64) * to.multiplier.array.astype(np.int64)
    shift = to.shift.array.astype(np.int64)
    size = (np.abs(product) + (np.int64(1) << (shift - 1))) >> shift
    return np.clip(np.where(product < 0, -size, size) + to.zero, to.low, to.high)


def computed(step: QUANTIZED, of: Mapping[str, Array]) -> Array:
    """The value of a step, from the values of those before by their names: the reference that exports are held to."""
    if isinstance(step, Quantize):
        x = np.where(np.isnan(of[step.x.name]), 0, of[step.x.name]).astype(np.float32)
        return np.floor(np.clip(x * step.inverse.array + step.offset.array, LEAST, MOST))
    if isinstance(step, ByTable):
        tables = np.broadcast_to(step.tables.array, (step.x.size, 256))
        return tables[np.arange(step.x.size), of[step.x.name].astype(np.int64) - LEAST]
    if isinstance(step, IntegerSoftmax):
        p = shares(of[step.x.name].astype(np.int64), step.exps.array.astype(np.int64))
        return ((p * step.factor) >> SHARE_BITS) + step.least
    total = of[step.x.name].astype(np.int64) @ step.W.array.astype(np.int64) + step.b.array
    return rescaled(total, step.to) if isinstance(step.to, Rescale) else total.astype(np.float32) * step.to.array


def shares(scores: Array, exps: Array) -> Array:
    """e⁻ᵈ of each distance from the largest score, by straight lines between its points, over their sum."""
    d = np.minimum(scores.max(axis=1, keepdims=True) - scores, (256 << FINE) - 1)
    left = d >> FINE
    e = exps[left] - (((exps[left] - exps[left + 1]) * (d & ((1 << FINE) - 1))) >> FINE)
    total = e.sum(axis=1, keepdims=True)
    return ((e << SHARE_BITS) + total // 2) // total
