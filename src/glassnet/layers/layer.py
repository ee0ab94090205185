"""What every layer is: a frozen description that says which arrays it needs and how they follow from each other."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, NamedTuple

import numpy as np

from glassnet.errors import InvalidInput
from glassnet.formulas.activations import Activation
from glassnet.formulas.description import Description
from glassnet.formulas.elementary import Array
from glassnet.formulas.initializers import Initializer
from glassnet.formulas.penalties import Penalty
from glassnet.formulas.schedulable import Schedulable

Shape = tuple[int, ...]


MOST_NESTED = 50  # layers in layers


class Slices:
    """The arrays of one layer by their names on paper, as views into the vectors of a plan.

    Every layer has an X and an A, and where it is trained a dA; `dX` is None where nobody needs it, as in the first
    layer. `ones` has a 1 for each sample, `rng` is for random numbers in training, and `inner` holds the layers inside.
    `present` (n, steps) has a 1 for each step of a sequence and a 0 for padding, where a layer in front tells which is
    which.
    A layer with more arrays names them in a class of its own, its `slices`.
    """

    X: Array
    A: Array
    dX: Array | None
    dA: Array
    ones: Array
    present: Array | None = None
    rng: "np.random.Generator"
    inner: Sequence["Step"] = ()

    def __init__(self, **arrays: Any) -> None:
        vars(self).update(arrays)


class Step(NamedTuple):
    """A layer with its slices for a number of rows."""

    layer: "Layer"
    slices: Any


class Parameter(Description):
    """An array that training changes: its shape, how it is initialised, and what acts on it.

    Parameters
    ----------
    shape
        The shape of the array.
    initializer
        How it is drawn: an `Initializer`.
    is_penalized
        Apply penalties and weight decay to it; False by default.
    max_norm
        The largest norm c of a column: longer ones are shrunk to it after each update. None (default) for no bound.
    penalty
        Takes the place of the training's penalty; None by default.
    decay_source
        An object, such as the layer itself, whose `weight_decay` takes the place of the update rule's; None by default.
    learning_rate_factor
        A factor of the learning rate, in the update and in weight decay; 1 by default. 0 freezes the array, and
        `max_norm` leaves it as it is.
    multiplier
        u, for an array u θ whose θ is trained: θ gets u times the gradient, and u times its step is added; 1 by
        default.
    least
        The least value of an entry; −∞ by default.

    Raises InvalidInput for settings out of range.

    >>> gn.Dense(3).parameters((4,))["W"].shape
    (4, 3)
    """

    shape: Shape
    initializer: Initializer
    is_penalized: bool = False
    max_norm: float | None = None
    penalty: Penalty | None = None
    decay_source: Any = None
    learning_rate_factor: float = 1.0
    multiplier: float = 1.0
    least: float = -float("inf")

    @property
    def bound(self) -> float | None:
        """The `max_norm` that is applied: none to a parameter that a factor of 0 freezes."""
        return None if self.learning_rate_factor == 0 else self.max_norm

    def is_penalized_like(self, other: "Parameter") -> bool:
        """Whether the same penalty and weight decay act on both, or none."""
        if not (self.is_penalized and other.is_penalized):
            return self.is_penalized == other.is_penalized
        return self.penalty is other.penalty and self.decay_source is other.decay_source

    def steps_like(self, other: "Parameter") -> bool:
        """Whether an update makes the same of both."""
        return self.learning_rate_factor == other.learning_rate_factor and self.multiplier == other.multiplier


class Layer(Schedulable, family="layer", home="glassnet.layers"):
    """Base class of layers: a frozen description of the arrays a layer needs and how they are computed.

    Shapes are those of one sample; the arrays have a further axis in front, one row per sample. A subclass writes
    `forward` and `backward`, and `parameters` if it has any.

    >>> gn.Layer.of("flatten")
    Flatten()
    """

    slices: ClassVar[type[Slices]] = Slices  # the kind that its methods take
    random: ClassVar[bool] = False  # whether `forward` draws random numbers
    is_function: ClassVar[bool] = False  # whether it is one of one's own, which only the NumPy engine runs
    smaller: ClassVar[str] = "smaller inputs or fewer units"  # what needs less memory
    passes_over_padding: ClassVar[bool] = False  # whether `forward` looks at which steps are `present`
    whole_batch: ClassVar[bool] = False  # whether `forward` needs all rows of a batch at once
    loss_inside: ClassVar[bool] = False  # whether, as the last one, it trains by the loss of the layer inside, not of A

    def output_shape(self, shape: Shape) -> Shape:
        """The shape of A for inputs X of a shape; refuses shapes that do not fit."""
        return shape

    def parameters(self, shape: Shape) -> dict[str, Parameter]:
        """The parameters by name, for inputs of a shape."""
        return {}

    def state(self, shape: Shape) -> dict[str, Parameter]:
        """Arrays that `forward` changes and prediction reads, such as running means: no gradient, no update."""
        return {}

    def multiply_adds(self, shape: Shape) -> int:
        """About how many multiply-adds a sample takes forward; by default as many as there are parameters."""
        return sum(math.prod(parameter.shape) for parameter in self.parameters(shape).values())

    def arrays(self, shape: Shape) -> dict[str, Shape]:
        """The arrays of a sample by name: upper-case ones have a gradient (Z and dZ), lower-case ones are notes."""
        return {"A": self.output_shape(shape)}

    def connect(self, s: Any) -> None:
        """Name views of arrays: second names (a linear layer's A is its Z), or parts."""

    def forward(self, s: Any) -> None:
        """Write every array of the layer from X and the parameters, as in training."""
        raise NotImplementedError(f"{type(self).__name__} must define forward(self, s)")

    def predict(self, s: Any) -> None:
        """Write A as in prediction: as `forward` does, except for layers that behave differently in training."""
        self.forward(s)

    def backward(self, s: Any) -> None:
        """Write the gradients of the parameters and dX (unless it is None) from dA. dA itself stays as it is."""
        raise NotImplementedError(f"{type(self).__name__} must define backward(self, s)")

    def backward_to_inputs(self, s: Any) -> None:
        """Write dX from dA as `backward` does, without the gradients of parameters if it defines this as well."""
        self.backward(s)

    def named_values(self, s: Any) -> dict[str, Array]:
        """What the docstring's formula names besides the layer's own arrays, after the passes: for explanations."""
        return {}

    def named_values_of_columns(self, s: Any) -> list[dict[str, Array]]:
        """Of a layer whose formula holds for each column of X by itself: the arrays of every column by their names."""
        return []

    def without_noise(self) -> "Layer":
        """The layer without randomness in `forward`; its arrays and parameters are the same."""
        return self

    @property
    def inner(self) -> tuple["Layer", ...]:
        """The layers inside this one."""
        return ()

    def inner_inputs(self, shape: Shape) -> tuple[Shape, ...]:
        """The shapes of the inputs X0, X1, … of inner layers that work side by side."""
        return ()

    def codes(self, shape: Shape) -> Mapping[int, int]:
        """The columns of X that must hold whole numbers 0, 1, …, each with its number of categories."""
        return {}

    @property
    def output_activation(self) -> Activation | None:
        """The activation that A comes from, if the layer ends with one."""
        return None

    def backward_from_scores(self, s: Any) -> None:
        """`backward` from dZ instead of dA, for an output layer that is differentiated together with its loss."""
        raise NotImplementedError(f"{type(self).__name__} has no scores Z")


def loss_step(steps: Sequence[Step]) -> Step:
    """The layer whose outputs the loss of a training reads, with its slices: the last, or the one inside it."""
    last = steps[-1]
    return last.slices.inner[-1] if last.layer.loss_inside else last


def rows_of(array: Array) -> Array:
    """The last axis of samples of several axes as rows: (n, steps, units) becomes (n · steps, units)."""
    return array if array.ndim == 2 else array.reshape(-1, array.shape[-1])


def pull_to_inputs(layer: Layer, s: Any) -> None:
    """Write dX from dA; a layer that defines a `backward` of its own, and no way to the inputs alone, by that."""
    if leaves_parameters_out(type(layer)):
        layer.backward_to_inputs(s)
    else:
        layer.backward(s)


def leaves_parameters_out(kind: type[Layer]) -> bool:
    """Whether no class below the one that defines the way to the inputs defines another backward pass."""
    own = next(base for base in kind.__mro__ if {"backward_to_inputs", "scores_to_inputs"} & vars(base).keys())
    later = kind.__mro__[: kind.__mro__.index(own)]
    return not any({"backward", "backward_from_scores"} & vars(base).keys() for base in later)


def check_depth(layer: Layer) -> None:
    """Refuse layers in layers deeper than what Python's own recursion bears."""
    depth, level = 1, [*layer.inner]
    while level:
        depth, level = depth + 1, [one for each in level for one in each.inner]
    if depth > MOST_NESTED:
        raise InvalidInput(f"{type(layer).__name__}: layers may be nested at most {MOST_NESTED} deep, got {depth}.")
