"""Rows of turned arrays and of tables, picked by numbers: columns taken and put back, categories looked up.

A code that is out of range is taken for the nearest one, so that no memory but the table's is ever read.
"""

from collections.abc import Iterable

import numpy as np
from numba import carray, njit  # type: ignore[attr-defined]

from glassnet.engine.compiled.codegen.emit import NUMBERS, UNITS, WHOLE
from glassnet.engine.compiled.codegen.products import FUNCTIONS, KERNELS, Kernel
from glassnet.engine.compiled.runtime.register_blocks import moved
from glassnet.formulas.elementary import Array


@njit(error_model="numpy")
def take_rows(X, A, numbers, units, span):  # type: ignore[no-untyped-def]
    """Row i of A is row numbers[i] of X."""
    for i in range(units):
        source, target = carray(moved(X, numbers[i] * span), span), carray(moved(A, i * span), span)
        for r in range(span):
            target[r] = source[r]


@njit(error_model="numpy")
def put_rows(X, A, numbers, units, span):  # type: ignore[no-untyped-def]
    """Row numbers[i] of A is row i of X."""
    for i in range(units):
        source, target = carray(moved(X, i * span), span), carray(moved(A, numbers[i] * span), span)
        for r in range(span):
            target[r] = source[r]


@njit(error_model="numpy")
def row_of(code, categories):  # type: ignore[no-untyped-def]
    """The row of a table that a code names."""
    return int(min(max(code + 0.5, 0.5), categories - 0.5))  # in double precision, as the constants are


@njit(error_model="numpy")
def look_up(X, W, A, low, units, dimensions, categories, span):  # type: ignore[no-untyped-def]
    """A[j, r] = W[code, e] for unit j = column · dimensions + e."""
    for j in range(units):
        column, e = (low + j) // dimensions, (low + j) % dimensions
        codes, target = carray(moved(X, column * span), span), carray(moved(A, (low + j) * span), span)
        for r in range(span):
            target[r] = W[row_of(codes[r], categories) * dimensions + e]


@njit(error_model="numpy")
def add_to_rows(X, dA, dW, units, dimensions, categories, n_rows, span):  # type: ignore[no-untyped-def]
    """dW[code, e] = Σ dA[j, r] over the samples with the code."""
    for i in range(categories * dimensions):
        dW[i] = 0
    for j in range(units):
        column, e = j // dimensions, j % dimensions
        codes, source = carray(moved(X, column * span), span), carray(moved(dA, j * span), span)
        for r in range(n_rows):
            dW[row_of(codes[r], categories) * dimensions + e] += source[r]


def numbered(units: Iterable[int]) -> Array:
    """The numbers of units as kernels read them."""
    return np.array(list(units), np.int64)


TABLE = ["X", "W", "A"]

KERNELS |= {
    "take_rows": Kernel(
        {"X": WHOLE, "A": WHOLE, "numbers": NUMBERS},
        ["take_rows(X, moved(A, low * span), numbers, units, span)"],
        cut="outputs",
    ),
    "put_rows": Kernel(
        {"X": WHOLE, "A": WHOLE, "numbers": NUMBERS},
        ["put_rows(X, A, numbers, units, span)"],
        cut="whole",  # the rows that it writes are not those of its slice
    ),
    "look_up": Kernel(dict.fromkeys(TABLE, WHOLE), ["look_up(X, W, A, low, units, flag, inputs, span)"], cut="outputs"),
    "add_to_rows": Kernel(
        dict.fromkeys(["X", "dA", "dW"], WHOLE),
        ["add_to_rows(X, dA, dW, units, flag, inputs, n_rows, span)"],
        cut="whole",
        gradient=True,
    ),
    "zeros": Kernel({"A": UNITS}, ["A[:] = T(0)"]),
}
FUNCTIONS["codegen.gather"] = ["take_rows", "put_rows", "look_up", "add_to_rows"]
