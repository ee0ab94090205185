"""The fully connected layer."""

from typing import Any, Literal

import numpy as np

from glassnet.errors import InvalidInput, UnknownName
from glassnet.formulas.activations import Activation, ActivationLike, Parametric
from glassnet.formulas.description import Converted, field
from glassnet.formulas.elementary import Array
from glassnet.formulas.initializers import Initializer, InitializerLike
from glassnet.formulas.penalties import Penalty, PenaltyLike
from glassnet.formulas.registry import is_one_of, require_number, require_whole
from glassnet.layers.activate import ScoreSlices, learned_parameters
from glassnet.layers.layer import Layer, Parameter, Shape, rows_of
from glassnet.layers.scored import Scored

# Keeps the size of signals from layer to layer; see the initialisers' sources.
BEST_INITIALIZER = {
    **dict.fromkeys(["relu", "leaky_relu", "prelu", "elu", "gelu", "gelu_tanh", "silu", "mish"], "he_uniform"),
    "selu": "lecun_normal",
}

PARAMETRIZATIONS = ("standard", "neural_tangent")
SMALL = 1024  # numbers in a product
OWN = ("weight_decay", "penalty")  # what a layer may have in place of the training's


def best_initializer(f: Activation) -> str:
    """The name of the initialiser that suits an activation; a parametric one begins as what it is made of."""
    return BEST_INITIALIZER.get(f.activation.name if isinstance(f, Parametric) else f.name, "glorot_uniform")


def product(a: Array, b: Array, out: Array) -> None:
    """Out = a b. `dot` begins in half the time that `matmul` takes, but fills `out` with zeros first."""
    if out.size <= SMALL:
        a.dot(b, out=out)
    else:
        np.matmul(a, b, out=out)


class DenseSlices(ScoreSlices):
    """Those of a fully connected layer."""

    W: Array
    b: Array
    dW: Array
    db: Array


class Dense(Scored, Layer):
    """Fully connected layer.

    Z = X W + b,  A = f(Z);     dZ = dA ⊙ f'(Z),  dW = Xᵀ dZ,  db = 1ᵀ dZ,  dX = dZ Wᵀ.

    Samples of several axes, such as sequences (steps, features), go through it row by row: it acts on the last axis
    with the same W, and the sums of dW and db are over all rows of all samples.

    Parameters
    ----------
    units
        Number of units (outputs).
    activation
        f, by name or as an object; `"linear"` by default.
    bias
        Add a bias vector b; True by default.
    weights, biases
        How W (n_inputs, units) and b (units,) are initialised, by name or as an object; zeros by default for b.
        `"auto"` (default for W) is He's uniform initialisation for activations of the ReLU kind, LeCun's normal for
        SELU, and Glorot's uniform for all others. `"unit_variance"` and `"through_data"` look at rows of the data, when
        training begins or in `build(…, X=X)`.
    max_norm
        The largest norm of a unit's weights, a column of W: after each update W ← W min(1, max_norm / ‖wⱼ‖) (Srivastava
        et al. 2014, section 5.1). None (default) for no bound.
    weight_decay, penalty
        For this layer's W, in place of the update rule's weight decay λ (W ← W − η λ W before each update; with any
        rule but L-BFGS) and of the training's penalty. None (default) keeps these.
    learning_rate_factor, bias_learning_rate_factor
        Factors of the learning rate for W and for b, also in weight decay; 1 by default, 0 freezes them, and `max_norm`
        leaves them as they are. What an activation learns has a factor of its own: `PReLU(learning_rate_factor=0.1)`.
    parametrization
        `"standard"` (default) trains W itself. `"neural_tangent"` trains θ = √n W, so that Z = X θ / √n + b for n
        inputs (Jacot et al. 2018, arXiv 1806.07572): the gradient of θ is dW / √n, and a step Δθ changes W by Δθ / √n.
        So SGD's steps of W become n times smaller, those of Adam, which do not depend on the size of a gradient, √n
        times; weight decay is the same, as θ and W shrink alike. W is what is initialised (`"lecun_normal"` for θ from
        N(0, 1)), kept and saved, and what penalties, clipping and `max_norm` act on.

    Raises InvalidInput for settings out of range, UnknownName for an unknown name.

    >>> Dense(6, "relu"), Dense(3, "softmax", bias=False).parameters((4,))["W"].shape
    (Dense(6, 'relu'), (4, 3))
    """

    units: int
    activation: Converted[Activation, ActivationLike] = field(default="linear")
    bias: bool = True
    weights: Converted[Initializer | Literal["auto"], InitializerLike | Literal["auto"]] = field(default="auto")
    biases: Converted[Initializer, InitializerLike] = field(default="zeros")
    max_norm: float | None = None
    weight_decay: Any = None
    penalty: Converted[Penalty | None, PenaltyLike | None] = field(default=None)
    learning_rate_factor: float = 1.0
    bias_learning_rate_factor: float = 1.0
    parametrization: str = "standard"
    schedulable = ("weight_decay",)
    slices = DenseSlices

    def __post_init__(self) -> None:
        super().__post_init__()
        require_whole(self, "units")
        object.__setattr__(self, "activation", Activation.of(self.activation))
        object.__setattr__(
            self, "weights", "auto" if is_one_of(self.weights, ["auto"]) else Initializer.of(self.weights)
        )
        object.__setattr__(self, "biases", Initializer.of(self.biases))
        for name in ("weights", "biases"):
            drawn_by = getattr(self, name)
            if drawn_by != "auto" and drawn_by.of_data not in ("", name):
                raise InvalidInput(f"Dense: {drawn_by!r} draws {drawn_by.of_data}, not `{name}`.")
        if self.max_norm is not None:
            require_number(self, "max_norm", 0)
        object.__setattr__(self, "penalty", None if self.penalty is None else Penalty.of(self.penalty))
        if self.weight_decay is not None:
            require_number(self, "weight_decay", 0, open_low=False)
        for name in ("learning_rate_factor", "bias_learning_rate_factor"):
            require_number(self, name, 0, open_low=False)
        if not is_one_of(self.parametrization, PARAMETRIZATIONS):
            raise UnknownName("parametrization", self.parametrization, PARAMETRIZATIONS)

    def __repr__(self) -> str:
        f = self.activation
        shown = [str(self.units), repr(f.name) if f == type(f)() else repr(f)]
        shown += [] if self.bias else ["bias=False"]
        shown += [] if self.weights == "auto" else [f"weights={self.weights!r}"]
        shown += [] if self.biases == Initializer.of("zeros") else [f"biases={self.biases!r}"]
        shown += [] if self.max_norm is None else [f"max_norm={self.max_norm!r}"]
        more = (*OWN, "learning_rate_factor", "bias_learning_rate_factor", "parametrization")
        shown += [
            f"{name}={value!r}" for name in more if (value := getattr(self, name)) != self._fields()[name].default
        ]
        return f"Dense({', '.join(shown)})"

    def output_shape(self, shape: Shape) -> Shape:
        return (*shape[:-1], self.units)

    def parameters(self, shape: Shape) -> dict[str, Parameter]:
        weights = Initializer.of(best_initializer(self.activation) if self.weights == "auto" else self.weights)
        decay = None if self.weight_decay is None else self
        found = {
            "W": Parameter(
                (shape[-1], self.units),
                weights,
                is_penalized=True,
                max_norm=self.max_norm,
                penalty=self.penalty,
                decay_source=decay,
                learning_rate_factor=self.learning_rate_factor,
                multiplier=shape[-1] ** -0.5 if self.parametrization == "neural_tangent" else 1.0,
            )
        }
        if self.bias:
            found["b"] = Parameter((self.units,), self.biases, learning_rate_factor=self.bias_learning_rate_factor)
        return found | learned_parameters(self.activation, (self.units,))

    def score(self, s: DenseSlices) -> None:
        product(rows_of(s.X), s.W, out=rows_of(s.Z))
        if self.bias:
            s.Z += s.b

    def backward_from_scores(self, s: DenseSlices) -> None:
        dZ = rows_of(s.dZ)
        product(rows_of(s.X).T, dZ, out=s.dW)
        if self.bias:
            product(s.ones if len(dZ) == len(s.ones) else np.ones(len(dZ), dZ.dtype), dZ, out=s.db)
        self.scores_to_inputs(s)

    def scores_to_inputs(self, s: DenseSlices) -> None:
        if s.dX is not None:
            by = np.multiply if self.units == 1 else product  # of two vectors: twice as fast
            by(rows_of(s.dZ), s.W.T, out=rows_of(s.dX))

    def named_values(self, s: Any) -> dict[str, Array]:
        if s.A.ndim == 2:
            return {}
        given = {name: getattr(s, name, None) for name in ("X", "Z", "A", "dX", "dZ", "dA")}
        return {name: rows_of(a) for name, a in given.items() if a is not None}
