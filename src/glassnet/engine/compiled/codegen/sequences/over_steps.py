"""A kernel of rows, run once for each step of a sequence.

A turned array of samples (steps, units) has the units of a step behind those of the step before, so step t begins
t · units · span numbers further on. What is summed over samples gets a row for each step, and the rows are summed up.
"""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from glassnet.engine.compiled.codegen import products
from glassnet.engine.compiled.codegen.emit import FLAT, UNITS, WHOLE, WIDE, indent
from glassnet.engine.compiled.codegen.kernels import Source, once
from glassnet.engine.compiled.codegen.products import KERNELS, Kernel
from glassnet.engine.compiled.program import Program
from glassnet.engine.machine.memory import aligned
from glassnet.formulas.elementary import Array

BODY = "    units = high - low\n"
IMPORT = "from glassnet.engine.compiled.runtime.pointers import pointer_i8\n"

KERNELS |= {
    "sum_of_steps": Kernel(
        {"S": WHOLE, "g": WIDE},
        [
            "for i in range(units):",
            "    g[i] = S[low + i]",
            "for t in range(1, min(flag, n_steps)):",
            "    for i in range(units):",
            "        g[i] += S[t * width + low + i]",
        ],
    ),
    "sums_of_positions": Kernel(
        {"dA": UNITS, "dP": WIDE},
        [
            "counted = max(0, min(units, n_steps * inputs - low))",
            "column_sums(dA[:counted], dP[:counted], n_rows)",
            "for j in range(counted, units):",
            "    dP[j] = T(0)",
        ],
        gradient=True,
    ),
    "clear_later_steps": Kernel(
        {"A": UNITS},
        [
            "for j in range(max(0, n_steps * inputs - low), units):",
            "    for r in range(span):",
            "        A[j, r] = T(0)",
        ],
    ),
    "shift": Kernel(
        {"X": UNITS, "P": WIDE, "A": UNITS},
        ["for j in range(units):", "    for r in range(span):", "        A[j, r] = X[j, r] + P[j]"],
    ),
    "is_present": Kernel(
        {"X": FLAT, "M": FLAT}, ["for i in range(units * span):", "    M[i] = X[i] != T(padding)"], ("padding",)
    ),
    "any_present": Kernel(
        {"X": WHOLE, "M": WHOLE},
        [
            "for t in range(low, high):",
            "    m = carray(moved(M, t * span), span)",
            "    for r in range(span):",
            "        m[r] = T(0)",
            "    for j in range(inputs):",
            "        x = carray(moved(X, (t * inputs + j) * span), span)",
            "        for r in range(span):",
            "            m[r] = T(1) if x[r] != T(value) else m[r]",
        ],
        ("value",),
    ),
}


@once
def over_steps(source: Source, n_arrays: int) -> Source:
    """The kernel in a loop. Behind its arrays and its room comes one of whole numbers: steps, and two for each array.

    They say how far a step is from the next, in units, and in numbers.
    """
    at = n_arrays + (source.rows > 0)
    head, body = source.text.split(BODY)
    step = r"moved(pointer(arrays[\1]), step * (places[1 + 2 * \1] * span + places[2 + 2 * \1]))"
    body = re.sub(r"pointer\(arrays\[(\d+)\]\)", step, body)
    *lines, last = [line[4:] for line in body.rstrip("\n").split("\n")]
    inside = [*lines, f"summed += {last.removeprefix('return ')}"]
    loop = [
        f"places = pointer_i8(arrays[{at}])",
        "summed = 0.0",
        "for step in range(min(places[0], n_steps)):",
        *indent(inside),
    ]
    text = head.replace("import numpy as np\n", f"import numpy as np\n\n{IMPORT}", 1) + BODY
    text += "\n".join(indent([*loop, "return summed"])) + "\n"
    return Source(text, f"{source.name} of steps", source.settings, source.cut)


def add_steps(
    p: Program,
    source: Source,
    n_steps: int,
    arrays: Sequence[tuple[Any, int]],
    width: int,
    *,
    sums: Sequence[int] = (),
    **more: Any,
) -> None:
    """Append a kernel for each step, with each array how many units of it a step has.

    An array whose place is in `sums` has so many numbers instead, and gets the sum over the steps.
    """
    places, given, totals = [n_steps], [], []
    for k, (array, size) in enumerate(arrays):
        if k in sums:
            rows = aligned(n_steps * size, np.dtype(p.dtype))
            totals.append((rows, array, size))
            array = rows
        given.append(array)
        places += [0, size] if k in sums else [size, 0]
    room = [aligned(source.rows * p.n_rows, np.dtype(p.dtype))] if source.rows else []
    table = np.array(places + [0, 0] * len(room), np.int64)
    p.add(over_steps(source, len(arrays)), [*given, *room, table], width, **more)
    for rows, array, size in totals:
        p.product("sum_of_steps", [rows, array], size, flag=n_steps)


def affine_of_steps(p: Program, X: Array, W: Array, b: Array | None, Z: Array, n_steps: int) -> None:
    """Z = X W + b for each step."""
    (n_inputs, units), bias = W.shape, 0 if b is None else b
    arrays = [(X, n_inputs), (W, 0), (Z, units), (bias, 0)]
    source = products.source("affine", p.dtype)
    add_steps(p, source, n_steps, arrays, units, flag=int(b is not None), inputs=n_inputs)


def affine_back(
    p: Program, X: Array, W: Array, dZ: Array, dW: Array, db: Array | None, dX: Array | None, n_steps: int
) -> None:
    """The gradients of W, b and X over all steps."""
    n_inputs, units = W.shape
    p.product("weight_gradient", [X, dZ, dW], n_inputs, flag=n_steps, inputs=units)
    if db is not None:
        sums = products.source("column_sums", p.dtype)
        plain = Source(sums.text, sums.name, sums.settings, sums.cut)
        add_steps(p, plain, n_steps, [(dZ, units), (db, units)], units, sums=[1])
    if dX is not None:
        back = products.source("input_gradient", p.dtype)
        add_steps(p, back, n_steps, [(dX, n_inputs), (W, 0), (dZ, units)], n_inputs, inputs=units)
