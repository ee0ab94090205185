"""The update on the blackboard: the rule's formulas, and for each parameter the entry with the largest gradient."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

import numpy as np

from glassnet.formulas.clipping import MaxNorm
from glassnet.formulas.description import Description
from glassnet.formulas.update_rules import AdamW
from glassnet.insight.blackboard.naming import names_in, settings_of, shape_of, with_norm
from glassnet.insight.notation.docstrings import formulas_of, symbol
from glassnet.insight.notation.numbers import Entry, NoEntry, Scope, put_in, value
from glassnet.insight.notation.text import decimals
from glassnet.insight.notation.tree import Equation, Number
from glassnet.insight.pages.pieces import Formula, Heading, Matrix, Piece, Words, Worked
from glassnet.insight.traced_step import TracedStep
from glassnet.insight.traced_update import Updated

Place = tuple[np.intp, ...]  # of one entry of an array


def update_pieces(trace: TracedStep) -> Iterator[Piece]:
    """The update of all parameters; nothing without an update rule."""
    if trace.rule is None:
        return
    yield Heading("Update", 1)
    yield from clip_pieces(trace)
    formulas = rule_formulas(trace)
    for equation in formulas:
        yield Formula(equation)
    memory = f" The memory {', '.join(trace.rule.memory)} is 0 before it." if trace.rule.memory else ""
    yield Words(f"p is a parameter, g its gradient. {said_of_settings(trace, trace.rule)}; step t = 1.{memory}")
    for name, updated in trace.updates.items():
        path, _, array = name.rpartition(".")
        yield Heading(f"{symbol(array)} of layer {path}, {shape_of(updated.before)}")
        if updated.learning_rate_factor != 1.0 or updated.multiplier != 1.0:
            factor = decimals(updated.learning_rate_factor)
            yield Words(f"η is multiplied by {factor} here, and {said_of_multiplier(updated.multiplier)}.")
        place = np.unravel_index(np.abs(updated.g).argmax(), updated.g.shape)
        yield from _clipped(trace, updated, place)
        yield from _worked(symbol(array), updated, place, formulas, settings_of(trace.rule))
        if updated.max_norm is not None:
            yield from _bounded(symbol(array), updated, place)
        yield Matrix(f"{symbol(array)}", updated.after)


def said_of_settings(trace: TracedStep, owner: Description) -> str:
    """The numbers of a rule or a clip; of one that follows a schedule the first."""
    follows = {symbol(each.field): each.schedule for each in trace.followers if each.owner is owner}
    return ", ".join(
        f"{name} = {decimals(number)}{f' at the beginning of {follows[name]!r}' if name in follows else ''}"
        for name, number in settings_of(owner).items()
    )


def clip_pieces(trace: TracedStep) -> Iterator[Piece]:
    """How the gradients are clipped before the rule reads them."""
    if trace.clip is None:
        return
    formulas = formulas_of(type(trace.clip))
    yield from (Formula(each) for each in formulas)
    said = said_of_settings(trace, trace.clip) if formulas else f"g is clipped by {trace.clip!r}"
    yield Words(f"{said}; ‖g‖ = {decimals(norm_of(trace))} over all parameters.")


def norm_of(trace: TracedStep) -> float:
    """‖g‖ of all parameters together, before clipping."""
    with np.errstate(over="ignore"):
        return float(np.sqrt(sum(np.sum(np.square(each.g, dtype=np.float64)) for each in trace.updates.values())))


def _clipped(trace: TracedStep, updated: Updated, place: Place) -> Iterator[Piece]:
    """The gradient at one entry, clipped."""
    if trace.clip is None:
        return
    scope = Scope(settings_of(trace.clip) | {"g": updated.g[place]})
    label, numbers = f"g[{listed(place)}]", Number(updated.clipped[place])
    for equation in formulas_of(type(trace.clip)):
        with suppress(NoEntry):
            numbers = put_in(with_norm(equation.right, norm_of(trace)), scope, Entry(0, 0))
    yield Worked(label, numbers, updated.clipped[place])


def _bounded(name: str, updated: Updated, place: Place) -> Iterator[Piece]:
    """The bound on the weights of a unit at one entry."""
    (equation,) = formulas_of(MaxNorm)
    norm = float(np.linalg.norm(updated.free[:, place[1]].astype(np.float64)))
    scope = Scope({"c": updated.max_norm, "W": updated.free[place]})
    yield Formula(equation)
    yield Words(f"c = {decimals(updated.max_norm)}, and ‖wⱼ‖ of unit {place[1]} is {decimals(norm)}.")
    yield Worked(
        f"{name}[{listed(place)}]", put_in(with_norm(equation.right, norm), scope, Entry(0, 0)), updated.after[place]
    )


def listed(place: Place) -> str:
    """A place as it stands behind a name: 0, 2."""
    return ", ".join(map(str, place))


def said_of_multiplier(u: float) -> str:
    """A multiplier in words."""
    return "g as it is" if u == 1.0 else f"in the steps of the rule both g and η count {decimals(u)} times"


def rule_formulas(trace: TracedStep) -> Sequence[Equation]:
    """The rule's formulas; that of weight decay in front where layers have it and the rule has not."""
    own = formulas_of(type(trace.rule))
    decays = any(updated.weight_decay for updated in trace.updates.values())
    decay = formulas_of(AdamW)[0]  # what it does, whatever the rule
    if decay.text in [each.text for each in own]:
        return own if decays else own[1:]
    return (decay, *own) if own and decays else own


def _worked(
    name: str, updated: Updated, place: Place, formulas: Sequence[Equation], settings: dict[str, Any]
) -> Iterator[Piece]:
    """Every assignment of the rule at one entry, in turn."""
    u, rate = updated.multiplier, settings["η"] * updated.learning_rate_factor
    p, g = updated.before[place], u * updated.clipped[place]
    values = settings | {"t": 1.0, "λ": updated.weight_decay, "p": p, "g": g}
    values |= dict.fromkeys(updated.memory, 0.0)
    defined = {each.name: each for each in formulas if each.rights[0][0] != "←"}
    for equation in formulas:
        if equation.name in defined or (not updated.weight_decay and "λ" in names_in(equation.right)):
            continue
        values["η"] = rate if "λ" in names_in(equation.right) else u * rate
        numbers = put_in(equation.right, Scope(values, defined), Entry(0, 0))
        values[equation.name] = value(numbers)
        label = name if equation.name == "p" else equation.name
        yield Worked(f"{label}[{listed(place)}]", numbers, values[equation.name])
