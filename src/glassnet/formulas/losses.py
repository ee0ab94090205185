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
from glassnet.formulas.distribution_losses import GaussianCRPS as GaussianCRPS
from glassnet.formulas.distribution_losses import GaussianLikelihood as GaussianLikelihood
from glassnet.formulas.distribution_losses import MixtureLikelihood as MixtureLikelihood
from glassnet.formulas.distribution_losses import NegativeBinomial as NegativeBinomial
from glassnet.formulas.distribution_losses import logsumexp_of, softmax_of
from glassnet.formulas.elementary import (
    Array,
    abs,
    clip,
    exp,
    largest_exponent,
    log1p,
    log_epsilon,
    logsumexp,
    machine_epsilon,
    maximum,
    minimum,
    row_sum,
    sign,
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


class CrossEntropies(Loss, name="cross_entropies"):
    """Cross-entropy of several targets of classes, averaged over the targets.

    ℓ = Σⱼ vⱼ tⱼ (log dⱼ − pⱼ),    ∂ℓ/∂p = v (e^p / d − t),    d = Σₖ max(0, 1 − |b − bₖ|) e^pₖ.

    The outputs p are the scores of the classes of each target in turn, b says to which target an output belongs, and
    v is 1 by the number of targets; d sums over the outputs of the same target, so that e^p / d are its probabilities.
    The output layer is linear. The mean is over the n rows. y holds class numbers 0, 1, …, a column for each target, or
    the one-hot rows of the targets side by side.

    Parameters
    ----------
    sizes
        How many classes each target has, at least 2 each; `(2, 2)`, two targets of two classes, by default.
    reduction
        What the sum of all ℓ is divided by: `"mean"` (default), `"mean_of_rows"` or `"sum"` (see `Loss`).

    Raises InvalidInput for settings out of range, and in training for another number of outputs.

    >>> loss, p, t = CrossEntropies((2, 2)), np.zeros((1, 4)), np.array([[1.0, 0.0, 0.0, 1.0]])
    >>> loss.value(p, t, *loss.columns(4)).round(4)  # log 2 of each
    array([[0.6931]])
    """

    sizes: tuple[int, ...] = (2, 2)
    targets = "several classes"
    column_symbols = ("v", "b")

    def __post_init__(self) -> None:
        super().__post_init__()
        sizes = tuple(self.sizes) if isinstance(self.sizes, (tuple, list)) else (self.sizes,)
        if not sizes or not all(isinstance(n, int) and 1 < n < 2**31 for n in sizes):
            raise InvalidInput(
                "CrossEntropies: `sizes` must be whole numbers of at least 2, one for each target, got "
                f"{brief(self.sizes)}."
            )
        object.__setattr__(self, "sizes", sizes)

    def columns(self, n_outputs: int) -> tuple[Array, ...]:
        if n_outputs != sum(self.sizes):
            raise InvalidInput(f"{self.name} of sizes {self.sizes} needs {sum(self.sizes)} outputs, not {n_outputs}.")
        n = len(self.sizes)
        places = np.repeat(np.arange(n), self.sizes)
        return np.full(n_outputs, 1 / n), places.astype(np.float64), *(1.0 * (places == k) for k in range(n))

    def value(self, p: Array, t: Array, v: Array, b: Array, *targets: Array) -> Array:
        log_d = 0.0 * p
        for target in targets:
            log_d = log_d + target * logsumexp_of(p, target)
        return row_sum(v * t * (log_d - p))

    def gradient(self, p: Array, t: Array, v: Array, b: Array, *targets: Array) -> Array:
        a = 0.0 * p
        for target in targets:
            a = a + softmax_of(p, target)
        return v * (a - t)


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
