"""The functions of `glassnet.formulas.elementary`, compiled, by type and by the name that formulas use."""

from collections.abc import Callable
from typing import Any

import numpy as np

from glassnet.engine.compiled.math.bits import inlined, magnitude, number, polynomial, root, with_sign
from glassnet.engine.compiled.math.coefficients import ARCTAN, ERF, LOG_ERFC, QUARTER_PI_HIGH, QUARTER_PI_LOW
from glassnet.engine.compiled.math.exponential import exp, exp_of_moderate, expm1, tanh
from glassnet.engine.compiled.math.logarithm import log, log1p
from glassnet.engine.compiled.math.trigonometric import cos, sin
from glassnet.formulas import elementary

_ERF_IS_ONE = (4.0, 6.0)  # from there on, to the last bit
_BOTH = np.zeros(1, np.float32), np.zeros(1, np.float64)
_LARGEST_EXPONENT = tuple(elementary.largest_exponent(x) for x in _BOTH)
_EPSILON = tuple(elementary.machine_epsilon(x) for x in _BOTH)
_LOG_EPSILON = tuple(elementary.log_epsilon(x) for x in _BOTH)


@inlined
def sqrt(x: float) -> float:
    """√x, NaN below 0."""
    return root(x)


@inlined
def absolute(x: float) -> float:
    """|x|."""
    return magnitude(x)


@inlined
def sign(x: float) -> float:
    """−1, 0 or 1; NaN for NaN."""
    zero = number(x, 0.0)
    value = number(x, 1.0) if x > zero else x
    return number(x, -1.0) if x < zero else value


@inlined
def step(x: float) -> float:
    """1 where x > 0, else 0."""
    return number(x, 1.0) if x > number(x, 0.0) else number(x, 0.0)


@inlined
def maximum(a: float, b: float) -> float:
    """The larger one; NaN where either is NaN."""
    larger = a if a > b else b
    return larger if a == a else a


@inlined
def minimum(a: float, b: float) -> float:
    """The smaller one; NaN where either is NaN."""
    smaller = a if a < b else b
    return smaller if a == a else a


@inlined
def clip(x: float, low: float, high: float) -> float:
    """x kept between `low` and `high`."""
    return minimum(maximum(x, low), high)


@inlined
def where(condition: bool, a: float, b: float) -> float:
    """a where the condition holds, else b."""
    return a if condition else b


@inlined
def largest_exponent(x: float) -> float:
    """The largest z whose eᶻ is used."""
    return number(x, _LARGEST_EXPONENT)


@inlined
def log_epsilon(x: float) -> float:
    """log ε of the machine epsilon."""
    return number(x, _LOG_EPSILON)


@inlined
def machine_epsilon(x: float) -> float:
    """The distance from 1 to the next number."""
    return number(x, _EPSILON)


@inlined
def arctan(x: float) -> float:
    """base + arctan z: z is |x|, (|x| − 1) / (|x| + 1) or −1 / |x|, base the angle 0, π/4 or π/2 taken away."""
    zero, one, two = number(x, 0.0), number(x, 1.0), number(x, 2.0)
    a = magnitude(x)
    middle, large = a > number(x, 0.5), a > two
    above = a - one if middle else a
    above = -one if large else above
    below = a + one if middle else one
    below = a if large else below
    quarters = one if middle else zero
    quarters = two if large else quarters
    z = above / below
    w = z * z
    rest = polynomial(w, ARCTAN) * w * z + quarters * number(x, QUARTER_PI_LOW)
    return with_sign(quarters * number(x, QUARTER_PI_HIGH) + (z + rest), x)


@inlined
def erf(x: float) -> float:
    """x + x · polynomial(x²) up to |x| = 1, beyond it 1 − exp(log erfc |x|)."""
    one, end = number(x, 1.0), number(x, _ERF_IS_ONE)
    a = magnitude(x)
    a = end if a > end else a
    near = polynomial(a * a, ERF) * a + a
    far = one - exp_of_moderate(polynomial(a - number(x, 1.5), LOG_ERFC))
    return with_sign(near if a < one else far, x)


_ALL = (
    arctan, clip, cos, erf, exp, expm1, largest_exponent, log, log1p, log_epsilon, machine_epsilon, maximum, minimum,
    sign, sin, sqrt, step, tanh, where,
)  # fmt: skip
_TABLE: dict[str, Callable[..., Any]] = {"abs": absolute} | {function.__name__: function for function in _ALL}
# One source serves both types: all numbers of a call must be of one type, which is that of the result.
FUNCTIONS: dict[type, dict[str, Callable[..., Any]]] = {np.float32: _TABLE, np.float64: _TABLE}
