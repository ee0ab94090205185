"""exp, expm1 and tanh without branches: exp(x) = 2ᵏ exp(r) with k = x / ln 2 rounded (Cody and Waite's reduction)."""

from glassnet.engine.compiled.math.bits import (
    inlined,
    magic,
    magnitude,
    number,
    polynomial,
    power_of_two,
    scaled,
    with_sign,
)
from glassnet.engine.compiled.math.coefficients import EXP, LN2_HIGH, LN2_LOW, TANH

_LOG2E = 1.4426950408889634
_LOWEST, _HIGHEST = (-104.0, -746.0), (89.0, 710.0)  # exp is 0 below and inf above
_ONE_LESS = (-18.0, -38.0)  # expm1 is −1 below, to the last bit
_TANH_IS_ONE = (9.5, 20.0)  # from there on, to the last bit


@inlined
def _rounded(x: float) -> float:
    """magic + k with k = x / ln 2 rounded."""
    return x * number(x, _LOG2E) + magic(x)


@inlined
def _remainder_expm1(x: float, t: float) -> float:
    """exp(r) − 1 with r = x − k ln 2."""
    k = t - magic(x)
    r = x - k * number(x, LN2_HIGH) - k * number(x, LN2_LOW)
    return polynomial(r, EXP) * (r * r) + r


@inlined
def exp(x: float) -> float:
    """eˣ."""
    high, low = number(x, _HIGHEST), number(x, _LOWEST)
    x = high if x > high else x  # a comparison with NaN is false and so keeps it
    x = low if x < low else x
    t = _rounded(x)
    return scaled(_remainder_expm1(x, t) + number(x, 1.0), t)


@inlined
def exp_of_moderate(x: float) -> float:
    """eˣ where it is a normal number: |x| < 80, or NaN."""
    t = _rounded(x)
    return (_remainder_expm1(x, t) + number(x, 1.0)) * power_of_two(t)


@inlined
def expm1(x: float) -> float:
    """eˣ − 1."""
    half, two = number(x, 0.5), number(x, 2.0)
    high, low = number(x, _HIGHEST), number(x, _ONE_LESS)
    kept = high if x > high else x
    kept = low if kept < low else kept
    t = _rounded(kept)
    p = _remainder_expm1(kept, t)
    power = power_of_two(t - number(x, 1.0))  # half of 2ᵏ, which itself may overflow
    return p if t == magic(x) else (p * power + (power - half)) * two


@inlined
def tanh(x: float) -> float:
    """An odd polynomial up to |x| = 0.55, beyond it 1 − 2 q / (1 + q) with q = exp(−2 |x|)."""
    one, end = number(x, 1.0), number(x, _TANH_IS_ONE)
    a = magnitude(x)
    a = end if a > end else a
    w = a * a
    near = polynomial(w, TANH) * w * a + a
    q = exp_of_moderate(number(x, -2.0) * a)
    far = one - number(x, 2.0) * q / (one + q)
    return with_sign(near if a < number(x, 0.55) else far, x)
