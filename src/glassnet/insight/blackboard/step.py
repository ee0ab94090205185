"""A training step as a person would write it on a blackboard: formula, numbers put in, result."""

from collections.abc import Iterator, Sequence

import numpy as np

from glassnet.insight.blackboard.loss import gradient_of_loss, loss_pieces, penalty_slope
from glassnet.insight.blackboard.naming import (
    activation_formulas,
    activation_of,
    backward_formulas,
    forward_formulas,
    functions_in,
    is_gradient,
    names_in,
    scope_of,
)
from glassnet.insight.blackboard.update import update_pieces
from glassnet.insight.blackboard.working import place_of, worked
from glassnet.insight.layer_trace import TracedLayer
from glassnet.insight.notation.docstrings import formulas_of
from glassnet.insight.notation.tree import Equation
from glassnet.insight.pages.pieces import Formula, Heading, Matrix, Piece, Words
from glassnet.insight.traced_step import TracedStep
from glassnet.layers.layer import rows_of

MOST_NAMED = 8  # columns
ELSEWHERE = ("X", "G", "dG", "dA")  # given by the layers around, and shown there


def page_of(trace: TracedStep) -> list[Piece]:
    """The whole step."""
    n = len(trace.measured.Y)
    step = f"One training step on {n} row{'' if n == 1 else 's'}"
    about = [trace.measured.loss.name, *([] if trace.rule is None else [repr(trace.rule)])]
    return [
        Heading(f"{step}: {', '.join(about)}", 1),
        *forward_pieces(trace.layers),
        Heading("The loss", 1),
        *loss_pieces(trace),
        *backward_pieces(trace),
        *update_pieces(trace),
    ]


def forward_pieces(layers: Sequence[TracedLayer]) -> list[Piece]:
    """The forward pass through all layers."""
    return [Heading("Forward", 1), *_forward(layers, "the data")]


def _forward(layers: Sequence[TracedLayer], source: str) -> Iterator[Piece]:
    for layer in layers:
        yield Heading(titled(layer))
        if source == "the data":
            yield Matrix("X", layer.X)
        else:
            yield Words(f"X is {source}.")
        if layer.predicted and layer.layer.random:
            yield Words("Inactive, as in prediction; in training it draws new values for each batch.")
        if layer.inner:
            yield from _forward_inside(layer)
            yield Heading(f"layer {layer.path} again")
            if is_beside(layer):
                are = "G₀, G₁, … are the A of layers" if len(layer.inner) > 1 else "G₀ is the A of layer"
                yield Words(f"{are} {beside(layer)}.")
            elif "G" in layer.symbols:
                yield Words(f"G is the A of layer {layer.inner[-1].path}.")
            elif layer.layer.loss_inside:
                yield Words(f"P is the A of layer {layer.inner[-1].path}.")
        yield from _of_one_column(layer)
        shown = layer_shown(layer)
        if shown is not layer:
            yield Matrix("X", shown.X)
        yield from _equations(shown, forward_formulas(shown), "", "A")
        yield from _of_all_columns(layer, "A")
        source = f"the A of layer {layer.path}"


def _forward_inside(layer: TracedLayer) -> Iterator[Piece]:
    """The layers inside, side by side on some columns each, or one after the other."""
    source = f"the X of layer {layer.path}"
    for k, inner in enumerate(layer.inner):
        given = f"{columns_of(layer, k)} of {source}" if is_beside(layer) else source
        yield from _forward([inner], given)
        source = source if is_beside(layer) else f"the A of layer {inner.path}"


def is_beside(layer: TracedLayer) -> bool:
    """Whether the layers inside stand side by side, each with an X of its own."""
    return hasattr(layer, "X0")


def beside(layer: TracedLayer) -> str:
    """The layers inside, by their paths."""
    return ", ".join(inner.path for inner in layer.inner[:MOST_NAMED]) + ", …" * (len(layer.inner) > MOST_NAMED)


def columns_of(layer: TracedLayer, k: int) -> str:
    """The columns that layer k inside reads, in words."""
    if not hasattr(layer.layer, "columns"):  # a layer of a person's own
        return "some columns"
    columns = list(map(str, layer.layer.columns[k]))
    more = f" and {len(columns) - MOST_NAMED} more" if len(columns) > MOST_NAMED else ""
    return f"column{'' if len(columns) == 1 else 's'} {', '.join(columns[:MOST_NAMED])}{more}"


def telling_column(layer: TracedLayer) -> int:
    """Where the formula is about one column of X, or one member: where the first sample has its largest gradient."""
    first = np.abs(getattr(layer, "dX", layer.X)[0])
    return int(first.reshape(len(layer.columns), -1).max(axis=1).argmax())


def layer_shown(layer: TracedLayer) -> TracedLayer:
    """The layer, or one column of it."""
    return layer.of_column(telling_column(layer)) if layer.columns else layer


def _of_one_column(layer: TracedLayer) -> Iterator[Piece]:
    if len(layer.columns) > 1:
        k = telling_column(layer)
        of = "member" if layer.X.ndim > 2 else "column"
        yield Words(f"The formulas are about one {of} of X each; here it is {of} {k}.")


def _of_all_columns(layer: TracedLayer, name: str) -> Iterator[Piece]:
    """What came of all columns, side by side."""
    if len(layer.columns) > 1 and hasattr(layer, name):
        array = getattr(layer, name)
        yield Words(f"{name} of all {'columns, side by side' if array.ndim == 2 else 'members, a row for each'}:")
        yield Matrix(name, rows_of(array))


def titled(layer: TracedLayer) -> str:
    """The layer's number and what it is."""
    return f"layer {layer.path}: {layer.layer!r}"


def definition(layer: TracedLayer, equation: Equation) -> Iterator[Piece]:
    """The formula of the activation, or of its slope, where an equation uses it."""
    f = activation_of(layer)
    if f is None:
        return
    formulas = activation_formulas(f)
    for used in (name for name in functions_in(equation.right) if name in formulas):
        yield Formula(formulas[used])
        inside = {*names_in(formulas[used].right), *functions_in(formulas[used].right)}
        yield from (Formula(each) for name, each in formulas.items() if name in inside)


def _equations(layer: TracedLayer, equations: Sequence[Equation], prefix: str, *ends: str) -> Iterator[Piece]:
    """Every formula with what it is given, one entry worked out, and the result."""
    scope = scope_of(layer)
    known = {*ELSEWHERE, *(each.name for each in equations)}
    for equation in equations:
        for name in names_in(equation.right):
            if name not in known and np.ndim(scope.values.get(name, 0.0)) > 0 and name not in "za":
                known.add(name)
                if not is_gradient(equation.name):
                    yield Matrix(name, scope.values[name])
        yield from definition(layer, equation)
        yield from worked(equation, scope, place_of(layer))
    if not formulas_of(type(layer.layer)):  # one of a person's own, whose docstring says none
        names = layer.layer.parameters(layer.input_shape)
        yield from (Matrix(f"{prefix}{name}", getattr(layer, f"{prefix}{name}")) for name in (*names, *ends))


def backward_pieces(trace: TracedStep) -> Iterator[Piece]:
    """The backward pass, from the last layer to the first."""
    yield Heading("Backward", 1)
    yield from gradient_of_loss(trace)
    yield from _backward(trace, trace.layers, None)


def _backward(trace: TracedStep, layers: Sequence[TracedLayer], source: str | None) -> Iterator[Piece]:
    for layer in reversed(layers):
        yield Heading(titled(layer))
        from_scores = source is None and trace.measured.loss.output_activation is not None
        if source is not None:
            yield Words(f"dA is {source}.")
        shown = layer_shown(layer)
        if source is None and layer.layer.loss_inside:
            yield Words("Each member has a loss of its own, so the backward pass begins inside.")
            yield from _backward(trace, layer.inner, None)
            source = f"the dX of layer {layer.inner[0].path}"
            continue
        formulas = [each for each in backward_formulas(shown) if not (from_scores and each.name in ("dZ", "dz"))]
        if layer.inner:
            yield from _backward_inside(trace, layer)
            yield Heading(f"layer {layer.path} again")
            if is_beside(layer):
                yield Words(f"dX₀, dX₁, … are the dX of layers {beside(layer)}, each in its columns.")
            elif "dG" in layer.symbols:
                yield Words(f"dG is the dX of layer {layer.inner[0].path}.")
        yield from _of_one_column(layer)
        yield from _equations(shown, [penalty_slope(each, shown, trace.penalty) for each in formulas], "d", "X")
        yield from _of_all_columns(layer, "dX")
        source = f"the dX of layer {layer.path}"


def _backward_inside(trace: TracedStep, layer: TracedLayer) -> Iterator[Piece]:
    """The layers inside: each with its part of dA where they stand side by side, else from the last to the first."""
    if not is_beside(layer):
        yield from _backward(trace, layer.inner, f"the dA of layer {layer.path}")
        return
    for inner in layer.inner:
        yield from _backward(trace, [inner], f"the part of the dA of layer {layer.path} that belongs to its A")
