"""The elementary functions that formulas are written with; each holds for an array and for a single number alike.

Formulas import them from here and from nowhere else, so that an engine can put faster ones in their place. Scalars
computed from settings use plain Python (`x ** 0.5`): a NumPy float64 scalar would turn a float32 array into float64.
"""

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import numpy as np
import numpy.typing as npt
from numpy import abs, arctan, cos, exp, expm1, log, log1p, maximum, minimum, sign, sin, sqrt, tanh, where

__all__ = [
    "Array", "abs", "arctan", "clip", "cos", "erf", "exp", "expm1", "largest_exponent", "log", "log1p", "log_epsilon",
    "logsumexp", "machine_epsilon", "maximum", "minimum", "row_max", "row_sum", "row_total", "sign", "sin", "softplus",
    "sqrt", "step", "tanh", "where",
]  # fmt: skip

Array = npt.NDArray[Any]


def clip(x: Array, low: float, high: float) -> Array:
    """X kept between `low` and `high`."""
    return minimum(maximum(x, low), high)


def step(x: Array) -> Array:
    """1 where x > 0, else 0, in the type of x (a product with booleans would cost three times as much)."""
    return np.greater(x, 0).astype(np.result_type(x))


_rounded: ContextVar["np.dtype | None"] = ContextVar("rounded", default=None)


@contextmanager
def rounded_to(dtype: np.dtype) -> Iterator[None]:
    """Bounds that depend on the type are those of `dtype` inside: what is computed there is rounded to it."""
    token = _rounded.set(dtype)
    try:
        yield
    finally:
        _rounded.reset(token)


def _single(x: Array) -> bool:
    dtype = _rounded.get()
    return bool((np.result_type(x) if dtype is None else dtype) == np.float32)


def largest_exponent(x: Array) -> float:
    """The largest z whose eᶻ is used in the type of x (float32: 80, else 700); sums of 1000 such numbers are finite."""
    return 80.0 if _single(x) else 700.0


def log_epsilon(x: Array) -> float:
    """log ε, ε being the machine epsilon of the type of x."""
    return -15.942385152878742 if _single(x) else -36.04365338911715


def machine_epsilon(x: Array) -> float:
    """The distance from 1 to the next number in the type of x: 2⁻²³ in float32, 2⁻⁵² in float64."""
    return 2.0**-23 if _single(x) else 2.0**-52


def row_max(x: Array) -> Array:
    """The largest number of each row, as a column."""
    if x.ndim != 2 or x.shape[1] > 64:
        return np.maximum.reduce(x, axis=-1, keepdims=True)
    return np.maximum.reduce(x.T.copy())[:, np.newaxis]  # down the columns of a copy: ten times faster for short rows


def row_sum(x: Array) -> Array:
    """The sum of each row, as a column; a product with ones is ten times faster than `sum` for short rows."""
    return x.dot(_ones(x.shape[-1], x.dtype))


def row_total(x: Array) -> Array:
    """The sum of each row, as a column; unlike `row_sum` the same to the last bit whatever rows are around it."""
    total: Array = x.sum(axis=-1, keepdims=True)
    return total


@functools.cache
def _ones(n: int, dtype: np.dtype) -> Array:
    return np.ones((n, 1), dtype)


def logsumexp(x: Array) -> Array:
    """Log Σⱼ exp(xⱼ) of each row, as a column; shifted by the largest, so that nothing overflows."""
    largest = row_max(x)
    return largest + log(row_sum(exp(x - largest)))


def softplus(x: Array) -> Array:
    """log(1 + eˣ), which overflows nowhere."""
    return maximum(x, 0.0) + log1p(exp(-abs(x)))


# log(erfc(x) exp(x²) / t) with t = 2 / (2 + x), x ≥ 0, as a Chebyshev series in 2 t − 1 (Press et al.,
# Numerical Recipes, section 6.2.2); the coefficients come from `tests/formulas/chebyshev.py`.
_ERFC = (
    -0.6513268598908547,
    0.6419697923564902,
    0.019476473204185836,
    -0.009561514786808632,
    -0.0009465953444820369,
    0.00036683949785276145,
    4.252332480690777e-05,
    -2.0278578112534242e-05,
    -1.6242900046470256e-06,
    1.3036558355805232e-06,
    1.5626441722066142e-08,
    -8.523809591492654e-08,
    6.5290544390988515e-09,
    5.059343495551469e-09,
    -9.91364156493033e-10,
    -2.273651222931836e-10,
    9.646791102015527e-11,
    2.3940380830391146e-12,
    -6.886027526497553e-12,
    8.944879273090725e-13,
    3.130921399342958e-13,
    -1.1270822361367252e-13,
    3.810905255189232e-16,
    7.106097613609237e-15,
    -1.5230282014571043e-15,
    -9.457494571291233e-17,
    1.210237189224279e-16,
    -2.816663087747177e-17,
)


def erf(x: Array) -> Array:
    """The error function 2/√π ∫₀ˣ exp(−s²) ds, to within 4 × 10⁻¹⁶ (float64)."""
    positive = minimum(abs(x), 10.0)  # erf(10) is 1 to the last bit, and 10² does not overflow
    t = 2.0 / (2.0 + positive)
    twice, before, last = 4.0 * t - 2.0, 0.0 * t, 0.0 * t
    for coefficient in _ERFC[:0:-1]:  # Clenshaw's recurrence
        last, before = twice * last - before + coefficient, last
    series = 0.5 * twice * last - before + _ERFC[0]
    return sign(x) * (1.0 - t * exp(series - positive * positive))
