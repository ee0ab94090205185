"""The kernels of waves over numbers: column by column, with the waves of one column at a time in the nearest cache.

Backward computes the waves anew, as this is faster than to fetch them from memory.
"""

from glassnet.engine.compiled.codegen.emit import indent, module
from glassnet.engine.compiled.codegen.kernels import Source, once
from glassnet.engine.compiled.codegen.normalizing import text
from glassnet.engine.compiled.codegen.products import block_step
from glassnet.formulas.of_layers import periodic as formulas

IMPORTS = [
    "from glassnet.engine.compiled.runtime.gradient_loops import sample_sums",
    "from glassnet.engine.compiled.runtime.product_loops import weighted_sums",
    "from glassnet.engine.compiled.codegen.normalizing import dot_of",
    "from glassnet.engine.compiled.codegen.products import column_sums, sums_of_one",
]
SIZES = "frequencies, dimensions, extra = inputs, flag, flag - 1"
WAVES = [
    "x = carray(moved(X, i * span), span)",
    "w, c = carray(moved(W, i * frequencies), frequencies), carray(moved(C, i * frequencies), frequencies)",
    "for f in range(frequencies):",
    "    own_w, own_c = w[f], c[f]",
    "    for r in range(span):",
    f"        z = {text(formulas.angle, 'x[r]', 'own_w', 'own_c')}",
]
BACKWARD = ["X", "W", "C", "ALL_V", "DA", "ALL_S", "ALL_DS", "ALL_DZ", "DW", "DC", "DV", "DD", "DX"]  # its arrays
STORE, STORE_SLOPE = f"S[f, r] = {text(formulas.wave, 'z')}", f"DZ[f, r] = {text(formulas.wave_slope, 'z')}"


def pointers(*names: str) -> list[str]:
    """Names for the addresses of the arrays, in order."""
    return [f"{name} = pointer(arrays[{k}])" for k, name in enumerate(names)]


def of_column(name: str, size: str, array: str) -> str:
    """The part of an array that belongs to column i, as the pointer `name`."""
    return f"{name} = moved({array}, i * {size})"


def matrix(name: str, array: str) -> list[str]:
    """A (frequencies, span) array for the column at work, in the place of the first column of the slice."""
    return [f"{name}_ = moved({array}, low * frequencies * span)", f"{name} = carray({name}_, (frequencies, span))"]


@once
def periodic(dtype: str) -> Source:
    """Forward. Arrays: X, w, c, V, d, S, A. `flag` is the number of dimensions, `inputs` that of frequencies."""
    body = [
        SIZES,
        *pointers("X", "W", "C", "ALL_V", "ALL_D", "ALL_S", "A"),
        *matrix("S", "ALL_S"),
        "for i in range(low, high):",
        *indent(
            [
                *WAVES,
                f"        {STORE}",
                of_column("V", "frequencies * extra", "ALL_V"),
                of_column("D", "extra", "ALL_D"),
                of_column("a", "dimensions * span", "A"),
                "value, lines = carray(a, span), moved(a, span)",
                "for r in range(span):",
                "    value[r] = x[r]",
                "if span == 1:",
                "    sums_of_one(S_, V, extra, lines, D, 1, frequencies, extra)",
                "else:",
                f"    weighted_sums(S_, V, extra, 1, lines, D, 1, frequencies, extra, span, {block_step(dtype)})",
            ]
        ),
        "return 0.0",
    ]
    return Source(module(body, dtype, "PeriodicEmbedding", IMPORTS), "periodic", cut="outputs")


@once
def periodic_back(dtype: str) -> Source:
    """Backward. Arrays: X, w, c, V, dA, S, dS, dZ, dw, dc, dV, dd, dX or 0; sizes as forward."""
    body = [
        SIZES,
        *pointers(*BACKWARD),
        *matrix("S", "ALL_S"),
        *matrix("DS", "ALL_DS"),
        *matrix("DZ", "ALL_DZ"),
        "for i in range(low, high):",
        *indent(
            [
                *WAVES,
                f"        {STORE}",
                f"        {STORE_SLOPE}",
                of_column("V", "frequencies * extra", "ALL_V"),
                of_column("da", "dimensions * span", "DA"),
                "lines = moved(da, span)",
                "dv = moved(DV, i * frequencies * extra)",
                f"sample_sums(S_, lines, dv, frequencies, extra, span, {block_step(dtype)})",
                "column_sums(carray(lines, (extra, span)), carray(moved(DD, i * extra), extra), n_rows)",
                f"weighted_sums(lines, V, 1, extra, DS_, V, 0, extra, frequencies, span, {block_step(dtype)})",
                "dw = carray(moved(DW, i * frequencies), frequencies)",
                "for f in range(frequencies):",
                "    for r in range(span):",
                "        DZ[f, r] *= DS[f, r]",
                "    turns = dot_of(DZ[f], x, n_rows)",
                f"    dw[f] = {text(formulas.angle_slope, 'turns')}",
                "column_sums(DZ, carray(moved(DC, i * frequencies), frequencies), n_rows)",
                f"if arrays[{BACKWARD.index('DX')}]:",
                "    dx, dvalue = carray(moved(DX, i * span), span), carray(da, span)",
                "    for r in range(span):",
                "        dx[r] = dvalue[r]",
                "    for f in range(frequencies):",
                "        own_w = w[f]",
                f"        slope = {text(formulas.angle_slope, 'own_w')}",
                "        for r in range(span):",
                "            dx[r] += slope * DZ[f, r]",
            ]
        ),
        "return 0.0",
    ]
    return Source(module(body, dtype, "PeriodicEmbedding", IMPORTS), "periodic_back", cut="outputs")
