"""A frame: what a page paints of one moment of a training."""

import time
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from glassnet.engine.plan import Plan
from glassnet.formulas.elementary import Array
from glassnet.insight.diagnosis.units import slope_at
from glassnet.insight.layer_trace import all_layers
from glassnet.insight.prediction_trace import predicted_layers
from glassnet.playing.maps import Mapper, Plane
from glassnet.playing.simulation import Point, Simulation

SHOWN = 10_000  # rows that a page is sent
MOST_CLASSES = 10
DEAD = 1e-6  # of the largest output of a unit: the range within which it does not respond
EDGE = 0.98
WHOLE_EVERY, UNITS_EVERY = 0.5, 0.1  # seconds
FEW = 64  # units, whose maps come with each frame


@dataclass
class View:
    """What a page looks at."""

    map: int = 100  # cells a side of the large map
    units: int = 50  # and of the units' maps, about
    row: int | None = 0
    axes: tuple[int, int] | None = None
    pins: list[dict[str, Any]] = field(default_factory=list)


class Painter:
    """Makes frames of a simulation for a view; memory for maps is kept between them."""

    def __init__(self, simulation: Simulation, view: View):
        self.simulation, self.view = simulation, view
        n_inputs = simulation.rows.X.shape[1]
        axes = view.axes if view.axes is not None or n_inputs != 2 else (0, 1)
        self.plane = Plane(simulation.rows, None if n_inputs == 1 else axes)
        self.X, self.y = (a[:SHOWN] for a in simulation.rows.all)
        self.mapper = Mapper(simulation.net, self.plane, view.map, view.units) if view.map else None
        self.next_whole, self.next_units = 0.0, 0.0
        self.faults: tuple[list[list[int]], list[list[int]]] = [], []
        self.probe = simulation.rows.X[:: max(1, len(simulation.rows.X) // 200)]

    def rows(self) -> tuple[dict[str, Any], list[Array]]:
        """The rows as the network sees them, and where they are on the maps."""
        rows = self.simulation.rows
        message = {"event": "rows", "n": len(rows.y), "n_held_out": len(rows.y_held), "shown": len(self.y)}
        places = self.plane.places(self.X.astype(np.float64))
        if places.shape[1] == 1:  # along one input, the target is the height
            places = np.column_stack([places, self.y])
        return {**message, "plane": self.plane.described(), "names": None}, [
            as_floats(a) for a in (self.X, self.y, places)
        ]

    def frame(self, number: int, running: bool, curves_from: int) -> tuple[dict[str, Any], list[Array]]:
        """A header and its arrays; `curves_from` is the first point of the curves that the page lacks.

        While training runs, what nobody reads as fast comes less often: the maps of many units ten times a second,
        predictions and units that sleep twice.
        """
        simulation, parts = self.simulation, dict[str, Array]()
        whole = not running or time.monotonic() >= self.next_whole
        if whole:
            self.next_whole, self.faults = time.monotonic() + WHOLE_EVERY, self.asleep()
        parts["parameters"] = as_floats(simulation.net.parameters)
        parts["gradients"] = as_floats(simulation.gradients())
        header = self.moment(number, running) | {"curves": curves(simulation.points(curves_from), curves_from)}
        if self.mapper is not None:
            header["scales"] = self.add_maps(parts, whole or time.monotonic() >= self.next_units)
        if whole:
            outputs = self.predictions(simulation.net.outputs(self.X)[0])
            parts["predictions"] = as_floats(outputs)
        header |= {"parts": [described(name, array) for name, array in parts.items()], **self.at_row(whole)}
        return header, list(parts.values())

    def predictions(self, outputs: Array) -> Array:
        """What the page shows of outputs: a number, or probabilities, (n, columns)."""
        rows = self.simulation.rows
        return (
            rows.point(outputs)[:, None]
            if rows.task == "number"
            else outputs.reshape(len(outputs), -1)[:, :MOST_CLASSES]
        )

    def moment(self, number: int, running: bool) -> dict[str, Any]:
        """The numbers of a moment."""
        simulation = self.simulation
        last = simulation.last or simulation.beginning
        steps = simulation.stepping
        name, (dead, saturated) = simulation.metric, self.faults
        return {
            "event": "frame",
            "number": number,
            "step": simulation.step,
            "epoch": simulation.epoch,
            "at_most_back": simulation.at_most_back,
            "running": running,
            "loss": plain(last.loss),
            "batch_loss": plain(steps.loss),
            "held_out_loss": plain(last.held_out),
            "metrics": {name: plain(last.metric), f"held_out_{name}": plain(last.held_out_metric)} if name else {},
            "gradient_norms": self.gradient_norms(),
            "dead": dead,
            "saturated": saturated,
            "map": self.view.map,
            "axes": self.plane.axes,
            "extent": self.plane.extent,
        }

    def add_maps(self, parts: dict[str, Array], of_units: bool) -> list[float]:
        """The map of the prediction, and those of all units if their time has come."""
        assert self.mapper is not None
        maps, rows, shape = self.mapper.maps(of_units), self.simulation.rows, self.mapper.shape
        if maps.units is not None:
            parts["maps"] = maps.units
            self.next_units = 0.0 if len(maps.units) <= FEW else time.monotonic() + UNITS_EVERY
        out = maps.outputs
        if rows.task == "number":
            parts["surface"] = as_floats(rows.point(out).reshape(shape))
        elif rows.task == "binary":
            parts["regions"] = (out[:, 0] > 0.5).astype(np.uint8).reshape(shape)
            parts["confidence"] = to_bytes(np.maximum(out[:, 0], 1 - out[:, 0])).reshape(shape)
        else:
            regions, confidence = largest(out)
            parts["regions"], parts["confidence"] = regions.reshape(shape), to_bytes(confidence).reshape(shape)
        return maps.scales

    def gradient_norms(self) -> list[float]:
        """The length of the gradient of each dense layer's weights."""
        plan: Plan = self.simulation.stepping.run.job.plan
        nodes = [column.node for column in self.simulation.drawn.columns]
        return [float(np.linalg.norm(node.places["W"].of(plan.gradients))) for node in nodes]

    def asleep(self) -> tuple[list[list[int]], list[list[int]]]:
        """Hidden units that give the same for all rows, and those at the end of a bounded activation for nearly all."""
        dead: list[list[int]] = []
        saturated: list[list[int]] = []
        layers = dense_of(self.simulation, self.probe)
        for layer in layers[:-1]:
            low, high = layer.A.min(axis=0), layer.A.max(axis=0)
            constant = high - low <= DEAD * np.maximum(1.0, np.abs(high))
            dead.append(np.flatnonzero(constant).tolist())
            f = layer.layer.activation
            learned = [getattr(layer, name) for name in f.learned]
            try:
                slope = np.abs(f.slope(layer.Z, layer.A, *learned)) / (slope_at(f, 0.0) or 1.0)
            except NotImplementedError:  # softmax, which has no slope of its own
                saturated.append([])
                continue
            flat = (slope < 1 - EDGE).mean(axis=0) > EDGE
            saturated.append(np.flatnonzero(flat & ~constant).tolist())
        return dead, saturated

    def at_row(self, whole: bool) -> dict[str, Any]:
        """What the chosen row does to the units, where the frame is a whole one, and the pinned numbers."""
        found: dict[str, Any] = {}
        simulation = self.simulation
        if whole and self.view.row is not None and self.view.row < len(self.X):
            layers = dense_of(simulation, self.X[self.view.row][None])
            found["activity"] = [layer.A[0].tolist() for layer in layers]
        if self.view.pins:
            places, plan = simulation.drawn.nodes, simulation.stepping.run.job.plan
            found["pins"] = []
            for pin in self.view.pins:
                place, index = places[pin["layer"]].places[pin["parameter"]], tuple(pin["index"])
                value, gradient = place.of(plan.parameters)[index], place.of(plan.gradients)[index]
                found["pins"].append({**pin, "value": float(value), "gradient": float(gradient)})
        return found


def dense_of(simulation: Simulation, X: Array) -> list[Any]:
    """The layers that are drawn, each with its arrays in the prediction of rows."""
    layers = list(all_layers(predicted_layers(simulation.net, X)))
    return [layers[k] for k in simulation.drawn.dense]


def curves(new: list[Point], first: int) -> dict[str, Any]:
    """The points of the curves from one on, a list for each."""
    return {
        "from": first,
        "epoch": [p.epoch for p in new],
        "loss": [plain(p.loss) for p in new],
        "held_out": [plain(p.held_out) for p in new],
        "metric": [plain(p.metric) for p in new],
        "held_out_metric": [plain(p.held_out_metric) for p in new],
    }


def described(name: str, array: Array) -> dict[str, Any]:
    """What the page is told about an array."""
    return {"name": name, "dtype": array.dtype.name, "shape": list(array.shape)}


def as_floats(array: Array) -> Array:
    """The array as it is sent."""
    return np.ascontiguousarray(array, np.float32)


def largest(out: Array) -> tuple[Array, Array]:
    """(the first column with the largest number of each row, this number); of few columns faster than `argmax`.

    >>> [each.tolist() for each in largest(np.array([[0.2, 0.8], [0.5, 0.5]]))]
    [[1, 0], [0.8, 0.5]]
    """
    where, most = np.zeros(len(out), np.uint8), out[:, 0].copy()
    for k in range(1, out.shape[1]):
        more = out[:, k] > most
        where[more] = k
        np.copyto(most, out[:, k], where=more)
    return where, most


def to_bytes(shares: Array) -> Array:
    """Shares from 0 to 1 as bytes."""
    scaled: Array = np.nan_to_num(255 * shares).clip(0, 255).astype(np.uint8)
    return scaled


def plain(value: float | None) -> float | None:
    """A number as JSON holds it; None for one that is not finite."""
    return None if value is None or not np.isfinite(value) else float(value)
