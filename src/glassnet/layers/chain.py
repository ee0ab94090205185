"""Composition: layers one after the other, as one."""

from collections.abc import Mapping
from typing import Any, Self

from glassnet.errors import InvalidInput
from glassnet.formulas.elementary import Array
from glassnet.layers.layer import Layer, Shape, Slices, check_depth, pull_to_inputs


class Chain(Layer):
    """Several layers in sequence, used as one.

    A = G;     dX = dG.

    G = Gₖ(… G₂(G₁(X))) for the layers inside. For use where one layer is expected, as in a part of `Columns`. It has no
    arrays of its own: its A is that of the last layer.

    Parameters
    ----------
    layers
        One or more layers, from the input to the output.

    Raises InvalidInput for no layers, and for what is not a layer.

    >>> from glassnet.layers.dense import Dense
    >>> from glassnet.layers.scale import Scale
    >>> Chain(Scale(), Dense(8, "relu"))
    Chain(Scale(), Dense(8, 'relu'))
    """

    layers: tuple[Layer, ...]

    def __init__(self, *layers: Layer) -> None:
        name = type(self).__name__
        if not layers:
            raise InvalidInput(f"{name} needs at least one layer, as in {name}(Dense(8, 'relu'), Dense(8)).")
        if isinstance(layers[0], (list, tuple)):
            raise InvalidInput(f"{name} takes layers, not a list of them: write {name}(*layers).")
        object.__setattr__(self, "layers", tuple(Layer.of(layer) for layer in layers))
        check_depth(self)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(map(repr, self.layers))})"

    @classmethod
    def _from_fields(cls, fields: dict[str, Any]) -> Self:
        return cls(*fields["layers"])

    @property
    def inner(self) -> tuple[Layer, ...]:
        return self.layers

    def without_noise(self) -> Layer:
        return self._from_fields({"layers": [layer.without_noise() for layer in self.layers]})

    def output_shape(self, shape: Shape) -> Shape:
        for layer in self.layers:
            shape = layer.output_shape(shape)
        return shape

    def arrays(self, shape: Shape) -> dict[str, Shape]:
        return {}

    def codes(self, shape: Shape) -> Mapping[int, int]:
        return self.layers[0].codes(shape)

    def named_values(self, s: Any) -> dict[str, Array]:
        return {"G": s.A} if getattr(s, "dX", None) is None else {"G": s.A, "dG": s.dX}

    def connect(self, s: Slices) -> None:
        s.A, s.dA = s.inner[-1][1].A, s.inner[-1][1].dA

    def forward(self, s: Slices) -> None:
        s.inner[0][1].X = s.X
        for layer, inside in s.inner:
            layer.forward(inside)

    def predict(self, s: Slices) -> None:
        s.inner[0][1].X = s.X
        for layer, inside in s.inner:
            layer.predict(inside)

    def backward(self, s: Slices) -> None:
        for layer, inside in reversed(s.inner):
            layer.backward(inside)

    def backward_to_inputs(self, s: Slices) -> None:
        for layer, inside in reversed(s.inner):
            pull_to_inputs(layer, inside)
