"""The kernels of broken lines over numbers, column by column.

The bin of a number is how many edges it has reached. They are counted edge after edge, a comparison of all samples
each, which takes less time than to search for the bin sample by sample.
"""

from numba import njit

from glassnet.engine.compiled.codegen.emit import indent, module
from glassnet.engine.compiled.codegen.kernels import Source, once
from glassnet.engine.compiled.codegen.normalizing import text
from glassnet.engine.compiled.codegen.periodic import pointers
from glassnet.engine.compiled.codegen.products import FAST
from glassnet.formulas.of_layers import piecewise_linear as formulas

IMPORTS = ["from glassnet.engine.compiled.codegen.piecewise_linear import add_later, add_up, count"]
FORWARD = ["X", "EDGES", "ALL_V", "ALL_C", "ALL_M", "ALL_F", "A"]  # its arrays
BACKWARD = ["X", "EDGES", "ALL_V", "ALL_M", "ALL_F", "DA", "ALL_G", "ALL_DV", "DX"]
OWN = ["b = int(m[r])", "low_edge, high_edge = edges[b], edges[b + 1]"]  # of sample r


@njit(fastmath=FAST, error_model="numpy")
def count(x, edges, m, n_edges, span):  # type: ignore[no-untyped-def]
    """m = how many of the inner edges each x has reached."""
    for r in range(span):
        m[r] = 0
    for t in range(n_edges - 2):
        edge = edges[t + 1]
        for r in range(span):
            m[r] += m.dtype.type(1) if x[r] >= edge else m.dtype.type(0)


@njit(error_model="numpy")
def add_up(V, C, bins, extra):  # type: ignore[no-untyped-def]
    """C = Σ V over the bins before each."""
    for k in range(extra):
        total = C.dtype.type(0)
        for t in range(bins):
            C[t, k] = total
            total += V[t, k]


@njit(error_model="numpy")
def add_later(G, dV, bins, extra):  # type: ignore[no-untyped-def]
    """dV += Σ G over the bins behind each."""
    for k in range(extra):
        total = G.dtype.type(0)
        for t in range(bins):
            dV[bins - 1 - t, k] += total
            total += G[bins - 1 - t, k]


def table(name: str, array: str) -> str:
    """The (bins, extra) table of column i."""
    return f"{name} = carray(moved({array}, i * bins * extra), (bins, extra))"


def samples(name: str, array: str) -> str:
    """A number a sample of column i."""
    return f"{name} = carray(moved({array}, i * span), span)"


OF_COLUMN = [
    samples("x", "X"),
    samples("m", "ALL_M"),
    samples("f", "ALL_F"),
    "edges = carray(moved(EDGES, i * (bins + 1)), bins + 1)",
    table("V", "ALL_V"),
]
SIZES = "bins, dimensions, extra = inputs, flag, flag - 1"


@once
def piecewise_linear(dtype: str) -> Source:
    """Forward. Arrays: X, edges, V, C, m, f, A. `flag` is the number of dimensions, `inputs` that of bins."""
    body = [
        SIZES,
        *pointers(*FORWARD),
        "for i in range(low, high):",
        *indent(
            [
                *OF_COLUMN,
                table("C", "ALL_C"),
                "count(x, edges, m, bins + 1, span)",
                "add_up(V, C, bins, extra)",
                "a = moved(A, i * dimensions * span)",
                "value = carray(a, span)",
                "for r in range(span):",
                *indent(
                    [*OWN, f"f[r] = {text(formulas.fraction, 'x[r]', 'low_edge', 'high_edge')}", "value[r] = x[r]"]
                ),
                "for k in range(extra):",
                "    line = carray(moved(a, (k + 1) * span), span)",
                "    for r in range(span):",
                "        b = int(m[r])",
                f"        line[r] = {text(formulas.interpolated, 'C[b, k]', 'f[r]', 'V[b, k]')}",
            ]
        ),
        "return 0.0",
    ]
    # By "arcp" whole registers would get an estimate of f, and a row alone another.
    written = module(body, dtype, "PiecewiseLinearEmbedding", IMPORTS, fast=())
    return Source(written, "piecewise_linear", cut="outputs")


@once
def piecewise_linear_back(dtype: str) -> Source:
    """Backward. Arrays: X, edges, V, m, f, dA, G, dV, dX or 0; sizes as forward."""
    body = [
        SIZES,
        *pointers(*BACKWARD),
        "for i in range(low, high):",
        *indent(
            [
                *OF_COLUMN,
                table("G", "ALL_G"),
                table("DV", "ALL_DV"),
                "da = moved(DA, i * dimensions * span)",
                "for k in range(extra):",
                "    for t in range(bins):",
                "        G[t, k], DV[t, k] = T(0), T(0)",
                "    line = carray(moved(da, (k + 1) * span), span)",
                "    for r in range(n_rows):",
                "        b = int(m[r])",
                "        G[b, k] += line[r]",
                "        DV[b, k] += f[r] * line[r]",
                "add_later(G, DV, bins, extra)",
                f"if arrays[{BACKWARD.index('DX')}]:",
                "    dx, dvalue = carray(moved(DX, i * span), span), carray(da, span)",
                "    for r in range(span):",
                *indent(OWN, 2),
                "        rise = T(0)",
                "        for k in range(extra):",
                "            rise += carray(moved(da, (k + 1) * span), span)[r] * V[b, k]",
                f"        slope = {text(formulas.fraction_slope, 'x[r]', 'low_edge', 'high_edge')}",
                "        dx[r] = dvalue[r] + slope * rise",
            ]
        ),
        "return 0.0",
    ]
    return Source(module(body, dtype, "PiecewiseLinearEmbedding", IMPORTS), "piecewise_linear_back", cut="outputs")
