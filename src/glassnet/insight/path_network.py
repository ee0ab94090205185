"""A network in float64 that is looked at between two of its inputs: outputs and gradients on the way."""

from collections.abc import Iterator
from typing import Any, NamedTuple, Protocol

import numpy as np

from glassnet.engine.layout import Layout
from glassnet.engine.machine.blas import one_thread
from glassnet.engine.machine.quiet import quiet
from glassnet.engine.plan import Plan
from glassnet.errors import InvalidInput
from glassnet.formulas.elementary import Array
from glassnet.insight.one_step import check_network, differs_in_training, without_noise
from glassnet.layers.columns import Columns
from glassnet.layers.embeddings.embedding import Embedding
from glassnet.layers.layer import Layer, pull_to_inputs
from glassnet.network import Network
from glassnet.training.loop.schedule_values import at_start

MOST_ROWS = 1024  # that are computed at a time
MOST_VALUES = 1 << 22  # contributions that are in memory at a time: 32 MiB


class Part(NamedTuple):
    """Columns of X that a layer at the front embeds: their outputs lie side by side, as many for each."""

    columns: tuple[int, ...]
    outputs: slice


class Ends(NamedTuple):
    """Rows at one end of some ways, and what the first layer makes of them where it embeds codes."""

    X: Array
    front: Array | None

    def of(self, rows: Array) -> "Ends":
        """Some of them, each as often as it is named."""
        return Ends(self.X[rows], None if self.front is None else self.front[rows])


class Said(Protocol):
    """What is said of the outputs of a network, with its derivatives."""

    def values(self, outputs: Array) -> Array:
        """(n, things that are said) of outputs (n, n_outputs)."""

    def slopes(self, outputs: Array, number: int) -> Array:
        """The derivative of one of these by each output, (n, n_outputs)."""


class OutputsThemselves:
    """The outputs as they are."""

    def values(self, outputs: Array) -> Array:
        """The outputs."""
        return outputs

    def slopes(self, outputs: Array, number: int) -> Array:
        """1 for the output with this number."""
        return np.broadcast_to(np.eye(outputs.shape[1])[number], outputs.shape)


class PathNetwork:
    """A network without noise, in float64, with gradients with respect to its inputs."""

    def __init__(self, net: Network, said: Said):
        self.said = said
        layout, parameters = check_network(net).built()
        if whole := next((node.layer for node in layout.walk() if differs_in_training(node.layer)), None):
            raise InvalidInput(
                f"contributions need a network that computes each row by itself, and in training {whole!r} does not."
            )
        state, rng = net.state.astype(np.float64), np.random.default_rng(0)  # noise that rests asks for one
        layout = without_noise(at_start(layout))
        n_values = max(1, int(np.prod(layout.input_shape)) * int(np.prod(layout.output_shape)))
        self.most_rows = max(16, min(MOST_ROWS, MOST_VALUES // n_values))
        self.plan = Plan(
            layout, parameters.astype(np.float64), self.most_rows, input_gradient=True, state=state, rng=rng
        )
        self.parts = list(embedded(layout, self.plan))
        self.codes = [column for part in self.parts for column in part.columns]
        f = layout.nodes[-1].layer.output_activation
        # outputs that add up to 1
        self.shares = isinstance(said, OutputsThemselves) and f is not None and f.name == "softmax"

    def forward(self, X: Array, blend: tuple[Array, Array, Array] | None = None) -> Array:
        """The outputs; with (α, A at the start, A at the end) of the first layer, codes are between two vectors."""
        steps = self.plan.steps(len(X))
        steps[0].slices.X = X
        with quiet(), one_thread():
            for number, (layer, s) in enumerate(steps):
                layer.forward(s)
                if number == 0 and blend is not None:
                    self._blend(in_rows(s.A), *blend)
        return steps[-1].slices.A

    def _blend(self, A: Array, share: Array, start: Array, end: Array) -> None:
        for part in self.parts:
            A[:, part.outputs] = start[:, part.outputs] + share * (end - start)[:, part.outputs]

    def outputs(self, X: Array) -> Array:
        """What is said of the outputs of any number of rows."""
        return np.concatenate([self.said.values(self.forward(part)).copy() for part in self.in_parts(X)])

    def in_parts(self, X: Array) -> Iterator[Array]:
        """As many rows at a time as there is memory for."""
        return (X[first : first + self.most_rows] for first in range(0, len(X), self.most_rows))

    def ends(self, X: Array) -> Ends:
        """Rows as an end of ways."""
        if not self.parts:
            return Ends(X, None)
        found = []
        for part in self.in_parts(X):
            self.forward(part)
            found.append(in_rows(self.plan.steps(len(part))[0].slices.A).copy())
        return Ends(X, np.concatenate(found))

    def at(self, start: Ends, end: Ends, share: Array) -> Array:
        """What is said of the outputs at a share (rows, 1) of each way; the next may overwrite it."""
        way = start.X + share * (end.X - start.X)
        way[:, self.codes] = end.X[:, self.codes]
        blend = None if start.front is None or end.front is None else (share, start.front, end.front)
        return self.said.values(self.forward(way, blend))

    def gradients(self, start: Ends, end: Ends, n_outputs: int) -> Array:
        """(xⱼ − bⱼ) ∂F/∂xⱼ of all that is said where `at` has just been, (rows, n_inputs, n_outputs)."""
        found = np.empty((*start.X.shape, n_outputs))
        others = n_outputs - 1 if self.shares and n_outputs > 1 else n_outputs
        for number in range(others):
            found[..., number] = self._of_output(number, start, end)
        if others < n_outputs:  # the last share is what the others leave
            np.negative(found[..., :others].sum(axis=2), out=found[..., others])
        return found

    def _of_output(self, number: int, start: Ends, end: Ends) -> Array:
        steps = self.plan.steps(len(start.X))
        first, last = steps[0].slices, steps[-1].slices
        last.dA[...] = self.said.slopes(last.A, number)
        with quiet(), one_thread():
            for layer, s in steps[::-1]:
                pull_to_inputs(layer, s)
        found: Array = first.dX * (end.X - start.X)
        if start.front is not None and end.front is not None:
            moved = in_rows(first.dA) * (end.front - start.front)
            for part in self.parts:
                found[:, part.columns] = moved[:, part.outputs].reshape(len(moved), len(part.columns), -1).sum(axis=2)
        return found


def in_rows(A: Array) -> Array:
    """What a layer gives as a row of numbers for each sample, in the same memory."""
    return A.reshape(len(A), -1)


def embedded(layout: Layout, plan: Plan) -> Iterator[Part]:
    """The columns of X that are codes of an embedding at the front."""
    node = layout.nodes[0]
    yield from parts_of(node.layer, plan.steps(1)[0].slices, tuple(range(int(np.prod(layout.input_shape)))), 0)


def parts_of(layer: Layer, s: Any, columns: tuple[int, ...], first: int) -> Iterator[Part]:
    """Those of a layer whose outputs begin at a place."""
    if isinstance(layer, Embedding):
        yield Part(columns, slice(first, first + in_rows(s.A).shape[1]))
    elif isinstance(layer, Columns):
        for numbers, (inner, inside), place in zip(layer.columns, s.inner, s.outputs, strict=True):
            yield from parts_of(inner, inside, tuple(columns[n] for n in numbers), first + place.start)
