"""Layers that are several operators: known by the values that these give, or by their order."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from glassnet.formulas.elementary import Array
from glassnet.importing.onnx.blocks import Block
from glassnet.importing.onnx.context import Context, Pieces
from glassnet.importing.onnx.graph import Node
from glassnet.importing.onnx.operators import ENTRYWISE, ROWWISE, computed, over_last_axis
from glassnet.importing.pieces import TWO_CLASSES, Affine, Piece, dense
from glassnet.importing.recognition import FEW, POINTS, activation_of, learned_activation_of, same, short
from glassnet.layers.activation import Activation
from glassnet.layers.embeddings.embedding import Embedding
from glassnet.layers.flatten import Flatten
from glassnet.layers.layer import Shape
from glassnet.layers.normalization import LayerNorm

LONGEST_RUN = 24  # blocks that an activation is made of
MOST_NODES = 400  # in such a run
ROWS = 8  # that functions of rows are compared at
Found = tuple[Pieces, int] | None  # pieces, and how many blocks they stand for


def affine(context: Context, block: Block, shape: Shape) -> Found:
    """A sum, difference, product or quotient with a constant."""
    node = block.nodes[0]
    if len(block.nodes) != 1 or len(shape) != 1:
        return None
    if node.op == "Neg":
        context.graph.allowance.spend(8 * shape[0])
        return [Affine(np.zeros(shape), np.full(shape, -1.0), np.zeros(shape))], 1
    if node.op not in ("Add", "Sub", "Mul", "Div") or len(node.inputs) != 2:
        return None
    if node.op == "Add" and node.inputs[0] == node.inputs[1]:
        context.graph.allowance.spend(8 * shape[0])
        return [Affine(np.zeros(shape), np.full(shape, 2.0), np.zeros(shape))], 1
    other = node.inputs[node.inputs[0] == block.source]
    if (c := context.row(other, shape[0])) is None:
        return None
    zero, one = np.zeros(shape), np.ones(shape)
    behind = node.inputs[0] == block.source
    maps = {"Add": Affine(zero, one, c), "Mul": Affine(zero, c, zero)}
    if behind:
        maps |= {"Sub": Affine(c, one, zero), "Div": Affine(zero, 1.0 / np.where(c == 0, np.nan, c), zero)}
    else:
        maps |= {"Sub": Affine(zero, -one, c)}
    return None if node.op not in maps else ([maps[node.op]], 1)


def _run(context: Context, all_blocks: list[Block], at: int, operators: Mapping[str, Any]) -> list[Block]:
    """The blocks from here on that are made of given operators and single numbers."""
    found: list[Block] = []
    n_nodes = 0
    for block in all_blocks[at : at + LONGEST_RUN]:
        n_nodes += len(block.nodes)
        if n_nodes > MOST_NODES or not all(node.op in operators for node in block.nodes):
            break
        if any(context.constants[name].size != 1 for name in _constants_of(context, block)):
            break
        found.append(block)
    return found


def _constants_of(context: Context, block: Block) -> list[str]:
    """The constants that a block reads, those aside that say over which axis."""
    return [
        name
        for node in block.nodes
        for name in (node.inputs[:1] if node.op in ROWWISE else node.inputs)
        if name in context.constants
    ]


def _values(context: Context, run: list[Block], given: Array, operators: Mapping[str, Any]) -> list[Array]:
    """What each block of a run makes of given numbers, as far as it can be computed."""
    values: dict[str, Any] = {run[0].source: given} if run else {}
    values |= {name: context.constants[name] for block in run for name in _constants_of(context, block)}
    found = []
    for block in run:
        values |= {name: None for node in block.nodes if node.op in ROWWISE for name in node.inputs[1:]}
        if (made := computed(block.nodes, values, operators)) is None:
            break
        found.append(made)
    return found


def activation(context: Context, all_blocks: list[Block], at: int) -> Found:
    """The longest run of blocks that is an activation."""
    run = _run(context, all_blocks, at, ENTRYWISE)
    made = _values(context, run, POINTS[:, np.newaxis], ENTRYWISE)
    for n in range(len(made), 0, -1):
        if (f := activation_of(made[n - 1])) is not None:
            return ([] if f.name == "linear" else [Piece(Activation(f))]), n
    return None


def learned(context: Context, block: Block, shape: Shape) -> Found:
    """An activation with a number per unit, of several operators."""
    if len(shape) != 1 or len(block.nodes) > MOST_NODES or not all(node.op in ENTRYWISE for node in block.nodes):
        return None
    context.graph.allowance.spend(8 * len(FEW) * shape[0] * len(block.nodes))
    values: dict[str, Any] = {block.source: np.repeat(FEW[:, np.newaxis], shape[0], axis=1)}
    for name in _constants_of(context, block):
        if (row := context.row(name, shape[0])) is None:
            return None
        values[name] = row
    made = computed(block.nodes, values, ENTRYWISE)
    if made is None or (found := learned_activation_of(made)) is None:
        return None
    return [Piece(Activation(found[0]), {"alpha": found[1]})], 1


def two_classes(context: Context, block: Block, shape: Shape) -> Found:
    """1 − P and P of one probability P, side by side: a linear layer, which `joined` makes a softmax of."""
    if shape != (1,) or len(block.nodes) > 3 or block.nodes[-1].op != "Concat":
        return None
    operators = {**ENTRYWISE, "Concat": lambda *parts, axis: np.concatenate(parts, axis)}
    given = {name: context.constants[name] for name in _constants_of(context, block)}
    p = np.linspace(0, 1, 11)[:, np.newaxis]
    made = computed(block.nodes, {block.source: p, **given}, operators)
    if made is None or not same(made, np.hstack([1 - p, p])):
        return None
    return [dense(*TWO_CLASSES)], 1


def rows(context: Context, all_blocks: list[Block], at: int, shape: Shape) -> Found:
    """A run of blocks that is softmax, or layer normalisation."""
    operators = {**ENTRYWISE, **ROWWISE}
    run = _run(context, all_blocks, at, operators)
    nodes = [node for block in run for node in block.nodes if node.op in ROWWISE]
    if len(shape) != 1 or not nodes or not all(over_last_axis(node, context.constants) for node in nodes):
        return None
    context.graph.allowance.spend(8 * ROWS * shape[0] * sum(1 + len(block.nodes) for block in run))
    X = np.random.default_rng(0).normal(size=(ROWS, shape[0])) * np.logspace(-1, 1, ROWS)[:, np.newaxis]
    made = _values(context, run, X, operators)
    for n in range(len(made), 0, -1):
        if (piece := _row_layer(context, made[n - 1], X, run[:n])) is not None:
            return [piece], n
    return None


def _row_layer(context: Context, made: Array, X: Array, run: list[Block]) -> Piece | None:
    """The layer that makes these rows of X."""
    softmax = Activation("softmax")
    if same(made, softmax.activation.value(X)):
        return Piece(softmax)
    centred = X - X.mean(1, keepdims=True)
    numbers = {float(context.constants[name].reshape(-1)[0]) for block in run for name in _constants_of(context, block)}
    for epsilon in sorted(number for number in numbers if 0 < number < 1):
        if same(made, centred / np.sqrt((centred**2).mean(1, keepdims=True) + epsilon)):
            ones = np.ones(X.shape[1])
            return Piece(LayerNorm(short(epsilon)), {"gamma": ones, "beta": np.zeros_like(ones)})
    return None


def table(context: Context, all_blocks: list[Block], at: int, shape: Shape) -> Found:
    """Rows of a table by code: Gather, behind what leaves codes as they are, and then a Reshape or Flatten."""
    near = all_blocks[at : at + 8]
    begun = next((k for k, block in enumerate(near) if block.nodes[0].op == "Gather"), None)
    if (
        begun is None
        or begun + 1 >= len(near)
        or len(shape) != 1
        or len(near[begun].nodes) + len(near[begun + 1].nodes) > 2
    ):
        return None
    node, behind = near[begun].nodes[0], near[begun + 1].nodes[0]
    W = context.constant(node.inputs[0]) if node.inputs[0] in context.constants else None
    if W is None or W.ndim != 2 or W.dtype.kind != "f" or node.settings.get("axis", 0) != 0:
        return None
    if not _keeps_codes(context, near[:begun], len(W)) or not _flatten_of_table(context, behind, shape[0] * W.shape[1]):
        return None
    return [Piece(Embedding(*W.shape), {"W": W}), Piece(Flatten())], begun + 2


def _keeps_codes(context: Context, before: list[Block], n_codes: int) -> bool:
    """Whether some blocks, such as a conversion, give the codes 0 … n − 1 as they are."""
    context.graph.allowance.spend(8 * n_codes * (1 + len(before)))
    codes = np.arange(n_codes, dtype=np.float64)[:, np.newaxis]
    if not before:
        return True
    run = _run(context, before, 0, ENTRYWISE)
    made = _values(context, run, codes, ENTRYWISE)
    return len(made) == len(before) and np.array_equal(made[-1], codes)


def _flatten_of_table(context: Context, node: Node, width: int) -> bool:
    """Whether a node makes rows of vectors side by side."""
    if node.op == "Reshape":
        to = context.constants.get(node.inputs[1]) if len(node.inputs) > 1 else None
        return to is not None and to.shape == (2,) and int(to[1]) in (-1, width)
    return node.op == "Flatten" and node.settings.get("axis", 1) == 1
