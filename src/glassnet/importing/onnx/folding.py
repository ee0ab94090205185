"""What a graph does beside its layers: constants are computed once, and what leaves numbers as they are is left out."""

import math
from collections.abc import Callable, Mapping, Set
from typing import Any

import numpy as np

from glassnet.errors import InvalidInput
from glassnet.exports.onnx.schema import DataType
from glassnet.formulas.elementary import Array
from glassnet.importing.onnx.graph import TYPES, Graph, Node
from glassnet.importing.onnx.operators import ENTRYWISE

FLOATS = (DataType.FLOAT, DataType.DOUBLE)  # one network has one of them, so what converts between them does nothing
WHOLE = ("Greater", "Less", "GreaterOrEqual", "LessOrEqual", "Equal", "Not", "And", "Or")  # gives truth values


def folded(graph: Graph) -> Graph:
    """The graph without nodes that depend on constants alone, which become constants, and without copies."""
    constants, left = dict(graph.constants), []
    same: dict[str, str] = {}
    whole = {graph.source} if graph.element not in FLOATS else set()
    for given in graph.nodes:
        node = given._replace(inputs=tuple(same.get(name, name) for name in given.inputs))
        if node.op in WHOLE or (node.op == "Cast" and node.settings.get("to") not in FLOATS):
            whole |= {*node.outputs}
        if _is_copy(node, whole) and node.inputs[0] not in constants:
            same[node.outputs[0]] = node.inputs[0]
            continue
        if all(name in constants for name in filter(None, node.inputs)):
            constants[node.outputs[0]] = _value(node, [constants[name] for name in node.inputs if name], graph)
        else:
            left.append(node)
    return graph._replace(nodes=tuple(left), constants=constants, result=same.get(graph.result, graph.result))


def _is_copy(node: Node, whole: Set[str]) -> bool:
    """Whether a node gives its numbers as they are."""
    to_float = node.op == "Cast" and node.settings.get("to") in FLOATS
    return bool(node.inputs) and (node.op == "Identity" or (to_float and node.inputs[0] not in whole))


def _value(node: Node, given: list[Array], graph: Graph) -> Array:
    operator = OPERATORS.get(node.op)
    if operator is None:
        raise InvalidInput(f"{node} computes a constant in a way that is not supported")
    shape = np.broadcast_shapes(*(each.shape for each in given)) if node.op in ENTRYWISE else ()
    size = max([int(np.prod(shape, dtype=object)), *(each.size for each in given)], default=0)
    if node.op == "ConstantOfShape":
        size = math.prod(map(int, given[0].ravel()))
    graph.allowance.spend(8 * size)
    try:
        with np.errstate(all="ignore"):
            found = np.asarray(operator(*given, **node.settings))
    except Exception as error:
        raise InvalidInput(f"{node} cannot be computed from its constants") from error
    kinds = [each.dtype for each in given if each.dtype.kind == "f"]
    return found.astype(kinds[0]) if kinds and found.dtype.kind == "f" and node.op != "Cast" else found


def _constant(**settings: Any) -> Array:
    (value,) = settings.values()
    return np.asarray(value, np.float32 if isinstance(value, float) else None)


def _cast(x: Array, to: int = 1, **_: Any) -> Array:
    return x.astype(TYPES[to])  # type: ignore[index]


def _transpose(x: Array, perm: Any = None) -> Array:
    return np.transpose(x, perm)


def _reshape(x: Array, to: Array, allowzero: int = 0) -> Array:
    return x.reshape([x.shape[k] if size == 0 else int(size) for k, size in enumerate(to)])


def _unsqueeze(x: Array, given: Any = None, *, axes: Any = None) -> Array:
    return np.expand_dims(x, tuple(int(a) for a in np.atleast_1d(axes if given is None else given)))


def _squeeze(x: Array, given: Any = None, *, axes: Any = None) -> Array:
    axes = axes if given is None else given
    return np.squeeze(x, None if axes is None else tuple(int(a) for a in np.atleast_1d(axes)))


def _constant_of_shape(shape: Array, value: Any = 0.0) -> Array:
    return np.full([int(size) for size in shape], np.asarray(value, np.float32).reshape(-1)[0])


def _slice(x: Array, starts: Array, ends: Array, axes: Any = None, steps: Any = None) -> Array:
    chosen = [slice(None)] * x.ndim
    steps = np.ones(len(starts), int) if steps is None else steps
    for axis, start, end, step in zip(range(x.ndim) if axes is None else axes, starts, ends, steps, strict=False):
        chosen[int(axis)] = slice(int(start), None if step < 0 and end < -x.shape[axis] else int(end), int(step))
    return x[tuple(chosen)]


OPERATORS: Mapping[str, Callable[..., Any]] = {
    **ENTRYWISE,
    "Constant": _constant,
    "Cast": _cast,
    "Transpose": _transpose,
    "Reshape": _reshape,
    "Unsqueeze": _unsqueeze,
    "Squeeze": _squeeze,
    "Shape": lambda x: np.array(x.shape),
    "ConstantOfShape": _constant_of_shape,
    "Concat": lambda *parts, axis: np.concatenate(parts, axis),
    "Slice": _slice,
    "Mod": lambda x, y, fmod=0: np.mod(x, y),
}
