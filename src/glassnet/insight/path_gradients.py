"""What each input has contributed to an output: gradients added up along the way from other inputs."""

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
from glassnet.layers.embedding import Embedding
from glassnet.layers.layer import Layer
from glassnet.network import Network
from glassnet.training.loop.schedule_values import at_start

STEPS = 8  # that every way is cut into at first
NODES = 0.5 - 0.5 / np.sqrt(3), 0.5 + 0.5 / np.sqrt(3)  # where a step is looked at (Gauss and Legendre)
MOST_HALVINGS = 12  # of a step in which a gradient jumps
TOLERANCE = 1e-5  # of the largest output, for the sum of a step
MOST_ROWS = 1024  # that are computed at a time


class PathGradients(NamedTuple):
    """What `integrated_gradients` gives.

    `values` (n, n_inputs, n_outputs), the mean output `baseline` (n_outputs,) of the background, the `outputs`
    (n, n_outputs), and the largest `error`: how far the sum of an output's contributions is from what it explains.
    """

    values: Array
    baseline: Array
    outputs: Array
    error: float


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


def integrated_gradients(
    net: Network, X: Array, background: Array, tolerance: float = TOLERANCE, said: Said | None = None
) -> PathGradients:
    """The contribution of every input to every output of every row (Sundararajan et al. 2017, arXiv 1703.01365).

    φⱼ = mean over b of (xⱼ − bⱼ) ∫₀¹ ∂F/∂xⱼ(b + α (x − b)) dα

    over the rows b of the background, so that Σⱼ φⱼ = F(x) − mean F(b). The integral is a sum over 8 steps of the way,
    with two gradients in each; a step is halved, up to 12 times, until its contributions add up to what F changes by in
    it, to a tolerance of 10⁻⁵ (or another) of the largest output. A code that is embedded goes from one vector to the
    other. All is as in prediction, and computed in float64.

    X is (n, n_inputs) and `background` (m, n_inputs), codes and numbers as the network reads them. With `said`, F is
    what is said of the outputs, such as a mean, in place of the outputs themselves.

    Raises InvalidInput for a network with a layer that looks at a whole batch in training.

    >>> import numpy as np, glassnet as gn
    >>> net = gn.Network([gn.Dense(1)]).build(2, seed=0)
    >>> net.arrays["0.W"][:, 0] = 3, -1
    >>> found = integrated_gradients(net, np.array([[1.0, 1.0]]), np.array([[0.0, 0.0], [0.0, 1.0]]))
    >>> found.values[0, :, 0].round(6), found.error < 1e-6
    (array([ 3. , -0.5]), True)
    """
    path = Path(net, said or OutputsThemselves())
    backs, outputs = path.outputs(background), path.outputs(X)
    baseline = backs.mean(axis=0)
    tolerance *= max(float(np.abs(outputs).max()), float(np.abs(backs).max()), 1e-12)
    values = np.stack([path.contributions(x, background, tolerance) for x in X])
    error = float(np.abs(values.sum(axis=1) - (outputs - baseline)).max())
    return PathGradients(values, baseline, outputs, error)


class Part(NamedTuple):
    """Columns of X that a layer at the front embeds: their outputs lie side by side, as many for each."""

    columns: tuple[int, ...]
    outputs: slice


Vectors = tuple[Array, Array] | None  # what the first layer makes of both ends, where it embeds codes


class Path:
    """A network in float64, which computes gradients between two of its inputs."""

    def __init__(self, net: Network, said: Said):
        self.said = said
        layout, parameters = check_network(net).built()
        if whole := next((node.layer for node in layout.walk() if differs_in_training(node.layer)), None):
            raise InvalidInput(
                f"contributions need a network that computes each row by itself, and in training {whole!r} does not."
            )
        state, rng = net.state.astype(np.float64), np.random.default_rng(0)  # noise that rests asks for one
        layout = without_noise(at_start(layout))
        self.plan = Plan(layout, parameters.astype(np.float64), MOST_ROWS, input_gradient=True, state=state, rng=rng)
        self.parts = list(embedded(layout, self.plan))

    def forward(self, X: Array, ends: tuple[Array, Array, Array] | None = None) -> Array:
        """The outputs; with (α, A at the start, A at the end) of the first layer, codes are between two vectors."""
        steps = self.plan.steps(len(X))
        steps[0].slices.X = X
        with quiet(), one_thread():
            for number, (layer, s) in enumerate(steps):
                layer.forward(s)
                if number == 0 and ends is not None:
                    self._blend(s.A, *ends)
        return steps[-1].slices.A

    def _blend(self, A: Array, share: Array, start: Array, end: Array) -> None:
        for part in self.parts:
            A[:, part.outputs] = start[:, part.outputs] + share * (end - start)[:, part.outputs]

    def outputs(self, X: Array) -> Array:
        """What is said of the outputs of any number of rows."""
        parts = [self.said.values(self.forward(X[k : k + MOST_ROWS])).copy() for k in range(0, len(X), MOST_ROWS)]
        return np.concatenate(parts)

    def front(self, X: Array) -> Array:
        """What the first layer makes of rows."""
        self.forward(X)
        return self.plan.steps(len(X))[0].slices.A.copy()

    def contributions(self, x: Array, background: Array, tolerance: float) -> Array:
        """Of every input to every output, (n_inputs, n_outputs), as the mean over the background."""
        starts, width = np.tile(np.arange(STEPS) / STEPS, len(background)), 1.0 / STEPS
        backs, total = np.repeat(background, STEPS, axis=0), np.zeros(())
        for halvings in range(MOST_HALVINGS + 1):
            wrong = np.zeros(len(starts), bool)
            for first in range(0, len(starts), MOST_ROWS):
                part = slice(first, first + MOST_ROWS)
                found, missing = self._steps(x, backs[part], starts[part, np.newaxis], width)
                wrong[part] = (missing > tolerance) & (halvings < MOST_HALVINGS)
                total = total + found[~wrong[part]].sum(axis=0)
            if not wrong.any():
                break
            width /= 2
            starts, backs = np.concatenate([starts[wrong], starts[wrong] + width]), np.tile(backs[wrong], (2, 1))
        return np.asarray(total / len(background))

    def _steps(self, x: Array, backs: Array, starts: Array, width: float) -> tuple[Array, Array]:
        """(the contributions in one step of each way, how far they are from what the outputs change by)."""
        ends = np.broadcast_to(x, backs.shape)
        vectors = (self.front(backs), self.front(ends)) if self.parts else None
        before, after = (self._at(backs, ends, share, vectors).copy() for share in (starts, starts + width))
        found = np.zeros((*backs.shape, before.shape[1]))
        for node in NODES:
            self._at(backs, ends, starts + node * width, vectors)
            for k in range(before.shape[1]):
                found[..., k] += width / len(NODES) * self._of_output(k, ends - backs, vectors)
        return found, np.abs(found.sum(axis=1) - (after - before)).max(axis=1)

    def _at(self, backs: Array, ends: Array, shares: Array, vectors: Vectors) -> Array:
        """What is said of the outputs at some place of each way."""
        way = backs + shares * (ends - backs)
        codes = [column for part in self.parts for column in part.columns]
        way[:, codes] = ends[:, codes]
        return self.said.values(self.forward(way, None if vectors is None else (shares, *vectors)))

    def _of_output(self, number: int, change: Array, vectors: Vectors) -> Array:
        """(xⱼ − bⱼ) ∂F/∂xⱼ of what is said where the network has just been computed, (rows, n_inputs)."""
        steps = self.plan.steps(len(change))
        first, last = steps[0].slices, steps[-1].slices
        last.dA[...] = self.said.slopes(last.A, number)
        with quiet(), one_thread():
            for layer, s in steps[::-1]:
                layer.backward(s)
        found: Array = first.dX * change
        if vectors is not None:
            moved = first.dA * (vectors[1] - vectors[0])
            for part in self.parts:
                found[:, part.columns] = moved[:, part.outputs].reshape(len(moved), len(part.columns), -1).sum(axis=2)
        return found


def embedded(layout: Layout, plan: Plan) -> Iterator[Part]:
    """The columns of X that are codes of an embedding at the front."""
    node = layout.nodes[0]
    yield from parts_of(node.layer, plan.steps(1)[0].slices, tuple(range(int(np.prod(layout.input_shape)))), 0)


def parts_of(layer: Layer, s: Any, columns: tuple[int, ...], first: int) -> Iterator[Part]:
    """Those of a layer whose outputs begin at a place."""
    if isinstance(layer, Embedding):
        yield Part(columns, slice(first, first + s.A.shape[1]))
    elif isinstance(layer, Columns):
        for numbers, (inner, inside), place in zip(layer.columns, s.inner, s.outputs, strict=True):
            yield from parts_of(inner, inside, tuple(columns[n] for n in numbers), first + place.start)
