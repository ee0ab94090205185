"""The kernel of the max-norm constraint, on weights as they lie: a row of W an input, a column a unit."""

from glassnet.engine.compiled.codegen.emit import WHOLE, bound, indent, module
from glassnet.engine.compiled.codegen.kernels import Source, once, translated
from glassnet.formulas.clipping import MaxNorm


@once
def max_norm(dtype: str) -> Source:
    """W ← W min(1, c / ‖wⱼ‖). Arrays: W, of which `inputs` is the number of rows."""
    formula, settings = translated(MaxNorm(1.0).factor, ["squares"], scalars=["squares"])
    row = "ROW = carray(moved(W, i * width + low), units)"
    add = [row, "for j in range(units):", "    SQUARES[j] += np.float64(ROW[j]) * np.float64(ROW[j])"]
    shrink = [row, "for j in range(units):", "    ROW[j] *= FACTORS[j]"]
    body = [
        bound("W", 0, WHOLE),
        "SQUARES, FACTORS = np.zeros(units), np.zeros(units, T)",
        "for i in range(inputs):",
        *indent(add),
        "for j in range(units):",
        *indent(["squares = SQUARES[j]", *formula.before, f"FACTORS[j] = T({formula.results[0].text})"]),
        "for i in range(inputs):",
        *indent(shrink),
        "return 0.0",
    ]
    return Source(module(body, dtype, "MaxNorm"), "max_norm", tuple(settings), "outputs")
