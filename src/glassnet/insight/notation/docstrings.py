"""The formulas of a class, read from its docstring: its first paragraph, or the one after a line in words."""

import ast
import inspect
import sys
import textwrap
from collections.abc import Callable
from functools import cache
from typing import Any

from glassnet.errors import InvalidInput
from glassnet.insight.notation.reading import read_all
from glassnet.insight.notation.tree import Equation
from glassnet.layers.dense import Dense

# What formulas call the arrays and the settings of the code.
SYMBOLS = {
    "gamma": "γ", "beta": "β", "alpha": "α", "mask": "m", "noise": "ε", "mean": "μ", "epsilon": "ε", "rho": "ρ",
    "delta": "δ", "learning_rate": "η", "momentum": "μ", "beta1": "β₁", "beta2": "β₂", "weight_decay": "λ",
    "momentum_decay": "ψ", "kappa": "κ", "tau": "τ", "theta": "θ", "omega": "ω", "strength": "λ", "l1": "λ₁",
    "l2": "λ₂", "max_norm": "c", "label_smoothing": "ε", "floor": "ε",
}  # fmt: skip


def symbol(name: str) -> str:
    """What a formula calls an array or a setting: γ for gamma, dγ for dgamma, W for W."""
    if name.startswith("d") and name[1:] in SYMBOLS:
        return "d" + SYMBOLS[name[1:]]
    return SYMBOLS.get(name, name)


def formulas_of(owner: Callable[..., Any]) -> tuple[Equation, ...]:
    """The formulas of a class, in the order of its docstring; none where it says none that can be read."""
    return formulas_in(docstring_of(owner))[0]


def docstring_of(owner: Callable[..., Any]) -> str:
    """The docstring of a class or a function; under `python -OO`, which drops it, that of its source."""
    given = vars(owner).get("__doc__", getattr(owner, "__doc__", None)) or ""
    return given if sys.flags.optimize < 2 else _in_source(owner) or given  # a dataclass makes one up


@cache
def _in_source(owner: Callable[..., Any]) -> str:
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(owner)))
    except (OSError, TypeError, SyntaxError):
        return ""
    found = tree.body[0]
    return (isinstance(found, (ast.ClassDef, ast.FunctionDef)) and ast.get_docstring(found, clean=False)) or ""


def check_docstrings() -> None:
    """Refuse to show formulas where glassnet has lost its own, in one sentence."""
    if not formulas_of(Dense):
        raise InvalidInput(
            "the formulas to show are in glassnet's docstrings, which python -OO drops, and there are no .py "
            "files to read them from: run it without -OO, or install glassnet with its sources."
        )


@cache
def formulas_in(docstring: str) -> tuple[tuple[Equation, ...], int]:
    """The formulas of a docstring, and the number of the paragraph they stand in: 0, or 1 after a line in words."""
    for number, paragraph in enumerate(inspect.cleandoc(docstring).split("\n\n")[:2]):
        try:
            return tuple(read_all(paragraph)), number
        except InvalidInput:
            continue
    return (), 0
