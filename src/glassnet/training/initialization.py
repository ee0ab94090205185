"""How the parameters of a network are drawn, including those that depend on rows of the data, and its first state."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from glassnet.engine.layout import Layout, Node
from glassnet.engine.machine.blas import one_thread
from glassnet.engine.machine.quiet import quiet
from glassnet.engine.plan import Plan
from glassnet.errors import InvalidInput
from glassnet.formulas.elementary import Array
from glassnet.formulas.initializers import Initializer
from glassnet.layers.layer import Step, rows_of
from glassnet.training.inputs.checks import check_inputs

MOST_ROWS = 2048  # that are looked at


def drawn(
    layout: Layout, rng: "np.random.Generator", dtype: np.dtype, X: ArrayLike | None = None
) -> tuple[Layout, Array, Array]:
    """(layout, new parameters, new state), as `draw` says."""
    return layout, *draw(layout, rng, dtype, X)


def draw(layout: Layout, rng: "np.random.Generator", dtype: np.dtype, X: Any = None) -> tuple[Array, Array]:
    """(new parameters, new state); of the rows X some are taken where an initialiser looks at data."""
    with one_thread():
        parameters, state = layout.draw(rng, dtype), layout.first_state(dtype)
    if looking := looking_at_data(layout):
        if X is None:
            raise InvalidInput(
                f"{looking[0]!r} needs rows of data: train the network, or pass them to build, as in build(4, X=X)."
            )
        rows = check_inputs(X, layout.input_shape, dtype, codes=layout.codes)
        look_at(layout, parameters, state, rng, rows)
    return parameters, state


def looking_at_data(layout: Layout) -> list[Initializer]:
    """The initialisers of a network that need rows of the data."""
    places = [*layout.places.values(), *layout.states.values()]
    return [place.parameter.initializer for place in places if place.parameter.initializer.of_data]


def look_at(layout: Layout, parameters: Array, state: Array, rng: "np.random.Generator", X: Array) -> None:
    """Draw what looks at data, from the first layer to the last, each from what the layers before make of the rows."""
    if len(X) > MOST_ROWS:
        X = X[np.sort(rng.choice(len(X), MOST_ROWS, replace=False))]
    plan = Plan(layout, parameters, len(X), training=False, state=state)
    steps = drawing(layout.nodes, plan.steps(len(X)), rng)
    steps[0].slices.X = X
    with quiet(), one_thread():
        for layer, s in steps:
            layer.predict(s)


def drawing(nodes: Iterable[Node], steps: Iterable[Step], rng: "np.random.Generator") -> list[Any]:
    """The steps of layers that are drawn when their inputs are there, also those inside others."""
    found = []
    for node, (_, s) in zip(nodes, steps, strict=True):
        if node.inner:
            s.inner = drawing(node.inner, s.inner, rng)
        found.append(Step(DataDependentInit(node, rng), s))  # type: ignore[arg-type]
    return found


class DataDependentInit:
    """A layer in a prediction, as in `Plan.steps`: nothing is dropped, and no noise is added."""

    def __init__(self, node: Node, rng: "np.random.Generator"):
        self.node, self.rng = node, rng

    def predict(self, s: Any) -> None:
        """Draw the state and the parameters that look at X, in their order, and write A."""
        for name, place in (self.node.states | self.node.places).items():
            initializer, shape = place.parameter.initializer, place.parameter.shape
            if initializer.of_data:
                W: Any = getattr(s, "W", None)
                getattr(s, name)[...] = initializer.draw_from(rows_that_count(s), W, shape, self.rng)
        self.node.layer.predict(s)
        if np.equal(s.X, s.X[:1]).all():
            s.A[...] = s.A[:1]  # a product may round the same row in another way at another place

    forward = predict  # a layer around this one may go through it either way


def rows_that_count(s: Any) -> Array:
    """X as rows, of samples of several axes those of the last one, without steps that are padding (unless all are)."""
    there = None if s.present is None else s.present > 0
    return rows_of(s.X if there is None or not there.any() else s.X[there])
