"""Composition: layers with a way around them."""

from typing import Any

import numpy as np

from glassnet.errors import InvalidInput
from glassnet.formulas.elementary import Array
from glassnet.layers.chain import Chain
from glassnet.layers.layer import Layer, Shape, Slices


class Residual(Chain):
    """Layers with a skip connection around them.

    A = X + G;     dX = dA + dG.

    G = G(X) is what the layers inside make of X, dG = (∂G/∂X)ᵀ dA what comes back through them (He et al. 2016, arXiv
    1512.03385).

    Parameters
    ----------
    layers
        One or more layers, whose output must have the shape of the input.

    Raises InvalidInput for no layers, and for what is not a layer; when the network is built, for shapes that differ.

    >>> from glassnet.layers.dense import Dense
    >>> Residual(Dense(8, "relu"), Dense(8))
    Residual(Dense(8, 'relu'), Dense(8, 'linear'))
    """

    def __init__(self, *layers: Layer) -> None:
        super().__init__(
            *layers
        )  # said once more for type checkers, which take the fields of a subclass for its arguments

    def output_shape(self, shape: Shape) -> Shape:
        inside = super().output_shape(shape)
        if inside != shape:
            raise InvalidInput(
                f"Residual adds its input to its output: {shape} came in, so {shape} must come out, not {inside}."
            )
        return shape

    def arrays(self, shape: Shape) -> dict[str, Shape]:
        return {"A": shape}

    def connect(self, s: Slices) -> None:
        pass

    def forward(self, s: Slices) -> None:
        super().forward(s)
        np.add(s.X, s.inner[-1][1].A, out=s.A)

    def predict(self, s: Slices) -> None:
        super().predict(s)
        np.add(s.X, s.inner[-1][1].A, out=s.A)

    def backward(self, s: Slices) -> None:
        s.inner[-1][1].dA[...] = s.dA
        super().backward(s)
        if s.dX is not None:
            s.dX += s.dA

    def backward_to_inputs(self, s: Slices) -> None:
        s.inner[-1][1].dA[...] = s.dA
        super().backward_to_inputs(s)
        if s.dX is not None:
            s.dX += s.dA

    def named_values(self, s: Any) -> dict[str, Array]:
        found = {"G": s.inner[-1][1].A}
        return found if getattr(s, "dX", None) is None else found | {"dG": s.dX - s.dA}
