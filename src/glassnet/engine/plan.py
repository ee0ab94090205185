"""The plan of a network for a batch size: it owns all memory, and each layer sees its slices of it."""

import math
import threading
from collections.abc import Hashable, Iterator
from typing import Any

import numpy as np

from glassnet.calls import cached_property
from glassnet.engine.layout import Layout, Node
from glassnet.engine.machine.memory import aligned
from glassnet.engine.room import check_room
from glassnet.formulas.elementary import Array
from glassnet.layers.layer import Shape, Slices, Step

MOST_SIZES = 8  # of batches whose slices are kept
MOST_VALUES = 1 << 23  # numbers that a prediction has in memory at a time: 64 MiB in double precision
ALIGNED = 16  # numbers; each array starts on a cache line of its own


class PredictionPlans(threading.local):
    """A plan for prediction for each thread, so that threads do not write into the same memory."""

    plan: "Plan | None" = None

    def of(self, layout: Layout, parameters: Array, state: Array | None = None) -> "Plan":
        """The plan of this thread for these parameters and their state, made at the first use."""
        if self.plan is None or self.plan.parameters is not parameters:
            widest = max(math.prod(shape) for node in layout.walk() for shape in (node.input_shape, node.output_shape))
            rows = rows_at_a_time(layout, max(256, 65536 // widest))
            self.plan = Plan(layout, parameters, rows, training=False, state=state)
        return self.plan


def rows_at_a_time(layout: Layout, usual: int) -> int:
    """So many rows, or as few as keep the values of all layers within MOST_VALUES."""
    return max(1, min(usual, MOST_VALUES // max(1, layout.numbers_a_row)))


class Plan:
    """Memory for batches of up to `n_rows` samples.

    One vector holds all parameters, one of the same shape all gradients (`gradients`), one all values that depend on
    the batch (`values`) and one all their gradients (`value_gradients`); the latter two are made at their first use.
    With `training=False` there are no gradients; with `input_gradient=True` the first layer has a dX too. `gradients`
    is a vector to use instead of one of its own, and so is `state`, which holds what layers remember beside the
    parameters. `inputs` are rows of data that the first layer always reads; without them its X is set before each pass.
    `sharing` is a plan of as many samples whose values it overwrites, as they do not run at the same time.
    """

    def __init__(
        self,
        layout: Layout,
        parameters: Array,
        n_rows: int,
        *,
        rng: "np.random.Generator | None" = None,
        training: bool = True,
        input_gradient: bool = False,
        gradients: Array | None = None,
        state: Array | None = None,
        inputs: Array | None = None,
        sharing: "Plan | None" = None,
    ):
        self.layout, self.n_rows, self.parameters, self.training = layout, n_rows, parameters, training
        self.rng, self.inputs, self.sharing = rng, inputs, sharing
        dtype = parameters.dtype
        self.state = layout.first_state(dtype) if state is None else state
        own = aligned(layout.n_parameters if training and gradients is None else 0, dtype)
        self.gradients = own if gradients is None else gradients
        self._starts = self._place_values()
        self.ones = np.ones(n_rows, dtype)
        shape = (n_rows, *layout.input_shape)
        self.input_gradient = np.zeros(shape, dtype) if training and input_gradient else None
        self._steps: dict[int, list[Step]] = {}
        self.made: dict[Hashable, Any] = {}  # what engines made of it

    @cached_property
    def values(self) -> Array:
        """What the layers write, made at the first use: an engine may have plans of its own for its tiles."""
        if self.sharing is not None:
            return self.sharing.values
        check_room(self.layout, self.n_rows, self.parameters.dtype, self.training)
        return aligned(self._size, self.parameters.dtype)

    @cached_property
    def value_gradients(self) -> Array:
        """The gradients of `values`."""
        if self.sharing is not None:
            return self.sharing.value_gradients
        return aligned(self._size if self.training else 0, self.parameters.dtype)

    def _place_values(self) -> dict[tuple[str, str], int]:
        starts, position = {}, 0
        for node in self.layout.walk():
            for name, shape in node.layer.arrays(node.input_shape).items():
                starts[node.path, name] = position
                position += -(-math.prod(shape) * self.n_rows // ALIGNED) * ALIGNED
        self._size = position
        return starts

    def steps(self, n: int) -> list[Step]:
        """The layers in order, each with its slices for the first n rows; made once for every n."""
        steps = self._steps.get(n)
        if steps is None:
            if len(self._steps) == MOST_SIZES:
                del self._steps[next(iter(self._steps))]
            X, dX = (None if array is None else array[:n] for array in (self.inputs, self.input_gradient))
            steps = self._steps[n] = self._steps_of(self.layout.nodes, n, X, dX)
        return steps

    def _steps_of(
        self, nodes: tuple[Node, ...], n: int, X: Array | None, dX: Array | None, present: Array | None = None
    ) -> list[Step]:
        steps = []
        for node in nodes:
            s = node.layer.slices(X=X, dX=dX, ones=self.ones[:n], rng=self.rng, dA=None, present=present)
            self._bind(node, s, n)
            if node.inner:
                s.inner = self._inner_steps(node, s, n)
            node.layer.connect(s)
            steps.append(Step(node.layer, s))
            X, dX, present = s.A, s.dA, present_behind(node, s)
        return steps

    def _inner_steps(self, node: Node, s: Slices, n: int) -> list[Step]:
        """The layers inside: one after the other, or side by side, each with an X and a dX of its own."""
        if not node.layer.inner_inputs(node.input_shape):
            return self._steps_of(node.inner, n, s.X, s.dX, s.present)
        inputs = [(getattr(s, f"X{k}"), None if s.dX is None else getattr(s, f"dX{k}")) for k in range(len(node.inner))]
        return [self._steps_of((each,), n, X, dX)[0] for each, (X, dX) in zip(node.inner, inputs, strict=True)]

    def _bind(self, node: Node, s: Slices, n: int) -> None:
        for name, place in node.places.items():
            setattr(s, name, place.of(self.parameters))
            if self.training:
                setattr(s, "d" + name, place.of(self.gradients))
        for name, place in node.states.items():
            setattr(s, name, place.of(self.state))
        for name, shape in node.layer.arrays(node.input_shape).items():
            start = self._starts[node.path, name]
            setattr(s, name, _rows(self.values, start, n, shape))
            if self.training and name[0].isupper():
                setattr(s, "d" + name, _rows(self.value_gradients, start, n, shape))


def present_behind(node: Node, s: Slices) -> Array | None:
    """Which steps are there behind a layer, where one tells; None once the steps are no longer an axis."""
    one_by_one = node.inner and not node.layer.inner_inputs(node.input_shape)
    present = s.inner[-1].slices.present if one_by_one else s.present
    kept = len(node.output_shape) > 1 and present is not None and present.shape[1] == node.output_shape[0]
    return present if kept else None


def _rows(vector: Array, start: int, n: int, shape: Shape) -> Array:
    return vector[start : start + n * math.prod(shape)].reshape(n, *shape)


def ranges(n: int, size: int) -> Iterator[slice]:
    """0…n cut into ranges of `size`, the last one shorter."""
    return (slice(start, min(start + size, n)) for start in range(0, n, size))
