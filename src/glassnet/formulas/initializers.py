"""Initialisers: how parameters are drawn before the first step."""

import math
from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from glassnet.errors import InvalidInput
from glassnet.formulas.elementary import Array
from glassnet.formulas.names import InitializerName
from glassnet.formulas.registry import Named, require_number


class Initializer(Named, family="initializer"):
    """Base class of initialisers: draws an array of shape (n_inputs, n_units) from a given random generator.

    The filters of a convolution (*window, channels, filters) have as many inputs as a window holds numbers.
    `of_data` is "weights" or "biases" (or says which state) for one that computes these from rows of the data, as they
    arrive at the layer.

    >>> Initializer.of('he_uniform')
    HeUniform()
    """

    of_data: ClassVar[str] = ""

    def draw(self, shape: tuple[int, ...], rng: "np.random.Generator") -> Array:
        """The array, in float64."""
        raise NotImplementedError(f"{type(self).__name__} must define draw(self, shape, rng)")

    def draw_from(self, X: Array, W: Array, shape: tuple[int, ...], rng: "np.random.Generator") -> Array:
        """The array for inputs X (rows, n_inputs); for biases W are the layer's weights, which are drawn before."""
        raise NotImplementedError(f"{type(self).__name__} must define draw_from(self, X, W, shape, rng)")


InitializerLike = Initializer | type[Initializer] | InitializerName | Mapping[str, object]  # for `of`


class Zeros(Initializer):
    """All entries 0, as for most biases.

    >>> Zeros().draw((2,), np.random.default_rng(0))
    array([0., 0.])
    """

    def draw(self, shape: tuple[int, ...], rng: "np.random.Generator") -> Array:
        return np.zeros(shape)


class Constant(Initializer):
    """The same value everywhere.

    Parameters
    ----------
    value
        The value of every entry; 0 by default.

    Raises InvalidInput for a `value` that is not finite.

    >>> Constant(0.5).draw((2,), np.random.default_rng(0))
    array([0.5, 0.5])
    """

    value: float = 0.0

    def draw(self, shape: tuple[int, ...], rng: "np.random.Generator") -> Array:
        return np.full(shape, float(self.value))


class Normal(Initializer):
    """Normal distribution.

    N(mean, std²).

    Parameters
    ----------
    mean, std
        Mean and standard deviation; 0 and 1 by default.

    Raises InvalidInput for a `std` below 0.

    >>> Normal(0.0, 1.0).draw((2, 3), np.random.default_rng(0)).shape
    (2, 3)
    """

    mean: float = 0.0
    std: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        require_number(self, "std", 0, open_low=False)

    def draw(self, shape: tuple[int, ...], rng: "np.random.Generator") -> Array:
        return rng.normal(self.mean, self.std, shape)


class SpreadNormal(Initializer, name="spread_normal"):
    """Normal distributions from narrow to wide, one for each place of the last axis.

    N(0, sⱼ²), sⱼ = low · (high / low)^(j / (k − 1)), j = 0 … k − 1.

    Parameters
    ----------
    low, high
        Standard deviations at the first and at the last of the k places; 0.1 and 2 by default.

    Raises InvalidInput for one that is not positive.

    >>> drawn = SpreadNormal(0.1, 10.0).draw((1000, 3), np.random.default_rng(0))
    >>> drawn.std(axis=0).round(2)
    array([ 0.1 ,  0.97, 10.21])
    """

    low: float = 0.1
    high: float = 2.0

    def __post_init__(self) -> None:
        super().__post_init__()
        require_number(self, "low", 0)
        require_number(self, "high", 0)

    def draw(self, shape: tuple[int, ...], rng: "np.random.Generator") -> Array:
        return rng.normal(size=shape) * np.geomspace(self.low, self.high, shape[-1])


class Uniform(Initializer):
    """Uniform distribution.

    U(low, high).

    Parameters
    ----------
    low, high
        The limits; −1 and 1 by default.

    Raises InvalidInput for a limit that is not a finite number, and where `low` is not below `high`.

    >>> Uniform(-1.0, 1.0).draw((2, 3), np.random.default_rng(0)).shape
    (2, 3)
    """

    low: float = -1.0
    high: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.low < self.high:
            raise InvalidInput(f"Uniform: `low` must be below `high`, got low={self.low!r} and high={self.high!r}.")

    def draw(self, shape: tuple[int, ...], rng: "np.random.Generator") -> Array:
        return rng.uniform(self.low, self.high, shape)


def fans(shape: tuple[int, ...]) -> tuple[int, int]:
    """(n_inputs, n_units) of weights; those of a filter (*window, channels, filters) count each place of its window."""
    window = math.prod(shape[:-2])
    return math.prod(shape[:-1]) if len(shape) > 1 else shape[0], window * shape[-1]


class _Scaled:
    """Mean 0 and variance g / fan, which keeps the size of signals from layer to layer."""

    def variance(self, n_inputs: int, n_units: int) -> float:
        """The variance of one weight."""
        raise NotImplementedError

    def normal(self, shape: tuple[int, ...], rng: "np.random.Generator") -> Array:
        """Normal with that variance."""
        return rng.normal(0.0, self.variance(*fans(shape)) ** 0.5, shape)

    def uniform(self, shape: tuple[int, ...], rng: "np.random.Generator") -> Array:
        """Uniform on ±√(3 variance), which has that variance."""
        limit = (3 * self.variance(*fans(shape))) ** 0.5
        return rng.uniform(-limit, limit, shape)


class GlorotNormal(_Scaled, Initializer, name="glorot_normal"):
    """Glorot (Xavier) initialisation from a normal distribution, for tanh and similar activations.

    N(0, 2 / (n_inputs + n_units)) (Glorot and Bengio 2010, section 4.2.1).

    >>> GlorotNormal().draw((400, 300), np.random.default_rng(0)).std().round(3).item()
    0.054
    """

    draw = _Scaled.normal

    def variance(self, n_inputs: int, n_units: int) -> float:
        return 2 / (n_inputs + n_units)


class GlorotUniform(GlorotNormal, name="glorot_uniform"):
    """Glorot (Xavier) initialisation from a uniform distribution, for tanh and similar activations.

    U(−l, l), l = √(6 / (n_inputs + n_units)) (Glorot and Bengio 2010, eq. 16).

    >>> GlorotUniform().draw((400, 300), np.random.default_rng(0)).std().round(3).item()
    0.053
    """

    draw = _Scaled.uniform


class HeNormal(_Scaled, Initializer, name="he_normal"):
    """He (Kaiming) initialisation from a normal distribution, for ReLU and similar activations.

    N(0, 2 / n_inputs) (He et al. 2015, arXiv 1502.01852, eq. 12).

    >>> HeNormal().draw((400, 300), np.random.default_rng(0)).std().round(3).item()
    0.071
    """

    draw = _Scaled.normal

    def variance(self, n_inputs: int, n_units: int) -> float:
        return 2 / n_inputs


class HeUniform(HeNormal, name="he_uniform"):
    """He (Kaiming) initialisation from a uniform distribution, for ReLU and similar activations.

    U(−l, l), l = √(6 / n_inputs).

    >>> HeUniform().draw((400, 300), np.random.default_rng(0)).std().round(3).item()
    0.071
    """

    draw = _Scaled.uniform


class LeCunNormal(_Scaled, Initializer, name="lecun_normal"):
    """LeCun initialisation from a normal distribution, for SELU.

    N(0, 1 / n_inputs) (LeCun et al. 1998, Efficient BackProp, section 4.6).

    >>> LeCunNormal().draw((400, 300), np.random.default_rng(0)).std().round(3).item()
    0.05
    """

    draw = _Scaled.normal

    def variance(self, n_inputs: int, n_units: int) -> float:
        return 1 / n_inputs


class LeCunUniform(LeCunNormal, name="lecun_uniform"):
    """LeCun initialisation from a uniform distribution, for SELU.

    U(−l, l), l = √(3 / n_inputs).

    >>> LeCunUniform().draw((400, 300), np.random.default_rng(0)).std().round(3).item()
    0.05
    """

    draw = _Scaled.uniform


class Orthogonal(Initializer):
    """An orthogonal matrix.

    `gain` times a matrix with orthonormal rows or columns, whichever are fewer (Saxe et al. 2014).

    Parameters
    ----------
    gain
        The factor; 1 by default.

    Raises InvalidInput for a `gain` out of range.

    >>> W = Orthogonal().draw((3, 3), np.random.default_rng(0))
    >>> np.allclose(W.T @ W, np.eye(3))
    True
    """

    gain: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        require_number(self, "gain", 0)

    def draw(self, shape: tuple[int, ...], rng: "np.random.Generator") -> Array:
        rows, columns = math.prod(shape[:-1]), shape[-1]
        q, r = np.linalg.qr(rng.normal(size=(max(rows, columns), min(rows, columns))))
        q *= np.sign(np.diag(r))  # without this the draw is not uniform over the orthogonal matrices
        return self.gain * (q if rows >= columns else q.T).reshape(shape)


class UnitVariance(LeCunNormal, name="unit_variance"):
    """Weights with which each unit's scores have variance 1 on the training rows.

    N(0, 1 / n_inputs), then for each unit divided by the standard deviation of its X W over rows of the data.

    So the scores of each unit spread by 1 when training begins, whatever the inputs are (Mishkin and Matas 2016, arXiv
    1511.06422, with plain normal weights). Weights of a unit whose scores are all alike stay as drawn.

    >>> UnitVariance().of_data
    'weights'
    """

    of_data: ClassVar[str] = "weights"

    def draw_from(self, X: Array, W: Array, shape: tuple[int, ...], rng: "np.random.Generator") -> Array:
        W = self.draw(shape, rng)
        moved = np.subtract(X, X[0], dtype=np.float64)  # exactly 0 where rows are alike: their mean may not be one
        spread = (moved @ W).std(axis=0)
        return W / np.where(spread > least_spread(X, W), spread, 1.0)


def least_spread(X: Array, W: Array) -> Array:
    """What the scores X W of each unit spread by where nothing but their rounding, in the dtype of X, tells them apart.

    A layer in front may have rounded alike rows in different ways; products round by up to half of ε Σ |x w|.
    """
    kept = np.finfo(np.result_type(X, np.float32))
    return 4 * np.maximum(kept.eps * (np.abs(X).max(axis=0) @ np.abs(W)), kept.tiny)


class ThroughData(Initializer, name="through_data"):
    """Biases with which each unit changes its sign among the training rows.

    b = −x W for each unit, x being a random mean of some rows.

    x = Σ e x' / Σ e over `points` rows x' at random, 5 by default, with e from the exponential distribution (Steinwart
    2019, arXiv 1903.11482, "he+5"; Holzmüller et al. 2024, arXiv 2407.04491).

    Parameters
    ----------
    points
        How many rows are averaged; 5 by default.

    Raises InvalidInput for a `points` out of range.

    >>> ThroughData().of_data
    'biases'
    """

    points: int = 5
    of_data: ClassVar[str] = "biases"

    def __post_init__(self) -> None:
        super().__post_init__()
        require_number(self, "points", 0)

    def draw_from(self, X: Array, W: Array, shape: tuple[int, ...], rng: "np.random.Generator") -> Array:
        shares = rng.exponential(size=(*shape, self.points))
        shares /= shares.sum(axis=-1, keepdims=True)
        x = np.einsum("up,upi->ui", shares, X[rng.integers(len(X), size=shares.shape)])
        return -np.einsum("ui,iu->u", x, W)
