"""The update on the blackboard: the rule's formulas, and for each parameter the entry with the largest gradient."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from glassnet.formulas.max_norm import MaxNorm
from glassnet.formulas.update_rules import AdamW
from glassnet.insight.blackboard.naming import names_in, settings_of, shape_of
from glassnet.insight.notation.docstrings import formulas_of, symbol
from glassnet.insight.notation.numbers import Entry, Scope, put_in, value
from glassnet.insight.notation.text import decimals
from glassnet.insight.notation.tree import Equation
from glassnet.insight.pages.pieces import Formula, Heading, Matrix, Piece, Words, Worked

DECAY = formulas_of(AdamW)[0]  # what weight decay does, whatever the rule


def update_pieces(trace: Any) -> Iterator[Piece]:
    """The update of all parameters; nothing without an update rule."""
    if trace.rule is None:
        return
    yield Heading("Update", 1)
    formulas = rule_formulas(trace)
    for equation in formulas:
        yield Formula(equation)
    numbers = ", ".join(f"{name} = {decimals(number)}" for name, number in settings_of(trace.rule).items())
    memory = f" The memory {', '.join(trace.rule.memory)} is 0 before it." if trace.rule.memory else ""
    yield Words(f"{numbers}; this is step t = 1.{memory}")
    for name, updated in trace.updates.items():
        path, _, array = name.rpartition(".")
        yield Heading(f"{symbol(array)} of layer {path}, {shape_of(updated.before)}")
        if updated.rate != 1.0 or updated.multiplier != 1.0:
            yield Words(f"η counts {decimals(updated.rate)} times here, and {said_of_multiplier(updated.multiplier)}.")
        yield from _worked(symbol(array), updated, formulas, settings_of(trace.rule))
        if updated.max_norm is not None:
            yield from (Formula(each) for each in formulas_of(MaxNorm))
            yield Words(f"c = {decimals(updated.max_norm)}")
        yield Matrix(f"{symbol(array)}", updated.after)


def said_of_multiplier(u: float) -> str:
    """What a multiplier does, in words."""
    return "g as it is" if u == 1.0 else f"in the steps of the rule both g and η count {decimals(u)} times"


def rule_formulas(trace: Any) -> Sequence[Equation]:
    """The rule's formulas; that of weight decay in front where layers have it and the rule has not."""
    own = formulas_of(type(trace.rule))
    decays = any(updated.decay for updated in trace.updates.values())
    if DECAY.text in [each.text for each in own]:
        return own if decays else own[1:]
    return (DECAY, *own) if own and decays else own


def _worked(name: str, updated: Any, formulas: Sequence[Equation], settings: dict[str, Any]) -> Iterator[Piece]:
    """Every assignment of the rule at one entry, in turn."""
    place = np.unravel_index(np.abs(updated.g).argmax(), updated.g.shape)
    u, rate = updated.multiplier, settings["η"] * updated.rate
    values = settings | {"t": 1.0, "λ": updated.decay, "p": updated.before[place], "g": u * updated.g[place]}
    values |= dict.fromkeys(updated.memory, 0.0)
    where = ", ".join(map(str, place))
    defined = {each.name: each for each in formulas if each.rights[0][0] != "←"}
    for equation in formulas:
        if equation.name in defined or (not updated.decay and "λ" in names_in(equation.right)):
            continue
        values["η"] = rate if "λ" in names_in(equation.right) else u * rate
        numbers = put_in(equation.right, Scope(values, defined), Entry(0, 0))
        values[equation.name] = value(numbers)
        label = name if equation.name == "p" else equation.name
        yield Worked(f"{label}[{where}]", numbers, values[equation.name])
