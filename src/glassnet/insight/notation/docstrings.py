"""The formulas of a class: those that the first paragraph of its docstring says."""

import inspect
from functools import cache
from typing import Any

from glassnet.errors import InvalidInput
from glassnet.insight.notation.reading import read_all
from glassnet.insight.notation.tree import Equation

# What formulas call the arrays and the settings of the code.
SYMBOLS = {
    "gamma": "γ", "beta": "β", "alpha": "α", "mask": "m", "noise": "ε", "mean": "μ", "epsilon": "ε", "rho": "ρ",
    "delta": "δ", "learning_rate": "η", "momentum": "μ", "beta1": "β₁", "beta2": "β₂", "weight_decay": "λ",
    "kappa": "κ", "tau": "τ", "theta": "θ", "omega": "ω", "strength": "λ", "l1": "λ₁", "l2": "λ₂", "max_norm": "c",
    "label_smoothing": "ε",
}  # fmt: skip


def symbol(name: str) -> str:
    """What a formula calls an array or a setting: γ for gamma, dγ for dgamma, W for W."""
    if name.startswith("d") and name[1:] in SYMBOLS:
        return "d" + SYMBOLS[name[1:]]
    return SYMBOLS.get(name, name)


def formulas_of(owner: Any) -> tuple[Equation, ...]:
    """The formulas of a class, in the order of its docstring; none where it says none that can be read."""
    return _in_docstring(vars(owner).get("__doc__") or "")


@cache
def _in_docstring(docstring: str) -> tuple[Equation, ...]:
    try:
        return tuple(read_all(first_paragraph(docstring)))
    except InvalidInput:
        return ()


def first_paragraph(docstring: str) -> str:
    """The lines of a docstring up to the first empty one."""
    return inspect.cleandoc(docstring).partition("\n\n")[0]
