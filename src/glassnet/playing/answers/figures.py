"""The library's own pictures of a moment of a training, to be taken away."""

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from glassnet.drawing import save_figure
from glassnet.errors import InvalidInput, UnknownName
from glassnet.extras import require
from glassnet.formulas.elementary import Array
from glassnet.pictures.network.diagram import diagram
from glassnet.pictures.scores.confusion import confusion
from glassnet.pictures.scores.predicted import predicted_against_true
from glassnet.pictures.spaces.regions import decision_regions
from glassnet.playing.maps import Plane
from glassnet.playing.simulation import Simulation
from glassnet.training.curves import learning_curves
from glassnet.training.history import History, epoch_of

MIMES = {"svg": "image/svg+xml", "png": "image/png"}


def regions(simulation: Simulation, plane: Plane) -> Any:
    """What is predicted over the plane of the maps, with all rows."""
    rows, net = simulation.rows, simulation.net
    if rows.classes is None or rows.X.shape[1] == 1:
        raise InvalidInput("decision regions are for classes and two inputs or more; take “predictions” for numbers.")
    X, y = rows.all
    axes = plane.axes
    names = [rows.features[k] for k in axes] if axes else ["component 1", "component 2"]

    def predict(points: Array) -> Array:
        return net.predict(np.ascontiguousarray(plane.centre + points @ plane.directions, np.float32))

    return decision_regions(predict, plane.places(X), y, names, rows.classes, outputs=net.predict(X))


def curves(simulation: Simulation, plane: Plane) -> Any:
    """Loss and metric of training and held-out rows over the epochs."""
    history = History()
    for number, point in enumerate(simulation.points(), start=1):
        metric = simulation.metric
        values = {"loss": point.loss, metric: point.metric, "val_loss": point.held_out}
        values[f"val_{metric}"] = point.held_out_metric
        known = {name: value for name, value in values.items() if value is not None}
        history.add(epoch_of(number, {**known, "learning_rate": 0.0, "seconds": 0.0}))
    if not len(history):
        raise InvalidInput("there are no learning curves before the first epoch: train for one.")
    return learning_curves(history, *(name for name in history.names() if name in ("loss", simulation.metric)))


def network(simulation: Simulation, plane: Plane) -> Any:
    """The network with weights and biases."""
    rows = simulation.rows
    return diagram(simulation.net, rows.features, rows.classes if rows.task == "classes" else None)


def predictions(simulation: Simulation, plane: Plane) -> Any:
    """The confusion matrix, or predicted against true numbers, of all rows."""
    rows = simulation.rows
    X, y = rows.all
    found = simulation.net.predict(X)
    if rows.classes is None:
        return predicted_against_true(y, rows.point(found), rows.target)
    chosen = (found.reshape(len(y)) > 0.5).astype(int) if rows.task == "binary" else found.argmax(axis=1)
    return confusion(y, chosen, rows.classes)


FIGURES: Mapping[str, tuple[str, Callable[[Simulation, Plane], Any]]] = {
    "regions": ("Figure: decision regions", regions),
    "curves": ("Figure: learning curves", curves),
    "network": ("Figure: the network", network),
    "predictions": ("Figure: predictions", predictions),
}


def figure(simulation: Simulation, plane: Plane, name: str, ending: str = "svg") -> tuple[dict[str, Any], bytes]:
    """(name and kind, content) of a picture, as SVG or PNG."""
    if name not in FIGURES:
        raise UnknownName("figure", name, FIGURES)
    if ending not in MIMES:
        raise UnknownName("kind of figure", ending, MIMES)
    require("matplotlib.figure", "plots", "a figure of the playground")
    with tempfile.TemporaryDirectory() as folder:
        path = save_figure(FIGURES[name][1](simulation, plane), Path(folder) / f"{name}.{ending}", FIGURES[name][0])
        return {"name": path.name, "mime": MIMES[ending]}, path.read_bytes()
