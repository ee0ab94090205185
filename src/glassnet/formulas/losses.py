"""Losses: the value of each entry and its gradient, the derivative of that value by the prediction.

A loss is `reduction="mean"` (the values' sum divided by their number, or with sample weights by the weights of all
values), `"mean_of_rows"` (divided by the number of rows, or the sum of their weights, however many outputs a row has)
or `"sum"`. The gradient below is that of the sum; a mean divides it by the same divisor.

Losses of probabilities and rates name the `output_activation` that belongs to them. They are differentiated together
with it: the value is written from the score z and cannot overflow, and the gradient is simply a − y.

>>> class Cubic(Loss):
...     def value(self, p, y): return abs(p - y) ** 3
...     def gradient(self, p, y): return 3 * (p - y) * abs(p - y)
>>> Loss.of("cubic")
Cubic()
"""

from typing import Any, ClassVar, Literal

import numpy as np

from glassnet.errors import InvalidInput, brief
from glassnet.formulas.description import field
from glassnet.formulas.elementary import (
    Array,
    abs,
    clip,
    erf,
    exp,
    largest_exponent,
    log,
    log1p,
    log_epsilon,
    logsumexp,
    machine_epsilon,
    maximum,
    minimum,
    row_sum,
    sign,
    softplus,
    tanh,
)
from glassnet.formulas.loss import Loss as Loss
from glassnet.formulas.loss import LossLike as LossLike
from glassnet.formulas.names import ActivationName
from glassnet.formulas.registry import is_number, require_number


class SquaredError(Loss, name="squared_error"):
    """Squared error, averaged over all entries (mean squared error, MSE).

    ℓ = (p − y)²,    ∂ℓ/∂p = 2 (p − y).

    The mean is over all n × outputs entries.

    Parameters
    ----------
    reduction
        What the sum of all ℓ is divided by: `"mean"` (default), `"mean_of_rows"` or `"sum"` (see `Loss`).

    Raises InvalidInput for another `reduction`.

    >>> SquaredError().value(np.array([[3.0]]), np.array([[1.0]]))
    array([[4.]])
    """

    def value(self, p: Array, y: Array) -> Array:
        return (p - y) * (p - y)

    def gradient(self, p: Array, y: Array) -> Array:
        return 2.0 * (p - y)


class SumOfSquaredErrors(SquaredError, name="sum_of_squared_errors"):
    """Squared error, summed instead of averaged.

    ℓ = (p − y)²,    ∂ℓ/∂p = 2 (p − y).

    The squared error with `reduction="sum"`, divided by nothing.

    Parameters
    ----------
    reduction
        `"sum"` by default.

    Raises InvalidInput for another `reduction`.

    >>> SumOfSquaredErrors().reduction
    'sum'
    """

    reduction: Literal["mean", "mean_of_rows", "sum"] = field(default="sum", kw_only=True)


class HalfSquaredError(Loss, name="half_squared_error"):
    """Half the squared error, as in scikit-learn.

    ℓ = ½ (p − y)²,    ∂ℓ/∂p = p − y.

    The mean is over all n × outputs entries.

    Parameters
    ----------
    reduction
        What the sum of all ℓ is divided by: `"mean"` (default), `"mean_of_rows"` or `"sum"` (see `Loss`).

    Raises InvalidInput for another `reduction`.

    >>> HalfSquaredError().value(np.array([[3.0]]), np.array([[1.0]]))
    array([[2.]])
    """

    def value(self, p: Array, y: Array) -> Array:
        return 0.5 * (p - y) * (p - y)

    def gradient(self, p: Array, y: Array) -> Array:
        return p - y


class AbsoluteError(Loss, name="absolute_error"):
    """Absolute error (mean absolute error, MAE): predicts the median.

    ℓ = |p − y|,    ∂ℓ/∂p = sign(p − y).

    The mean is over all n × outputs entries.

    Parameters
    ----------
    reduction
        What the sum of all ℓ is divided by: `"mean"` (default), `"mean_of_rows"` or `"sum"` (see `Loss`).

    Raises InvalidInput for another `reduction`.

    >>> AbsoluteError().value(np.array([[3.0]]), np.array([[1.0]]))
    array([[2.]])
    """

    def value(self, p: Array, y: Array) -> Array:
        return abs(p - y)

    def gradient(self, p: Array, y: Array) -> Array:
        return sign(p - y)


class Huber(Loss):
    """Huber loss: quadratic for small errors, linear for large ones.

    ℓ = ½ r² if |r| ≤ δ else δ (|r| − ½ δ),    ∂ℓ/∂p = min(max(r, −δ), δ),    r = p − y.

    Huber 1964. The mean is over all n × outputs entries.

    Parameters
    ----------
    delta
        δ, above 0: errors up to it count as their square; 1 by default, in the unit of y.
    reduction
        What the sum of all ℓ is divided by: `"mean"` (default), `"mean_of_rows"` or `"sum"` (see `Loss`).

    Raises InvalidInput for settings out of range.

    >>> Huber(delta=1.0).value(np.array([[3.0]]), np.array([[1.0]]))
    array([[1.5]])
    """

    delta: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        require_number(self, "delta", 0)

    def value(self, p: Array, y: Array) -> Array:
        inner = minimum(abs(p - y), self.delta)
        return inner * (abs(p - y) - 0.5 * inner)

    def gradient(self, p: Array, y: Array) -> Array:
        return clip(p - y, -self.delta, self.delta)


class LogCosh(Loss, name="log_cosh"):
    """Logarithm of the hyperbolic cosine of the error: a smooth Huber loss.

    ℓ = log cosh r = |r| + log(1 + e^(−2 |r|)) − log 2,    ∂ℓ/∂p = tanh r,    r = p − y.

    The mean is over all n × outputs entries.

    Parameters
    ----------
    reduction
        What the sum of all ℓ is divided by: `"mean"` (default), `"mean_of_rows"` or `"sum"` (see `Loss`).

    Raises InvalidInput for another `reduction`.

    >>> LogCosh().value(np.array([[3.0]]), np.array([[1.0]])).round(4)
    array([[1.325]])
    """

    def value(self, p: Array, y: Array) -> Array:
        u = exp(-abs(p - y))
        return abs(p - y) + log1p(u * u) - 0.6931471805599453

    def gradient(self, p: Array, y: Array) -> Array:
        return tanh(p - y)


class Poisson(Loss):
    """Negative log-likelihood of counts, for an exponential output.

    ℓ = a − y z,    ∂ℓ/∂z = a − y,    a = eᶻ.

    Minus the Poisson log-likelihood of the counts y, without the logarithm of their factorials. The output layer's
    activation is "exponential", so predictions are rates; where it stays at its bound, the loss goes on as a straight
    line with that slope. The mean is over all n × outputs entries.

    Parameters
    ----------
    reduction
        What the sum of all ℓ is divided by: `"mean"` (default), `"mean_of_rows"` or `"sum"` (see `Loss`).

    Raises InvalidInput for another `reduction`.

    >>> Poisson().value(np.array([[0.0]]), np.array([[2.0]]))  # z = 0, so a = 1
    array([[1.]])
    """

    output_activation: ClassVar[ActivationName | None] = "exponential"
    targets = "counts"

    def value(self, z: Array, y: Array) -> Array:
        bound = largest_exponent(z)
        beyond = clip(z - bound, 0.0, 1000.0)  # more would overflow
        return exp(minimum(z, bound)) * (1.0 + beyond) - y * z

    def gradient(self, a: Array, y: Array) -> Array:
        return a - y


class Quantile(Loss):
    """Quantile (pinball) loss: predicts one or several quantiles.

    ℓ = max(q r, (q − 1) r),    ∂ℓ/∂p = ½ − q − ½ sign(r),    r = y − p.

    Also called pinball loss. With several `levels` q, output j predicts level j, for each column of y in turn. The mean
    is over all n × outputs entries.

    Parameters
    ----------
    levels
        The quantiles to predict, each between 0 and 1; `(0.5,)`, the median, by default.
    reduction
        What the sum of all ℓ is divided by: `"mean"` (default), `"mean_of_rows"` or `"sum"` (see `Loss`).

    Raises InvalidInput for settings out of range.

    >>> Quantile((0.1, 0.9)).outputs_per_target()
    2
    """

    levels: tuple[float, ...] = (0.5,)

    def __post_init__(self) -> None:
        super().__post_init__()
        given: Any = self.levels.tolist() if isinstance(self.levels, np.ndarray) else self.levels
        levels = tuple(given) if isinstance(given, (tuple, list)) else (given,)  # one level may come as a number
        object.__setattr__(self, "levels", levels)
        if not levels or not all(is_number(q) and 0 < q < 1 for q in levels):
            raise InvalidInput(f"Quantile: `levels` must be numbers in (0, 1), got {brief(self.levels)}.")

    def columns(self, n_outputs: int) -> tuple[Array, ...]:
        return (np.tile(np.array(self.levels), n_outputs // len(self.levels)),)

    def outputs_per_target(self) -> int:
        return len(self.levels)

    def value(self, p: Array, y: Array, q: Array) -> Array:
        return maximum(q * (y - p), (q - 1.0) * (y - p))

    def gradient(self, p: Array, y: Array, q: Array) -> Array:
        return 0.5 - q + 0.5 * sign(p - y)


class GaussianLikelihood(Loss, name="gaussian_likelihood"):
    """Negative log-likelihood of a normal distribution whose mean and scale are both predicted.

    ℓ = ½ u² + log σ + ½ log(2 π),    ∂ℓ/∂p = e₁ u / σ + e₂ (1 − u²) / σ s,    u = (μ − y) / σ,
    σ = ε + log(1 + e^ζ),    s = 1 / (1 + e^(−ζ)).

    The outputs p are μ, for which e₁ is 1 and e₂ is 0, and ζ, for which it is the other way round; they predict one
    column of y (Nix and Weigend 1994, "Estimating the mean and variance of the target probability distribution"). The
    mean is over the n rows.

    Parameters
    ----------
    floor
        ε, above 0: the least scale; 0.001 by default, for targets of a standard deviation near 1.
    reduction
        What the sum of all ℓ is divided by: `"mean"` (default), `"mean_of_rows"` or `"sum"` (see `Loss`).

    Raises InvalidInput for settings out of range, and in training for other than two outputs.

    >>> p, y = np.array([[1.0, 0.0]]), np.array([[1.0, 1.0]])
    >>> GaussianLikelihood().value(p, y, *GaussianLikelihood().columns(2)).round(4)
    array([[0.5539]])
    """

    floor: float = 0.001
    column_symbols, output_symbols = ("e₁", "e₂"), ("μ", "ζ")

    def __post_init__(self) -> None:
        super().__post_init__()
        require_number(self, "floor", 0)

    def columns(self, n_outputs: int) -> tuple[Array, ...]:
        if n_outputs != 2:
            raise InvalidInput(f"{self.name} needs 2 outputs, a mean and a scale for one column of y, not {n_outputs}.")
        return np.array([1.0, 0.0]), np.array([0.0, 1.0])

    def outputs_per_target(self) -> int:
        return 2

    def value(self, p: Array, y: Array, first: Array, second: Array) -> Array:
        scale = self.floor + softplus(row_sum(second * p))
        u = row_sum(first * (p - y)) / scale
        return 0.5 * u * u + log(scale) + 0.9189385332046727

    def gradient(self, p: Array, y: Array, first: Array, second: Array) -> Array:
        zeta = row_sum(second * p)
        scale = self.floor + softplus(zeta)
        u = row_sum(first * (p - y)) / scale
        return first * (u / scale) + second * ((1.0 - u * u) / scale * (0.5 + 0.5 * tanh(0.5 * zeta)))


class GaussianCRPS(GaussianLikelihood, name="gaussian_crps"):
    """Continuous ranked probability score of a normal distribution whose mean and scale are both predicted.

    ℓ = σ (u erf(u / √2) + 2 φ − 1 / √π),    ∂ℓ/∂p = e₁ erf(u / √2) + e₂ (2 φ − 1 / √π) s,    u = (μ − y) / σ,
    φ = e^(−u² / 2) / √(2 π),    σ = ε + log(1 + e^ζ),    s = 1 / (1 + e^(−ζ)).

    The outputs are as those of `GaussianLikelihood` (Gneiting et al. 2005, "Calibrated probabilistic forecasting using
    ensemble model output statistics and minimum CRPS estimation"). No gradient is larger than 1, so that a row far from
    its prediction does no harm, at high learning rates too. The mean is over the n rows.

    Parameters
    ----------
    floor, reduction
        As in `GaussianLikelihood`; 0.001 and `"mean"` by default.

    Raises InvalidInput for settings out of range, and in training for other than two outputs.

    >>> p, y = np.array([[1.0, 0.0]]), np.array([[1.0, 1.0]])
    >>> GaussianCRPS().value(p, y, *GaussianCRPS().columns(2)).round(4)
    array([[0.1622]])
    """

    def value(self, p: Array, y: Array, first: Array, second: Array) -> Array:
        scale = self.floor + softplus(row_sum(second * p))
        u = row_sum(first * (p - y)) / scale
        density = 0.7978845608028654 * exp(-0.5 * u * u)
        return scale * (u * erf(0.7071067811865476 * u) + density - 0.5641895835477563)

    def gradient(self, p: Array, y: Array, first: Array, second: Array) -> Array:
        zeta = row_sum(second * p)
        u = row_sum(first * (p - y)) / (self.floor + softplus(zeta))
        of_scale = 0.7978845608028654 * exp(-0.5 * u * u) - 0.5641895835477563
        return first * erf(0.7071067811865476 * u) + second * (of_scale * (0.5 + 0.5 * tanh(0.5 * zeta)))


class CrossEntropy(Loss, name="cross_entropy"):
    """Cross-entropy of class probabilities, for a softmax output.

    ℓ = −Σⱼ tⱼ log aⱼ = log Σₖ e^zₖ − Σⱼ tⱼ zⱼ,    ∂ℓ/∂zⱼ = aⱼ − tⱼ,    aⱼ = e^zⱼ / Σₖ e^zₖ,
    tⱼ = (1 − ε) yⱼ + ε / classes.

    The mean is over the n rows. y holds class numbers 0, 1, … or one row of class shares per sample (one-hot or soft).
    ε is the label smoothing, 0 by default (Szegedy et al. 2016, arXiv 1512.00567, section 7).

    Parameters
    ----------
    label_smoothing
        ε, between 0 and 1: how far targets are moved from 0 and 1 towards equal shares; 0 by default (Szegedy
        et al. 2016, arXiv 1512.00567, section 7).
    reduction
        What the sum of all ℓ is divided by: `"mean"` (default), `"mean_of_rows"` or `"sum"` (see `Loss`).

    Raises InvalidInput for settings out of range.

    >>> z, t = np.array([[0.0, 0.0]]), np.array([[1.0, 0.0]])
    >>> CrossEntropy().value(z, t).round(4)  # log 2
    array([[0.6931]])
    """

    label_smoothing: float = 0.0
    output_activation: ClassVar[ActivationName | None] = "softmax"
    targets = "classes"

    def __post_init__(self) -> None:
        super().__post_init__()
        require_number(self, "label_smoothing", 0, 1, open_low=False)

    def value(self, z: Array, t: Array) -> Array:
        return logsumexp(z) - row_sum(t * z)

    def gradient(self, a: Array, t: Array) -> Array:
        return a - t


class BinaryCrossEntropy(Loss, name="binary_cross_entropy"):
    """Cross-entropy of yes-or-no probabilities, for a sigmoid output.

    ℓ = −t log a − (1 − t) log(1 − a) = max(z, 0) − t z + log(1 + e^−|z|),    ∂ℓ/∂z = a − t,    a = σ(z),
    t = (1 − ε) y + ε / 2.

    One output, or many yes-or-no outputs at once. The mean is over all n × outputs entries. ε is the label smoothing, 0
    by default (Szegedy et al. 2016, arXiv 1512.00567, section 7, for two classes).

    Parameters
    ----------
    label_smoothing
        ε, between 0 and 1: how far targets are moved from 0 and 1 towards equal shares; 0 by default (Szegedy
        et al. 2016, arXiv 1512.00567, section 7).
    reduction
        What the sum of all ℓ is divided by: `"mean"` (default), `"mean_of_rows"` or `"sum"` (see `Loss`).

    Raises InvalidInput for settings out of range.

    >>> BinaryCrossEntropy().value(np.array([[0.0]]), np.array([[1.0]])).round(4)  # log 2
    array([[0.6931]])
    """

    label_smoothing: float = 0.0
    output_activation: ClassVar[ActivationName | None] = "sigmoid"
    targets = "binary"

    def __post_init__(self) -> None:
        super().__post_init__()
        require_number(self, "label_smoothing", 0, 1, open_low=False)

    def value(self, z: Array, t: Array) -> Array:
        return maximum(z, 0.0) - t * z + log1p(exp(-abs(z)))

    def gradient(self, a: Array, t: Array) -> Array:
        return a - t


class ClippedCrossEntropy(CrossEntropy, name="clipped_cross_entropy"):
    """Cross-entropy as reported by scikit-learn's MLPClassifier, with clipped probabilities.

    ℓ = −Σⱼ tⱼ min(max(log aⱼ, log ε), −ε),    ∂ℓ/∂zⱼ = aⱼ − tⱼ,    aⱼ = e^zⱼ / Σₖ e^zₖ.

    Cross-entropy whose value takes no probability to be closer to 0 or 1 than the machine epsilon ε, as scikit-learn's
    MLPClassifier counts it; the gradient stays that of cross-entropy, as there. The mean is over the n rows.

    Parameters
    ----------
    label_smoothing
        As in `CrossEntropy`; 0 by default.
    reduction
        What the sum of all ℓ is divided by: `"mean"` (default), `"mean_of_rows"` or `"sum"` (see `Loss`).

    Raises InvalidInput for settings out of range.

    >>> ClippedCrossEntropy().value(np.array([[0.0, 0.0]]), np.array([[1.0, 0.0]])).round(4)
    array([[0.6931]])
    """

    def value(self, z: Array, t: Array) -> Array:
        return -row_sum(t * clip(z - logsumexp(z), log_epsilon(z), -machine_epsilon(z)))


class ClippedBinaryCrossEntropy(BinaryCrossEntropy, name="clipped_binary_cross_entropy"):
    """Binary cross-entropy as reported by scikit-learn's MLPClassifier, with clipped probabilities.

    ℓ = −t log b − (1 − t) log(1 − b),    b = min(max(a, ε), 1 − ε),    ∂ℓ/∂z = a − t,    a = σ(z).

    Binary cross-entropy whose value takes no probability to be closer to 0 or 1 than the machine epsilon ε, as
    scikit-learn's MLPClassifier counts it; the gradient stays that of binary cross-entropy, as there. The mean is over
    all n × outputs entries.

    Parameters
    ----------
    label_smoothing
        As in `BinaryCrossEntropy`; 0 by default.
    reduction
        What the sum of all ℓ is divided by: `"mean"` (default), `"mean_of_rows"` or `"sum"` (see `Loss`).

    Raises InvalidInput for settings out of range.

    >>> ClippedBinaryCrossEntropy().value(np.array([[0.0]]), np.array([[1.0]])).round(4)
    array([[0.6931]])
    """

    def value(self, z: Array, t: Array) -> Array:
        near = clip(z, log_epsilon(z), -log_epsilon(z))
        return maximum(near, 0.0) - t * near + log1p(exp(-abs(near)))
