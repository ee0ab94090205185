"""The kernels of layers with members, appended to `KERNELS`; `flag` is the number of members.

Samples (members, units) lie turned, row t · units + j being unit j of member t. Inside a `BatchEnsemble` the rows of
all members of a unit lie side by side, row j · members + t: so a product with shared weights is one product, over as
many samples as there are members of samples. What comes in and goes out is put in order by the kernels of the factors.
"""

from collections.abc import Callable
from typing import Any

from glassnet.engine.compiled.codegen.emit import UNITS, WHOLE, entries, indent, module
from glassnet.engine.compiled.codegen.kernels import Source, once, one, translated
from glassnet.engine.compiled.codegen.normalizing import text
from glassnet.engine.compiled.codegen.products import KERNELS, Kernel, sums, sums_back
from glassnet.formulas.of_layers.members import affine, scaled

APART, BESIDE = "(t * width + j) * span", "(j * flag + t) * span"  # where the row of unit j of member t lies


def each_member(*statements: str, before: tuple[str, ...] = ()) -> list[str]:
    """A loop over the units j of a slice and the members t; `k` is the place of a number of theirs."""
    inside = ["k = t * width + j", *before, "for r in range(span):", *indent(statements)]
    return ["for j in range(low, high):", "    for t in range(flag):", *indent(inside, 2)]


def row(name: str, array: str, place: str) -> str:
    """The samples of a row."""
    return f"{name} = carray(moved({array}, {place}), span)"


def of_each(name: str, statements: list[str]) -> list[str]:
    """The statements for the arrays of each member in turn."""
    return [f"for {name} in range(flag):", *indent(statements)]


KERNELS |= {
    "repeat": Kernel(
        {"X": UNITS, "A": WHOLE},
        of_each(
            "t",
            [
                "a = carray(moved(A, (t * width + low) * span), (units, span))",
                "for j in range(units):",
                "    for r in range(span):",
                "        a[j, r] = X[j, r]",
            ],
        ),
    ),
    "sum_of_members": Kernel(
        {"P": WHOLE, "A": UNITS},
        [
            "factor = T(1) / T(inputs)",
            *of_each(
                "t",
                [
                    "p = carray(moved(P, (t * width + low) * span), (units, span))",
                    "for j in range(units):",
                    "    for r in range(span):",
                    "        A[j, r] = (A[j, r] + p[j, r] if t else p[j, r])",
                ],
            ),
            "for j in range(units):",
            "    for r in range(span):",
            "        A[j, r] *= factor",
        ],
    ),
    "share_of_members": Kernel(
        {"dA": UNITS, "dP": WHOLE},
        [
            "factor = T(1) / T(flag)",
            *of_each(
                "t",
                [
                    "p = carray(moved(dP, (t * width + low) * span), (units, span))",
                    "for j in range(units):",
                    "    for r in range(span):",
                    "        p[j, r] = dA[j, r] * factor",
                ],
            ),
        ],
    ),
    "scale_beside": Kernel(
        dict.fromkeys(["X", "R", "U"], WHOLE),
        each_member(
            f"u[r] = {text(scaled, 'x[r]', 'factor')}",
            before=(row("x", "X", APART), row("u", "U", BESIDE), "factor = R[k]"),
        ),
    ),
    "scale_apart": Kernel(
        dict.fromkeys(["U", "R", "X"], WHOLE),
        each_member(
            f"x[r] = {text(scaled, 'u[r]', 'factor')}",
            before=(row("x", "X", APART), row("u", "U", BESIDE), "factor = R[k]"),
        ),
    ),
    "affine_apart": Kernel(
        dict.fromkeys(["V", "S", "B", "Z"], WHOLE),
        each_member(
            f"z[r] = {text(affine, 'v[r]', 'factor', 'shift')}",
            before=(row("z", "Z", APART), row("v", "V", BESIDE), "factor, shift = S[k], B[k]"),
        ),
    ),
    "dots_of_members": Kernel(
        dict.fromkeys(["X", "U", "R"], WHOLE),
        [
            "for j in range(low, high):",
            "    for t in range(flag):",
            f"        x = carray(moved(X, {APART}), (1, span))",
            f"        u = carray(moved(U, {BESIDE}), (1, span))",
            "        column_dots(x, u, carray(moved(R, t * width + j), 1), n_rows)",
        ],
        gradient=True,
    ),
    "shared_product": Kernel(
        dict.fromkeys(["U", "W", "V"], WHOLE),
        [
            "length, w, v = flag * span, moved(W, low), moved(V, low * flag * span)",
            "if span == 1:",
            "    shared_sums_of_one(U, w, width, v, flag, inputs, units)",
            "else:",
            "    weighted_sums(U, w, width, 1, v, W, 0, inputs, units, length, BLOCK_STEP)",
        ],
        cut="outputs",
    ),
    "shared_input_gradient": Kernel(
        dict.fromkeys(["dU", "W", "dV"], WHOLE),
        [
            "length, w, u = flag * span, moved(W, low * inputs), moved(dU, low * flag * span)",
            sums_back("dV", "w", "u", "length"),
        ],
        cut="outputs",
    ),
    "shared_weight_gradient": Kernel(
        dict.fromkeys(["U", "dV", "dW"], WHOLE),
        [
            "u, w = moved(U, low * flag * span), moved(dW, low * inputs)",
            "sample_sums(u, dV, w, units, inputs, flag * span, BLOCK_STEP)",
        ],
        gradient=True,
    ),
    "own_affine": Kernel(
        dict.fromkeys(["X", "W", "Z", "b"], WHOLE),
        of_each(
            "t",
            [
                "x, w = moved(X, t * inputs * span), moved(W, t * inputs * width + low)",
                "z, c = moved(Z, (t * width + low) * span), moved(b, t * width + low)",
                *sums("x", "w", "z", "c", "1"),
            ],
        ),
        cut="outputs",
    ),
    "own_input_gradient": Kernel(
        dict.fromkeys(["dX", "W", "dZ"], WHOLE),
        of_each(
            "t",
            [
                "w, x = moved(W, (t * width + low) * inputs), moved(dX, (t * width + low) * span)",
                sums_back("moved(dZ, t * inputs * span)", "w", "x"),
            ],
        ),
        cut="outputs",
    ),
    "own_weight_gradient": Kernel(
        dict.fromkeys(["X", "dZ", "dW"], WHOLE),
        of_each(
            "t",
            [
                "x, w = moved(X, (t * width + low) * span), moved(dW, (t * width + low) * inputs)",
                "sample_sums(x, moved(dZ, t * inputs * span), w, units, inputs, span, BLOCK_STEP)",
            ],
        ),
        gradient=True,
    ),
}


@once
def score(formula: Callable[..., Any], dtype: str) -> Source:
    """The score of a mean. Arrays: A, Z."""
    written, settings = translated(formula, ["a"])
    body = [*entries(written, ["a"], [], ["out"], {"OUT": one(written)}), "return 0.0"]
    return Source(module(body, dtype, "the score of a mean"), "score", tuple(settings))
