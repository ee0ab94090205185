"""From the blocks of a graph to layers: each operator, or group of them, as the layer that computes the same."""

from collections.abc import Callable, Sequence

from glassnet.errors import InvalidInput, brief
from glassnet.formulas.elementary import Array
from glassnet.importing.onnx import groups
from glassnet.importing.onnx.blocks import Block, blocks
from glassnet.importing.onnx.context import Context, Pieces
from glassnet.importing.onnx.graph import Graph, Node, leading_to
from glassnet.importing.onnx.single import SINGLE
from glassnet.importing.pieces import Affine, Piece, joined, nested
from glassnet.layers.activation import Activation
from glassnet.layers.chain import Chain
from glassnet.layers.columns import Columns
from glassnet.layers.convolution.pooling import AveragePool, GlobalAveragePool, MaxPool
from glassnet.layers.dropout import Dropout
from glassnet.layers.flatten import Flatten, Reshape
from glassnet.layers.layer import MOST_NESTED, Layer, Shape
from glassnet.layers.residual import Residual

SUPPORTED = (
    "Gemm, MatMul, Conv, MaxPool, AveragePool, GlobalAveragePool, Pad, Add, Sub, Mul, Div, activations, Softmax, "
    "BatchNormalization, LayerNormalization, Dropout, Flatten, Reshape, Gather of a table or of columns, and residual "
    "connections"
)


def layers_of(graph: Graph) -> tuple[list[Piece], Shape]:
    """The layers that a graph consists of, and the shape of a sample; InvalidInput for what is not a layer."""
    context = Context(graph)
    shape = context.first_shape()
    return joined(through(context, graph.nodes, graph.source, graph.result, shape, 0)), shape


def through(context: Context, nodes: Sequence[Node], source: str, result: str, shape: Shape, depth: int) -> Pieces:
    """The layers of all blocks from one array to another."""
    if depth > MOST_NESTED:
        raise InvalidInput(f"its layers are nested more than {MOST_NESTED} deep")
    left = list(blocks(nodes, source, result, context.constants))
    found: Pieces = []
    at = 0
    while at < len(left):
        pieces, n = _next(context, left, at, shape, depth)
        for piece in pieces:
            found.append(context.ordered(piece))
            shape = piece.layer.output_shape(shape) if isinstance(piece, Piece) else shape
            context.not_below_zero = stays_above(piece, context.not_below_zero)
        at += n
    if context.order is not None:
        raise InvalidInput(
            "it ends in pictures that were flattened with their channels first, which come in another order here: "
            "expected a dense layer behind Flatten"
        )
    return found


def _next(context: Context, all_blocks: list[Block], at: int, shape: Shape, depth: int) -> tuple[Pieces, int]:
    """The pieces that the blocks from here on begin with."""
    block = all_blocks[at]
    single = SINGLE.get(block.nodes[0].op) if len(block.nodes) == 1 else None
    if single is not None and (pieces := single(context, block.nodes[0], shape)) is not None:
        return pieces, 1
    ways: tuple[Callable[[], groups.Found], ...] = (
        lambda: groups.activation(context, all_blocks, at),
        lambda: groups.affine(context, block, shape),
        lambda: groups.learned(context, block, shape),
        lambda: groups.rows(context, all_blocks, at, shape),
        lambda: groups.two_classes(context, block, shape),
        lambda: groups.table(context, all_blocks, at, shape),
        lambda: _residual(context, block, shape, depth),
        lambda: _columns(context, block, shape, depth),
    )
    for way in ways:
        if (found := way()) is not None:
            return found
    last = block.nodes[-1]
    if last.op in SINGLE:
        raise InvalidInput(f"{last} is not part of a supported layer with these inputs and settings{settings_of(last)}")
    raise InvalidInput(f"{last} is not part of a supported layer; these are {SUPPORTED}")


NOT_BELOW = ("relu", "sigmoid", "hard_sigmoid", "softplus", "softmax", "exponential")
KEEP = (MaxPool, AveragePool, GlobalAveragePool, Dropout, Flatten, Reshape)  # numbers that are at least 0 so


def stays_above(piece: Piece | Affine, before: bool) -> bool:
    """Whether a layer gives numbers of at least 0."""
    if isinstance(piece, Affine):
        return False
    f = piece.layer.output_activation
    return f.name in NOT_BELOW if f is not None else before and isinstance(piece.layer, KEEP)


def settings_of(node: Node) -> str:
    """The settings of an operator, behind a comma."""
    shown = ", ".join(f"{name}={brief(value)}" for name, value in [*node.settings.items()][:4])
    return f", {shown}" if shown else ""


def _residual(context: Context, block: Block, shape: Shape, depth: int) -> groups.Found:
    """X + G(X)."""
    last = block.nodes[-1]
    if last.op != "Add" or len(last.inputs) != 2 or block.source not in last.inputs or len(block.nodes) < 2:
        return None
    other = last.inputs[last.inputs[0] == block.source]
    if context.order is not None:
        raise InvalidInput(f"{last} adds to pictures that were flattened: expected a dense layer behind Flatten")
    first, context.not_below_zero = context.first, False
    inside = joined(through(context, block.nodes[:-1], block.source, other, shape, depth + 1))
    if context.first != first:
        return None
    layer = Residual(*(piece.layer for piece in inside))
    return [Piece(layer, nested(inside))], 1


def _columns(context: Context, block: Block, shape: Shape, depth: int) -> groups.Found:
    """Some columns through one layer, others through another, and all results side by side."""
    last = block.nodes[-1]
    if last.op != "Concat" or last.settings.get("axis") not in (1, -1) or len(shape) != 1:
        return None
    if context.order is not None:
        raise InvalidInput(
            f"{last} joins columns of pictures that were flattened: expected a dense layer behind Flatten"
        )
    parts: list[tuple[list[int], Layer]] = []
    arrays: dict[str, Array] = {}
    for k, name in enumerate(last.inputs):
        first, *nodes = leading_to(name, block.nodes[:-1]) or [last]
        numbers = context.constants.get(first.inputs[-1])
        chosen = first.op == "Gather" and first.inputs[0] == block.source and first.settings.get("axis") == 1
        if not chosen or numbers is None or numbers.ndim != 1 or any(block.source in node.inputs for node in nodes):
            return None
        inside = joined(through(context, nodes, first.outputs[0], name, (len(numbers),), depth + 1))
        inside = inside or [Piece(Activation("linear"))]
        layer = inside[0].layer if len(inside) == 1 else Chain(*(piece.layer for piece in inside))
        parts.append((numbers.astype(int).tolist(), layer))
        own = inside[0].arrays if len(inside) == 1 else nested(inside)
        arrays |= {f"{k}.{each}": array for each, array in own.items()}
    return [Piece(Columns(*parts), arrays)], 1
