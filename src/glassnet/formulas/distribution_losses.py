"""Losses of distributions of numbers, whose parameters are what the outputs of a network say."""

from typing import ClassVar

import numpy as np

from glassnet.errors import InvalidInput
from glassnet.formulas.elementary import (
    Array,
    clip,
    erf,
    exp,
    largest_exponent,
    log,
    log1p,
    logsumexp,
    minimum,
    row_max,
    row_sum,
    softplus,
    tanh,
    where,
)
from glassnet.formulas.loss import Loss
from glassnet.formulas.names import ActivationName
from glassnet.formulas.registry import require_number, require_whole


def logsumexp_of(x: Array, some: Array) -> Array:
    """Log Σⱼ exp(xⱼ) over those entries of each row where `some` (outputs,) is 1, not 0; as a column."""
    largest = row_max(where(some > 0.0, x, -row_max(-x)))
    return largest + log(row_sum(some * exp(minimum(x - largest, 0.0))))


def softmax_of(x: Array, some: Array) -> Array:
    """The softmax over those entries of each row where `some` is 1, and 0 at the others."""
    largest = row_max(where(some > 0.0, x, -row_max(-x)))
    shares = some * exp(minimum(x - largest, 0.0))
    return shares / row_sum(shares)


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


class MixtureLikelihood(Loss, name="mixture_likelihood"):
    """Negative log-likelihood of a mixture of normal distributions that are all predicted.

    ℓ = log Σₖ e₁ₖ e^αₖ − log Σₖ e₁ₖ e^lₖ + ½ log(2 π),    l = α − ½ u² − log σ,
    ∂ℓ/∂p = e₁ (e^α / Σₖ e₁ₖ e^αₖ − r) + e₂ r u / σ + e₃ r (1 − u²) / σ s,    r = e^l / Σₖ e₁ₖ e^lₖ,
    u = (μ − y) / σ,    σ = ε + log(1 + e^ζ),    s = 1 / (1 + e^(−ζ)).

    The outputs p are α, μ and ζ of each component in turn, and e₁, e₂, e₃ are 1 for the outputs of one of these kinds
    and 0 for the others; an output without an index has the α, μ and ζ of its own component. The weights of the
    components are softmax(α), and r is the share that a component has in the density at y (Bishop 1994, "Mixture
    density networks"). The mean is over the n rows.

    Parameters
    ----------
    components
        How many normal distributions are mixed; 2 by default, with three outputs each.
    floor
        ε, above 0: the least scale; 0.001 by default, for targets of a standard deviation near 1.
    reduction
        What the sum of all ℓ is divided by: `"mean"` (default), `"mean_of_rows"` or `"sum"` (see `Loss`).

    Raises InvalidInput for settings out of range, and in training for another number of outputs.

    >>> loss, p, y = MixtureLikelihood(2), np.zeros((1, 6)), np.zeros((1, 6))
    >>> loss.value(p, y, *loss.columns(6)).round(4)
    array([[0.5539]])
    """

    components: int = 2
    floor: float = 0.001
    column_symbols, output_symbols = ("e₁", "e₂", "e₃"), ("α", "μ", "ζ")

    def __post_init__(self) -> None:
        super().__post_init__()
        require_number(self, "floor", 0)
        require_whole(self, "components")

    def columns(self, n_outputs: int) -> tuple[Array, ...]:
        if n_outputs != self.outputs_per_target():
            raise InvalidInput(
                f"{self.name} of {self.components} components needs {self.outputs_per_target()} outputs, three for "
                f"each, for one column of y, not {n_outputs}."
            )
        components = np.repeat(np.eye(self.components), 3, axis=1)
        return *np.tile(np.eye(3), self.components), *components

    def outputs_per_target(self) -> int:
        return 3 * self.components

    def value(self, p: Array, y: Array, first: Array, second: Array, third: Array, *components: Array) -> Array:
        alpha, mean, zeta = 0.0 * p, 0.0 * p, 0.0 * p
        for one in components:
            alpha = alpha + one * row_sum(first * one * p)
            mean = mean + one * row_sum(second * one * p)
            zeta = zeta + one * row_sum(third * one * p)
        scale = self.floor + softplus(zeta)
        u = (mean - y) / scale
        logs = alpha - 0.5 * u * u - log(scale)
        return logsumexp(alpha) - logsumexp(logs) + 0.9189385332046727  # each component three times in both sums

    def gradient(self, p: Array, y: Array, first: Array, second: Array, third: Array, *components: Array) -> Array:
        alpha, mean, zeta = 0.0 * p, 0.0 * p, 0.0 * p
        for one in components:
            alpha = alpha + one * row_sum(first * one * p)
            mean = mean + one * row_sum(second * one * p)
            zeta = zeta + one * row_sum(third * one * p)
        scale = self.floor + softplus(zeta)
        u = (mean - y) / scale
        logs = alpha - 0.5 * u * u - log(scale)
        weight, share = 3.0 * exp(alpha - logsumexp(alpha)), 3.0 * exp(logs - logsumexp(logs))
        of_scale = share * (1.0 - u * u) / scale * (0.5 + 0.5 * tanh(0.5 * zeta))
        return first * (weight - share) + second * (share * u / scale) + third * of_scale


class NegativeBinomial(Loss, name="negative_binomial"):
    """Negative log-likelihood of counts that vary more than those of `Poisson`, for an exponential output.

    ℓ = (y + 1 / α) log(1 + α a) − y z,    ∂ℓ/∂z = (a − y) / (1 + α a),    a = eᶻ.

    The counts y have the mean a and the variance a + α a² (Hilbe 2011, "Negative binomial regression"); terms without z
    are left out. The output layer's activation is "exponential", so predictions are rates; where it stays at its bound,
    the loss goes on as a straight line with that slope. With α near 0 it is `Poisson`; the larger α is, the less a
    single large count pulls. The mean is over all n × outputs entries.

    Parameters
    ----------
    alpha
        α, above 0: how much more than its mean a count varies; 1 by default.
    reduction
        What the sum of all ℓ is divided by: `"mean"` (default), `"mean_of_rows"` or `"sum"` (see `Loss`).

    Raises InvalidInput for settings out of range.

    >>> NegativeBinomial(0.5).gradient(np.array([[2.0]]), np.array([[6.0]]))
    array([[-2.]])
    """

    alpha: float = 1.0
    output_activation: ClassVar[ActivationName | None] = "exponential"
    targets = "counts"

    def __post_init__(self) -> None:
        super().__post_init__()
        require_number(self, "alpha", 0)

    def value(self, z: Array, y: Array) -> Array:
        bound = largest_exponent(z)
        beyond = clip(z - bound, 0.0, 1000.0)  # more would overflow
        a = exp(minimum(z, bound))
        return (y + 1.0 / self.alpha) * (
            log1p(self.alpha * a) + beyond * self.alpha * a / (1.0 + self.alpha * a)
        ) - y * z

    def gradient(self, a: Array, y: Array) -> Array:
        return (a - y) / (1.0 + self.alpha * a)
