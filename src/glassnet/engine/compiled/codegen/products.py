"""What is compiled without a formula: products of matrices, sums, copies, dropout, clipping; each over plain memory.

`KERNELS` holds them by name. Arrays are turned (see `blocks`); their sizes are those of `emit`: `UNITS` for X[j, r]
with a number for each unit j and sample r of a slice, `FLAT` for the same in one row, `WIDE` for a number a unit.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numba import carray, njit  # type: ignore[attr-defined]

from glassnet.engine.compiled.codegen.emit import FACTORS, FLAT, KEY, UNITS, WHOLE, WIDE, bound, indent, module, named
from glassnet.engine.compiled.codegen.kernels import Source, once
from glassnet.engine.compiled.runtime.register_blocks import STEP, moved
from glassnet.engine.machine.denormals import NEGLIGIBLE

FAST = {"contract", "nsz", "arcp", "reassoc"}


@njit(fastmath=FAST, error_model="numpy")
def total_of(values, n):  # type: ignore[no-untyped-def]
    """The sum of the first n, in double precision."""
    total = 0.0
    for i in range(n):
        total += np.float64(values[i])
    return total


@njit(fastmath=FAST, error_model="numpy")
def column_sums(dZ, db, n_rows):  # type: ignore[no-untyped-def]
    """db = 1ᵀ dZ."""
    for j in range(db.size):
        total = dZ.dtype.type(0)
        for r in range(n_rows):
            total += dZ[j, r]
        db[j] = total


@njit(fastmath=FAST, error_model="numpy")
def column_dots(a, b, sums, n_rows):  # type: ignore[no-untyped-def]
    """1ᵀ (a ⊙ b)."""
    for j in range(sums.size):
        total = sums.dtype.type(0)
        for r in range(n_rows):
            total += a[j, r] * b[j, r]
        sums[j] = total


@njit(fastmath=FAST, error_model="numpy")
def sums_of_one(x, w, w_i, z, b, biased, n_inputs, n_units):  # type: ignore[no-untyped-def]
    """z = b + x W for a single sample, as when a service predicts row by row."""
    Z = carray(z, n_units)
    for j in range(n_units):
        Z[j] = b[j] if biased else Z.dtype.type(0)
    for i in range(n_inputs):
        W = carray(moved(w, i * w_i), n_units)
        for j in range(n_units):
            Z[j] += x[i] * W[j]


@njit(fastmath=FAST, error_model="numpy")
def shared_sums_of_one(x, w, w_i, z, members, n_inputs, n_units):  # type: ignore[no-untyped-def]
    """z = x W for all members of a single sample, whose numbers lie side by side for each unit."""
    Z = carray(z, (n_units, members))
    for j in range(n_units):
        for t in range(members):
            Z[j, t] = Z.dtype.type(0)
    for i in range(n_inputs):
        W, X = carray(moved(w, i * w_i), n_units), carray(moved(x, i * members), members)
        for j in range(n_units):
            for t in range(members):
                Z[j, t] += X[t] * W[j]


@njit(fastmath=FAST, error_model="numpy")
def norm_of(g):  # type: ignore[no-untyped-def]
    """‖g‖, or what is not finite where its squares overflow."""
    total = 0.0
    for i in range(g.size):
        total += np.float64(g[i]) * np.float64(g[i])
    return np.sqrt(total)


@njit(error_model="numpy")
def scaled_norm_of(g):  # type: ignore[no-untyped-def]
    """‖g‖ whose squares overflow."""
    largest, total = 0.0, 0.0
    for i in range(g.size):
        largest = max(largest, abs(np.float64(g[i])))
    for i in range(g.size):
        total += (g[i] / largest) ** 2
    return largest * np.sqrt(total)


@njit(error_model="numpy")
def clip_norm(g, max_norm):  # type: ignore[no-untyped-def]
    """g ← g min(1, max_norm / ‖g‖)."""
    norm = norm_of(g)
    if not np.isfinite(norm):
        norm = scaled_norm_of(g)
    if norm > max_norm:
        factor = g.dtype.type(max_norm / norm)
        for i in range(g.size):
            g[i] *= factor


@dataclass(frozen=True)
class Kernel:
    """The arrays with their sizes, the statements that use them, the settings that they read, and how it may be cut.

    `cut` and `gradient` are those of `kernels.Source`.
    """

    arrays: dict[str, str]
    statements: Sequence[str]
    settings: tuple[str, ...] = ()
    cut: Literal["units", "outputs", "whole"] = "units"
    gradient: bool = False


def each(*statements: str) -> list[str]:
    """A loop over all entries i."""
    return ["for i in range(units * span):", *indent(statements)]


def sums(x: str, w: str, z: str, b: str, biased: str) -> list[str]:
    """z = b + x W for the units of a slice."""
    return [
        "if span == 1:",
        f"    sums_of_one({x}, {w}, width, {z}, {b}, {biased}, inputs, units)",
        "else:",
        f"    weighted_sums({x}, {w}, width, 1, {z}, {b}, {biased}, inputs, units, span, BLOCK_STEP)",
    ]


def sums_back(d: str, w: str, x: str, length: str = "span") -> str:
    """x = d Wᵀ for the inputs of a slice."""
    return f"weighted_sums({d}, {w}, 1, inputs, {x}, {w}, 0, inputs, units, {length}, BLOCK_STEP)"


KERNELS: dict[str, Kernel] = {
    "affine": Kernel(
        dict.fromkeys(["X", "W", "Z", "b"], WHOLE),
        [
            "W, Z, b = moved(W, low), moved(Z, low * span), moved(b, low)",
            *sums("X", "W", "Z", "b", "flag"),
        ],
        cut="outputs",
    ),
    "input_gradient": Kernel(
        dict.fromkeys(["dX", "W", "dZ"], WHOLE),
        ["W, dX = moved(W, low * inputs), moved(dX, low * span)", sums_back("dZ", "W", "dX")],
        cut="outputs",
    ),
    "weight_gradient": Kernel(
        dict.fromkeys(["X", "dZ", "dW"], WHOLE),
        [
            "x, w = moved(X, low * span), moved(dW, low * inputs)",
            "gradient_sums(x, 0, 0, width, dZ, inputs, min(flag, n_steps), w, inputs, units, inputs, span, BLOCK_STEP)",
        ],
        gradient=True,
    ),
    "column_sums": Kernel({"dZ": UNITS, "db": WIDE}, ["column_sums(dZ, db, n_rows)"], gradient=True),
    "column_dots": Kernel({"X": UNITS, "dA": UNITS, "ds": WIDE}, ["column_dots(X, dA, ds, n_rows)"], gradient=True),
    "scale": Kernel(
        {"X": UNITS, "s": WIDE, "A": UNITS},
        ["for j in range(units):", "    for r in range(span):", "        A[j, r] = X[j, r] * s[j]"],
    ),
    "copy": Kernel({"X": FLAT, "A": FLAT}, each("A[i] = X[i]")),
    "add": Kernel({"X": FLAT, "G": FLAT, "A": FLAT}, each("A[i] = X[i] + G[i]")),
    "add_to": Kernel(
        {"G": FLAT, "A": FLAT}, each("A[i] += G[i]")
    ),  # of three arrays, one twice, no loop fills registers
    "sum": Kernel(
        {"S": WHOLE, "g": FLAT},
        [
            "for k in range(int(live[at.SUMMANDS])):",
            "    s = carray(moved(S, k * width + low), units)",
            "    for i in range(units):",
            "        g[i] = g[i] + s[i] if k or live[at.ADDED] else s[i]",
        ],
    ),
    "multiply": Kernel({"X": FLAT, "M": FLAT, "A": FLAT}, each("A[i] = X[i] * M[i]")),
    "mask": Kernel(
        {"mask": UNITS, "key": KEY},
        ["dropout_mask(mask, key, rate, low, width, first)"],
        ("rate",),
    ),
    "decay": Kernel(
        {"p": FLAT, "factors": FACTORS},
        ["factor = T(1.0 - live[at.RATE] * factors[0] * weight_decay)", *each("p[i] *= factor")],
        ("weight_decay",),
    ),
    "clip_norm": Kernel({"g": FLAT}, ["clip_norm(g, max_norm)"], ("max_norm",), cut="whole"),
    "clip_value": Kernel({"g": FLAT}, ["bound = T(limit)", *each("g[i] = min(max(g[i], -bound), bound)")], ("limit",)),
    "flush": Kernel({"m": FLAT}, each(f"if abs(m[i]) < T({NEGLIGIBLE}):", "    m[i] = T(0)")),
}

FUNCTIONS = {
    "codegen.products": ["column_sums", "column_dots", "clip_norm", "sums_of_one", "shared_sums_of_one"],
    "runtime.product_loops": ["weighted_sums"],
    "runtime.gradient_loops": ["gradient_sums", "sample_sums"],
    "runtime.noise": ["dropout_mask"],
    "runtime.pointers": ["pointer_u8", "pointer_i8", "pointer_f8"],
}


@once
def source(name: str, dtype: str) -> Source:
    """The source of a kernel of `KERNELS`."""
    kernel = KERNELS[name]
    arrays = [bound(array, k, size) for k, (array, size) in enumerate(kernel.arrays.items())]
    statements = [line.replace("BLOCK_STEP", str(block_step(dtype))) for line in kernel.statements]
    lines = [*arrays, *named(kernel.settings), *statements]
    imports = [
        f"from glassnet.engine.compiled.{module} import {name}"
        for module, names in FUNCTIONS.items()
        for name in names
        if any(f"{name}(" in line for line in lines)
    ]
    text = module([*lines, "return 0.0"], dtype, name, imports)
    return Source(text, name, kernel.settings, kernel.cut, kernel.gradient)


def block_step(dtype: str) -> int:
    """How many samples a block of `blocks` takes."""
    return STEP * 4 // np.dtype(dtype).itemsize


def span_step(dtype: str) -> int:
    """What the length of a turned row is a multiple of; rows are turned 16 at a time."""
    return max(16, block_step(dtype))
