"""The inputs of the first block, for layers that are initialised from rows of the data."""

from typing import Any

import numpy as np

from glassnet.engine.layout import Layout
from glassnet.engine.machine.memory import allocate
from glassnet.formulas.elementary import Array
from glassnet.training.blocks.source import Arrays
from glassnet.training.inputs.checks import as_samples, cast_into, check_codes


def first_block(X: Array, rest: Arrays, size: int, layout: Layout) -> Array:
    """At most `size` rows of X and of the arrays that follow, whatever their sizes, checked and in the dtype of X."""
    if len(X) >= size:
        return X[:size]
    rows = allocate((size, *X.shape[1:]), X.dtype)
    rows[: (filled := len(X))] = X
    for number, (more, _, _) in rest:
        name = f"X of block {number}"
        given = as_samples(more, layout.input_shape, name)[: size - filled]
        place = rows[filled : filled + len(given)]
        check_codes(cast_into(given, place, name), layout.codes, name)
        if (filled := filled + len(given)) == size:
            break
    return rows[:filled]


def kept_by(layout: Layout, dtype: np.dtype, size: int) -> tuple[Any, ...]:
    """What the first block depends on beside the blocks themselves."""
    return "first block", dtype, size, layout.input_shape, tuple(layout.codes.items())
