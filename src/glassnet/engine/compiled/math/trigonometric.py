"""sin and cos without branches: of r = x − k π/2, |r| ≤ π/4, with k = x / (π/2) rounded (Cody and Waite's reduction).

Fused multiply-adds take away three parts of π/2, so that r is right to its last bits even beside a zero of the result.
This holds up to |x| = 100,000 in float32 and a thousand million in float64; whatever lies farther counts as 0.
"""

from glassnet.engine.compiled.math.bits import fused, inlined, magic, magnitude, number, polynomial, turned
from glassnet.engine.compiled.math.coefficients import COS, HALF_PI_HIGH, HALF_PI_LOW, HALF_PI_MIDDLE, SIN

_TWO_OVER_PI = 0.6366197723675814
_FARTHEST = (1e5, 1e9)


@inlined
def _near(x: float) -> float:
    """x, 0 where it is too large, NaN where it is infinite."""
    return x if magnitude(x) <= number(x, _FARTHEST) else x * number(x, 0.0)


@inlined
def _after(x: float, t: float, turn: float) -> float:
    """The sine of x and `turn` quarter turns more, t being magic + k."""
    k = magic(x) - t
    r = fused(k, number(x, HALF_PI_HIGH), x)
    r = fused(k, number(x, HALF_PI_MIDDLE), r)
    r = fused(k, number(x, HALF_PI_LOW), r)
    w = r * r
    sine = polynomial(w, SIN) * w * r + r
    cosine = polynomial(w, COS) * (w * w) + (number(x, 1.0) - number(x, 0.5) * w)
    return turned(sine, cosine, t + turn)


@inlined
def _quarters(x: float) -> float:
    """magic + k."""
    return x * number(x, _TWO_OVER_PI) + magic(x)


@inlined
def sin(x: float) -> float:
    """The sine of an angle."""
    x = _near(x)
    return _after(x, _quarters(x), number(x, 0.0))


@inlined
def cos(x: float) -> float:
    """The cosine of an angle, the sine of one a quarter turn further."""
    x = _near(x)
    return _after(x, _quarters(x), number(x, 1.0))
