"""Elementary functions that no target has: read from their own source, and printed like the formulas of a model."""

from collections.abc import Collection
from functools import cache

import numpy as np

from glassnet.exports.program import Formula, Program
from glassnet.exports.resolving import resolved
from glassnet.exports.targets.infix import calls
from glassnet.formulas import elementary
from glassnet.formulas.syntax.expressions import VECTOR, Variable
from glassnet.formulas.syntax.reader import read

DERIVED = {"clip": ("x", "low", "high"), "erf": ("x",)}


@cache
def helper(name: str, dtype: str) -> Formula:
    """The formula of a function of `formulas/elementary.py`."""
    variables = {parameter: Variable(VECTOR, parameter) for parameter in DERIVED[name]}
    function = getattr(elementary, name)
    steps = resolved(read(function, variables), {}, float, np.dtype(dtype), Variable(VECTOR, DERIVED[name][0]))
    return Formula(name, (function.__doc__ or "").rstrip("."), DERIVED[name], steps, dtype)


def helpers(program: Program, lacking: Collection[str]) -> list[Formula]:
    """The helpers that a program needs in a target that lacks some functions, in the types it needs them in."""
    asked = dict.fromkeys((name, f.dtype) for f in program.formulas for name in sorted(calls(f.read)))
    return [helper(name, dtype) for name, dtype in asked if name in lacking]


def functions(program: Program, lacking: Collection[str], dtype: str | None = None) -> set[str]:
    """All functions that the formulas of a program (of one number type) call, and the helpers of these."""
    formulas = [*program.formulas, *helpers(program, lacking)]
    return {name for f in formulas if dtype in (None, f.dtype) for name in calls(f.read)}
