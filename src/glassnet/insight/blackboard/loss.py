"""The loss on the blackboard: ℓ of the first sample, the loss of all, and where the backward pass begins."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

import numpy as np

from glassnet.formulas.penalties import Penalty
from glassnet.insight.blackboard.naming import names_in, replaced, settings_of
from glassnet.insight.layer_trace import TracedLayer, loss_layer
from glassnet.insight.notation.docstrings import formulas_of
from glassnet.insight.notation.numbers import MOST_TERMS, Entry, NoEntry, Scope, put_in
from glassnet.insight.notation.tree import Equation, Name, Node, Number, Op, Total
from glassnet.insight.pages.pieces import Formula, Matrix, Piece, Words, Worked
from glassnet.insight.traced_step import Measured, TracedStep
from glassnet.layers.layer import rows_of


def by_row(measured: Measured) -> Measured:
    """With a row for each step of a sequence, where the loss has steps."""
    if measured.Y.ndim == 2:
        return measured
    Y, given, values = (rows_of(array) for array in (measured.Y, measured.given, measured.values))
    weights = None if measured.weights is None else measured.weights.ravel()
    return replace(measured, Y=Y, given=given, values=values, weights=weights)


def scope_of_loss(trace: TracedStep) -> Scope:
    """What the formulas of the loss name: p or a and z, y or t, and its settings."""
    last, measured = loss_layer(trace.layers), by_row(trace.measured)
    outputs, width = rows_of(last.A), measured.Y.shape[1]
    values = settings_of(measured.loss) | {"p": outputs, "a": outputs, "y": measured.Y, "t": measured.Y}
    values |= {"z": rows_of(last.Z)} if measured.loss.output_activation else {}
    values |= dict(zip(measured.loss.column_symbols, measured.loss.columns(width), strict=False))
    symbols = measured.loss.output_symbols
    values |= {name: np.repeat(outputs[:, k :: len(symbols)], len(symbols), axis=1) for k, name in enumerate(symbols)}
    formulas = {each.name: each for each in formulas_of(type(measured.loss)) if each.name not in values}
    return Scope(values, formulas)


def loss_pieces(trace: TracedStep) -> Iterator[Piece]:
    """ℓ with its formula, and the loss as their sum or mean."""
    scope, measured = scope_of_loss(trace), by_row(trace.measured)
    formulas = {each.name: each for each in formulas_of(type(measured.loss))}
    if "ℓ" in formulas:
        for each in formulas.values():
            if not each.name.startswith("∂") and (each.name == "ℓ" or each.name not in scope.values):
                yield Formula(each)
        if getattr(measured.loss, "label_smoothing", 0.0):
            yield from smoothing_pieces(formulas["t"], measured)
        yield Matrix("t" if "t" in names_in(formulas["ℓ"].right) else "y", measured.Y)
        several = measured.values.shape[1] > 1
        j = int(np.abs(measured.values[0]).argmax())
        with suppress(NoEntry):
            label = f"ℓ[0, {j}]" if several else "ℓ[0]"
            yield Worked(label, put_in(formulas["ℓ"].right, scope, Entry(0, j)), measured.values[0, j])
    if measured.weights is not None:
        yield Words(f"w is the weight of each {'row' if trace.measured.Y.ndim == 2 else row_of_several(trace)}.")
        yield Matrix("w", measured.weights)
    yield Worked("L", total(measured), trace.loss)
    if measured.penalties:
        yield Words(
            f"The penalty on the weights adds {measured.penalties:.4g}: {trace.penalty or 'that of a layer'!r}."
        )


def row_of_several(trace: TracedStep) -> str:
    """What a loss with several rows a sample has a row for."""
    return "row, for each member" if trace.layers[-1].layer.loss_inside else "step"


def smoothing_pieces(equation: Equation, measured: Measured) -> Iterator[Piece]:
    """What label smoothing makes of the targets as they were given."""
    yield Formula(equation)
    yield Matrix("y", measured.given)
    j = int(measured.given[0].argmax())
    scope = Scope(settings_of(measured.loss) | {"y": measured.given, "classes": float(measured.given.shape[1])})
    yield Worked(f"t[0, {j}]", put_in(equation.right, scope, Entry(0, j)), measured.Y[0, j])


def total(measured: Measured) -> Node:
    """The loss as the sum of all ℓ, divided where it is a mean, and the penalties."""
    n, width = measured.values.shape
    places = [(i, j) for i in range(min(n, MOST_TERMS)) for j in range(width)][:MOST_TERMS]
    terms = tuple(weighed(measured, i, Number(measured.values[i, j])) for i, j in [*places[:-1], (n - 1, width - 1)])
    found: Node = Total(terms, n * width - len(terms))
    if measured.divisor != 1.0:
        found = Op("/", found, Number(measured.divisor))
    return Op("+", found, Number(measured.penalties)) if measured.penalties else found


def weighed(measured: Measured, row: int, node: Node) -> Node:
    """A term times the weight of its sample, if samples have weights."""
    return node if measured.weights is None else Op("·", Number(measured.weights[row]), node)


def derivative(trace: TracedStep) -> tuple[str, Equation | None]:
    """(the array that the backward pass begins with, ∂ℓ by it)."""
    loss = trace.measured.loss
    found = [each for each in formulas_of(type(loss)) if each.name.startswith("∂")]
    return "dZ" if loss.output_activation else "dA", found[0] if found else None


def gradient_of_loss(trace: TracedStep) -> Iterator[Piece]:
    """dZ or dA of the last layer."""
    name, slope = derivative(trace)
    array, measured = rows_of(getattr(loss_layer(trace.layers), name)), by_row(trace.measured)
    if slope is not None:
        weights: Node = Name(slope.name)
        weights = weights if measured.weights is None else Op("", Name("w"), weights)
        right = weights if measured.divisor == 1.0 else Op("/", weights, Number(measured.divisor))
        yield Formula(Equation(Name(name), (("=", right),)), f"({', '.join(map(str, array.shape))})")
        yield Formula(slope)
        j = int(np.abs(array[0]).argmax())
        numbers = weighed(measured, 0, put_in(slope.right, scope_of_loss(trace), Entry(0, j)))
        numbers = numbers if measured.divisor == 1.0 else Op("/", numbers, Number(measured.divisor))
        yield Worked(f"{name}[0, {j}]", numbers, array[0, j])
    yield Matrix(name, array)


def penalty_slope(equation: Equation, layer: TracedLayer, penalty: Penalty | None) -> Equation:
    """The formula of a weight's gradient with what the penalty adds to it."""
    name = equation.name.removeprefix("d")
    parameter = layer.layer.parameters(layer.input_shape).get(name)
    if equation.name == name or parameter is None or not parameter.is_penalized:
        return equation
    acting = parameter.penalty or penalty
    if acting is None:
        return equation
    for slope in (each for each in formulas_of(type(acting)) if each.name == "P'"):
        known = {symbol: Number(value) for symbol, value in settings_of(acting).items()} | {"w": Name(name)}
        return Equation(equation.left, (("=", Op("+", equation.right, replaced(slope.right, known))),))
    return equation
