"""Initialisers: how parameters are drawn before the first step."""

import math

import numpy as np

from glassnet.formulas.elementary import Array
from glassnet.formulas.registry import Named, require_number


class Initializer(Named, family="initializer"):
    """Draws an array of a shape (n_inputs, n_units) from a generator that is passed in."""

    def draw(self, shape: tuple[int, ...], rng: "np.random.Generator") -> Array:
        """The array, in float64."""
        raise NotImplementedError(f"{type(self).__name__} needs draw(self, shape, rng)")


class Zeros(Initializer):
    """0 everywhere."""

    def draw(self, shape: tuple[int, ...], rng: "np.random.Generator") -> Array:
        return np.zeros(shape)


class Constant(Initializer):
    """`value` everywhere."""

    value: float = 0.0

    def draw(self, shape: tuple[int, ...], rng: "np.random.Generator") -> Array:
        return np.full(shape, float(self.value))


class Normal(Initializer):
    """N(mean, std²)."""

    mean: float = 0.0
    std: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        require_number(self, "std", 0, open_low=False)

    def draw(self, shape: tuple[int, ...], rng: "np.random.Generator") -> Array:
        return rng.normal(self.mean, self.std, shape)


class Uniform(Initializer):
    """U(low, high)."""

    low: float = -1.0
    high: float = 1.0

    def draw(self, shape: tuple[int, ...], rng: "np.random.Generator") -> Array:
        return rng.uniform(self.low, self.high, shape)


class _Scaled:
    """Mean 0 and variance g / fan, which keeps the size of signals from layer to layer."""

    def variance(self, n_inputs: int, n_units: int) -> float:
        """The variance of one weight."""
        raise NotImplementedError

    def normal(self, shape: tuple[int, ...], rng: "np.random.Generator") -> Array:
        """Normal with that variance."""
        return rng.normal(0.0, self.variance(shape[0], shape[-1]) ** 0.5, shape)

    def uniform(self, shape: tuple[int, ...], rng: "np.random.Generator") -> Array:
        """Uniform on ±√(3 variance), which has that variance."""
        limit = (3 * self.variance(shape[0], shape[-1])) ** 0.5
        return rng.uniform(-limit, limit, shape)


class GlorotNormal(_Scaled, Initializer, name="glorot_normal"):
    """N(0, 2 / (n_inputs + n_units)) (Glorot and Bengio 2010, section 4.2.1)."""

    draw = _Scaled.normal

    def variance(self, n_inputs: int, n_units: int) -> float:
        return 2 / (n_inputs + n_units)


class GlorotUniform(GlorotNormal, name="glorot_uniform"):
    """U(−l, l), l = √(6 / (n_inputs + n_units)) (Glorot and Bengio 2010, eq. 16)."""

    draw = _Scaled.uniform


class HeNormal(_Scaled, Initializer, name="he_normal"):
    """N(0, 2 / n_inputs) (He et al. 2015, arXiv 1502.01852, eq. 12)."""

    draw = _Scaled.normal

    def variance(self, n_inputs: int, n_units: int) -> float:
        return 2 / n_inputs


class HeUniform(HeNormal, name="he_uniform"):
    """U(−l, l), l = √(6 / n_inputs)."""

    draw = _Scaled.uniform


class LeCunNormal(_Scaled, Initializer, name="lecun_normal"):
    """N(0, 1 / n_inputs) (LeCun et al. 1998, Efficient BackProp, section 4.6)."""

    draw = _Scaled.normal

    def variance(self, n_inputs: int, n_units: int) -> float:
        return 1 / n_inputs


class LeCunUniform(LeCunNormal, name="lecun_uniform"):
    """U(−l, l), l = √(3 / n_inputs)."""

    draw = _Scaled.uniform


class Orthogonal(Initializer):
    """`gain` times a matrix with orthonormal rows or columns, whichever are fewer (Saxe et al. 2014)."""

    gain: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        require_number(self, "gain", 0)

    def draw(self, shape: tuple[int, ...], rng: "np.random.Generator") -> Array:
        rows, columns = math.prod(shape[:-1]), shape[-1]
        q, r = np.linalg.qr(rng.normal(size=(max(rows, columns), min(rows, columns))))
        q *= np.sign(np.diag(r))  # without this the draw is not uniform over the orthogonal matrices
        return self.gain * (q if rows >= columns else q.T).reshape(shape)
