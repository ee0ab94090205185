"""log and log1p without branches: log(2ᵏ m) = k ln 2 + log m with m in [√½, √2) (the reduction of Tang and of Ng)."""

from glassnet.engine.compiled.math.bits import exponent, inlined, inverse_power, number, polynomial, significand
from glassnet.engine.compiled.math.coefficients import LN2_HIGH, LN2_LOW, LOG, ROUGH_LOG

_SMALLEST_NORMAL = (1.1754943508222875e-38, 2.2250738585072014e-308)
_LIFT = (2.0**24, 2.0**53)  # makes a denormal number normal
_LIFTED = (24.0, 53.0)


@inlined
def _sum(k: float, f: float) -> float:
    """k ln 2 + log(1 + f), by log(1 + f) = 2 artanh(s) with s = f / (2 + f), ordered so that f is added last."""
    s = f / (number(f, 2.0) + f)
    half_square = number(f, 0.5) * f * f
    w = s * s
    rest = s * (half_square + polynomial(w, LOG) * w) + k * number(f, LN2_LOW)
    return k * number(f, LN2_HIGH) + (f - (half_square - rest))


@inlined
def _with_edges(x: float, value: float) -> float:
    """`value` for ordinary x > 0; −inf at 0, NaN below, x itself for inf and NaN."""
    zero, infinity = number(x, 0.0), number(x, float("inf"))
    below = -infinity if x == zero else number(x, float("nan"))
    value = value if x > zero else below
    return value if x < infinity else x


@inlined
def log(x: float) -> float:
    """The natural logarithm."""
    small = x < number(x, _SMALLEST_NORMAL)
    normal = x * number(x, _LIFT) if small else x
    k = exponent(normal) - (number(x, _LIFTED) if small else number(x, 0.0))
    return _with_edges(x, _sum(k, significand(normal) - number(x, 1.0)))


@inlined
def rough_log(x: float) -> float:
    """The natural logarithm to 2 · 10⁻⁶, of x > 0 that is neither denormal nor infinite; half as much work."""
    f = significand(x) - number(x, 1.0)
    return exponent(x) * number(x, 0.6931471805599453) + f * polynomial(f, ROUGH_LOG)


@inlined
def log1p(x: float) -> float:
    """log(1 + x): what rounding took from u = 1 + x is given back to the significand of u."""
    one = number(x, 1.0)
    u = one + x
    larger = x if x > one else one
    lost = (x if x < one else one) - (u - larger)
    f = (significand(u) - one) + lost * inverse_power(u) * number(x, 0.5)
    return _with_edges(u, _sum(exponent(u), f))
