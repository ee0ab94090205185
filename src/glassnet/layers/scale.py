"""One learned factor for each feature."""

import numpy as np

from glassnet.formulas.elementary import Array
from glassnet.formulas.initializers import Constant
from glassnet.formulas.registry import require_number
from glassnet.layers.activate import pieces
from glassnet.layers.layer import Layer, Parameter, Shape, Slices


def sum_of_products(a: Array, b: Array, ones: Array, out: Array) -> None:
    """Out = 1ᵀ (a ⊙ b): over the samples, for each unit."""
    out[...] = 0.0
    for some_a, some_b, some_ones in pieces(a, b, ones):
        out += np.tensordot(some_ones, some_a * some_b, 1)


class ScaleSlices(Slices):
    """Those of factors."""

    s: Array
    ds: Array


class Scale(Layer):
    """A learned factor for each feature.

    A = X ⊙ s;     ds = 1ᵀ (dA ⊙ X),  dX = dA ⊙ s.

    s (n_features,) starts at 1. In front of a network it learns which inputs count; after the layers of a `Residual` it
    learns how much of them to add.

    Parameters
    ----------
    learning_rate_factor
        A factor of the learning rate for s; 1 by default, 0 freezes it.
    penalize
        Apply weight decay and penalties to s, so that useless features fade; False by default.

    Raises InvalidInput for a `learning_rate_factor` below 0.

    >>> Scale(), Scale(learning_rate_factor=6.0).parameters((4,))["s"].shape
    (Scale(), (4,))
    """

    learning_rate_factor: float = 1.0
    penalize: bool = False
    slices = ScaleSlices

    def __post_init__(self) -> None:
        super().__post_init__()
        require_number(self, "learning_rate_factor", 0, open_low=False)

    def parameters(self, shape: Shape) -> dict[str, Parameter]:
        factor = self.learning_rate_factor
        return {"s": Parameter(shape, Constant(1.0), is_penalized=self.penalize, learning_rate_factor=factor)}

    def forward(self, s: ScaleSlices) -> None:
        np.multiply(s.X, s.s, out=s.A)

    def backward(self, s: ScaleSlices) -> None:
        sum_of_products(s.dA, s.X, s.ones, out=s.ds)
        self.backward_to_inputs(s)

    def backward_to_inputs(self, s: ScaleSlices) -> None:
        if s.dX is not None:
            np.multiply(s.dA, s.s, out=s.dX)
