"""What each unit of a layer responds to."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from glassnet.calls import answered
from glassnet.drawing import Theme, drawn_in, new_figure
from glassnet.engine.layout import Node
from glassnet.errors import InvalidInput, UnknownName
from glassnet.formulas.elementary import Array
from glassnet.insight.layer_trace import all_layers
from glassnet.insight.one_step import check_network
from glassnet.insight.prediction_trace import predicted_layers
from glassnet.network import Network
from glassnet.pictures.labels import names_of
from glassnet.pictures.spaces.plane import Plane, grid, over_plane, plane_of
from glassnet.training.inputs.checks import check_inputs, check_whole

ABREAST = 6  # panels in a row
RESOLUTION = 60
MOST_POINTS = 500
PANEL = 1.9  # inches


@answered
def responses(
    net: Network,
    X: ArrayLike,
    layer: int | str = 0,
    feature_names: Sequence[str] | None = None,
    shape: tuple[int, int] | None = None,
    most: int = 24,
    theme: str | Theme = "light",
) -> Any:
    """What each unit of a layer responds to, a small panel for each.

    - Two inputs (or two that vary): a map of the activation over them, with the rows as dots.
    - Images of a given `shape`: the weights W[:, unit] of the layer that reads them, as images.
    - Other inputs: the activation in each row over the input that it is most correlated with, Pearson's r above; all
      have one scale.

    Parameters
    ----------
    net, X
        A network with parameters, and rows (n, n_features) for it.
    layer
        Which one, counted from 0, the default; one inside another is "1.0".
    feature_names
        Names of the inputs, one each; their numbers by default.
    shape
        (rows, columns) of an image; by default that of the network's inputs, where they are images.
    most
        Of more units, those whose activations have the largest standard deviation are drawn; 24 by default.
    theme
        "light" (default), "dark" or a `gn.pictures.Theme`.

    Raises InvalidInput for rows that do not fit, for a layer that does not exist, and for a shape that it does not
    read.

    >>> import glassnet as gn
    >>> digits = gn.datasets.digits()
    >>> net = gn.Network([gn.Dense(8, "relu"), gn.Dense(10, "softmax")])
    >>> history = net.fit(digits.X, digits.y, loss="cross_entropy", epochs=3, seed=0)
    >>> gn.pictures.responses(net, digits.X, shape=(8, 8)).axes[0].get_title()
    'unit 0'
    """
    layout, _ = check_network(net).built()
    X = check_inputs(X, layout.input_shape, net.dtype, codes=layout.codes)
    node = node_of(net, str(layer))
    names = names_of(feature_names, math.prod(layout.input_shape), "feature_names")
    shape = shape or (layout.input_shape if len(layout.input_shape) == 2 else None)
    A = activations(net, X, node.path)
    units = most_varied(A, check_whole(most, "most"))
    varying = np.flatnonzero(np.ptp(X.reshape(len(X), -1), axis=0) > 0)
    with drawn_in(theme, "responses") as look:
        if shape is not None:
            return weights_as_images(look, net, node, shape, units)
        if len(varying) == 2 or X[0].size == 2:
            return maps(look, net, X, node.path, plane_of(X, feature_names), units, A)
        return over_inputs(look, X.reshape(len(X), -1), A, names, units)


def node_of(net: Network, path: str) -> Node:
    """The layer at a place."""
    nodes = {node.path: node for node in net.built()[0].walk()}
    if path not in nodes:
        raise UnknownName("layer", path, nodes)
    return nodes[path]


def activations(net: Network, X: Array, path: str) -> Array:
    """What a layer makes of rows in a prediction, (n, units)."""
    found = next(layer for layer in all_layers(predicted_layers(net, X)) if layer.path == path)
    return found.A.reshape(len(X), -1)


def most_varied(A: Array, most: int) -> list[int]:
    """The units whose activations differ most, in their own order."""
    order = np.argsort(-A.std(axis=0, dtype=np.float64), kind="stable")
    return sorted(order[:most].tolist())


def panels_for(units: Sequence[int], n_units: int, height: float = PANEL) -> tuple[Any, list[Any]]:
    """(figure, an axes for each unit)."""
    columns = min(len(units), ABREAST)
    rows = -(-len(units) // columns)
    figure, panels = new_figure(max(3.4, PANEL * columns + 0.9), height * rows + 0.9, (rows, columns))
    found = list(np.ravel(panels))
    for axes in found[len(units) :]:
        axes.remove()
    for axes, unit in zip(found, units, strict=False):
        axes.set_title(f"unit {unit}", fontsize=8)
        axes.tick_params(labelsize=6)
    if len(units) < n_units:
        figure.suptitle(f"the {len(units)} of {n_units} units that vary most", fontsize=9)
    return figure, found[: len(units)]


def weights_as_images(look: Theme, net: Network, node: Node, shape: tuple[int, int], units: Sequence[int]) -> Any:
    """W[:, unit] as an image; all have one scale, symmetric about 0."""
    W = net.arrays.get(f"{node.path}.W")
    if W is None or W.ndim != 2 or W.shape[0] != math.prod(shape):
        reads = f"{W.shape[0]} inputs" if W is not None else "no W"
        raise InvalidInput(
            f"images of shape {shape} need a layer with a W of {math.prod(shape)} inputs; it has {reads}."
        )
    limit = float(np.nanmax(np.abs(W))) or 1.0
    figure, panels = panels_for(units, W.shape[1])
    for axes, unit in zip(panels, units, strict=True):
        shown = axes.imshow(W[:, unit].reshape(shape), cmap=look.diverging, vmin=-limit, vmax=limit)
        axes.set(xticks=[], yticks=[])
    figure.colorbar(shown, ax=panels, label=f"weight W of layer {node.path}", shrink=0.8)
    return figure


def maps(look: Theme, net: Network, X: Array, path: str, plane: Plane, units: Sequence[int], A: Array) -> Any:
    """The activation over two inputs; all units have one scale."""
    points = plane.coordinates(X)
    at, ends = grid(plane, points, RESOLUTION)
    over = over_plane(lambda rows: activations(net, rows, path), plane, at, X.shape[1:]).reshape(
        RESOLUTION, RESOLUTION, -1
    )
    low, high = float(np.nanmin(over)), float(np.nanmax(over))
    signed = {"cmap": look.diverging, "vmin": -max(-low, high), "vmax": max(-low, high)}
    style: dict[str, Any] = signed if low < 0 else {"cmap": look.sequential, "vmin": 0.0, "vmax": high or 1.0}
    figure, panels = panels_for(units, A.shape[1])
    for axes, unit in zip(panels, units, strict=True):
        shown = axes.imshow(over[..., unit], extent=ends, origin="lower", aspect="auto", **style)
        axes.plot(*points[:: -(-len(points) // MOST_POINTS)].T, ".", color=look.ink, markersize=1.5, alpha=0.5)
    figure.supxlabel(plane.labels[0], fontsize=9)
    figure.supylabel(plane.labels[1], fontsize=9)
    figure.colorbar(shown, ax=panels, label="activation", shrink=0.8)
    return figure


def over_inputs(look: Theme, X: Array, A: Array, names: Sequence[str] | None, units: Sequence[int]) -> Any:
    """The activation in each row over the input that it is most correlated with."""
    names, r = names or [f"input {k}" for k in range(X.shape[1])], correlations(X, A)
    figure, panels = panels_for(units, A.shape[1], height=PANEL + 0.25)
    every, (low, high) = -(-len(X) // MOST_POINTS), ends_of(A[:, units])
    for axes, unit in zip(panels, units, strict=True):
        best = int(np.argmax(np.abs(r[:, unit])))
        axes.plot(X[::every, best], A[::every, unit], ".", markersize=3, color=look.cycle[0])
        axes.set_title(f"unit {unit}, r = {r[best, unit]:.2f}".replace("-", "−"), fontsize=8)
        axes.set_xlabel(names[best], fontsize=7)
        axes.set_ylim(low, high)
        axes.grid()
    figure.supylabel("activation", fontsize=9)
    return figure


def ends_of(A: Array) -> tuple[float, float]:
    """One scale for all units, with a little room."""
    low, high = (float(f(A[np.isfinite(A)], initial=end)) for f, end in ((np.min, 0.0), (np.max, 0.0)))
    room = 0.05 * (high - low) or 1.0
    return low - room, high + room


def correlations(X: Array, A: Array) -> Array:
    """(inputs, units): Pearson's correlation over the rows, 0 where one of the two does not vary."""
    X, A = (values - values.mean(axis=0) for values in (X.astype(np.float64), A.astype(np.float64)))
    sizes = np.outer(np.linalg.norm(X, axis=0), np.linalg.norm(A, axis=0))
    return np.divide(X.T @ A, sizes, out=np.zeros_like(sizes), where=sizes > 1e-12)
