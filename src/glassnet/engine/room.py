"""Whether what the layers write for some rows finds room in memory, said before any of it is written."""

import math

import numpy as np

from glassnet.engine.layout import Layout, Node
from glassnet.engine.machine.memory_size import memory_there, readable_bytes
from glassnet.errors import OutOfMemory
from glassnet.layers.layer import Shape


def bytes_of_rows(layout: Layout, n_rows: int, dtype: np.dtype, training: bool) -> int:
    """What all layers write for so many rows, in training with the gradients."""
    return n_rows * layout.numbers_a_row * dtype.itemsize * (2 if training else 1)


def check_room(layout: Layout, n_rows: int, dtype: np.dtype, training: bool) -> None:
    """Refuse rows that take more memory than there is, and name the layer that takes most of it."""
    needed, there = bytes_of_rows(layout, n_rows, dtype, training), memory_there()
    if needed <= there:
        return
    node = max(layout.walk(), key=numbers_of)
    own, names, shape = numbers_of(node) * needed // layout.numbers_a_row, *largest_of(node)
    at_most = there // bytes_of_rows(layout, 1, dtype, training)
    rows = "1 row" if at_most == 1 else f"at most {at_most:,} rows"
    fewer = f", or {rows} {'a batch (batch_size)' if training else 'at a time'}"
    raise OutOfMemory(
        f"not enough memory for {n_rows:,} {'rows' if n_rows > 1 else 'row'} at a time: the layers need "
        f"{readable_bytes(needed)}, {readable_bytes(own)} of it {node.layer!r} for {names} of shape {shape}, and there "
        f"are {readable_bytes(there)}: use {node.layer.smaller}{fewer if at_most else ''}."
    )


def numbers_of(node: Node) -> int:
    """How many numbers a layer writes for a row."""
    return sum(math.prod(shape) for shape in node.layer.arrays(node.input_shape).values())


def largest_of(node: Node) -> tuple[str, Shape]:
    """(the names of the largest arrays of a layer, their shape for a row)."""
    arrays = node.layer.arrays(node.input_shape)
    largest = max(arrays.values(), key=math.prod)
    return " and ".join(name for name, shape in arrays.items() if shape == largest), largest
