"""How many numbers the result of a call will have, known before it is computed."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from glassnet.engine.machine.memory_size import memory_there, readable_bytes
from glassnet.errors import OutOfMemory
from glassnet.taping.refusals import name_of

NUMBER = 8  # bytes
SMALL = 1 << 24  # numbers, for which there always is room


def size_of_result(function: Callable[..., Any], args: Sequence[Any]) -> int:
    """At most how many numbers a call gives; for functions that keep, join or reduce entries as many as go in.

    0 where the shapes do not fit, which the function itself then says.
    """
    shapes = shapes_of(args)
    if len(shapes) == 2 and function in (np.outer, np.multiply.outer):
        return math.prod(shapes[0]) * math.prod(shapes[1])
    if len(shapes) == 2 and function in (np.matmul, np.dot):
        left, right = shapes
        columns = right[-1] if len(right) > 1 else 1
        return math.prod(broadcast(left[:-2], right[:-2])) * math.prod(left[-2:-1]) * columns
    if isinstance(function, np.ufunc) or function is np.where:
        return math.prod(broadcast(*shapes))
    return sum(math.prod(shape) for shape in shapes)


def shapes_of(args: Sequence[Any]) -> list[tuple[int, ...]]:
    """Those of the arrays among arguments; types have a `shape` too."""
    return [each.shape for each in args if isinstance(getattr(each, "shape", None), tuple)]


def broadcast(*shapes: tuple[int, ...]) -> tuple[int, ...]:
    """The shape that arrays are broadcast to; (0,) where they cannot be."""
    try:
        return np.broadcast_shapes(*shapes)
    except ValueError:
        return (0,)


def check_memory(function: Callable[..., Any], args: Sequence[Any]) -> None:
    """Refuse a call whose result would take more memory than there is."""
    size = size_of_result(function, args)
    if size > SMALL and size * NUMBER > (there := memory_there()):
        shapes = " and ".join(map(str, shapes_of(args)))
        raise OutOfMemory(
            f"{name_of(function)} of shapes {shapes} would have {size:,} numbers ({readable_bytes(size * NUMBER)} where"
            f" there are {readable_bytes(there)}): use shorter arrays, or sum up before arrays are combined."
        )
