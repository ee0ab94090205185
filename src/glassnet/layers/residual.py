"""Composition: layers with a way around them."""

from typing import Any, Self

import numpy as np

from glassnet.errors import InvalidInput
from glassnet.formulas.elementary import Array
from glassnet.layers.layer import Layer, Shape, Slices


class Residual(Layer):
    """A = X + G;     dX = dA + dG.

    G = G(X) is what the layers inside make of X, dG = (∂G/∂X)ᵀ dA what comes back through them (He et al. 2016, arXiv
    1512.03385).

    >>> from glassnet.layers.dense import Dense
    >>> Residual(Dense(8, "relu"), Dense(8))
    Residual(Dense(8, 'relu'), Dense(8, 'linear'))
    """

    layers: tuple[Layer, ...]

    def __init__(self, *layers: Layer) -> None:
        if not layers:
            raise InvalidInput("Residual needs at least one layer, as in Residual(Dense(8, 'relu'), Dense(8)).")
        object.__setattr__(self, "layers", tuple(Layer.of(layer) for layer in layers))

    def __repr__(self) -> str:
        return f"Residual({', '.join(map(repr, self.layers))})"

    @classmethod
    def _from_fields(cls, fields: dict[str, Any]) -> Self:
        return cls(*fields["layers"])

    @property
    def inner(self) -> tuple[Layer, ...]:
        return self.layers

    def output_shape(self, shape: Shape) -> Shape:
        inside = shape
        for layer in self.layers:
            inside = layer.output_shape(inside)
        if inside != shape:
            raise InvalidInput(
                f"Residual adds its input to its output: {shape} came in, so {shape} must come out, not {inside}."
            )
        return shape

    def codes(self, shape: Shape) -> dict[int, int]:
        return self.layers[0].codes(shape)

    def forward(self, s: Slices) -> None:
        s.inner[0][1].X = s.X
        for layer, inside in s.inner:
            layer.forward(inside)
        np.add(s.X, s.inner[-1][1].A, out=s.A)

    def predict(self, s: Slices) -> None:
        s.inner[0][1].X = s.X
        for layer, inside in s.inner:
            layer.predict(inside)
        np.add(s.X, s.inner[-1][1].A, out=s.A)

    def backward(self, s: Slices) -> None:
        s.inner[-1][1].dA[...] = s.dA
        for layer, inside in reversed(s.inner):
            layer.backward(inside)
        if s.dX is not None:
            s.dX += s.dA

    def on_paper(self, s: Any) -> dict[str, Array]:
        found = {"G": s.inner[-1][1].A}
        return found if getattr(s, "dX", None) is None else found | {"dG": s.dX - s.dA}
