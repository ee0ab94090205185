"""A graph cut where a single array passes: between two such places lies what one layer, or a part of it, computes."""

from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from glassnet.importing.onnx.graph import Node


class Block(NamedTuple):
    """The nodes that make one array (`result`) of one other (`source`)."""

    source: str
    nodes: tuple[Node, ...]
    result: str


def blocks(nodes: Sequence[Node], source: str, result: str, constants: Collection[str]) -> Iterator[Block]:
    """The blocks of a graph in their order.

    Every way from source to result passes through such a place, so the nodes before it in the file lie before it in the
    graph, and the others behind.
    """
    last = {name: k for k, node in enumerate(nodes) for name in node.inputs if name and name not in constants}
    last[result] = len(nodes)
    waiting, begun, since = {source}, source, 0
    for k, node in enumerate(nodes):
        waiting |= {name for name in node.outputs if name in last}
        waiting -= {name for name in node.inputs if last.get(name) == k}
        if len(waiting) == 1:
            (name,) = waiting
            yield Block(begun, tuple(nodes[since : k + 1]), name)
            begun, since = name, k + 1
