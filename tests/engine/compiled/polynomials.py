"""Prints the numbers that `glassnet.engine.compiled.math.coefficients` holds (needs mpmath).

The polynomials are least-squares fits at Chebyshev nodes; the weight beside each function turns the error of the
polynomial into the relative error of the result.
"""

from collections.abc import Callable

import mpmath
import numpy as np
from mpmath import mpf

Function = Callable[[mpf], mpf]


def nodes(low: float, high: float, count: int) -> list[mpf]:
    """The zeros of the Chebyshev polynomial of degree `count`, moved to [low, high]: none lies on 0."""
    middle, half = (mpf(low) + high) / 2, (mpf(high) - low) / 2
    return [middle + half * mpmath.cos(mpmath.pi * (k + mpf(1) / 2) / count) for k in range(count)]


def fit(function: Function, weight: Function, low: float, high: float, degree: int) -> list[mpf]:
    """The coefficients, constant first, that make Σ (weight (polynomial − function))² least."""
    points = nodes(low, high, 4 * degree + 4)
    rows = mpmath.matrix([[weight(x) * x**power for power in range(degree + 1)] for x in points])
    wanted = mpmath.matrix([weight(x) * function(x) for x in points])
    return list(mpmath.lu_solve(rows, wanted))


def largest_error(function: Function, weight: Function, low: float, high: float, coefficients: list[mpf]) -> mpf:
    """The largest weighted error on a grid finer than the nodes."""
    return max(abs(weight(x) * (mpmath.polyval(coefficients[::-1], x) - function(x))) for x in nodes(low, high, 401))


def exp_rest(r: mpf) -> mpf:
    """(exp(r) − 1 − r) / r²."""
    return (mpmath.expm1(r) - r) / r**2


def log_rest(w: mpf) -> mpf:
    """(2 artanh(s) / s − 2) / w with w = s²."""
    s = mpmath.sqrt(w)
    return (2 * mpmath.atanh(s) / s - 2) / w


def log1p_share(f: mpf) -> mpf:
    """log(1 + f) / f."""
    return mpmath.log1p(f) / f


def tanh_rest(w: mpf) -> mpf:
    """(tanh(x) − x) / x³ with w = x²."""
    x = mpmath.sqrt(w)
    return (mpmath.tanh(x) - x) / (x * w)


def arctan_rest(w: mpf) -> mpf:
    """(arctan(z) − z) / z³ with w = z²."""
    z = mpmath.sqrt(w)
    return (mpmath.atan(z) - z) / (z * w)


def erf_rest(w: mpf) -> mpf:
    """erf(x) / x − 1 with w = x²."""
    x = mpmath.sqrt(w)
    return mpmath.erf(x) / x - 1


def log_erfc(v: mpf) -> mpf:
    """log erfc(v + 3/2)."""
    return mpmath.log(mpmath.erfc(v + mpf(3) / 2))


def sin_rest(w: mpf) -> mpf:
    """(sin(r) − r) / r³ with w = r²."""
    r = mpmath.sqrt(w)
    return (mpmath.sin(r) - r) / (r * w)


def cos_rest(w: mpf) -> mpf:
    """(cos(r) − 1 + r² / 2) / r⁴ with w = r²."""
    return (mpmath.cos(mpmath.sqrt(w)) - 1 + w / 2) / w**2


def fits() -> list[tuple[str, Function, Function, list[tuple[float, float, int]]]]:
    """Name, function, weight, and for float32 and float64 the interval and the degree."""
    half, small = 0.3467, 0.02945  # ln 2 / 2 and ((√2 − 1) / (√2 + 1))², a little widened
    around_one = -0.2929, 0.4143  # √½ − 1 and √2 − 1
    eighth = 0.65  # (π/4)², widened by what the rounding of x / (π/2) may add
    return [
        ("EXP", exp_rest, abs, [(-half, half, 5), (-half, half, 9)]),
        ("LOG", log_rest, lambda w: w / 2, [(0, small, 2), (0, small, 6)]),
        ("ROUGH_LOG", log1p_share, abs, [(*around_one, 5)] * 2),
        ("TANH", tanh_rest, abs, [(0, 0.3026, 4), (0, 0.3026, 9)]),
        ("ARCTAN", arctan_rest, abs, [(0, 0.2501, 4), (0, 0.2501, 11)]),
        ("ERF", erf_rest, lambda w: mpf(1), [(0, 1, 6), (0, 1, 11)]),
        ("SIN", sin_rest, lambda w: w, [(0, eighth, 2), (0, eighth, 5)]),
        ("COS", cos_rest, lambda w: w**2, [(0, eighth, 2), (0, eighth, 5)]),
        ("LOG_ERFC", log_erfc, lambda v: mpmath.erfc(v + mpf(3) / 2), [(-0.5, 2.5, 6), (-0.5, 4.5, 17)]),
    ]


def split(number: mpf, bits: int) -> tuple[mpf, mpf]:
    """The number cut to `bits` significant bits, and what is left."""
    unit = mpf(2) ** (mpmath.floor(mpmath.log(number, 2)) + 1 - bits)
    high = mpmath.floor(number / unit) * unit
    return high, number - high


def show(kind: type, number: mpf) -> str:
    """The shortest decimal number that `kind` reads back as the nearest to `number`."""
    return str(kind(float(number)))


if __name__ == "__main__":
    mpmath.mp.dps = 60
    for name, value, bits in [("LN2", mpmath.ln2, (11, 32)), ("QUARTER_PI", mpmath.pi / 4, (24, 53))]:
        for kind, width in zip((np.float32, np.float64), bits, strict=True):
            print(name, kind.__name__, *(show(kind, part) for part in split(+value, width)))
    for kind, width in zip((np.float32, np.float64), (24, 53), strict=True):
        high, rest = split(mpmath.pi / 2, width)
        print("HALF_PI", kind.__name__, *(show(kind, part) for part in (high, *split(rest, width))))
    for name, function, weight, cases in fits():
        for kind, (low, high, degree) in zip((np.float32, np.float64), cases, strict=True):
            found = fit(function, weight, low, high, degree)
            error = largest_error(function, weight, low, high, found)
            print(f"{name} {kind.__name__}: error {mpmath.nstr(error, 3)}")
            print("".join(f"        {show(kind, c)},\n" for c in found), end="")
