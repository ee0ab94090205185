"""What is compiled without a formula: products of matrices, sums, copies, dropout, clipping; each over plain memory.

`KERNELS` holds for each its arrays with their shapes, the statements that use them, and the settings that they read.
`ints` are [width, flag, inputs].
"""

import numpy as np
from numba import njit

from glassnet.engine.compiled.emit import module
from glassnet.engine.compiled.kernels import Source

SMALL = 20_000  # multiply-adds; below, a plain loop beats the call of a BLAS
FAST = {"contract", "nsz", "arcp", "reassoc"}


@njit(fastmath=FAST, error_model="numpy")
def affine(X, W, Z, b, bias):  # type: ignore[no-untyped-def]
    """Z = X W + b."""
    n, k = X.shape
    m = W.shape[1]
    if n * k * m > SMALL:
        np.dot(X, W, Z)
        if bias:
            for i in range(n):
                for j in range(m):
                    Z[i, j] += b[j]
        return
    for i in range(n):
        for j in range(m):
            Z[i, j] = b[j] if bias else X.dtype.type(0)
        if m == 1:  # a product of two vectors
            for l in range(k):
                Z[i, 0] += X[i, l] * W[l, 0]
            continue
        for l in range(k):
            x = X[i, l]
            for j in range(m):
                Z[i, j] += x * W[l, j]


@njit(fastmath=FAST, error_model="numpy")
def weight_gradient(X, dZ, dW):  # type: ignore[no-untyped-def]
    """dW = Xᵀ dZ."""
    n, k = X.shape
    m = dZ.shape[1]
    if n * k * m > SMALL:
        np.dot(X.T, dZ, dW)
        return
    dW[:] = 0
    for i in range(n):
        if m == 1:
            d = dZ[i, 0]
            for l in range(k):
                dW[l, 0] += X[i, l] * d
            continue
        for l in range(k):
            x = X[i, l]
            for j in range(m):
                dW[l, j] += x * dZ[i, j]


@njit(fastmath=FAST, error_model="numpy")
def column_sums(dZ, db):  # type: ignore[no-untyped-def]
    """db = 1ᵀ dZ."""
    db[:] = 0
    for i in range(dZ.shape[0]):
        for j in range(dZ.shape[1]):
            db[j] += dZ[i, j]


@njit(fastmath=FAST, error_model="numpy")
def input_gradient(dZ, W, dX):  # type: ignore[no-untyped-def]
    """dX = dZ Wᵀ."""
    n, m = dZ.shape
    k = W.shape[0]
    if m > 1 and n * k * m > SMALL:
        np.dot(dZ, W.T, dX)
        return
    for i in range(n):
        for l in range(k):
            s = dZ.dtype.type(0)
            for j in range(m):
                s += dZ[i, j] * W[l, j]
            dX[i, l] = s


@njit(fastmath={"contract"}, error_model="numpy")
def clip_norm(g, max_norm):  # type: ignore[no-untyped-def]
    """g ← g min(1, max_norm / ‖g‖)."""
    largest = 0.0
    for i in range(g.size):
        largest = max(largest, abs(np.float64(g[i])))
    if largest == 0.0:
        return
    total = 0.0
    for i in range(g.size):
        total += (g[i] / largest) ** 2
    norm = largest * np.sqrt(total)
    if norm > max_norm:
        factor = g.dtype.type(max_norm / norm)
        for i in range(g.size):
            g[i] *= factor


ROWS, INPUTS, WEIGHTS, WIDE = "(n_rows, width)", "(n_rows, ints[2])", "(ints[2], width)", "width"
FLAT = "n_rows * width"
KERNELS: dict[str, tuple[dict[str, str], list[str], list[str]]] = {
    "affine": ({"X": INPUTS, "W": WEIGHTS, "Z": ROWS, "b": WIDE}, ["affine(X, W, Z, b, ints[1])"], []),
    "weight_gradient": ({"X": INPUTS, "dZ": ROWS, "dW": WEIGHTS}, ["weight_gradient(X, dZ, dW)"], []),
    "column_sums": ({"dZ": ROWS, "db": WIDE}, ["column_sums(dZ, db)"], []),
    "input_gradient": ({"dZ": ROWS, "W": WEIGHTS, "dX": INPUTS}, ["input_gradient(dZ, W, dX)"], []),
    "copy": ({"X": FLAT, "A": FLAT}, ["for i in range(n_rows * width):", "    A[i] = X[i]"], []),
    "add": ({"X": FLAT, "G": FLAT, "A": FLAT}, ["for i in range(n_rows * width):", "    A[i] = X[i] + G[i]"], []),
    "multiply": ({"X": FLAT, "M": FLAT, "A": FLAT}, ["for i in range(n_rows * width):", "    A[i] = X[i] * M[i]"], []),
    "draw_float32": (
        {"mask": FLAT},
        [
            "keep, rate = T(1.0 / (1.0 - settings[0])), T(settings[0])",
            "for i in range(n_rows * width):",
            "    u = T(next_uint32(arrays[1], arrays[2]) >> np.uint32(8)) * T(1.0 / 16777216.0)",
            "    mask[i] = keep if u >= rate else T(0)",
        ],
        ["rate"],
    ),
    "draw_float64": (
        {"mask": FLAT},
        [
            "keep, rate = T(1.0 / (1.0 - settings[0])), T(settings[0])",
            "for i in range(n_rows * width):",
            "    mask[i] = keep if next_double(arrays[1], arrays[2]) >= rate else T(0)",
        ],
        ["rate"],
    ),
    "decay": (
        {"p": FLAT},
        ["factor = T(1.0 - live[1] * settings[0])", "for i in range(n_rows * width):", "    p[i] *= factor"],
        ["weight_decay"],
    ),
    "clip_norm": ({"g": FLAT}, ["clip_norm(g, settings[0])"], ["max_norm"]),
    "clip_value": (
        {"g": FLAT},
        ["limit = T(settings[0])", "for i in range(n_rows * width):", "    g[i] = min(max(g[i], -limit), limit)"],
        ["limit"],
    ),
    "flush": (
        {"m": FLAT},
        ["for i in range(n_rows * width):", "    if abs(m[i]) < T(1e-25):", "        m[i] = T(0)"],
        [],
    ),
}


def source(name: str, dtype: str) -> Source:
    """The source of a kernel of `KERNELS`."""
    arrays, statements, settings = KERNELS[name]
    used = [f for f in FUNCTIONS if any(f"{f}(" in line for line in statements)]
    imports = [f"from glassnet.engine.compiled.{FUNCTIONS[f]} import {f}" for f in used]
    bound = [f"{array} = carray(pointer(arrays[{k}]), {shape})" for k, (array, shape) in enumerate(arrays.items())]
    text = module([*bound, *statements, "return 0.0"], dtype, name)
    return Source(
        text.replace("import numpy as np\n", "\n".join(["import numpy as np", *imports]) + "\n", 1), tuple(settings)
    )


FUNCTIONS = {
    "affine": "products", "weight_gradient": "products", "column_sums": "products", "input_gradient": "products",
    "clip_norm": "products", "next_uint32": "pointers", "next_double": "pointers",
}  # fmt: skip
