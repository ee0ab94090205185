"""Where each parameter of a network lies in the one vector that holds them all."""

import math
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from glassnet.engine.memory import aligned
from glassnet.errors import InvalidInput
from glassnet.formulas.description import Description
from glassnet.formulas.elementary import Array
from glassnet.layers.layer import Layer, Parameter, Shape


class Place(Description):
    """A stretch of the parameter vector."""

    start: int
    parameter: Parameter

    @property
    def stop(self) -> int:
        """The first position behind it."""
        return self.start + math.prod(self.parameter.shape)

    def of(self, vector: Array) -> Array:
        """This stretch of a vector, as an array of the parameter's shape."""
        return vector[self.start : self.stop].reshape(self.parameter.shape)


class Node(Description):
    """A layer at its place: its path ("0", "2.1"), shapes, parameters and the nodes inside it."""

    path: str
    layer: Layer
    input_shape: Shape
    output_shape: Shape
    places: dict[str, Place]
    inner: tuple["Node", ...]


class Layout:
    """The layers of a network laid out for samples of one shape; no arrays yet."""

    def __init__(self, layers: Sequence[Layer], input_shape: Shape):
        self.input_shape = input_shape
        self.n_parameters = 0
        self.nodes = self._lay_out(layers, input_shape, "")
        self.output_shape = self.nodes[-1].output_shape
        self.places = {f"{node.path}.{name}": p for node in self.walk() for name, p in node.places.items()}

    def _lay_out(self, layers: Sequence[Layer], shape: Shape, prefix: str) -> tuple[Node, ...]:
        nodes = []
        for number, layer in enumerate(layers):
            output_shape = layer.output_shape(shape)
            inner = self._lay_out(layer.inner, shape, f"{prefix}{number}.")
            places = {name: self._place(p) for name, p in layer.parameters(shape).items()}
            nodes.append(Node(f"{prefix}{number}", layer, shape, output_shape, places, inner))
            shape = output_shape
        return tuple(nodes)

    def _place(self, parameter: Parameter) -> Place:
        place = Place(self.n_parameters, parameter)
        self.n_parameters = place.stop
        return place

    def walk(self, nodes: tuple[Node, ...] | None = None) -> Iterator[Node]:
        """Every node, the inner ones behind the one that holds them."""
        for node in self.nodes if nodes is None else nodes:
            yield node
            yield from self.walk(node.inner)

    def draw(self, rng: "np.random.Generator", dtype: np.dtype) -> Array:
        """A new parameter vector, each array drawn by its initialiser in the order of the places."""
        vector = aligned(self.n_parameters, dtype)
        for place in self.places.values():
            place.of(vector)[...] = place.parameter.initializer.draw(place.parameter.shape, rng)
        return vector

    def filled(self, arrays: Mapping[str, Array], dtype: np.dtype) -> Array:
        """A parameter vector of given arrays; refused where they do not fit."""
        expected = {name: place.parameter.shape for name, place in self.places.items()}
        if expected != {name: array.shape for name, array in arrays.items()}:
            raise InvalidInput(f"the arrays do not fit the layers: expected {expected}.")
        vector = aligned(self.n_parameters, dtype)
        for name, view in self.views(vector).items():
            view[...] = arrays[name]
        return vector

    def views(self, vector: Array) -> dict[str, Array]:
        """The arrays of a vector by path and name: "0.W", "0.b", "2.1.W"."""
        return {name: place.of(vector) for name, place in self.places.items()}

    def pieces(self, apart: bool, size: int = 32768) -> list[tuple[slice, Parameter | None]]:
        """The vector in pieces of at most `size` numbers, each with a parameter that says how it decays.

        It is None where neither penalties nor weight decay act. An update's temporaries then fit the cache. With
        `apart=False` weights and biases share pieces.
        """
        stretches: list[tuple[int, int, Parameter | None]] = []
        for place in self.places.values():
            decaying = place.parameter if apart and place.parameter.decays else None
            if stretches and alike(stretches[-1][2], decaying):
                stretches[-1] = (stretches[-1][0], place.stop, decaying)
            else:
                stretches.append((place.start, place.stop, decaying))
        return [
            (slice(at, min(at + size, stop)), decaying)
            for start, stop, decaying in stretches
            for at in range(start, stop, size)
        ]


def alike(a: Parameter | None, b: Parameter | None) -> bool:
    """Whether the same penalty and weight decay act on both, or none."""
    return a is b if a is None or b is None else a.decays_like(b)
