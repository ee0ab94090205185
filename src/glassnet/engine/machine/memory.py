"""Memory for arrays, or one sentence; vectors begin on a cache line, so that no register is loaded from two lines."""

import math

import numpy as np

from glassnet.errors import OutOfMemory
from glassnet.formulas.elementary import Array

LINE = 64  # bytes


def aligned(size: int, dtype: np.dtype) -> Array:
    """A vector of zeros; OutOfMemory where there is no room for it."""
    try:
        memory = np.zeros(size + LINE // dtype.itemsize, dtype)
    except (MemoryError, ValueError):  # the latter beyond what a machine can address
        raise lacking(size, dtype, "use fewer units, or a smaller batch_size") from None
    start = -memory.ctypes.data % LINE // dtype.itemsize
    return memory[start : start + size]


def allocate(shape: tuple[int, ...], dtype: np.dtype) -> Array:
    """An array of rows with nothing in it yet; OutOfMemory where there is no room for it."""
    try:
        return np.empty(shape, dtype)
    except (MemoryError, ValueError):
        raise lacking(math.prod(shape), dtype, "use fewer rows at a time, or train on gn.Blocks") from None


def lacking(size: int, dtype: np.dtype, remedy: str) -> OutOfMemory:
    """What to raise where so many numbers find no room."""
    return OutOfMemory(f"not enough memory for {size:,} numbers ({size * dtype.itemsize / 2**30:,.1f} GiB): {remedy}.")
