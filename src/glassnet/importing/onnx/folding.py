"""Constants that a graph computes from constants, such as transposed weights: computed once, before it is read."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from glassnet.errors import InvalidInput
from glassnet.formulas.elementary import Array
from glassnet.importing.onnx.graph import TYPES, Graph, Node
from glassnet.importing.onnx.operators import ENTRYWISE


def folded(graph: Graph) -> Graph:
    """The graph without nodes that depend on constants alone: these become constants."""
    constants, left = dict(graph.constants), []
    for node in graph.nodes:
        if all(name in constants for name in filter(None, node.inputs)):
            constants[node.outputs[0]] = _value(node, [constants[name] for name in node.inputs if name], graph)
        else:
            left.append(node)
    return graph._replace(nodes=tuple(left), constants=constants)


def _value(node: Node, given: list[Array], graph: Graph) -> Array:
    operator = OPERATORS.get(node.op)
    if operator is None:
        raise InvalidInput(f"{node} computes a constant in a way that is not read")
    shape = np.broadcast_shapes(*(each.shape for each in given)) if node.op in ENTRYWISE else ()
    size = max([int(np.prod(shape, dtype=object)), *(each.size for each in given)], default=0)
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


OPERATORS: Mapping[str, Callable[..., Any]] = {
    **ENTRYWISE,
    "Constant": _constant,
    "Cast": _cast,
    "Transpose": _transpose,
    "Reshape": _reshape,
    "Unsqueeze": _unsqueeze,
    "Squeeze": _squeeze,
}
