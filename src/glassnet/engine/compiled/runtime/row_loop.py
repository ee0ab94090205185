"""The loop that predicts a few rows, one by one, with the least that there is to do around the kernels."""

from numba import njit

from glassnet.engine.compiled.runtime import slots as at
from glassnet.engine.compiled.runtime.pointers import pointer_i8
from glassnet.engine.compiled.runtime.rows import copy
from glassnet.engine.compiled.runtime.running import run


@njit(fastmath={"reassoc", "contract"}, error_model="numpy")
def finite(x):  # type: ignore[no-untyped-def]
    """Whether all numbers are finite: 0 times any other is NaN."""
    zero = x.dtype.type(0)
    total = zero
    for value in x.reshape(x.size):
        total += value * zero
    return total == zero


@njit(nogil=True, error_model="numpy")
def predict_rows(table, x, out):  # type: ignore[no-untyped-def]
    """Write the outputs for the rows of x, one or more; False where one of them is not finite.

    Where x is not, nothing is done.
    """
    if not finite(x):
        return False
    t = pointer_i8(table)
    words = 2 if t[at.WIDE] else 1
    n_inputs, n_outputs = words * pointer_i8(t[at.WIDTHS])[0], words * t[at.OUT_WIDTH]
    source, target = pointer_i8(t[at.TARGETS])[0], pointer_i8(t[at.OUT_SOURCES])[0]
    for row in range(words * x.size // n_inputs):
        copy(x.ctypes.data + 4 * n_inputs * row, source, n_inputs)
        run(t, at.GRADIENT, at.ZERO, at.ZERO, t[at.N_KERNELS], at.ONE, at.ALL_STEPS, at.ONE, row)
        copy(target, out.ctypes.data + 4 * n_outputs * row, n_outputs)
    return finite(out)
