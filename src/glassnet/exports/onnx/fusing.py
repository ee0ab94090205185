"""Groups of nodes that one operator computes, found by what the formula of an activation becomes: one pass, not five.

The formula is printed as for any network, and looked for among the nodes; so it is not written here again.
"""

from collections.abc import Mapping
from functools import cache, partial

import numpy as np

from glassnet.exports.onnx.formulas import Operators, source_of
from glassnet.exports.onnx.protobuf import Message
from glassnet.exports.onnx.writer import GraphWriter
from glassnet.exports.resolving import resolved
from glassnet.formulas.activations import Activation
from glassnet.formulas.syntax.expressions import VECTOR, Variable
from glassnet.formulas.syntax.reader import read

OPERATORS = {
    "float32": {"sigmoid": "Sigmoid", "softmax": "Softmax", "softplus": "Softplus"},
    "float64": {"sigmoid": "Sigmoid", "softmax": "Softmax"},
}
REWRITTEN: dict[str, tuple[str, ...]] = {
    "float32": ("gelu",),
    "float64": (),
}  # as nodes that onnxruntime makes one operator of
INPUT = "z"


@cache
def pattern(name: str, dtype: str) -> tuple[GraphWriter, str]:
    """(the nodes, the result) of an activation of `INPUT`."""
    z = Variable(VECTOR, INPUT)
    steps = resolved(read(Activation.of(name).value, {INPUT: z}), {}, float, np.dtype(dtype), z)
    graph = GraphWriter((INPUT,))
    return graph, Operators(graph, dtype, {INPUT: INPUT}).all(steps)


def fuse(graph: GraphWriter, dtype: str) -> None:
    """Put one operator in the place of the last node of each group; what led to it alone is read by nobody then."""
    for name, op in OPERATORS[dtype].items():
        for node, z in groups(graph, name, dtype):
            node.pop("attribute", None)
            node |= {"op_type": op, "input": [z]}
    for name in REWRITTEN[dtype]:
        (parameter,), steps = source_of(name, dtype)
        for node, z in groups(graph, name, dtype):
            graph.replace(node, partial(Operators(graph, dtype, {parameter: z}).all, steps))


def groups(graph: GraphWriter, name: str, dtype: str) -> list[tuple[Message, str]]:
    """(the last node, the array of the input) of each group that computes an activation."""
    looked_for, result = pattern(name, dtype)
    parts, made = ({each["output"][0]: each for each in nodes} for nodes in (looked_for.nodes, graph.nodes))
    found: list[tuple[Message, str]] = []
    for node in graph.nodes:
        names: dict[str, str] = {}
        if alike(result, node["output"][0], (parts, looked_for.constants), (made, graph.constants), names):
            found.append((node, names[INPUT]))
    return found


Nodes = tuple[Mapping[str, Message], Mapping[str, Message]]  # nodes and constants by the names of their results


def alike(wanted: str, name: str, pattern: Nodes, nodes: Nodes, found: dict[str, str]) -> bool:
    """Whether an array is made as in a pattern; `found` is which array stands for each that the pattern names."""
    if wanted in found:
        return found[wanted] == name
    if wanted in pattern[1]:
        same = name in nodes[1] and value(pattern[1][wanted]) == value(nodes[1][name])
    elif wanted in pattern[0]:
        one, other = pattern[0][wanted], nodes[0].get(name)
        same = (
            other is not None
            and (one["op_type"], one.get("attribute")) == (other["op_type"], other.get("attribute"))
            and len(one["input"]) == len(other["input"])
            and all(alike(a, b, pattern, nodes, found) for a, b in zip(one["input"], other["input"], strict=True))
        )
    else:
        same = wanted == INPUT
    if same:
        found[wanted] = name
    return same


def value(constant: Message) -> tuple[object, ...]:
    """The numbers of a constant, and their type."""
    return constant["data_type"], tuple(constant["dims"]), constant.get("raw_data")
