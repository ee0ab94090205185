"""What can be asked of a moment of a training; the library's own explanations answer."""

from typing import Any

import numpy as np

from glassnet.errors import InvalidInput
from glassnet.formulas.elementary import Array
from glassnet.insight.blackboard.naming import forward_formulas, scope_of
from glassnet.insight.blackboard.step import definition, titled
from glassnet.insight.blackboard.working import worked
from glassnet.insight.diagnosis.diagnose import diagnose
from glassnet.insight.layer_trace import TracedLayer, all_layers
from glassnet.insight.pages.as_html import as_html
from glassnet.insight.pages.as_text import as_text
from glassnet.insight.pages.pieces import Heading, Matrix, Piece
from glassnet.insight.prediction_trace import predicted_layers
from glassnet.insight.trace import Trace, trace
from glassnet.layers.residual import Residual
from glassnet.playing.building import loss_of, settings_of, targets_of
from glassnet.playing.drawn import Column
from glassnet.playing.simulation import Simulation

MOST_ROWS = 64  # of a trace: its page shows a number for each


def check_row(simulation: Simulation, row: object) -> int:
    """The number of a row; InvalidInput for another."""
    n = len(simulation.rows.all[0])
    if type(row) is not int or not 0 <= row < n:
        raise InvalidInput(f"row must be a whole number from 0 to {n - 1}, got {row!r}.")
    return row


def traced(simulation: Simulation, row: int | None) -> tuple[Trace, list[int]]:
    """(the step on one row, or on rows that are trained on, their numbers)."""
    X, y = simulation.rows.all
    chosen = [row] if row is not None else list(range(min(MOST_ROWS, len(simulation.rows.y))))
    settings = settings_of(simulation.scene, simulation.rows)
    y = targets_of(simulation.scene, simulation.rows, y[chosen])
    step = trace(simulation.net, X[chosen], y, loss=settings["loss"], penalty=settings["penalty"])
    return step, chosen


def why(simulation: Simulation, layer: int, parameter: str, index: list[int], row: int | None) -> dict[str, Any]:
    """The chain rule for one parameter, on a row or on the first rows that are trained on."""
    step, rows = traced(simulation, row)
    place = (layer, parameter, index)
    check_place(simulation, *place)
    names = {"W": "weight", "b": "bias"}
    entry: dict[str, Any] = {names.get(parameter, parameter): tuple(index) if len(index) > 1 else index[0]}
    answer = step.why(layer=simulation.drawn.nodes[layer].path, **entry)
    factors = [
        {"name": name, "values": as_list(np.broadcast_to(v, (len(rows),)))} for name, v in answer.factors.items()
    ]
    return {
        "gradient": answer.gradient,
        "numeric": answer.numeric,
        "factors": factors,
        "products": as_list(answer.products),
        "penalty": answer.penalty,
        "rows": rows,
        "html": answer._repr_html_(),
        "text": str(answer),
    }


def check_place(simulation: Simulation, layer: int, parameter: str, index: list[int]) -> None:
    """Refuse a place that no parameter has."""
    nodes = simulation.drawn.nodes
    known = nodes[layer].places.get(parameter) if 0 <= layer < len(nodes) else None
    shape = () if known is None else known.parameter.shape
    inside = len(index) == len(shape) and all(0 <= k < n for k, n in zip(index, shape, strict=False))
    if known is None or not inside:
        raise InvalidInput(
            f"this network has no such weight or bias ({parameter} of layer {layer}, place {index}): it has changed."
        )


def unit(simulation: Simulation, layer: int, unit: int, row: int) -> dict[str, Any]:
    """A unit's formulas, the same with numbers, and its result, for one row."""
    X = simulation.rows.all[0][[check_row(simulation, row)]]
    check_place(simulation, layer, "b", [unit])
    found = list(all_layers(predicted_layers(simulation.net, X)))[layer]
    scope = scope_of(found)
    pieces: list[Piece] = [Heading(titled(found))]
    for equation in forward_formulas(found):
        shown = worked(equation, scope, (0, unit, 0))
        pieces += [*definition(found, equation), *(piece for piece in shown if not isinstance(piece, Matrix))]
    value = float(found.A[0, unit])
    return {"html": as_html(pieces), "text": as_text(pieces), "value": value, "formula": titled(found)}


def forward(simulation: Simulation, row: int) -> dict[str, Any]:
    """The way of one row through the network."""
    X, y = (each[[check_row(simulation, row)]] for each in simulation.rows.all)
    net = simulation.net
    layers = list(all_layers(predicted_layers(net, X)))
    target = targets_of(simulation.scene, simulation.rows, y)
    loss = net.evaluate(X, target, loss=loss_of(simulation.scene, simulation.rows), metrics=[])["loss"]
    return {
        "layers": [way_through(layers, column) for column in simulation.drawn.columns],
        "input": as_list(X[0]),
        **answered(simulation, y[0], net.outputs(X)[0].ravel()),
        "loss": loss,
    }


def way_through(layers: list[TracedLayer], column: Column) -> dict[str, Any]:
    """What a row makes of the units of a column; `sum` is what leaves a residual layer, with what entered it."""
    layer, last = layers[column.number], layers[column.leaving]
    more = {"sum": as_list(last.A[0])} if isinstance(last.layer, Residual) else {}
    return {"Z": as_list(layer.Z[0]), "A": as_list(layer.A[0]), **more}


def answered(simulation: Simulation, y: Any, output: Array) -> dict[str, Any]:
    """Target and prediction of a row: the names of classes, or numbers on the scale of the table.

    Where the network computes with others than these, they come as `within`.
    """
    rows = simulation.rows
    if rows.classes is not None:
        best = int(output[0] > 0.5) if len(output) == 1 else int(output.argmax())
        return {"target": rows.classes[int(y)], "predicted": rows.classes[best]}
    within = [float(y), float(rows.point(output[None])[0])]
    shown = within if rows.unscaled is None else as_list(rows.unscaled(np.array(within)))
    more: dict[str, Any] = {} if rows.unscaled is None else {"within": within}
    if rows.said is not None:
        more["interval"] = rows.said.interval(output[None])
    return {"target": shown[0], "predicted": shown[1], **more}


def check(simulation: Simulation) -> dict[str, Any]:
    """Every gradient beside a finite difference."""
    step, _ = traced(simulation, None)
    found = step.check()
    return {"max_error": found.max_error, "ok": found.max_error < 1e-5, "html": found._repr_html_(), "text": str(found)}


def diagnosis(simulation: Simulation) -> dict[str, Any]:
    """What `diagnose` finds."""
    rows, settings = simulation.rows, settings_of(simulation.scene, simulation.rows)
    y, y_held = (targets_of(simulation.scene, rows, each) for each in (rows.y, rows.y_held))
    held = (rows.X_held, y_held) if len(rows.y_held) else None
    found = diagnose(simulation.net, rows.X, y, loss=settings["loss"], held_out=held)
    findings = [
        {"title": each.title, "text": " ".join(text for _, text in each.sentences()), "severity": "warning"}
        for each in found
    ]
    return {"findings": findings, "summary": found.summary()}


def as_list(array: Array) -> list[float]:
    """Numbers as JSON holds them."""
    return [float(v) for v in np.asarray(array).ravel()]
