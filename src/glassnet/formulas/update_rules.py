"""Update rules: how a gradient changes a parameter, from the published papers.

`update` takes the parameter p, its gradient g, the number of the step t = 1, 2, …, the learning rate η and the rule's
own memory, and gives p and that memory as they are after the step. It holds for one number and for an array of them;
an array may be changed in place, which saves a third of the time. A rule with a field `weight_decay` λ has its weights
(not its biases) multiplied by 1 − η λ before each update.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from glassnet.formulas.elementary import Array, sign, sqrt
from glassnet.formulas.names import OptimizerName
from glassnet.formulas.registry import Number, require_number
from glassnet.formulas.schedulable import Schedulable


class UpdateRule(Schedulable, family="optimizer"):
    """Base class of optimizers: how a step changes the parameters.

    `memory` names the vectors that it keeps, all 0 before the first step.

    Parameters
    ----------
    learning_rate
        η, a number above 0 or a schedule: how far a step goes for a gradient of 1, or of any size for Adam and its
        relatives; 0.01 by default.

    Raises InvalidInput for a `learning_rate` out of range.

    >>> UpdateRule.of("adam")
    Adam()
    """

    learning_rate: Number = 0.01
    memory: ClassVar[tuple[str, ...]] = ()
    schedulable = ("learning_rate", "momentum", "beta1", "beta2", "rho", "epsilon", "weight_decay")

    def __post_init__(self) -> None:
        super().__post_init__()
        require_number(self, "learning_rate", 0)
        for field in ("momentum", "beta1", "beta2", "rho"):
            if hasattr(self, field):
                require_number(self, field, 0, 1, open_low=False)
        for field, above in (("epsilon", True), ("pairs", True), ("tolerance", False), ("weight_decay", False)):
            if hasattr(self, field):
                require_number(self, field, 0, open_low=above)

    def update(self, *args: Any, **kwargs: Any) -> tuple[Array, ...]:
        """(p, *memory) after the step, from (p, g, t, rate, *memory)."""
        raise NotImplementedError(f"{type(self).__name__} must define update(self, p, g, t, rate, …)")


OptimizerLike = UpdateRule | type[UpdateRule] | OptimizerName | Mapping[str, object]  # for `of`


class SGD(UpdateRule):
    """Stochastic gradient descent.

    p ← p − η g.

    Parameters
    ----------
    learning_rate
        η, the learning rate: a number above 0 or a schedule; 0.01 by default.

    Raises InvalidInput for a `learning_rate` out of range.

    >>> SGD(0.5).update(np.array([1.0]), np.array([0.2]), 1, 0.5)
    (array([0.9]),)
    """

    def update(self, p: Array, g: Array, t: int, rate: float) -> tuple[Array, ...]:
        p -= rate * g
        return (p,)


class Momentum(UpdateRule):
    """Gradient descent with momentum, with the learning rate outside the velocity.

    v ← μ v + g,  p ← p − η v.

    Polyak 1964, in the form of PyTorch and Optax (Goyal et al. 2017, arXiv 1706.02677, equation 9): a change of the
    rate acts on the whole step at once. Keras and scikit-learn have the rate inside: `MomentumOfSteps`. With a constant
    rate both take the same steps.

    Parameters
    ----------
    learning_rate
        η, the learning rate: a number above 0 or a schedule; 0.01 by default.
    momentum
        μ, from 0 to below 1, the share of the velocity that is kept in each step; 0.9 by default.

    Raises InvalidInput for settings out of range.

    >>> Momentum(0.1, momentum=0.95)
    Momentum(learning_rate=0.1, momentum=0.95)
    """

    momentum: Number = 0.9
    memory: ClassVar[tuple[str, ...]] = ("v",)

    def update(self, p: Array, g: Array, t: int, rate: float, v: Array) -> tuple[Array, ...]:
        v = self.momentum * v + g
        return p - rate * v, v


class MomentumOfSteps(Momentum, name="momentum_of_steps"):
    """Gradient descent with momentum, with the learning rate inside the velocity.

    v ← μ v − η g,  p ← p + v.

    The velocity is the last step itself, as in Keras and scikit-learn (Polyak 1964; Sutskever et al. 2013, section 2):
    a change of the rate acts on what follows, and earlier steps keep the rate that they were made with (Goyal et al.
    2017, arXiv 1706.02677, equation 10).

    Parameters
    ----------
    learning_rate
        η, the learning rate: a number above 0 or a schedule; 0.01 by default.
    momentum
        μ, from 0 to below 1, the share of the last step that is kept; 0.9 by default.

    Raises InvalidInput for settings out of range.

    >>> MomentumOfSteps(0.1)
    MomentumOfSteps(learning_rate=0.1)
    """

    def update(self, p: Array, g: Array, t: int, rate: float, v: Array) -> tuple[Array, ...]:
        v = self.momentum * v - rate * g
        return p + v, v


class Nesterov(UpdateRule):
    """Nesterov's accelerated gradient, with the learning rate outside the velocity.

    v ← μ v + g,  p ← p − η (g + μ v).

    p is the point that looks ahead. PyTorch and Optax have the learning rate outside the velocity too; Keras and
    scikit-learn have it inside: `NesterovOfSteps`. With a constant rate both are the textbook's sequence.

    Parameters
    ----------
    learning_rate
        η, the learning rate: a number above 0 or a schedule; 0.01 by default.
    momentum
        μ, from 0 to below 1; 0.9 by default.

    Raises InvalidInput for settings out of range.

    >>> Nesterov(0.1)
    Nesterov(learning_rate=0.1)
    """

    momentum: Number = 0.9
    memory: ClassVar[tuple[str, ...]] = ("v",)

    def update(self, p: Array, g: Array, t: int, rate: float, v: Array) -> tuple[Array, ...]:
        v = self.momentum * v + g
        return p - rate * (g + self.momentum * v), v


class NesterovOfSteps(Nesterov, name="nesterov_of_steps"):
    """Nesterov's accelerated gradient, with the learning rate inside the velocity.

    v ← μ v − η g,  p ← p + μ v − η g.

    As in Keras and scikit-learn. The textbook's θ ← θ + v with g taken at θ + μ v is the same sequence in p = θ + μ v
    (Sutskever et al. 2013, section 2; Bengio et al. 2013, arXiv 1212.0901, section 3.5).

    Parameters
    ----------
    learning_rate
        η, the learning rate: a number above 0 or a schedule; 0.01 by default.
    momentum
        μ, from 0 to below 1; 0.9 by default.

    Raises InvalidInput for settings out of range.

    >>> NesterovOfSteps(0.1)
    NesterovOfSteps(learning_rate=0.1)
    """

    def update(self, p: Array, g: Array, t: int, rate: float, v: Array) -> tuple[Array, ...]:
        v = self.momentum * v - rate * g
        return p + self.momentum * v - rate * g, v


class AdaGrad(UpdateRule):
    """Adaptive gradient: each step is divided by the root of all squared gradients so far.

    s ← s + g²,  p ← p − η g / (√s + ε).

    Duchi et al. 2011.

    Parameters
    ----------
    learning_rate
        η, the learning rate: a number above 0 or a schedule; 0.01 by default.
    epsilon
        ε, above 0, which keeps the division finite; 1e-8 by default.

    Raises InvalidInput for settings out of range.

    >>> AdaGrad(0.1)
    AdaGrad(learning_rate=0.1)
    """

    epsilon: Number = 1e-8
    memory: ClassVar[tuple[str, ...]] = ("s",)

    def update(self, p: Array, g: Array, t: int, rate: float, s: Array) -> tuple[Array, ...]:
        s = s + g * g
        return p - rate * g / (sqrt(s) + self.epsilon), s


class RMSProp(UpdateRule):
    """Each step is divided by the root of a running mean of squared gradients.

    s ← ρ s + (1 − ρ) g²,  p ← p − η g / (√s + ε).

    Hinton 2012, lecture 6e.

    Parameters
    ----------
    learning_rate
        η, the learning rate: a number above 0 or a schedule; 0.001 by default.
    rho
        ρ, from 0 to below 1, the share of the running mean that is kept; 0.9 by default.
    epsilon
        ε, above 0, which keeps the division finite; 1e-8 by default.

    Raises InvalidInput for settings out of range.

    >>> RMSProp(0.01, rho=0.99)
    RMSProp(learning_rate=0.01, rho=0.99)
    """

    learning_rate: Number = 0.001
    rho: Number = 0.9
    epsilon: Number = 1e-8
    memory: ClassVar[tuple[str, ...]] = ("s",)

    def update(self, p: Array, g: Array, t: int, rate: float, s: Array) -> tuple[Array, ...]:
        s = self.rho * s + (1.0 - self.rho) * g * g
        return p - rate * g / (sqrt(s) + self.epsilon), s


class Adam(UpdateRule):
    """Adaptive moment estimation: a step size for every weight.

    m ← β₁ m + (1 − β₁) g,  v ← β₂ v + (1 − β₂) g²,  p ← p − η m̂ / (√v̂ + ε),
    m̂ = m / (1 − β₁ᵗ),  v̂ = v / (1 − β₂ᵗ).

    With c₁ = 1 − β₁ᵗ and c₂² = 1 − β₂ᵗ, the line of code multiplies the fraction by c₂ (Kingma and Ba 2015, arXiv
    1412.6980, algorithm 1).

    Parameters
    ----------
    learning_rate
        η, the learning rate: a number above 0 or a schedule; 0.001 by default.
    beta1, beta2
        β₁ and β₂, from 0 to below 1: the shares that are kept of the running means of g and of g²; 0.9 and
        0.999 by default.
    epsilon
        ε, above 0, which keeps the division finite; 1e-8 by default.

    Raises InvalidInput for settings out of range.

    >>> Adam(0.05)
    Adam(learning_rate=0.05)
    >>> p, g, zero = np.array([1.0]), np.array([30.0]), np.zeros(1)
    >>> Adam(0.05).update(p, g, 1, 0.05, zero, zero.copy())[0].round(4)  # the first step is η
    array([0.95])
    """

    learning_rate: Number = 0.001
    beta1: Number = 0.9
    beta2: Number = 0.999
    epsilon: Number = 1e-8
    memory: ClassVar[tuple[str, ...]] = ("m", "v")

    def update(self, p: Array, g: Array, t: int, rate: float, m: Array, v: Array) -> tuple[Array, ...]:
        c1, c2 = 1.0 - self.beta1**t, (1.0 - self.beta2**t) ** 0.5
        m *= self.beta1
        m += (1.0 - self.beta1) * g
        v *= self.beta2
        v += (1.0 - self.beta2) * g * g
        p -= (rate * c2 / c1) * m / (sqrt(v) + self.epsilon * c2)
        return p, m, v


class AdamEpsilonHat(Adam, name="adam_epsilon_hat"):
    """Adam with ε inside the bias correction, as in scikit-learn and TensorFlow.

    m ← β₁ m + (1 − β₁) g,  v ← β₂ v + (1 − β₂) g²,  p ← p − η r m / (√v + ε),
    r = √(1 − β₂ᵗ) / (1 − β₁ᵗ).

    Kingma and Ba 2015, arXiv 1412.6980, the last lines of section 2, where this ε is called ε̂.

    Parameters
    ----------
    learning_rate
        η, the learning rate: a number above 0 or a schedule; 0.001 by default.
    beta1, beta2
        β₁ and β₂, as in `Adam`; 0.9 and 0.999 by default.
    epsilon
        ε, above 0; 1e-8 by default.

    Raises InvalidInput for settings out of range.

    >>> AdamEpsilonHat(0.01)
    AdamEpsilonHat(learning_rate=0.01)
    """

    def update(self, p: Array, g: Array, t: int, rate: float, m: Array, v: Array) -> tuple[Array, ...]:
        c1, c2 = 1.0 - self.beta1**t, (1.0 - self.beta2**t) ** 0.5
        m *= self.beta1
        m += (1.0 - self.beta1) * g
        v *= self.beta2
        v += (1.0 - self.beta2) * g * g
        p -= (rate * c2 / c1) * m / (sqrt(v) + self.epsilon)
        return p, m, v


class AdamW(Adam):
    """Adam with decoupled weight decay.

    p ← (1 − η λ) p,  m ← β₁ m + (1 − β₁) g,  v ← β₂ v + (1 − β₂) g²,  p ← p − η m̂ / (√v̂ + ε),
    m̂ = m / (1 − β₁ᵗ),  v̂ = v / (1 − β₂ᵗ).

    Loshchilov and Hutter 2019, arXiv 1711.05101. Weights decay, biases do not.

    Parameters
    ----------
    learning_rate
        η, the learning rate: a number above 0 or a schedule; 0.001 by default.
    beta1, beta2
        β₁ and β₂, as in `Adam`; 0.9 and 0.999 by default.
    epsilon
        ε, above 0; 1e-8 by default.
    weight_decay
        λ, at least 0 or a schedule: each step shrinks the weights by the share η λ; 0.01 by default. Biases are
        left alone.

    Raises InvalidInput for settings out of range.

    >>> AdamW(0.001, weight_decay=0.1)
    AdamW(weight_decay=0.1)
    """

    weight_decay: Number = 0.01


class Nadam(UpdateRule):
    """Adam with Nesterov momentum.

    m ← β₁ m + (1 − β₁) g,  v ← β₂ v + (1 − β₂) g²,  s ← μ s + 1 − μ,
    p ← p − η (μ′ m / (μ′ s + 1 − μ′) + (1 − μ) g / s) / (√v̂ + ε),  v̂ = v / (1 − β₂ᵗ),
    μ = β₁ (1 − ½ · 0.96^(ψ t)),  μ′ = β₁ (1 − ½ · 0.96^(ψ (t + 1))).

    Dozat 2016, algorithm 2 and section 3, as in PyTorch. μ rises from about ½ β₁ to
    β₁; s = 1 − Πμ is what the means divide by. ψ is `momentum_decay`: 0.004 in the paper and in PyTorch, 1 in Keras.

    Parameters
    ----------
    learning_rate
        η, the learning rate: a number above 0 or a schedule; 0.001 by default.
    beta1, beta2
        β₁ and β₂, as in `Adam`; 0.9 and 0.999 by default.
    epsilon
        ε, above 0; 1e-8 by default.
    momentum_decay
        ψ, how fast μ grows towards β₁; 0.004 by default.

    Raises InvalidInput for settings out of range.

    >>> Nadam(0.01)
    Nadam(learning_rate=0.01)
    """

    learning_rate: Number = 0.001
    beta1: Number = 0.9
    beta2: Number = 0.999
    epsilon: Number = 1e-8
    momentum_decay: float = 0.004
    memory: ClassVar[tuple[str, ...]] = ("m", "v", "s")

    def __post_init__(self) -> None:
        super().__post_init__()
        require_number(self, "momentum_decay", 0, open_low=False)

    def update(self, p: Array, g: Array, t: int, rate: float, m: Array, v: Array, s: Array) -> tuple[Array, ...]:
        mu = self.beta1 * (1.0 - 0.5 * 0.96 ** (self.momentum_decay * t))
        following = self.beta1 * (1.0 - 0.5 * 0.96 ** (self.momentum_decay * (t + 1)))
        c2 = (1.0 - self.beta2**t) ** 0.5
        m = self.beta1 * m + (1.0 - self.beta1) * g
        v = self.beta2 * v + (1.0 - self.beta2) * g * g
        s = mu * s + (1.0 - mu)
        ahead = following * m / (following * s + (1.0 - following)) + (1.0 - mu) * g / s
        return p - (rate * c2) * ahead / (sqrt(v) + self.epsilon * c2), m, v, s


class Lion(UpdateRule):
    """Steps of the same size for every weight, in the direction of the sign of the momentum.

    p ← (1 − η λ) p,  p ← p − η sign(β₁ m + (1 − β₁) g),  m ← β₂ m + (1 − β₂) g.

    Chen et al. 2023, arXiv 2302.06675.

    Parameters
    ----------
    learning_rate
        η, the learning rate: a number above 0 or a schedule; 0.0001 by default.
    beta1, beta2
        β₁ and β₂, from 0 to below 1: the shares of m in the step and in what is kept; 0.9 and 0.99 by default.
    weight_decay
        λ, at least 0 or a schedule, as in `AdamW`; 0 by default.

    Raises InvalidInput for settings out of range.

    >>> Lion(0.001).update(np.array([1.0]), np.array([0.2]), 1, 0.001, np.zeros(1))[0]
    array([0.999])
    """

    learning_rate: Number = 0.0001
    beta1: Number = 0.9
    beta2: Number = 0.99
    weight_decay: Number = 0.0
    memory: ClassVar[tuple[str, ...]] = ("m",)

    def update(self, p: Array, g: Array, t: int, rate: float, m: Array) -> tuple[Array, ...]:
        direction = sign(self.beta1 * m + (1.0 - self.beta1) * g)
        return p - rate * direction, self.beta2 * m + (1.0 - self.beta2) * g


class LBFGS(UpdateRule):
    """Limited-memory BFGS on all rows at once, one iteration per epoch (Liu and Nocedal 1989).

    SciPy's L-BFGS-B does the work (extra `lbfgs`). It has no learning rate of its own and no mini-batches.
    `history.about["lbfgs"]` says how SciPy ended: its `status`, 0 if it converged, its `message`, and the number of
    `evaluations`. Resuming repeats the iterations up to the checkpoint, which does not hold SciPy's memory.

    Parameters
    ----------
    learning_rate
        Kept at 1: the line search finds the length of each step.
    pairs
        How many past steps it remembers; 10 by default.
    tolerance
        It stops when no entry of the gradient is larger than this; 1e-5 by default.
    relative_tolerance
        It stops when an iteration lowers the loss f by at most this times max(|f|, 1); 0 by default.
    max_evaluations
        It stops after so many evaluations of the loss; None (default) for any number.

    Raises InvalidInput for settings out of range.

    >>> LBFGS(tolerance=1e-7)
    LBFGS(tolerance=1e-07)
    """

    learning_rate: Number = 1.0
    pairs: int = 10
    tolerance: float = 1e-5
    relative_tolerance: float = 0.0
    max_evaluations: Any = None

    def __post_init__(self) -> None:
        super().__post_init__()
        require_number(self, "relative_tolerance", 0, open_low=False)
        if self.max_evaluations is not None:
            require_number(self, "max_evaluations", 0)

    def update(self, *args: Any, **kwargs: Any) -> tuple[Array, ...]:
        raise NotImplementedError("L-BFGS needs a line search over the whole data; `training` runs it")
