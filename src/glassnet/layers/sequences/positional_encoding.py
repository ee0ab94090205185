"""Positions: a vector for each step, added to what is there."""

from typing import Any

import numpy as np

from glassnet.errors import InvalidInput, brief
from glassnet.formulas.elementary import Array
from glassnet.formulas.initializers import Normal
from glassnet.layers.layer import Layer, Parameter, Shape, Slices
from glassnet.layers.sequences.recurrent import check_sequence


class PositionSlices(Slices):
    """Those of positions; dP where they are learned."""

    P: Array
    dP: Array


class PositionalEncoding(Layer, name="positional_encoding"):
    """Adds a vector for its place to each step of a sequence, so that attention knows the order.

    A = X + P;     dP = 1ᵀ dA,  dX = dA.

    P (steps, features) has waves of different lengths: p(t, 2 i) = sin(t / 10000^(2 i / features)), and the cosine of
    the same in column 2 i + 1 (Vaswani et al. 2017, arXiv 1706.03762, section 3.5). With `learned`, P is a parameter
    that begins as N(0, 0.02²).

    Parameters
    ----------
    learned
        Learn P; False by default.

    Raises InvalidInput for another `learned`, and when the network is built for samples that are no sequences.

    >>> PositionalEncoding(), PositionalEncoding(learned=True).parameters((8, 16))["P"].shape
    (PositionalEncoding(), (8, 16))
    """

    learned: bool = False
    slices = PositionSlices

    def __post_init__(self) -> None:
        super().__post_init__()
        if not isinstance(self.learned, bool):
            raise InvalidInput(f"PositionalEncoding: `learned` must be True or False, got {brief(self.learned)}.")

    def output_shape(self, shape: Shape) -> Shape:
        check_sequence(self, shape)
        return shape

    def parameters(self, shape: Shape) -> dict[str, Parameter]:
        return {"P": Parameter(shape, Normal(0.0, 0.02))} if self.learned else {}

    def connect(self, s: PositionSlices) -> None:
        if not self.learned:
            s.P = waves(s.A.shape[1:]).astype(s.A.dtype)

    def forward(self, s: PositionSlices) -> None:
        np.add(s.X, s.P, out=s.A)

    def backward(self, s: PositionSlices) -> None:
        if self.learned:
            s.dA.sum(axis=0, out=s.dP)
        self.backward_to_inputs(s)

    def backward_to_inputs(self, s: PositionSlices) -> None:
        if s.dX is not None:
            s.dX[...] = s.dA

    def named_values(self, s: Any) -> dict[str, Array]:
        return {"P": s.P}


def waves(shape: Shape) -> Array:
    """P (steps, features)."""
    steps, features = np.arange(shape[0])[:, np.newaxis], np.arange(shape[1])
    angles = steps / 10000.0 ** (features // 2 * 2 / shape[1])
    return np.where(features % 2, np.cos(angles), np.sin(angles))
