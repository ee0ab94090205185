"""The chain rule on the blackboard: its formulas, its factors as a table, and the way back from the loss."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from glassnet.formulas.elementary import Array
from glassnet.insight.blackboard.loss import derivative, scope_of_loss
from glassnet.insight.blackboard.naming import (
    activation_formulas,
    activation_of,
    backward_formulas,
    scope_of,
    uses,
    walk,
)
from glassnet.insight.blackboard.rows import RowNames, row_names
from glassnet.insight.layer_trace import TracedLayer, all_layers, loss_layer
from glassnet.insight.notation.numbers import Entry, NoEntry, put_in, value
from glassnet.insight.notation.text import decimals
from glassnet.insight.notation.tree import Equation, Name, Node, Number, Op, Total
from glassnet.insight.pages.pieces import Formula, Heading, Piece, Rows, Worked
from glassnet.insight.traced_step import TracedStep
from glassnet.layers.layer import rows_of
from glassnet.layers.sequences.attention import Attention
from glassnet.layers.sequences.recurrent import Recurrent

MOST_SAMPLES = 6  # that the table shows, those that count most


def formulas_used(
    equation: Equation, formulas: Mapping[str, Equation], layer: TracedLayer, trace: TracedStep, from_scores: bool
) -> Iterator[Piece]:
    """What the chain rule is made of."""
    yield Formula(equation)
    names = [each.text for each in walk(equation.right) if isinstance(each, Name)]
    f = activation_of(layer)
    if "dZ" in names and not from_scores and "dZ" in formulas:
        yield Formula(formulas["dZ"])
        if uses(formulas["dZ"].right, "f'") and "f'" in activation_formulas(f):
            yield Formula(activation_formulas(f)["f'"])
    if "dZ" in names and from_scores:
        divisor = trace.measured.divisor
        slope: Node = Name("∂ℓ/∂z")
        yield Formula(Equation(Name("dZ"), (("=", slope if divisor == 1.0 else Op("/", slope, Number(divisor))),)))
        yield from (Formula(each) for each in derivative(trace)[1:] if each is not None)


def exact(number: float) -> str:
    """Eight digits, in which a gradient and its finite difference may be seen to differ."""
    return f"{number:.8g}".replace("-", "−", 1) if number < 0 else f"{number:.8g}"


def table(factors: Mapping[str, Array], products: Array, penalty: float, rows: RowNames) -> Iterator[Piece]:
    """The factors and their product in the rows that count most, the sum over all, and the penalty."""
    if not factors:
        return
    n = len(products)
    shown = np.sort(np.argsort(-np.abs(products), kind="stable")[:MOST_SAMPLES])
    header = (rows.header, *factors, "product")
    lines = [
        (rows.short(i), *(decimals(column[i]) for column in factors.values()), decimals(products[i])) for i in shown
    ]
    blank = [""] * len(factors)
    if n > len(shown):
        others = products.sum() - products[shown].sum()
        lines.append((f"{n - len(shown)} more", *blank, decimals(others)))
    lines.append((f"sum over {n}", *blank, decimals(products.sum())))
    if penalty:
        lines.append(("the penalty", *blank, decimals(penalty)))
        lines.append(("together", *blank, decimals(products.sum() + penalty)))
    yield Rows((header, *lines))


def path_from_loss(trace: TracedStep, layer: TracedLayer, place: tuple[int, ...], products: Array) -> Iterator[Piece]:
    """How dA of the row that counts most came back through the later layers, along its largest term."""
    later = [each for each in trace.layers if "." not in layer.path and int(each.path) > int(layer.path)]
    if not later or not len(products) or any(mixes_steps(each) for each in all_layers([layer, *later])):
        return
    i, j, rows = int(np.abs(products).argmax()), place[-1], row_names(layer, len(products))
    followed = list(_followed(trace, later, rows.places[i], j))
    if followed:
        yield Heading(f"Where its dA[{i}, {j}] comes from ({rows.name(i)}, along the largest term)")
        yield from followed


def mixes_steps(layer: TracedLayer) -> bool:
    """Whether what comes back to a step comes from other steps too."""
    return isinstance(layer.layer, (Recurrent, Attention))


def _followed(trace: TracedStep, later: Sequence[TracedLayer], spot: Array, j: int) -> Iterator[Piece]:
    """The way back at one place of a sample, as far as formulas tell which entry comes from which."""
    for each in later:
        scope, formulas = scope_of(each), {formula.name: formula for formula in backward_formulas(each)}
        dX = np.asarray(scope.values["dX"])
        i = row_names(each, len(dX)).find(spot) if dX.ndim == 2 else None
        if i is None:
            return
        try:
            numbers = put_in(formulas["dX"].right, scope, Entry(i, j))
        except (NoEntry, KeyError):  # side by side, say: whose unit j is, no formula tells
            return
        yield Worked(f"dX[{i}, {j}] of layer {each.path}", numbers, dX[i, j])
        if isinstance(numbers, Total):
            j = int(np.argmax([abs(value(term)) for term in numbers.terms]))
        if each is trace.layers[-1]:
            yield from _from_loss(trace, i, j)
        elif "dZ" in formulas and hasattr(each, "Z"):
            numbers = put_in(formulas["dZ"].right, scope, Entry(i, j))
            yield Worked(f"dZ[{i}, {j}] of layer {each.path}", numbers, scope.values["dZ"][i, j])


def _from_loss(trace: TracedStep, i: int, j: int) -> Iterator[Piece]:
    """Where the path ends: the slope of the loss."""
    (name, slope), last = derivative(trace), loss_layer(trace.layers)
    if slope is not None:
        numbers: Node = put_in(slope.right, scope_of_loss(trace), Entry(i, j))
        divisor, weights = trace.measured.divisor, trace.measured.weights
        numbers = numbers if divisor == 1.0 else Op("/", numbers, Number(divisor))
        if weights is not None:
            numbers = Op("·", Number(weights.ravel()[i]), numbers)
        yield Worked(
            f"{name}[{i}, {j}] of layer {last.path}",
            numbers,
            rows_of(getattr(last, name))[i, j],
        )
