"""Elementary functions written with others, for runtimes that lack them, as ONNX does."""

from glassnet.formulas.elementary import (
    Array,
    abs,
    erf,
    exp,
    log,
    machine_epsilon,
    maximum,
    minimum,
    sign,
    sin,
    sqrt,
    tanh,
    where,
)

HALF_PI = 1.5707963267948966
SQRT_2 = 1.4142135623730951


def cos(x: Array) -> Array:
    """The cosine, a quarter of a turn ahead of the sine."""
    return sin(x + HALF_PI)


def expm1(x: Array) -> Array:
    """eˣ − 1 = tanh(x / 2) (eˣ + 1), exact also near 0."""
    return tanh(0.5 * x) * (exp(x) + 1.0)


def log1p(x: Array) -> Array:
    """log(1 + x), exact also near 0: u = 1 + x is rounded, and so is x / (u − 1) (Kahan)."""
    u = 1.0 + x
    near = where(abs(x) < machine_epsilon(x), x, log(u) * (x / (u - 1.0)))
    return where(x > 1.0, log(u), near)


def arctan(x: Array) -> Array:
    """The arctangent: a first guess y to within 0.005, then y + arctan((r − tan y) / (1 + r tan y)) by its series."""
    a = abs(x)
    r = minimum(a, 1.0 / maximum(a, 1e-30))
    y = r / (1.0 + 0.28125 * r * r)
    d = (r * cos(y) - sin(y)) / (cos(y) + r * sin(y))
    near = y + d * (1.0 - d * d * (1.0 / 3.0 - d * d * 0.2))
    return sign(x) * where(a > 1.0, HALF_PI - near, near)


def tan(x: Array) -> Array:
    """The tangent: 2 sin² x / sin 2x, which is exact at its poles; near 0 it is x."""
    small = abs(x) < 1e-8
    return where(small, x, 2.0 * sin(x) * sin(x) / where(small, 1.0, sin(2.0 * x)))


def sinh(x: Array) -> Array:
    """½ (eˣ − e⁻ˣ), with e = e^|x| − 1: ½ (e + e / (e + 1))."""
    e = expm1(abs(x))
    finite = minimum(e, 1e30)
    return sign(x) * (0.5 * (e + finite / (finite + 1.0)))


def cosh(x: Array) -> Array:
    """½ (eˣ + e⁻ˣ)."""
    e = exp(abs(x))
    return 0.5 * (e + 1.0 / e)


def arcsin(x: Array) -> Array:
    """The arcsine."""
    return arctan(x / sqrt((1.0 - x) * (1.0 + x)))


def arccos(x: Array) -> Array:
    """The arccosine."""
    return HALF_PI - arcsin(x)


def arcsinh(x: Array) -> Array:
    """sinh⁻¹ x = log(a + √(a² + 1)) with the sign of x and a = |x|."""
    a = minimum(abs(x), 1e15)
    near = log1p(a + a * a / (1.0 + sqrt(1.0 + a * a)))
    return sign(x) * where(abs(x) > 1e15, log(abs(x)) + 0.6931471805599453, near)


def arccosh(x: Array) -> Array:
    """cosh⁻¹ x."""
    return log(x + sqrt(x - 1.0) * sqrt(x + 1.0))


def arctanh(x: Array) -> Array:
    """tanh⁻¹ x."""
    return 0.5 * log1p(2.0 * x / (1.0 - x))


def gelu(x: Array) -> Array:
    """GELU, in the order of operations that onnxruntime looks for, to compute it in one pass."""
    return 0.5 * x * (1.0 + erf(x / SQRT_2))
