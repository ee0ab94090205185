"""Activations: the value f(z) and the slope f'(z) of each, written from z and the value a = f(z).

A person adds one in five lines, and `glassnet.check_gradient` accepts or refuses it:

>>> class Cube(Activation):
...     def value(self, z): return z * z * z
...     def slope(self, z, a): return 3 * z * z
>>> Activation.of("cube")
Cube()
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from glassnet.errors import InvalidInput, brief
from glassnet.formulas.description import Converted, field
from glassnet.formulas.elementary import (
    Array,
    abs,
    arctan,
    clip,
    erf,
    exp,
    expm1,
    largest_exponent,
    log1p,
    maximum,
    minimum,
    row_max,
    row_sum,
    step,
    tanh,
    where,
)
from glassnet.formulas.names import ActivationName
from glassnet.formulas.registry import Named, require_number

SQRT_HALF = 0.5**0.5
SQRT_2_OVER_PI = 0.7978845608028654
SELU_SCALE, SELU_ALPHA = 1.0507009873554805, 1.6732632423543772  # Klambauer et al. 2017, arXiv 1706.02515, eq. 14


class Activation(Named, family="activation"):
    """Base class of activations: f(z) with its slope.

    `learned` names the fields that training changes, one number per unit; a field `learning_rate_factor` is a factor of
    their learning rate.

    >>> Activation.of('relu').slope(np.array([-1.0, 2.0]), None)
    array([0., 1.])
    """

    learned: ClassVar[tuple[str, ...]] = ()

    def value(self, *args: Any, **kwargs: Any) -> Array:
        """a = f(z), from (z, *learned)."""
        raise NotImplementedError(f"{type(self).__name__} must define value(self, z)")

    def slope(self, *args: Any, **kwargs: Any) -> Array:
        """f'(z), from (z, a, *learned)."""
        raise NotImplementedError(f"{type(self).__name__} must define slope(self, z, a)")

    def learned_slopes(self, *args: Any, **kwargs: Any) -> tuple[Array, ...]:
        """∂a/∂(each learned field), from (z, a, *learned)."""
        raise NotImplementedError(
            f"{type(self).__name__} must define learned_slopes(self, z, a, {', '.join(self.learned)})"
        )

    def pull_back(self, dA: Array, z: Array, a: Array, *learned: Array) -> Array:
        """dZ = dA ⊙ f'(z)."""
        return dA * self.slope(z, a, *learned)

    @property
    def learning_rate_factor(self) -> float:
        """The factor of the learning rate for what is learned."""
        return 1.0


ActivationLike = Activation | type[Activation] | ActivationName | Mapping[str, object]  # for `of`


class Linear(Activation):
    """The identity: the output layer of a regression.

    f(z) = z,    f'(z) = 1.

    >>> Linear().value(np.array([-1.0, 0.0, 2.0])).round(4)
    array([-1.,  0.,  2.])
    """

    def value(self, z: Array) -> Array:
        return z

    def slope(self, z: Array, a: Array) -> Array:
        return z * 0.0 + 1.0


class BinaryStep(Activation, name="binary_step"):
    """Step from 0 to 1, as in the perceptron; not trainable.

    f(z) = 1 if z ≥ 0 else 0,    f'(z) = 0. (Nothing is learned through it.)

    >>> BinaryStep().value(np.array([-1.0, 0.0, 2.0])).round(4)
    array([0., 1., 1.])
    """

    def value(self, z: Array) -> Array:
        return 1.0 - step(-z)

    def slope(self, z: Array, a: Array) -> Array:
        return a * 0.0


class Sigmoid(Activation):
    """Logistic sigmoid, from 0 to 1: the probability of one of two classes.

    σ(z) = 1 / (1 + e⁻ᶻ) = ½ + ½ tanh(z / 2),    σ'(z) = a (1 − a).

    >>> Sigmoid().value(np.array([-1.0, 0.0, 2.0])).round(4)
    array([0.2689, 0.5   , 0.8808])
    """

    def value(self, z: Array) -> Array:
        return 0.5 + 0.5 * tanh(0.5 * z)

    def slope(self, z: Array, a: Array) -> Array:
        return a * (1.0 - a)


class Tanh(Activation):
    """Hyperbolic tangent, from −1 to 1.

    f(z) = tanh z,    f'(z) = 1 − a².

    >>> Tanh().value(np.array([-1.0, 0.0, 2.0])).round(4)
    array([-0.7616,  0.    ,  0.964 ])
    """

    def value(self, z: Array) -> Array:
        return tanh(z)

    def slope(self, z: Array, a: Array) -> Array:
        return 1.0 - a * a


class Arctan(Activation):
    """Arctangent, from −π/2 to π/2.

    f(z) = arctan z,    f'(z) = 1 / (1 + z²).

    >>> Arctan().value(np.array([-1.0, 0.0, 2.0])).round(4)
    array([-0.7854,  0.    ,  1.1071])
    """

    def value(self, z: Array) -> Array:
        return arctan(z)

    def slope(self, z: Array, a: Array) -> Array:
        z = clip(z, -1e15, 1e15)  # z² stays in the range of float32
        return 1.0 / (1.0 + z * z)


class ReLU(Activation):
    """Rectified linear unit.

    f(z) = max(z, 0),    f'(z) = 1 if z > 0 else 0. (At 0 itself 0, as in PyTorch and JAX.)

    >>> ReLU().value(np.array([-1.0, 0.0, 2.0])).round(4)
    array([0., 0., 2.])
    """

    def value(self, z: Array) -> Array:
        return maximum(z, 0.0)

    def slope(self, z: Array, a: Array) -> Array:
        return step(z)


class LeakyReLU(Activation, name="leaky_relu"):
    """ReLU with a small slope below 0.

    f(z) = z if z > 0 else α z,    f'(z) = 1 if z > 0 else α. (Maas et al. 2013)

    Parameters
    ----------
    alpha
        α, the slope below 0; 0.01 by default.

    Raises InvalidInput for an `alpha` out of range.

    >>> LeakyReLU().value(np.array([-1.0, 0.0, 2.0])).round(4)
    array([-0.01,  0.  ,  2.  ])
    """

    alpha: float = 0.01

    def value(self, z: Array) -> Array:
        return where(z > 0, z, self.alpha * z)

    def slope(self, z: Array, a: Array) -> Array:
        return self.alpha + (1.0 - self.alpha) * step(z)


class PReLU(Activation):
    """ReLU whose slope below 0 is learned, one per unit.

    f(z) = z if z > 0 else α z,    f'(z) = 1 if z > 0 else α,    ∂f/∂α = min(z, 0).

    He et al. 2015, arXiv 1502.01852, section 2.1.

    Parameters
    ----------
    alpha
        The initial α of every unit; 0.25 by default.
    learning_rate_factor
        A factor of the learning rate for α; 1 by default, 0 freezes it.

    Raises InvalidInput for settings out of range.

    >>> gn.Dense(8, gn.PReLU(learning_rate_factor=0.1)).parameters((4,))["alpha"].shape
    (8,)
    """

    alpha: float = 0.25
    learning_rate_factor: float = 1.0
    learned: ClassVar[tuple[str, ...]] = ("alpha",)

    def __post_init__(self) -> None:
        super().__post_init__()
        require_number(self, "learning_rate_factor", 0, open_low=False)

    def value(self, z: Array, alpha: Array) -> Array:
        return where(z > 0, z, alpha * z)

    def slope(self, z: Array, a: Array, alpha: Array) -> Array:
        return where(z > 0, 1.0, alpha)

    def learned_slopes(self, z: Array, a: Array, alpha: Array) -> tuple[Array, ...]:
        return (minimum(z, 0.0),)


class ELU(Activation):
    """Exponential linear unit: linear above 0, levelling off smoothly at −α below.

    f(z) = z if z > 0 else α (eᶻ − 1),    f'(z) = 1 if z > 0 else a + α. (Clevert et al. 2016, arXiv 1511.07289)

    Parameters
    ----------
    alpha
        α, above 0: the limit far below 0 is −α; 1 by default.

    Raises InvalidInput for an `alpha` out of range.

    >>> ELU().value(np.array([-1.0, 0.0, 2.0])).round(4)
    array([-0.6321,  0.    ,  2.    ])
    """

    alpha: float = 1.0

    def value(self, z: Array) -> Array:
        return where(z > 0, z, self.alpha * expm1(minimum(z, 0.0)))

    def slope(self, z: Array, a: Array) -> Array:
        return where(z > 0, 1.0, a + self.alpha)


class SELU(Activation):
    """Scaled exponential linear unit, whose outputs keep mean 0 and variance 1.

    f(z) = λ z if z > 0 else λ α (eᶻ − 1),    f'(z) = λ if z > 0 else a + λ α,
    λ ≈ 1.0507009873554805,  α ≈ 1.6732632423543772.

    Klambauer et al. 2017, arXiv 1706.02515.

    >>> SELU().value(np.array([-1.0, 0.0, 2.0])).round(4)
    array([-1.1113,  0.    ,  2.1014])
    """

    def value(self, z: Array) -> Array:
        return SELU_SCALE * where(z > 0, minimum(z, 1e38), SELU_ALPHA * expm1(minimum(z, 0.0)))

    def slope(self, z: Array, a: Array) -> Array:
        return where(z > 0, SELU_SCALE, a + SELU_SCALE * SELU_ALPHA)


class Softplus(Activation):
    """Smooth approximation of ReLU.

    f(z) = log(1 + eᶻ) = max(z, 0) + log(1 + e^−|z|),    f'(z) = σ(z).

    >>> Softplus().value(np.array([-1.0, 0.0, 2.0])).round(4)
    array([0.3133, 0.6931, 2.1269])
    """

    def value(self, z: Array) -> Array:
        return maximum(z, 0.0) + log1p(exp(-abs(z)))

    def slope(self, z: Array, a: Array) -> Array:
        return 0.5 + 0.5 * tanh(0.5 * z)


class GELU(Activation):
    """Gaussian error linear unit: z times the probability that a standard normal number is below z.

    f(z) = z Φ(z),    f'(z) = Φ(z) + z φ(z),    Φ(z) = ½ (1 + erf(z / √2)),  φ(z) = e^(−z² / 2) / √(2π).

    >>> GELU().value(np.array([-1.0, 0.0, 2.0])).round(4)
    array([-0.1587,  0.    ,  1.9545])
    """

    def value(self, z: Array) -> Array:
        return z * (0.5 + 0.5 * erf(z * SQRT_HALF))

    def slope(self, z: Array, a: Array) -> Array:
        near = clip(z, -40.0, 40.0)  # beyond, φ is 0
        return 0.5 + 0.5 * erf(z * SQRT_HALF) + near * exp(-0.5 * near * near) * (0.5 * SQRT_2_OVER_PI)


class GELUTanh(Activation, name="gelu_tanh"):
    """The approximation of GELU by tanh.

    f(z) = ½ z (1 + t),    f'(z) = ½ (1 + t) + ½ z (1 − t²) √(2/π) (1 + 3 · 0.044715 z²),
    t = tanh(√(2/π) (z + 0.044715 z³)).

    Hendrycks and Gimpel 2016, arXiv 1606.08415.

    >>> GELUTanh().value(np.array([-1.0, 0.0, 2.0])).round(4)
    array([-0.1588,  0.    ,  1.9546])
    """

    def value(self, z: Array) -> Array:
        near = clip(z, -10.0, 10.0)  # beyond, t is ±1 to the last bit
        return 0.5 * z * (1.0 + tanh(SQRT_2_OVER_PI * (near + 0.044715 * near * near * near)))

    def slope(self, z: Array, a: Array) -> Array:
        near = clip(z, -10.0, 10.0)
        t = tanh(SQRT_2_OVER_PI * (near + 0.044715 * near * near * near))
        return 0.5 + 0.5 * t + 0.5 * near * (1.0 - t * t) * SQRT_2_OVER_PI * (1.0 + 0.134145 * near * near)


class SiLU(Activation):
    """Sigmoid linear unit, also called swish.

    f(z) = z σ(z),    f'(z) = σ(z) + a (1 − σ(z)). (Also called swish; Elfwing et al. 2018, 1702.03118)

    >>> SiLU().value(np.array([-1.0, 0.0, 2.0])).round(4)
    array([-0.2689,  0.    ,  1.7616])
    """

    def value(self, z: Array) -> Array:
        return z * (0.5 + 0.5 * tanh(0.5 * z))

    def slope(self, z: Array, a: Array) -> Array:
        s = 0.5 + 0.5 * tanh(0.5 * z)
        return s + a * (1.0 - s)


class Mish(Activation):
    """A smooth activation close to SiLU.

    f(z) = z t,    f'(z) = t + z (1 − t²) σ(z),    t = tanh(log(1 + eᶻ)).

    Misra 2020, arXiv 1908.08681. With n = eᶻ and w = n (n + 2) = (1 + n)² − 1: t = w / (w + 2) and
    (1 − t²) σ(z) = 4 n (1 + n) / (w + 2)², which take one exponential. From z = 20 on t is 1 to the last bit.

    >>> Mish().value(np.array([-1.0, 0.0, 2.0])).round(4)
    array([-0.3034,  0.    ,  1.944 ])
    """

    def value(self, z: Array) -> Array:
        n = exp(minimum(z, 20.0))
        w = n * (n + 2.0)
        return z * (w / (w + 2.0))

    def slope(self, z: Array, a: Array) -> Array:
        near = minimum(z, 20.0)
        n = exp(near)
        w = n * (n + 2.0)
        r = 1.0 / (w + 2.0)
        return w * r + near * (4.0 * n * (1.0 + n) * r * r)


class HardSigmoid(Activation, name="hard_sigmoid"):
    """Piecewise-linear approximation of the sigmoid.

    f(z) = min(max(z / 6 + ½, 0), 1),    f'(z) = 1/6 if |z| < 3 else 0. (As in PyTorch and Keras 3)

    >>> HardSigmoid().value(np.array([-1.0, 0.0, 2.0])).round(4)
    array([0.3333, 0.5   , 0.8333])
    """

    def value(self, z: Array) -> Array:
        return clip(z / 6.0 + 0.5, 0.0, 1.0)

    def slope(self, z: Array, a: Array) -> Array:
        return step(a) * step(1.0 - a) / 6.0


class Exponential(Activation):
    """Exponential: a positive rate, such as the mean of a Poisson distribution.

    f(z) = eᶻ,    f'(z) = a.

    From z = 80 on (in float64 700) the value stays what it is there, so that sums of it are finite, and the slope is 0.

    >>> Exponential().value(np.array([-1.0, 0.0, 2.0])).round(4)
    array([0.3679, 1.    , 7.3891])
    """

    def value(self, z: Array) -> Array:
        return exp(minimum(z, largest_exponent(z)))

    def slope(self, z: Array, a: Array) -> Array:
        return a * step(largest_exponent(z) - z)


class Softmax(Activation):
    """Probabilities of several classes, which add up to 1.

    aⱼ = e^zⱼ / Σₖ e^zₖ,    dzⱼ = aⱼ (daⱼ − Σₖ daₖ aₖ).

    Over the units of a row; every z is shifted by the largest of them, which changes no a.

    >>> Softmax().value(np.array([[1.0, 1.0, 1.0]])).round(4)
    array([[0.3333, 0.3333, 0.3333]])
    """

    def value(self, z: Array) -> Array:
        e = exp(z - row_max(z))
        return e / row_sum(e)

    def pull_back(self, dA: Array, z: Array, a: Array, *learned: Array) -> Array:
        return a * (dA - row_sum(dA * a))


class Parametric(Activation):
    """An activation mixed with the identity, in a proportion that each unit learns.

    f(z) = z + α (h(z) − z),    f'(z) = 1 + α (h'(z) − 1),    ∂f/∂α = h(z) − z.

    At α = 0 a unit is linear, at α = 1 it is h (Holzmüller et al. 2024, arXiv 2407.04491, section 3).

    Parameters
    ----------
    activation
        h, by name or as an object, of any that has a slope and learns nothing itself; SELU by default.
    alpha
        The initial α of every unit; 1 by default.
    learning_rate_factor
        A factor of the learning rate for α; 1 by default, 0 freezes it.

    Raises InvalidInput for settings out of range, UnknownName for an unknown name.

    >>> Parametric("mish", learning_rate_factor=0.1)
    Parametric(activation=Mish(), learning_rate_factor=0.1)
    """

    activation: Converted[Activation, ActivationLike] = field(default=SELU())
    alpha: float = 1.0
    learning_rate_factor: float = 1.0
    learned: ClassVar[tuple[str, ...]] = ("alpha",)

    def __post_init__(self) -> None:
        super().__post_init__()
        f = Activation.of(self.activation)
        if f.learned or type(f).pull_back is not Activation.pull_back:
            raise InvalidInput(
                f"Parametric: `activation` must work on single numbers and learn nothing itself, such as 'selu', "
                f"got {brief(f.name)}."
            )
        require_number(self, "learning_rate_factor", 0, open_low=False)
        object.__setattr__(self, "activation", f)

    def value(self, z: Array, alpha: Array) -> Array:
        return z + alpha * (self.activation.value(z) - z)

    def slope(self, z: Array, a: Array, alpha: Array) -> Array:
        f = self.activation.value(z)
        return 1.0 + alpha * (self.activation.slope(z, f) - 1.0)

    def learned_slopes(self, z: Array, a: Array, alpha: Array) -> tuple[Array, ...]:
        return (self.activation.value(z) - z,)
