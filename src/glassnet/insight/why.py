"""Why a gradient is what it is: the chain rule for one parameter in every sample, and a finite difference beside it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from glassnet.calls import answered
from glassnet.formulas.elementary import Array
from glassnet.insight.blackboard.chain_rule import exact, formulas_used, path_from_loss, table
from glassnet.insight.blackboard.factors import Factors
from glassnet.insight.blackboard.loss import penalty_slope
from glassnet.insight.blackboard.naming import backward_formulas
from glassnet.insight.blackboard.parameter_place import layer_at, parameter_at
from glassnet.insight.blackboard.rows import row_names
from glassnet.insight.gradient_check import STEPS, numeric_gradient
from glassnet.insight.notation.docstrings import check_docstrings, symbol
from glassnet.insight.notation.numbers import Entry, put_in, value
from glassnet.insight.notation.text import decimals
from glassnet.insight.notation.tree import Equation, Name
from glassnet.insight.pages.pieces import Heading, Piece, Words
from glassnet.insight.pages.shown import Shown
from glassnet.insight.traced_step import TracedStep


@answered
@dataclass(frozen=True)
class Why(Shown):
    """The chain rule for one parameter: why the gradient of the loss with respect to it is what it is.

    Made by `Trace.why`. `print(why)` shows it; so does a notebook.

    Attributes
    ----------
    factors
        The factors of the chain rule by what they are, such as "X[i, 0]"; each holds a number per sample, (n,), or one
        per step or position of each sample, where the layer does the same at all of them.
    products
        Their product in each of these rows.
    penalty
        What the penalty adds.
    gradient
        The gradient from the backward pass: the sum of the products and the penalty.
    numeric
        The central difference of the loss in float64, for comparison.
    page
        The text and formulas that `print` and a notebook show, piece by piece.

    >>> net = gn.Network([gn.Dense(3, "tanh"), gn.Dense(1)]).build(2, seed=0)
    >>> why = gn.trace(net, [[1, 2], [3, 4]], [0, 1], loss="squared_error").why(layer=0, weight=(1, 2))
    >>> len(why.factors), why.products.shape, bool(abs(why.products.sum() - why.gradient) < 1e-6)
    (3, (2,), True)
    """

    factors: Mapping[str, Array]
    products: Array
    penalty: float
    gradient: float
    numeric: float
    page: Sequence[Piece] = field(repr=False)

    def __repr__(self) -> str:
        return f"Why(gradient={self.gradient:.6g}, numeric={self.numeric:.6g})"

    def pieces(self) -> Sequence[Piece]:
        """The pieces of the page."""
        return self.page


def why(trace: TracedStep, path: int | str, given: Mapping[str, Any]) -> Why:
    """The chain rule for the parameter that `given` names with its place."""
    check_docstrings()
    layer = layer_at(trace.layers, str(path))
    name, place = parameter_at(layer, given)
    gradient, label = float(getattr(layer, "d" + name)[place]), f"{symbol(name)}[{', '.join(map(str, place))}]"
    numeric, h = finite_difference(trace, f"{layer.path}.{name}", place)
    if layer.columns:
        layer, place = layer.of_column(place[0]), place[1:]
    place = in_matrix(place, getattr(layer, name).shape, layer.symbols.get(symbol(name)))
    from_scores = layer is trace.layers[-1] and trace.measured.loss.output_activation is not None
    formulas = {each.name: each for each in backward_formulas(layer)}
    if from_scores:
        formulas["dZ"] = Equation(Name("dZ"), (("=", Name("∂ℓ/∂z")),))
    equation = formulas.get("d" + symbol(name))
    parts = Factors(trace, layer, formulas, from_scores)
    factors = parts.of_parameter(equation, place)
    products = np.prod(np.broadcast_arrays(*factors.values()), axis=0) if factors else np.zeros(0)
    full = equation and penalty_slope(equation, layer, trace.penalty)
    penalty = 0.0
    if full is not None and full is not equation:
        spot = Entry(*place) if len(place) == 2 else Entry(0, place[0])
        penalty = float(value(put_in(full.right.right, parts.scope, spot)))
    page = [
        Heading(f"∂L/∂{label} of layer {layer.path}, {layer.layer!r}: {decimals(gradient)}", 1),
        *([] if full is None else formulas_used(full, formulas, layer, trace, from_scores)),
        *table(factors, products, penalty, row_names(layer, len(products))),
        *path_from_loss(trace, layer, place, products),
        Heading("The finite difference"),
        Words(f"(L(p + h) − L(p − h)) / 2h with p = {label} and h = {decimals(h)} is {exact(numeric)};"),
        Words(f"the chain rule gave {exact(gradient)}."),
    ]
    return Why(factors, products, penalty, gradient, numeric, page)


def in_matrix(place: tuple[int, ...], shape: tuple[int, ...], matrix: Array | None) -> tuple[int, ...]:
    """Where an entry stands in the matrix by which the formula calls an array of more axes, such as filters."""
    if matrix is None or matrix.shape == shape:
        return place
    return tuple(int(k) for k in np.unravel_index(np.ravel_multi_index(place, shape), matrix.shape))


def finite_difference(trace: TracedStep, name: str, place: tuple[int, ...]) -> tuple[float, float]:
    """(the central difference of the loss by one parameter in float64, its h)."""
    step = trace.step("float64")
    step.forward()
    step.backward()
    plan, where = step.plan, step.plan.layout.places[name]
    entry = np.array([np.ravel_multi_index(place, where.parameter.shape)])
    analytic = where.of(plan.gradients).ravel()[entry]
    found = numeric_gradient(step.forward, where.of(plan.parameters).reshape(-1), entry, analytic)
    return float(found[0]), STEPS["float64"][0]
