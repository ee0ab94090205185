"""Why a gradient is what it is: the chain rule for one parameter in every sample, and a finite difference beside it."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np

from glassnet.errors import InvalidInput, UnknownName
from glassnet.formulas.elementary import Array
from glassnet.insight.gradient_check import STEPS, numeric_gradient
from glassnet.insight.naming import activation_formulas, activation_of, backward_formulas, scope_of, uses, walk
from glassnet.insight.notation.docstrings import symbol
from glassnet.insight.notation.numbers import ONES, Entry, NoEntry, is_product, put_in, shape, value
from glassnet.insight.notation.text import Writer, decimals
from glassnet.insight.notation.tree import Equation, Name, Node, Number, Op, Total
from glassnet.insight.of_loss import derivative, penalty_slope, scope_of_loss
from glassnet.insight.page import Formula, Heading, Piece, Rows, Words, Worked
from glassnet.insight.page_html import as_html
from glassnet.insight.page_text import as_text
from glassnet.insight.traced import TracedLayer, all_layers

SHORT = {"weight": "W", "bias": "b"}  # what parameters are called beside their own names
MOST_SAMPLES = 6  # that the table shows, those that count most


@dataclass(frozen=True)
class Why:
    """The gradient of the loss by one parameter.

    Attributes
    ----------
    factors
        For each factor of the chain rule its number in every sample, (n,), by what it is, such as "X[i, 0]".
    products
        Their product in every sample, (n,).
    penalty
        What the penalty adds.
    gradient
        The sum of the products and the penalty as the backward pass found it.
    numeric
        The central difference of the loss, in float64: the witness.

    `print(why)` shows them; a notebook does by itself.
    """

    factors: Mapping[str, Array]
    products: Array
    penalty: float
    gradient: float
    numeric: float
    page: Sequence[Piece]

    def __repr__(self) -> str:
        return f"Why(gradient={self.gradient:.6g}, numeric={self.numeric:.6g})"

    def __str__(self) -> str:
        return self.text()

    def text(self, width: int | None = None) -> str:
        """As text, for a width in columns; by default that of the terminal, 80 to 120."""
        return as_text(self.page, width)

    def _repr_html_(self) -> str:
        return as_html(self.page)


def why(trace: Any, path: int | str, given: Mapping[str, Any]) -> Why:
    """The chain rule for the parameter that `given` names with its place."""
    layer = layer_at(trace.layers, str(path))
    name, place = parameter_at(layer, given)
    gradient = float(getattr(layer, "d" + name)[place])
    numeric, h = witness(trace, f"{layer.path}.{name}", place)
    linked = layer is trace.layers[-1] and trace.measured.loss.link is not None
    formulas = {each.name: each for each in backward_formulas(layer)}
    if linked:
        formulas["dZ"] = Equation(Name("dZ"), (("=", Name("∂ℓ/∂z")),))
    equation = formulas.get("d" + symbol(name))
    parts = Parts(trace, layer, formulas, linked)
    factors = parts.of_parameter(equation, place)
    products = np.prod(np.broadcast_arrays(*factors.values()), axis=0) if factors else np.zeros(0)
    full = equation and penalty_slope(equation, layer, trace.penalty)
    penalty = 0.0
    if full is not None and full is not equation:
        spot = Entry(*place) if len(place) == 2 else Entry(0, place[0])
        penalty = float(value(put_in(full.right.right, parts.scope, spot)))
    label = f"{symbol(name)}[{', '.join(map(str, place))}]"
    page = [
        Heading(f"∂L/∂{label} of layer {layer.path}, {layer.layer!r}: {decimals(gradient)}", 1),
        *([] if full is None else _formulas(full, formulas, layer, trace, linked)),
        *_table(factors, products, penalty),
        *_way(trace, layer, place, products),
        Heading("The witness"),
        Words(f"(L(p + h) − L(p − h)) / 2h with p = {label} and h = {decimals(h)} is {exact(numeric)};"),
        Words(f"the chain rule gave {exact(gradient)}."),
    ]  # fmt: skip
    return Why(factors, products, penalty, gradient, numeric, page)


def layer_at(layers: Sequence[TracedLayer], path: str) -> TracedLayer:
    """The layer at a path; refused where there is none."""
    known = {each.path: each for each in all_layers(layers)}
    if path not in known:
        raise InvalidInput(f"there is no layer {path!r}; the layers are {', '.join(known)}.")
    return known[path]


def parameter_at(layer: TracedLayer, given: Mapping[str, Any]) -> tuple[str, tuple[int, ...]]:
    """(the parameter's name, the place in it) from `weight=(0, 2)`, `bias=1`, `gamma=0`; refused with what there is."""
    known = list(layer.layer.parameters(layer.X.shape[1:]))
    if not known:
        raise InvalidInput(f"layer {layer.path}, {layer.layer!r}, has no parameters of its own.")
    if len(given) != 1:
        raise InvalidInput(f"why takes one parameter with its place, such as {known[0]}=…, got {dict(given)!r}.")
    asked, place = next(iter(given.items()))
    name = SHORT.get(asked, asked)
    if name not in known:
        long = {short: word for word, short in SHORT.items()}
        raise UnknownName(f"parameter of layer {layer.path}", asked, [long.get(each, each) for each in known])
    shape = getattr(layer, name).shape
    numbers = place if isinstance(place, tuple) else (place,)
    whole = all(isinstance(k, (int, np.integer)) and not isinstance(k, bool) for k in numbers)
    if not whole or len(numbers) != len(shape) or not all(0 <= k < n for k, n in zip(numbers, shape, strict=True)):
        last = tuple(n - 1 for n in shape) if len(shape) > 1 else shape[0] - 1
        raise InvalidInput(f"{name} of layer {layer.path} goes from 0 to {asked}={last}, got {asked}={place!r}.")
    return name, tuple(int(k) for k in numbers)


def witness(trace: Any, name: str, place: tuple[int, ...]) -> tuple[float, float]:
    """(the central difference of the loss by one parameter in float64, its h)."""
    step = trace.step("float64")
    step.forward()
    step.backward()
    plan, where = step.plan, step.plan.layout.places[name]
    entry = np.array([np.ravel_multi_index(place, where.parameter.shape)])
    analytic = where.of(plan.gradients).ravel()[entry]
    found = numeric_gradient(step.forward, where.of(plan.parameters).reshape(-1), entry, analytic)
    return float(found[0]), STEPS["float64"][0]


class Parts:
    """The factors of a gradient in every sample."""

    def __init__(self, trace: Any, layer: TracedLayer, formulas: Mapping[str, Equation], linked: bool):
        self.trace, self.layer, self.formulas, self.linked = trace, layer, formulas, linked
        self.scope = scope_of(layer)

    def of_parameter(self, equation: Equation | None, place: tuple[int, ...]) -> dict[str, Array]:
        """The factors of Xᵀ dZ or 1ᵀ dZ, by what they are; none where the formula is another, or says nothing here."""
        if equation is None or not is_product(equation.right, self.scope):
            return {}
        left, right = equation.right.left, equation.right.right
        rows = np.arange(shape(right, self.scope)[0])
        with suppress(NoEntry):
            first = {} if left == ONES else self.of(left.body, Entry(rows, place[0]))
            return first | self.of(right, Entry(rows, place[-1]))
        return {}

    def of(self, node: Node, entry: Entry) -> dict[str, Array]:
        """The factors of a tree at an entry of every row."""
        if isinstance(node, Op) and node.sign in ("", "⊙", "·"):
            return self.of(node.left, entry) | self.of(node.right, entry)
        if node == Name("dZ") and self.linked:
            return self.of_loss(entry)
        if node == Name("dZ") and "dZ" in self.formulas:
            return self.of(self.formulas["dZ"].right, entry)
        label = Writer(name=lambda name: f"{name.text}[i, {entry.column}]").write(node)
        return {label: np.asarray(value(put_in(node, self.scope, entry))) * np.ones(len(entry.row))}

    def of_loss(self, entry: Entry) -> dict[str, Array]:
        """∂ℓ/∂z of a sample, its weight, and one over what the loss is divided by."""
        measured, (_, slope) = self.trace.measured, derivative(self.trace)
        if slope is None:
            return {f"dZ[i, {entry.column}]": self.layer.dZ[:, entry.column]}
        n = len(entry.row)
        found = {f"∂ℓ/∂z[i, {entry.column}]": value(put_in(slope.right, scope_of_loss(self.trace), entry)) * np.ones(n)}
        if measured.weights is not None:
            found["w[i]"] = measured.weights
        return found | (
            {} if measured.divisor == 1.0 else {f"1 / {decimals(measured.divisor)}": np.full(n, 1 / measured.divisor)}
        )


def _formulas(
    equation: Equation, formulas: Mapping[str, Equation], layer: TracedLayer, trace: Any, linked: bool
) -> Iterator[Piece]:
    """What the chain rule is made of."""
    yield Formula(equation)
    names = [each.text for each in walk(equation.right) if isinstance(each, Name)]
    f = activation_of(layer)
    if "dZ" in names and not linked and "dZ" in formulas:
        yield Formula(formulas["dZ"])
        if uses(formulas["dZ"].right, "f'") and "f'" in activation_formulas(f):
            yield Formula(activation_formulas(f)["f'"])
    if "dZ" in names and linked:
        divisor = trace.measured.divisor
        slope: Node = Name("∂ℓ/∂z")
        yield Formula(Equation(Name("dZ"), (("=", slope if divisor == 1.0 else Op("/", slope, Number(divisor))),)))
        yield from (Formula(each) for each in derivative(trace)[1:] if each is not None)


def exact(number: float) -> str:
    """Eight digits, in which a gradient and its witness may be seen to differ."""
    return f"{number:.8g}".replace("-", "−", 1) if number < 0 else f"{number:.8g}"


def _table(factors: Mapping[str, Array], products: Array, penalty: float) -> Iterator[Piece]:
    """The factors and their product in the samples that count most, the sum over all, and the penalty."""
    if not factors:
        return
    n = len(products)
    shown = np.sort(np.argsort(-np.abs(products), kind="stable")[:MOST_SAMPLES])
    header = ("sample i", *factors, "product")
    lines = [(str(i), *(decimals(column[i]) for column in factors.values()), decimals(products[i])) for i in shown]
    blank = [""] * len(factors)
    if n > len(shown):
        others = products.sum() - products[shown].sum()
        lines.append((f"{n - len(shown)} more", *blank, decimals(others)))
    lines.append((f"sum over {n}", *blank, decimals(products.sum())))
    if penalty:
        lines.append(("the penalty", *blank, decimals(penalty)))
        lines.append(("together", *blank, decimals(products.sum() + penalty)))
    yield Rows((header, *lines))


def _way(trace: Any, layer: TracedLayer, place: tuple[int, ...], products: Array) -> Iterator[Piece]:
    """How dA of the sample that counts most came back through the later layers, along its largest term."""
    later = [each for each in trace.layers if "." not in layer.path and int(each.path) > int(layer.path)]
    if not later or not len(products):
        return
    i, j = int(np.abs(products).argmax()), place[-1]
    if i >= len(layer.A):
        return
    yield Heading(f"Where its dA[{i}, {j}] comes from (sample {i}, along the largest term)")
    for each in later:
        scope, formulas = scope_of(each), {formula.name: formula for formula in backward_formulas(each)}
        with suppress(NoEntry, KeyError):
            numbers = put_in(formulas["dX"].right, scope, Entry(i, j))
            yield Worked(f"dX[{i}, {j}] of layer {each.path}", numbers, each.dX[i, j])
            if isinstance(numbers, Total):
                j = int(np.argmax([abs(value(term)) for term in numbers.terms]))
            if each is trace.layers[-1]:
                yield from _from_loss(trace, i, j)
            elif "dZ" in formulas and hasattr(each, "Z"):
                yield Worked(
                    f"dZ[{i}, {j}] of layer {each.path}",
                    put_in(formulas["dZ"].right, scope, Entry(i, j)),
                    each.dZ[i, j],
                )


def _from_loss(trace: Any, i: int, j: int) -> Iterator[Piece]:
    """Where the way ends: the slope of the loss."""
    name, slope = derivative(trace)
    if slope is not None:
        numbers: Node = put_in(slope.right, scope_of_loss(trace), Entry(i, j))
        divisor = trace.measured.divisor
        numbers = numbers if divisor == 1.0 else Op("/", numbers, Number(divisor))
        if trace.measured.weights is not None:
            numbers = Op("·", Number(trace.measured.weights[i]), numbers)
        yield Worked(
            f"{name}[{i}, {j}] of layer {trace.layers[-1].path}", numbers, getattr(trace.layers[-1], name)[i, j]
        )
