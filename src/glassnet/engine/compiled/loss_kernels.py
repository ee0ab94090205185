"""The loss of a batch as kernels: its sum, and where the backward pass begins; with outputs at each step, for each."""

import re
from dataclasses import replace
from typing import Any

from glassnet.engine.compiled.codegen import kernels
from glassnet.engine.compiled.codegen.kernels import Source
from glassnet.engine.compiled.codegen.sequences.over_steps import add_steps
from glassnet.engine.compiled.program import Program
from glassnet.engine.objective import Objective
from glassnet.formulas.elementary import Array


def add_loss(p: Program, objective: Objective, last: Any, Y: Array, weights: Array | None) -> None:
    """The sum of a loss over a batch."""
    loss = objective.loss
    given = last.Z if loss.output_activation else last.A
    made = kernels.loss_value(loss, len(objective.columns), p.dtype)
    add(p, objective, made, [given, Y], [], weights)


def add_loss_gradient(p: Program, objective: Objective, last: Any, Y: Array, weights: Array | None) -> None:
    """Where the backward pass begins."""
    loss = objective.loss
    out = last.dZ if loss.output_activation else last.dA
    made = kernels.loss_gradient(loss, len(objective.columns), p.dtype)
    add(p, objective, made, [last.A, Y], [out], weights)


def mean_of(source: Source) -> Source:
    """A kernel that runs for each member of an ensemble, whose losses count as their mean."""
    text = source.text.replace("T(live[at.SCALE])", "T(live[at.SCALE] / places[0])")
    text = re.sub(r"return (total_of\(.*\))", r"return \1 / places[0]", text)
    return replace(source, text=text, name=f"{source.name} of members")


def add(
    p: Program, objective: Objective, made: Source, given: list[Array], out: list[Array], weights: Array | None
) -> None:
    """A kernel of the loss: with the constants of its outputs, and the weights of rows or steps."""
    flag, width, of = int(weights is not None), objective.n_outputs, objective.loss
    each: list[Array] = [*objective.columns]
    weighed: Array | int = 0 if weights is None else weights
    members = int(given[0][0].size) // (width * objective.n_steps)
    if members > 1:
        outputs, Y = given
        of_each: list[tuple[Any, int]] = [
            (outputs, width),
            (Y, 0),
            *((a, 0) for a in each),
            *((a, width) for a in out),
            (weighed, 0),
        ]
        add_steps(p, mean_of(made), members, of_each, width, flag=flag, settings=of)
        return
    if objective.n_steps == 1:
        p.add(made, [*given, *each, *out, weighed], width, flag=flag, settings=of)
        return
    sized: list[tuple[Any, int]] = [
        *((a, width) for a in given),
        *((a, 0) for a in each),
        *((a, width) for a in out),
        (weighed, flag),
    ]
    add_steps(p, made, objective.n_steps, sized, width, flag=flag, settings=of)
