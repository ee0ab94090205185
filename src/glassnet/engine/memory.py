"""Vectors that begin on a cache line of the processor, so that no register is loaded from two lines."""

import numpy as np

from glassnet.errors import OutOfMemory
from glassnet.formulas.elementary import Array

LINE = 64  # bytes


def aligned(size: int, dtype: np.dtype) -> Array:
    """A vector of zeros; OutOfMemory where there is no room for it."""
    try:
        memory = np.zeros(size + LINE // dtype.itemsize, dtype)
    except (MemoryError, ValueError):  # the latter beyond what a machine can address
        raise OutOfMemory(
            f"memory does not suffice for {size:,} numbers ({size * dtype.itemsize / 2**30:,.1f} GiB): "
            "take fewer units, or a smaller batch_size."
        ) from None
    start = -memory.ctypes.data % LINE // dtype.itemsize
    return memory[start : start + size]
