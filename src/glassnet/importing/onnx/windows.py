"""Operators over pictures and series, whose channels come first in ONNX and last here."""

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from glassnet.errors import InvalidInput
from glassnet.importing.onnx.context import Context, Pieces, number
from glassnet.importing.onnx.graph import Node
from glassnet.importing.pieces import Piece
from glassnet.layers.activation import Activation
from glassnet.layers.convolution.convolution import Conv1D, Conv2D
from glassnet.layers.convolution.pad import Pad
from glassnet.layers.convolution.pooling import AveragePool, GlobalAveragePool, MaxPool
from glassnet.layers.convolution.sizes import AXES
from glassnet.layers.convolution.windows import same
from glassnet.layers.layer import Shape

LOWEST = -1e30  # what no window chooses, and no product makes infinite
Sizes = Sequence[int]


def positions(context: Context, node: Node, shape: Shape) -> Sizes:
    """How large the samples are that an operator of windows takes; refused for what are no pictures or series."""
    if len(shape) - 1 not in AXES or not context.first:
        raise InvalidInput(
            f"{node} takes pictures (channels, height, width) or series (channels, steps), but samples of shape "
            f"{shape} come in"
        )
    return shape[:-1]


def edges(node: Node, sizes: Sizes, kernel: Sizes, stride: Sizes, dilation: Sizes) -> tuple[Sizes, Sizes]:
    """What is added before and after each axis."""
    n, rule = len(sizes), node.settings.get("auto_pad", "NOTSET")
    if rule in ("SAME_UPPER", "SAME_LOWER"):
        before, after = same(tuple(sizes), tuple(kernel), tuple(stride), tuple(dilation))
        return (before, after) if rule == "SAME_UPPER" else (after, before)
    pads = [0] * 2 * n if rule == "VALID" else [int(size) for size in node.settings.get("pads", [0] * 2 * n)]
    if len(pads) != 2 * n or min(pads) < 0:
        raise InvalidInput(f"{node} has pads={pads}, which are not a number of at least 0 for each edge")
    return pads[:n], pads[n:]


def each(node: Node, name: str, n: int) -> tuple[int, ...]:
    """A setting with a number for each axis, 1 by default."""
    found = tuple(int(size) for size in node.settings.get(name, (1,) * n))
    if len(found) != n or min(found) < 1:
        raise InvalidInput(f"{node} has {name}={list(found)}: expected {n} numbers of at least 1")
    return found


def padded(before: Sizes, after: Sizes, value: float = 0.0) -> Pieces:
    """A layer that adds these edges, where there are any."""
    if not any((*before, *after)):
        return []
    return [Piece(Pad(tuple((int(b), int(a)) for b, a in zip(before, after, strict=True)), value))]


def convolution(context: Context, node: Node, shape: Shape) -> Pieces | None:
    """Conv: filters (filters, channels, *kernel), which come last here."""
    if len(node.inputs) < 2 or node.inputs[1] not in context.constants or node.inputs[0] in context.constants:
        return None
    sizes = positions(context, node, shape)
    W = context.constant(node.inputs[1])
    if W.ndim != len(shape) + 1 or W.dtype.kind != "f":
        raise InvalidInput(f"{node} has filters of shape {W.shape}, but samples of shape {shape} come in")
    kernel, groups = W.shape[2:], int(node.settings.get("group", 1))
    stride, dilation = (each(node, name, len(sizes)) for name in ("strides", "dilations"))
    before, after = edges(node, sizes, kernel, stride, dilation)
    arrays = {"W": np.moveaxis(W, (0, 1), (-1, -2))}
    if len(node.inputs) > 2 and node.inputs[2]:
        if (b := context.row(node.inputs[2], len(W))) is None:
            return None
        arrays["b"] = b
    whole = tuple(before) == tuple(after)
    inside = tuple(before) if whole and any(before) else "valid"
    layer = (Conv1D if len(sizes) == 1 else Conv2D)(
        len(W), kernel, stride=stride, padding=inside, dilation=dilation, groups=groups, bias="b" in arrays
    )
    return [*([] if whole else padded(before, after)), Piece(layer, arrays)]


def pooling(context: Context, node: Node, shape: Shape) -> Pieces | None:
    """MaxPool and AveragePool; edges, which these have not here, as a layer in front."""
    sizes = positions(context, node, shape)
    if len(node.outputs) > 1 and node.outputs[1]:
        return None
    kernel, stride, dilation = (each(node, name, len(sizes)) for name in ("kernel_shape", "strides", "dilations"))
    if any(d != 1 for d in dilation):
        raise InvalidInput(f"{node} has dilations={list(dilation)}: expected 1")
    before, after = edges(node, sizes, kernel, stride, dilation)
    ends = zip(sizes, before, after, kernel, stride, strict=True)
    if node.settings.get("ceil_mode", 0) and any((n + b + a - k) % s for n, b, a, k, s in ends):
        raise InvalidInput(f"{node} has ceil_mode=1, with windows that reach over the edge: not supported")
    if node.op == "MaxPool":
        return [*padded(before, after, 0.0 if context.not_below_zero else LOWEST), Piece(MaxPool(kernel, stride))]
    if any((*before, *after)) and not node.settings.get("count_include_pad", 0):
        raise InvalidInput(f"{node} leaves the edges out of its means (count_include_pad=0), which is not supported")
    return [*padded(before, after), Piece(AveragePool(kernel, stride))]


def global_average(context: Context, node: Node, shape: Shape) -> Pieces | None:
    """GlobalAveragePool, or a mean over all axes of positions."""
    if node.op == "ReduceMean":
        axes = node.settings.get("axes")
        if axes is None and len(node.inputs) > 1:
            axes = context.constants.get(node.inputs[1])
        if axes is None or len(shape) < 2 or not context.first:
            return None
        if sorted(int(a) % (len(shape) + 1) for a in np.atleast_1d(axes)) != [*range(2, len(shape) + 1)]:
            return None
    else:
        positions(context, node, shape)
    context.first = False
    return [Piece(GlobalAveragePool())]


def transpose(context: Context, node: Node, shape: Shape) -> Pieces | None:
    """Channels from the front to the end, or back: how the file has them, but not here."""
    n = len(shape)
    to_front, to_end = (0, n, *range(1, n)), (0, *range(2, n + 1), 1)
    perm = tuple(int(axis) for axis in node.settings.get("perm", ()))
    if n < 2 or perm != (to_end if context.first else to_front):
        return None
    context.first = not context.first
    return []


def pad(context: Context, node: Node, shape: Shape) -> Pieces | None:
    """Pad, with one value at the edges of positions."""
    if node.settings.get("mode", "constant") != "constant":
        raise InvalidInput(f"{node} has mode={node.settings['mode']!r}: expected constant edges")
    pads, value = node.settings.get("pads"), node.settings.get("value", 0.0)
    if pads is None and len(node.inputs) > 1:
        pads = context.constants.get(node.inputs[1])
    if len(node.inputs) > 2 and node.inputs[2]:
        if (row := context.row(node.inputs[2], 1)) is None:
            return None
        value = row[0]
    if pads is None or len(node.inputs) > 3 or len(pads) != 2 * (len(shape) + 1):
        return None
    positions(context, node, shape)
    before, after = ([int(size) for size in half] for half in np.split(np.asarray(pads), 2))
    if any((*before[:2], *after[:2])) or min(*before, *after) < 0:
        raise InvalidInput(f"{node} has pads={[*before, *after]}: expected edges of positions alone, of at least 0")
    return padded(before[2:], after[2:], number(value))


def squeeze(context: Context, node: Node, shape: Shape) -> Pieces | None:
    """Squeeze of the positions that a mean over all of them left."""
    return [] if len(shape) == 1 else None


def prelu_of_channels(context: Context, node: Node, shape: Shape) -> Pieces | None:
    """PRelu with a slope for each channel, or one for all."""
    if len(node.inputs) != 2 or node.inputs[1] not in context.constants or not context.first:
        return None
    alpha = context.constant(node.inputs[1])
    of_channels = (shape[-1], *(1 for _ in shape[:-1]))  # fewer axes are those of positions
    if alpha.size != 1 and (alpha.size != shape[-1] or alpha.shape[-len(shape) :] != of_channels):
        return None
    context.graph.allowance.spend(8 * math.prod(shape))
    return [Piece(Activation("prelu"), {"alpha": np.broadcast_to(alpha.reshape(-1).astype(np.float64), shape)})]


WINDOWS: Mapping[str, Callable[[Context, Node, Shape], Pieces | None]] = {
    "Conv": convolution, "MaxPool": pooling, "AveragePool": pooling, "GlobalAveragePool": global_average,
    "ReduceMean": global_average, "Transpose": transpose, "Pad": pad, "Squeeze": squeeze,
}  # fmt: skip
