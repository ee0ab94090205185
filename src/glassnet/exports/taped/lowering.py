"""A layer made of a function as steps of a program: the calls of its graph for one row, with parameters as numbers."""

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from glassnet.errors import InvalidInput
from glassnet.exports.builder import Builder, identifier
from glassnet.exports.place import Place
from glassnet.exports.program import Constant, Value
from glassnet.exports.taped.entries import Taped
from glassnet.exports.taped.expressions import ENTRYWISE, Expressions
from glassnet.exports.taped.sums import cumsum, einsum, matmul, reduced
from glassnet.formulas.syntax.expressions import VECTOR, Number, Steps, Variable
from glassnet.taping.graph import Traced
from glassnet.taping.primitives import astype
from glassnet.taping.refusals import name_of


def function_layer(made: Builder, place: Place, x: Value) -> Value:
    """Record the function for a row, and add a step for each call, or for several that act entry by entry."""
    arrays = {name: place.of(name).astype(np.float64) for name in place.layer.shapes}
    row = Traced(np.full((1, *place.node.input_shape), 0.5), name="x")
    try:
        with np.errstate(all="ignore"):
            output = place.layer.run(row, arrays)
    except InvalidInput:
        raise InvalidInput(
            f"{place.layer.title()} cannot be exported: a parameter that is indexed by inputs has no step in an "
            "exported file, where gn.Embedding has one."
        ) from None
    if not isinstance(output, Traced):
        raise InvalidInput(f"{place.layer.title()} cannot be exported: its result does not depend on its input.")
    try:
        kind = identifier(type(place.layer).__name__.lower())
        return Taped(made, kind, place.suffix, output, {row: x}, step_of).value(output)
    except InvalidInput as error:
        raise InvalidInput(f"{place.layer.title()} cannot be exported: {str(error).rstrip('.')}.") from None


def step_of(taped: Taped, node: Traced) -> Value:
    """The steps of a call, by what it computes."""
    f = node.function
    if f in ENTRYWISE:
        return taped.formula(node)
    if f in MOVING:
        return taped.moved(node)
    if f in OTHERS:
        return OTHERS[f](taped, node)
    raise InvalidInput(f"{name_of(f) if f else 'an array'} has no step in an exported file")


def triangle(taped: Taped, node: Traced) -> Value:
    """Zeros on one side of a diagonal."""
    assert node.function is not None
    kept = node.function(np.ones(node.shape), *node.args[1:], **node.kwargs)
    inputs: dict[str, Value | Constant] = {"x": taped.known[node.args[0]], "y": taped.spread(kept, node.shape)}
    masked = Expressions().of(np.where, [Variable(VECTOR, "y"), Variable(VECTOR, "x"), Number(0.0)])
    return taped.applied(Steps([], [masked]), inputs, "x")


def converted(taped: Taped, node: Traced) -> Value:
    """The same numbers: all of a program have its type."""
    if node.dtype.kind != "f":
        raise InvalidInput(f"numbers as {node.dtype} have no step in an exported file")
    return taped.known[node.args[0]]


def unchanging(taped: Taped, node: Traced) -> Value:
    """Zeros, ones, or another number."""
    return taped.whole(node.value)


MOVING = {
    operator.getitem, np.reshape, np.transpose, np.swapaxes, np.moveaxis, np.expand_dims, np.squeeze, np.broadcast_to,
    np.flip, np.roll, np.concatenate,
}  # fmt: skip
OTHERS: dict[Callable[..., Any], Callable[[Taped, Traced], Value]] = {
    **dict.fromkeys((np.sum, np.mean, np.max, np.min), reduced),
    **dict.fromkeys((np.tril, np.triu), triangle),
    **dict.fromkeys((np.zeros_like, np.ones_like, np.full_like), unchanging),
    np.matmul: matmul,
    np.einsum: einsum,
    np.cumsum: cumsum,
    astype: converted,
}
