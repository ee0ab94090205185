"""What layers are read from: constants of a graph, as weights or as a number per unit, counted as they are read."""

from typing import Any

import numpy as np

from glassnet.errors import InvalidInput, brief
from glassnet.formulas.elementary import Array
from glassnet.importing.onnx.graph import Graph, Node
from glassnet.importing.pieces import Affine, Piece
from glassnet.layers.layer import Shape

Pieces = list[Piece | Affine]


class Context:
    """A graph whose constants are read."""

    def __init__(self, graph: Graph):
        self.graph, self.constants = graph, graph.constants

    def first_shape(self) -> Shape:
        """The shape of a sample: as the file says, or as the first weights do."""
        said = self.graph.input_shape
        if said is not None and len(said) > 1 and None not in said[1:]:
            return tuple(int(size or 0) for size in said[1:])
        for node in self.graph.nodes if said is None or len(said) == 2 else ():
            if node.op in ("Gemm", "MatMul") and (W := self.weights(node)) is not None:
                return (len(W),)
            widths = {self.constants[name].shape[-1:] for name in node.inputs if name in self.constants}
            if widths := widths - {(), (1,)}:
                return (int(max(widths)[0]),)
        raise InvalidInput(f"it does not say how many features its input {brief(self.graph.source)} has")

    def constant(self, name: str) -> Array:
        """A constant, which counts each time it is read: what is used often takes memory each time."""
        found = self.constants[name]
        self.graph.allowance.spend(found.nbytes)
        return found

    def weights(self, node: Node) -> Array | None:
        """W of Gemm or MatMul, (inputs, units)."""
        name = node.inputs[1] if len(node.inputs) > 1 else ""
        if name not in self.constants or node.inputs[0] in self.constants or node.settings.get("transA", 0):
            return None
        W = self.constant(name)
        if W.ndim == 2 and W.dtype.kind != "f":
            raise InvalidInput(f"the weights of {node} are {W.dtype}, but a network has floating-point numbers")
        if W.ndim != 2:
            return None
        W = W.T if node.settings.get("transB", 0) else W
        return W if (factor := node.settings.get("alpha", 1.0)) == 1.0 else W * factor

    def row(self, name: str, width: int) -> Array | None:
        """A constant with a number per unit, as one row; None for another shape."""
        if name not in self.constants:
            return None
        c = self.constant(name)
        if c.size != 1 and (c.shape[-1] != width or c.size != width):
            return None
        self.graph.allowance.spend(8 * width)
        return np.broadcast_to(c.reshape(-1).astype(np.float64), width)


def number(value: Any) -> float:
    """A setting in single precision, as it was written."""
    return float(str(np.float32(value)))
