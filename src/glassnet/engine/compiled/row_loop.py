"""The loop that predicts a few rows with the least that there is to do around the kernels.

`table` is one array of whole numbers, as each argument of a call from Python takes a tenth of a microsecond: a head
(see the names below), then for each kernel what `pointers.call` takes, with a number of rows that overrules the call's.
"""

from numba import carray, njit  # type: ignore[attr-defined]

from glassnet.engine.compiled.pointers import call, pointer_i4

KERNELS, ROWS, FEATURES, X, A, X_WORDS, A_WORDS, HEAD = range(8)  # the head of a table; X and A are addresses
ADDRESS, ARRAYS, FIXED, INTS, SETTINGS, LIVE, WIDTH = range(7)  # of a kernel


@njit(error_model="numpy", nogil=True)
def copy(source, target, n):  # type: ignore[no-untyped-def]
    """Copy n words of four bytes."""
    s, t = carray(pointer_i4(source), n), carray(pointer_i4(target), n)
    for i in range(n):
        t[i] = s[i]


@njit(error_model="numpy", nogil=True, fastmath={"reassoc", "contract"})
def finite(x):  # type: ignore[no-untyped-def]
    """Whether all numbers are finite: 0 times any other is NaN."""
    zero = x.dtype.type(0)
    total = zero
    for value in x.reshape(x.size):
        total += value * zero
    return total == zero


@njit(error_model="numpy", nogil=True)
def predict_rows(table, x, out):  # type: ignore[no-untyped-def]
    """Write the outputs for the rows of x, one or more; False where x holds what is not finite, and nothing is done."""
    if not finite(x):
        return False
    rows, source, target = x.size // table[FEATURES], x.ctypes.data, out.ctypes.data
    for first in range(0, rows, table[ROWS]):
        n = min(table[ROWS], rows - first)
        copy(source + 4 * table[X_WORDS] * first, table[X], table[X_WORDS] * n)
        for k in range(table[KERNELS]):
            row = table[HEAD + WIDTH * k : HEAD + WIDTH * (k + 1)]
            call(row[ADDRESS], row[ARRAYS], row[FIXED] or n, row[INTS], row[SETTINGS], row[LIVE])
        copy(table[A], target + 4 * table[A_WORDS] * first, table[A_WORDS] * n)
    return True
