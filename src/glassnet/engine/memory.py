"""Vectors that begin on a cache line of the processor, so that no register is loaded from two lines."""

import numpy as np

from glassnet.formulas.elementary import Array

LINE = 64  # bytes


def aligned(size: int, dtype: np.dtype) -> Array:
    """A vector of zeros."""
    memory = np.zeros(size + LINE // dtype.itemsize, dtype)
    start = -memory.ctypes.data % LINE // dtype.itemsize
    return memory[start : start + size]
