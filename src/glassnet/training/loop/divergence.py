"""Where a diverged training had its first non-finite number."""

import itertools
import math
from collections.abc import Iterator

import numpy as np

from glassnet.engine.job import Job
from glassnet.engine.layout import Node
from glassnet.engine.machine.quiet import quiet
from glassnet.engine.numpy_engine import NumpyEngine
from glassnet.errors import OutOfMemory
from glassnet.formulas.elementary import Array
from glassnet.layers.layer import Step


def first_not_finite(job: Job, order: Array | None, batch: int) -> str:
    """A sentence on the first non-finite number in the forward pass of a batch, with the current parameters.

    The pass runs once more on the NumPy engine, so that every array of it can be looked at. Empty where all is finite
    this time, as it may be with other draws of dropout, and where there is no memory for it.
    """
    _, rows = next(itertools.islice(job.batches(order), batch, None))
    try:
        with quiet():
            summed, _ = NumpyEngine().forward(job.plan, rows, job.objective)
    except OutOfMemory:  # of a whole batch, which the compiled engine computed in tiles
        return ""
    last = job.plan.values
    for node, step in in_order(job.plan.layout.nodes, job.plan.steps(len(rows))):
        for name, place in node.places.items():
            if not np.isfinite(place.of(job.plan.parameters)).all():
                update = f", after the update of step {job.step}" if job.step else ""
                return said(f"{name} of {named(node)}{update}")
        for name in node.layer.arrays(node.input_shape):
            if not np.isfinite(last := getattr(step.slices, name)).all():
                return said(f"{name} of {named(node)}, in the forward pass")
    if math.isfinite(summed):
        return ""
    return said(f"the loss itself, of outputs up to {np.abs(last).max():.3g}")


def in_order(nodes: tuple[Node, ...], steps: list[Step]) -> Iterator[tuple[Node, Step]]:
    """Layers with their arrays in the order in which these are computed: the inner ones before the one they are in."""
    for node, step in zip(nodes, steps, strict=True):
        if node.inner:
            yield from in_order(node.inner, step.slices.inner)
        yield node, step


def named(node: Node) -> str:
    """A layer by its path and what it is."""
    return f"layer {node.path}, {node.layer!r}"


def said(what: str) -> str:
    """The sentence, with a space behind it."""
    return f"The first number that is not finite: {what}. "
