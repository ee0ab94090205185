"""What layers are read from: constants of a graph, as weights or as a number per unit, counted as they are read."""

import math
from typing import Any

import numpy as np

from glassnet.errors import InvalidInput, brief
from glassnet.formulas.elementary import Array
from glassnet.importing.onnx.graph import Graph, Node
from glassnet.importing.pieces import Affine, Piece
from glassnet.layers.layer import Shape

Pieces = list[Piece | Affine]


# What takes channels in front of positions, and what takes them anywhere.
CHANNELS_FIRST = ("Conv", "MaxPool", "AveragePool", "GlobalAveragePool", "BatchNormalization", "Pad")
ANY_ORDER = ("Transpose", "Reshape", "Flatten", "Gemm", "MatMul", "Gather", "Softmax", "Squeeze")


class Context:
    """A graph whose constants are read, block by block.

    `first` says whether the file has the channels of pictures and series in front by now, `order` which of its numbers
    stands at each place here where they were flattened so, `not_below_zero` whether all numbers are at least 0.
    """

    def __init__(self, graph: Graph):
        self.graph, self.constants = graph, graph.constants
        self.first, self.not_below_zero = False, False
        self.order: Array | None = None

    def first_shape(self) -> Shape:
        """The shape of a sample, its channels last: as the file says, or as the first weights do."""
        said = self.graph.input_shape
        if said is not None and len(said) > 1 and None not in said[1:]:
            shape = tuple(int(size or 0) for size in said[1:])
            begins = next((node.op for node in self.graph.nodes if node.op in (*CHANNELS_FIRST, *ANY_ORDER)), "")
            self.first = len(shape) > 1 and begins in CHANNELS_FIRST
            return (*shape[1:], shape[0]) if self.first else shape
        for node in self.graph.nodes if said is None or len(said) == 2 else ():
            if node.op in ("Gemm", "MatMul") and (W := self.weights(node)) is not None:
                return (len(W),)
            widths = {self.constants[name].shape[-1:] for name in node.inputs if name in self.constants}
            if widths := widths - {(), (1,)}:
                return (int(max(widths)[0]),)
        raise InvalidInput(f"it does not say how many features its input {brief(self.graph.source)} has")

    def graph_turns(self, node: Node) -> bool:
        """Whether a Transpose reads what a node gives: then its channels were last."""
        return any(other.op == "Transpose" and other.inputs[0] == node.outputs[0] for other in self.graph.nodes)

    def flattened(self, shape: Shape) -> None:
        """Remember the order of numbers that were flattened with their channels in front."""
        same = 1 in (shape[-1], math.prod(shape[:-1]))  # one channel, or one position
        if self.first and len(shape) > 1 and not same:
            self.graph.allowance.spend(8 * math.prod(shape))
            there = np.arange(math.prod(shape)).reshape(shape[-1], *shape[:-1])
            self.order = np.moveaxis(there, 0, -1).ravel()
        self.first = False

    def ordered(self, piece: Piece | Affine) -> Piece | Affine:
        """A layer behind such numbers, with its weights in the order that they have here."""
        arrays = piece.arrays if isinstance(piece, Piece) else dict(zip("mst", piece, strict=True))
        if self.order is None or not arrays:
            return piece
        W, order = "W" in arrays, self.order
        own = {name: array[order] if name == "W" or not W else array for name, array in arrays.items()}
        self.order = None if W else order
        return Affine(**own) if isinstance(piece, Affine) else Piece(piece.layer, own)

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
