"""Distributions of weights, activations and gradients, layer by layer, over the epochs of a training."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet.calls import answered
from glassnet.drawing import Theme, drawn_in, new_figure
from glassnet.errors import InvalidInput
from glassnet.formulas.elementary import Array
from glassnet.insight.layer_trace import TracedLayer, all_layers, traced
from glassnet.insight.one_step import OneStep
from glassnet.listeners.snapshots import Snapshots
from glassnet.network import Network
from glassnet.pictures.picture_inputs import check_snapshots, short

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PERCENTS = (5, 25, 50, 75, 95)
MOST_ROWS = 256
COLUMNS = ("weights", "activations", "|gradients|")
LAYER_LETTERS = 22


@answered
def distributions(snapshots: Snapshots, X: Any, y: Any, loss: Any = None, theme: str | Theme = "light") -> Any:
    """Distributions of weights, activations and gradients over the epochs, a row for each layer with parameters.

    The line is the median, the darker band holds the middle half, the paler one the middle 90 % of the values: of the
    weights W (of all parameters where a layer has no W), of the outputs A on the rows, and of |∂L/∂W|, the gradient of
    the loss on the rows, on a logarithmic scale. A gradient that falls by orders of magnitude from the last layer to
    the first vanishes; activations with median 0 and an empty band are dead units. All of it is computed now from the
    parameters that were kept. Dropout and noise act as in training.

    Parameters
    ----------
    snapshots
        What `gn.listeners.Snapshots` kept of a training.
    X, y
        Rows as in training; of more than 256, 256 are taken at equal distances.
    loss
        By name or as an object; by default that of the training.
    theme
        "light" (default), "dark" or a `gn.pictures.Theme`.

    Raises InvalidInput for snapshots without epochs, for a network without parameters, and for rows that do not fit.

    >>> import glassnet as gn
    >>> iris = gn.datasets.iris()
    >>> net = gn.Network([gn.Dense(6, "tanh"), gn.Dense(3, "softmax")])
    >>> snapshots = gn.listeners.Snapshots(net)
    >>> history = net.fit(iris.X, iris.y, loss="cross_entropy", epochs=9, seed=0, listeners=[snapshots])
    >>> figure = gn.pictures.distributions(snapshots, iris.X, iris.y)
    >>> len(figure.axes)  # 2 layers × weights, activations, gradients
    6
    """
    check_snapshots(snapshots)
    X, y = X[:: -(-len(X) // MOST_ROWS)], y[:: -(-len(y) // MOST_ROWS)]
    measured = [(number, dict(numbers_of(net, X, y, loss))) for number, net in snapshots.networks()]
    epochs, layers = [number for number, _ in measured], list(measured[0][1])
    if not layers:
        raise InvalidInput("the network has no parameters, so training changes nothing.")
    with drawn_in(theme, "distributions") as look:
        figure, panels = new_figure(9.0, 0.7 + 1.7 * len(layers), (len(layers), 3))
        for name, row in zip(layers, np.atleast_2d(panels), strict=True):
            for k, axes in enumerate(row):
                draw(axes, look, epochs, np.array([found[name][k] for _, found in measured]))
            row[0].set_ylabel(name, fontsize=8)
            positive = [found[name][2] > 0 for _, found in measured]
            row[2].set_yscale("log" if np.any(positive) else "linear")
            row[2].minorticks_off()
        for axes, title in zip(np.atleast_2d(panels)[0], COLUMNS, strict=True):
            axes.set_title(title)
        for axes in np.atleast_2d(panels)[-1]:
            axes.set_xlabel("epoch")
        handles, labels = figure.axes[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=3)
        return figure


def numbers_of(net: Network, X: Any, y: Any, loss: Any) -> Iterator[tuple[str, tuple[Array, Array, Array]]]:
    """For each layer with parameters: percentiles of its weights, of its outputs, of its gradients' size."""
    step = OneStep(net, X, y, loss, dtype=net.dtype)
    with np.errstate(all="ignore"):
        step.forward()
        step.backward()
    layout = step.plan.layout
    parameters = {node.path: [*node.places] for node in layout.walk()}
    for layer in all_layers(traced(layout.nodes, step.plan.steps(len(step.data)))):
        if names := parameters[layer.path]:
            own = ["W"] if "W" in names else names
            yield (
                f"{layer.path}: {short(repr(layer.layer), LAYER_LETTERS)}",
                (
                    percentiles(joined(layer, own)),
                    percentiles(layer.A.ravel()),
                    percentiles(np.abs(joined(layer, [f"d{name}" for name in own]))),
                ),
            )


def joined(layer: TracedLayer, names: list[str]) -> Array:
    """Arrays of a layer as one vector."""
    return np.concatenate([getattr(layer, name).ravel() for name in names])


def percentiles(values: Array) -> Array:
    """The percentiles of the numbers that are finite; NaN where none is."""
    finite = values[np.isfinite(values)]
    return np.percentile(finite, PERCENTS) if finite.size else np.full(len(PERCENTS), np.nan)


def draw(axes: "Axes", look: Theme, epochs: list[int], bands: Array) -> None:
    """Percentiles (epochs, 5) as a line within two bands."""
    low, quarter, middle, upper, high = bands.T
    axes.fill_between(epochs, low, high, color=look.cycle[0], alpha=0.2, linewidth=0, label="90 %")
    axes.fill_between(epochs, quarter, upper, color=look.cycle[0], alpha=0.4, linewidth=0, label="50 %")
    axes.plot(epochs, middle, color=look.cycle[0], marker="o" if len(epochs) == 1 else "", label="median")
    axes.tick_params(labelsize=8)
    axes.grid()
