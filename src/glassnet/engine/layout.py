"""Where each parameter of a network lies in the one vector that holds them all."""

import math
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from glassnet.calls import cached_property
from glassnet.engine.machine.memory import aligned
from glassnet.errors import InvalidInput, brief
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
    """A layer at its place: its path ("0", "2.1"), shapes, parameters, state and the nodes inside it."""

    path: str
    layer: Layer
    input_shape: Shape
    output_shape: Shape
    places: dict[str, Place]
    states: dict[str, Place]
    inner: tuple["Node", ...]


def check_arrays(expected: Mapping[str, Shape], arrays: Mapping[str, Array]) -> None:
    """Refuse arrays of other names or shapes than a network has."""
    for name, shape in expected.items():
        if name not in arrays:
            raise InvalidInput(f"the arrays do not fit the layers: {name!r} of shape {shape} is missing.")
        if arrays[name].shape != shape:
            got = arrays[name].shape
            raise InvalidInput(f"the arrays do not fit the layers: {name!r} must have shape {shape}, got {got}.")
    for name in arrays:
        if name not in expected:
            raise InvalidInput(f"the arrays do not fit the layers: no layer has an array {brief(name)}.")


def refuse_codes(layer: Layer, shape: Shape, before: Layer) -> None:
    """Refuse a layer of codes behind another, whose outputs are not codes."""
    if len(layer.codes(shape)):
        raise InvalidInput(f"{layer!r} reads codes from the data, so it cannot come after {before!r}: put it in front.")


Marked = tuple[Layer | None, Layer | None]  # what marks padding in front, and what has changed the steps since


def check_marks(nodes: Sequence[Node], known: Marked = (None, None)) -> Marked:
    """Refuse layers that pass over padding behind one that changes the number of steps, so that none is known."""
    for node in nodes:
        layer, (marks, changes) = node.layer, known
        if node.inner and not layer.inner_inputs(node.input_shape):
            known = check_marks(node.inner, known)
            continue
        if marks is not None and changes is not None and layer.passes_over_padding:
            raise InvalidInput(
                f"{changes!r} changes the number of steps, so {layer!r} behind it would take the padding that "
                f"{marks!r} marks for steps: keep their number (such as by padding='causal'), or leave the mark out."
            )
        if "present" in layer.arrays(node.input_shape):
            known = layer, None
        elif marks is not None and len(node.output_shape) < 2:
            known = None, None  # no steps any more
        elif marks is not None and node.output_shape[0] != node.input_shape[0]:
            known = marks, layer
    return known


MOST_LAYERS = 10_000  # in a network, those inside others too


class Layout:
    """The layers of a network laid out for samples of one shape; no arrays yet.

    It takes time and memory by the number of layers, whatever sizes they say. InvalidInput for more than 10,000.
    """

    def __init__(self, layers: Sequence[Layer], input_shape: Shape):
        self._n_layers = 0
        self.input_shape = input_shape
        self.n_parameters = self.n_states = 0
        self.nodes = self._lay_out(layers, input_shape, "")
        self.output_shape = self.nodes[-1].output_shape
        self.codes = layers[0].codes(input_shape)  # columns of the data that hold whole numbers, below how many
        self.places = {f"{node.path}.{name}": p for node in self.walk() for name, p in node.places.items()}
        self.states = {f"{node.path}.{name}": p for node in self.walk() for name, p in node.states.items()}

    def _lay_out(self, layers: Sequence[Layer], shape: Shape, prefix: str, first: int = 0) -> tuple[Node, ...]:
        nodes = []
        self._count(len(layers))
        for number, layer in enumerate(layers):
            output_shape, path = layer.output_shape(shape), f"{prefix}{first + number}"
            if number > 0:
                refuse_codes(layer, shape, layers[number - 1])
            inner = self._lay_out_inner(layer, shape, f"{path}.")
            places = {name: self._place(p) for name, p in layer.parameters(shape).items()}
            states = {name: self._place_state(p) for name, p in layer.state(shape).items()}
            nodes.append(Node(path, layer, shape, output_shape, places, states, inner))
            shape = output_shape
        return tuple(nodes)

    def _lay_out_inner(self, layer: Layer, shape: Shape, prefix: str) -> tuple[Node, ...]:
        """The inner layers one after the other, or side by side, each with what it reads."""
        shapes = layer.inner_inputs(shape)
        if not shapes:
            return self._lay_out(layer.inner, shape, prefix)
        pairs = enumerate(zip(layer.inner, shapes, strict=True))
        return tuple(self._lay_out((each,), inside, prefix, number)[0] for number, (each, inside) in pairs)

    def _count(self, more: int) -> None:
        self._n_layers += more
        if self._n_layers > MOST_LAYERS:
            raise InvalidInput(f"a network has at most {MOST_LAYERS:,} layers, including nested ones.")

    def _place(self, parameter: Parameter) -> Place:
        place = Place(self.n_parameters, parameter)
        self.n_parameters = place.stop
        return place

    def _place_state(self, parameter: Parameter) -> Place:
        place = Place(self.n_states, parameter)
        self.n_states = place.stop
        return place

    def walk(self, nodes: tuple[Node, ...] | None = None) -> Iterator[Node]:
        """Every node, the inner ones behind the one that holds them."""
        for node in self.nodes if nodes is None else nodes:
            yield node
            yield from self.walk(node.inner)

    @cached_property
    def numbers_a_row(self) -> int:
        """How many numbers all layers write for a sample."""
        return sum(math.prod(shape) for node in self.walk() for shape in node.layer.arrays(node.input_shape).values())

    @cached_property
    def outputs_a_row(self) -> int:
        """How many numbers all layers give for a sample."""
        return sum(math.prod(node.output_shape) for node in self.walk())

    @cached_property
    def multiply_adds(self) -> int:
        """About how many multiply-adds all layers take for a sample, forward."""
        return sum(node.layer.multiply_adds(node.input_shape) for node in self.walk())

    def draw(self, rng: "np.random.Generator", dtype: np.dtype) -> Array:
        """A new parameter vector, each array drawn by its initialiser in the order of the places.

        What looks at data stays 0: see `training/initialization.py`.
        """
        vector = aligned(self.n_parameters, dtype)
        for place in self.places.values():
            if not place.parameter.initializer.of_data:
                place.of(vector)[...] = place.parameter.initializer.draw(place.parameter.shape, rng)
        return vector

    def first_state(self, dtype: np.dtype) -> Array:
        """A new state vector, such as the running statistics before the first batch; nothing in it is random.

        What looks at data stays 0.
        """
        vector = aligned(self.n_states, dtype)
        for place in self.states.values():
            if not place.parameter.initializer.of_data:
                first = place.parameter.initializer.draw(place.parameter.shape, np.random.default_rng(0))
                place.of(vector)[...] = first
        return vector

    def filled(self, arrays: Mapping[str, Array], dtype: np.dtype) -> tuple[Array, Array]:
        """Parameters and state of given arrays; refused where they do not fit, or hold what is not possible."""
        places = self.places | self.states
        check_arrays({name: place.parameter.shape for name, place in places.items()}, arrays)
        parameters, state = aligned(self.n_parameters, dtype), aligned(self.n_states, dtype)
        for name, view in self.views(parameters, state).items():
            with np.errstate(over="ignore"):  # too large for float32 is infinite there, and refused
                view[...] = arrays[name]
        self.check_values(parameters, state)
        return parameters, state

    def check_values(self, parameters: Array, state: Array) -> None:
        """Refuse numbers that are not finite, or below what a parameter can be, such as a variance below 0."""
        least = {name: place.parameter.least for name, place in (self.places | self.states).items()}
        for name, view in self.views(parameters, state).items():
            if not np.isfinite(view).all():
                raise InvalidInput(f"the array {name!r} holds numbers that are not finite in {view.dtype}.")
            if view.size and view.min() < least[name]:
                raise InvalidInput(f"the array {name!r} holds {view.min():g}: it cannot be below {least[name]:g}.")

    def views(self, parameters: Array, state: Array) -> dict[str, Array]:
        """The arrays of both vectors by path and name: "0.W", "0.b", "2.1.W", "3.running_mean"."""
        found = {name: place.of(parameters) for name, place in self.places.items()}
        return found | {name: place.of(state) for name, place in self.states.items()}

    def pieces(self, apart: bool, size: int = 65536) -> list[tuple[slice, Parameter]]:
        """The vector in pieces of at most `size` numbers, each with a parameter that says how it changes.

        An update's temporaries then fit the cache. With `apart=False` penalized arrays and others share pieces.
        """
        stretches: list[tuple[int, int, Parameter]] = []
        for place in self.places.values():
            own = place.parameter
            if stretches and own.steps_like(last := stretches[-1][2]) and (not apart or own.is_penalized_like(last)):
                stretches[-1] = (stretches[-1][0], place.stop, last)
            else:
                stretches.append((place.start, place.stop, own))
        return [
            (slice(at, min(at + size, stop)), own) for start, stop, own in stretches for at in range(start, stop, size)
        ]
