"""Layers that are one operator of ONNX each."""

import math
from collections.abc import Callable, Mapping

import numpy as np

from glassnet.errors import InvalidInput
from glassnet.importing.onnx.context import Context, Pieces, number
from glassnet.importing.onnx.graph import Node
from glassnet.importing.onnx.windows import WINDOWS, prelu_of_channels
from glassnet.importing.pieces import Affine, Piece, dense, newest_share
from glassnet.layers.activation import Activation
from glassnet.layers.dropout import Dropout
from glassnet.layers.flatten import Flatten, Reshape
from glassnet.layers.layer import Shape
from glassnet.layers.normalization import BatchNorm, LayerNorm


def product(context: Context, node: Node, shape: Shape) -> Pieces | None:
    """X W, and of Gemm α X W + β C."""
    if (W := context.weights(node)) is None:
        return None
    if shape != (len(W),):
        raise InvalidInput(f"{node} takes {len(W)} numbers a row, but rows of shape {shape} come in")
    if len(node.inputs) < 3 or not node.inputs[2]:
        return [dense(W)]
    if (b := context.row(node.inputs[2], W.shape[1])) is None:
        given = context.constants.get(node.inputs[2])
        if given is not None:
            raise InvalidInput(f"{node} has {W.shape[1]} units, but adds an array of shape {given.shape}")
        return None
    return [dense(W, b * node.settings.get("beta", 1.0))]


def batch_norm(context: Context, node: Node, shape: Shape) -> Pieces | None:
    """BatchNormalization, as in prediction."""
    names = ("gamma", "beta", "running_mean", "running_variance")
    rows = {name: context.row(given, shape[-1]) for name, given in zip(names, node.inputs[1:5], strict=False)}
    if (len(shape) != 1 and not context.first) or len(rows) < 4 or any(row is None for row in rows.values()):
        return None
    norm = BatchNorm(newest_share(node.settings.get("momentum", 0.9)), number(node.settings.get("epsilon", 1e-5)))
    return [Piece(norm, {name: row for name, row in rows.items() if row is not None})]


def layer_norm(context: Context, node: Node, shape: Shape) -> Pieces | None:
    """LayerNormalization over the last axis."""
    if len(shape) != 1 or node.settings.get("axis", -1) not in (-1, 1) or len(node.inputs) < 2:
        return None
    gamma = context.row(node.inputs[1], shape[0])
    beta = context.row(node.inputs[2], shape[0]) if len(node.inputs) > 2 and node.inputs[2] else np.zeros(shape)
    if gamma is None or beta is None:
        return None
    norm = LayerNorm(number(node.settings.get("epsilon", 1e-5)))
    return [Piece(norm, {"gamma": gamma, "beta": beta})]


def dropout(context: Context, node: Node, shape: Shape) -> Pieces | None:
    """Dropout, whose rate is a setting or an input."""
    rate = node.settings.get("ratio", 0.5)
    if len(node.inputs) > 1 and node.inputs[1]:
        if (row := context.row(node.inputs[1], 1)) is None:
            return None
        rate = float(row[0])
    return [Piece(Dropout(number(rate)))]


def flatten(context: Context, node: Node, shape: Shape) -> Pieces | None:
    """Flatten, or a Reshape to rows; of rows, one to pictures of one channel."""
    if node.op == "Reshape":
        to = context.constants.get(node.inputs[1]) if len(node.inputs) > 1 else None
        if to is not None and to.ndim == 1 and len(to) > 2 and len(shape) == 1:
            return pictures(context, node, shape, [int(size) for size in to[1:]])
        if to is None or to.shape != (2,) or int(to[1]) not in (-1, math.prod(shape)):
            return None
    elif node.settings.get("axis", 1) != 1:
        return None
    context.flattened(shape)
    return [] if len(shape) == 1 else [Piece(Flatten())]


def pictures(context: Context, node: Node, shape: Shape, to: list[int]) -> Pieces | None:
    """Rows as pictures or series, of one channel where channels come first."""
    if context.order is not None:
        return None
    if to[0] == 1 and not context.graph_turns(node):
        context.first = True
        return [Piece(Reshape((*to[1:], 1)))]
    return [Piece(Reshape(tuple(to)))] if context.graph_turns(node) else None


def softmax(context: Context, node: Node, shape: Shape) -> Pieces | None:
    """Softmax over the last axis."""
    default = 1 if context.graph.opset < 13 else -1
    if len(shape) > 1 and (context.graph.opset < 13 or not context.first):
        return None  # over all positions, or over one axis of them
    if node.settings.get("axis", default) % (len(shape) + 1) != 1:
        return None
    return [Piece(Activation("softmax"))]


def prelu(context: Context, node: Node, shape: Shape) -> Pieces | None:
    """PRelu, with a slope per unit, or for each channel of pictures."""
    if len(shape) > 1:
        return prelu_of_channels(context, node, shape)
    if len(shape) != 1 or len(node.inputs) != 2 or (alpha := context.row(node.inputs[1], shape[0])) is None:
        return None
    return [Piece(Activation("prelu"), {"alpha": alpha})]


def scaler(context: Context, node: Node, shape: Shape) -> Pieces | None:
    """Scaler of ai.onnx.ml: (X − offset) ⊙ scale."""
    if len(shape) != 1:
        return None
    context.graph.allowance.spend(16 * shape[0])
    given = [np.asarray(node.settings.get(name, ()), np.float64) for name in ("offset", "scale")]
    if any(numbers.shape not in ((1,), shape) for numbers in given):
        return None
    m, s = (np.broadcast_to(numbers, shape) for numbers in given)
    return [Affine(m, s, np.zeros(shape))]


SINGLE: Mapping[str, Callable[[Context, Node, Shape], Pieces | None]] = {
    "Gemm": product, "MatMul": product, "BatchNormalization": batch_norm, "LayerNormalization": layer_norm,
    "Dropout": dropout, "Flatten": flatten, "Reshape": flatten, "Softmax": softmax, "PRelu": prelu,
    "ai.onnx.ml.Scaler": scaler, **WINDOWS,
}  # fmt: skip
