"""How each kind of layer becomes kernels: one small class a layer, found by the layer's class.

A layer of your own gets one too: derive from `Lowering` and register it with `LOWERINGS[YourLayer] = YourLowering()`.
A layer without one makes the network run on the NumPy engine.
"""

import math
from collections.abc import Sequence
from typing import Any

from glassnet.engine.compiled.codegen import kernels
from glassnet.engine.compiled.codegen.sequences.over_steps import add_steps, affine_back, affine_of_steps
from glassnet.engine.compiled.program import Program
from glassnet.engine.compiled.runtime.slots import NO_STEPS
from glassnet.formulas.activations import Activation as Formula
from glassnet.formulas.elementary import Array
from glassnet.formulas.syntax.reader import Untranslatable
from glassnet.layers.activate import ScoreSlices
from glassnet.layers.activation import Activation
from glassnet.layers.chain import Chain
from glassnet.layers.dense import Dense, DenseSlices
from glassnet.layers.dropout import Dropout, DropoutSlices
from glassnet.layers.flatten import Flatten, Reshape
from glassnet.layers.layer import Layer, Slices, Step
from glassnet.layers.residual import Residual


def width_of(array: Array) -> int:
    """How many numbers a sample has."""
    return int(array[0].size)


def step_of(array: Array) -> int:
    """How many numbers a step of sequences (n, steps, numbers) has."""
    return int(array.shape[2]) if array.ndim == 3 else NO_STEPS


class Lowering:
    """The kernels of a layer, appended to a program: as in training, as in prediction, and backward."""

    def can_stop_early(self, layer: Any) -> bool:
        """Whether no step of A depends on a later one of X, and kernels leave out those from `n_steps` on."""
        return False

    def connect(self, layer: Any, s: Any) -> None:
        """Give other names to arrays than the NumPy engine has, before any kernel is appended."""

    def forward(self, p: Program, layer: Any, s: Any) -> None:
        """Every array of the forward pass."""
        raise NotImplementedError

    def predict(self, p: Program, layer: Any, s: Any) -> None:
        """A as in prediction."""
        self.forward(p, layer, s)

    def backward(self, p: Program, layer: Any, s: Any) -> None:
        """The gradients, from dA."""
        raise NotImplementedError

    def backward_from_scores(self, p: Program, layer: Any, s: Any) -> None:
        """The gradients, from dZ."""
        raise NotImplementedError


def add_formula(
    p: Program,
    made: kernels.Source,
    f: Formula,
    s: ScoreSlices,
    arrays: Sequence[Array],
    gradients: Sequence[Array] = (),
) -> None:
    """The kernel of an activation: the arrays that it takes, and the gradients of what it learns.

    It runs for each step where it reduces over the last of several axes, or learns a number for each unit there.
    """
    learned = learned_by(f, s)
    if s.Z.ndim == 2 or (made.cut != "whole" and all(array.size == width_of(s.Z) for array in learned)):
        p.add(made, [*arrays, *gradients], width_of(s.Z), settings=f, step=step_of(s.Z))
        return
    width, n = s.Z.shape[-1], len(arrays)
    given = [(array, 0 if any(array is one for one in learned) else width) for array in arrays]
    given += [(gradient, width) for gradient in gradients]
    add_steps(p, made, width_of(s.Z) // width, given, width, sums=range(n, n + len(gradients)), settings=f)


def learned_by(f: Formula, s: ScoreSlices) -> list[Array]:
    """What an activation learns."""
    return [getattr(s, name) for name in f.learned]


def activate(p: Program, f: Formula, s: ScoreSlices) -> None:
    """A = f(Z)."""
    add_formula(p, kernels.value(f, p.dtype), f, s, [s.Z, *learned_by(f, s), s.A])


def pull_back(p: Program, f: Formula, s: ScoreSlices) -> None:
    """dZ from dA, and the gradient of what the activation learns."""
    gradients = [getattr(s, f"d{name}") for name in f.learned]
    given = [s.dA, s.Z, s.A, *learned_by(f, s), s.dZ]
    add_formula(p, kernels.pull_back(f, p.dtype), f, s, given, gradients)


def steps_of(s: Slices) -> int:
    """How many rows a sample has; 1 where it is one row of numbers."""
    return math.prod(s.A.shape[1:-1])


class DenseLowering(Lowering):
    """Products and the activation."""

    def can_stop_early(self, layer: Dense) -> bool:
        return True

    def forward(self, p: Program, layer: Dense, s: DenseSlices) -> None:
        if steps_of(s) > 1:
            affine_of_steps(p, s.X, s.W, s.b if layer.bias else None, s.Z, steps_of(s))
        else:
            self.product(p, layer, s)
        if not layer.is_linear:
            activate(p, layer.activation, s)

    def product(self, p: Program, layer: Dense, s: DenseSlices) -> None:
        """Z = X W + b."""
        b = s.b if layer.bias else 0
        p.product("affine", [s.X, s.W, s.Z, b], layer.units, flag=int(layer.bias), inputs=s.W.shape[0])

    def backward(self, p: Program, layer: Dense, s: DenseSlices) -> None:
        if not layer.is_linear:
            pull_back(p, layer.activation, s)
        self.backward_from_scores(p, layer, s)

    def backward_from_scores(self, p: Program, layer: Dense, s: DenseSlices) -> None:
        if steps_of(s) > 1:
            affine_back(p, s.X, s.W, s.dZ, s.dW, s.db if layer.bias else None, s.dX, steps_of(s))
            return
        n_inputs = s.W.shape[0]
        p.product("weight_gradient", [s.X, s.dZ, s.dW], n_inputs, flag=1, inputs=layer.units)
        if layer.bias:
            p.product("column_sums", [s.dZ, s.db], layer.units)
        if s.dX is not None:
            p.product("input_gradient", [s.dX, s.W, s.dZ], n_inputs, inputs=layer.units)


class ActivationLowering(Lowering):
    """The activation on X itself, which here is Z as well, and dX is dZ."""

    def can_stop_early(self, layer: Activation) -> bool:
        return not layer.activation.learned  # which has a number for each step

    def connect(self, layer: Activation, s: ScoreSlices) -> None:
        s.Z = s.X
        if s.dX is not None:
            s.dZ = s.dX

    def forward(self, p: Program, layer: Activation, s: ScoreSlices) -> None:
        activate(p, layer.activation, s)

    def backward(self, p: Program, layer: Activation, s: ScoreSlices) -> None:
        pull_back(p, layer.activation, s)

    def backward_from_scores(self, p: Program, layer: Activation, s: ScoreSlices) -> None:
        """Nothing is left to do."""


class DropoutLowering(Lowering):
    """A mask of the very bits that the NumPy engine takes."""

    def can_stop_early(self, layer: Dropout) -> bool:
        return not layer.channels

    def forward(self, p: Program, layer: Dropout, s: DropoutSlices) -> None:
        p.product("mask", [s.mask, p.new_key()], width_of(s.mask), settings=layer, step=step_of(s.mask))
        self.multiply(p, s.X, s.mask, s.A)

    def predict(self, p: Program, layer: Dropout, s: DropoutSlices) -> None:
        p.product("copy", [s.X, s.A], width_of(s.A))

    def backward(self, p: Program, layer: Dropout, s: DropoutSlices) -> None:
        if s.dX is not None:
            self.multiply(p, s.dA, s.mask, s.dX)

    def multiply(self, p: Program, X: Array, mask: Array, A: Array) -> None:
        """A = X ⊙ m."""
        p.product("multiply", [X, mask, A], width_of(A), step=step_of(A))


class FlattenLowering(Lowering):
    """A copy; rows of memory stay rows of memory."""

    def forward(self, p: Program, layer: Flatten | Reshape, s: Slices) -> None:
        p.product("copy", [s.X, s.A], width_of(s.A))

    def backward(self, p: Program, layer: Flatten | Reshape, s: Slices) -> None:
        if s.dX is not None:
            p.product("copy", [s.dA, s.dX], width_of(s.A))


class ResidualLowering(Lowering):
    """The layers inside, and the sum."""

    def can_stop_early(self, layer: Residual) -> bool:
        return True

    def forward(self, p: Program, layer: Residual, s: Slices) -> None:
        self._inside("forward", p, s)

    def predict(self, p: Program, layer: Residual, s: Slices) -> None:
        self._inside("predict", p, s)

    def _inside(self, direction: str, p: Program, s: Slices) -> None:
        lower(direction, p, s.inner)
        p.product("add", [s.X, s.inner[-1].slices.A, s.A], width_of(s.A), step=step_of(s.A))

    def backward(self, p: Program, layer: Residual, s: Slices) -> None:
        p.product("copy", [s.dA, s.inner[-1].slices.dA], width_of(s.A), step=step_of(s.A))
        lower("backward", p, s.inner[::-1])
        if s.dX is not None:
            p.product("add_to", [s.dA, s.dX], width_of(s.A), step=step_of(s.A))


class ChainLowering(Lowering):
    """The layers inside."""

    def can_stop_early(self, layer: Chain) -> bool:
        return True

    def forward(self, p: Program, layer: Chain, s: Slices) -> None:
        lower("forward", p, s.inner)

    def predict(self, p: Program, layer: Chain, s: Slices) -> None:
        lower("predict", p, s.inner)

    def backward(self, p: Program, layer: Chain, s: Slices) -> None:
        lower("backward", p, s.inner[::-1])


LOWERINGS: dict[type[Layer], Lowering] = {
    Dense: DenseLowering(),
    Activation: ActivationLowering(),
    Dropout: DropoutLowering(),
    Flatten: FlattenLowering(),
    Reshape: FlattenLowering(),
    Residual: ResidualLowering(),
    Chain: ChainLowering(),
}


def lowering_of(layer: Layer) -> Lowering:
    """The lowering of exactly this class; a derived layer may do something else."""
    if type(layer) not in LOWERINGS:
        raise Untranslatable(f"{type(layer).__name__} has no lowering for the compiled engine")
    return LOWERINGS[type(layer)]


def connect(steps: Sequence[Step]) -> None:
    """Give the layers, those inside others too, the names that their kernels go by."""
    for layer, s in steps:
        lowering_of(layer).connect(layer, s)
        connect(s.inner)


def lower(direction: str, p: Program, steps: Sequence[Step]) -> None:
    """Append the kernels of several layers, in one direction."""
    for layer, s in steps:
        getattr(lowering_of(layer), direction)(p, layer, s)
