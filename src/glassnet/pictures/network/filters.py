"""What the filters of a convolution look like, what they make of a picture, and what each responds to."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from glassnet.calls import answered
from glassnet.drawing import Theme, drawn_in, new_figure
from glassnet.engine.layout import Node
from glassnet.errors import InvalidInput
from glassnet.formulas.elementary import Array
from glassnet.insight.layer_trace import TracedLayer, all_layers
from glassnet.insight.one_step import check_network
from glassnet.insight.prediction_trace import predicted_layers
from glassnet.layers.convolution.convolution import Conv2D
from glassnet.network import Network
from glassnet.pictures.network.neuron import one_row
from glassnet.pictures.network.responses import node_of, panels_for
from glassnet.training.inputs.checks import check_inputs, check_whole

COLOURS = 3  # channels that are drawn as red, green and blue


@answered
def filters(
    net: Network, layer: int | str = 0, channel: int | None = None, most: int = 24, theme: str | Theme = "light"
) -> Any:
    """The filters of a `Conv2D` layer as small pictures, all with one scale.

    Each shows the weights W[:, :, channel, filter]: a window that looks like it gives the largest sum.

    Parameters
    ----------
    net
        A network with parameters.
    layer
        Which one, counted from 0, the default; one inside another is "1.0".
    channel
        Of which channel of the layer's input; by default that with the largest weights.
    most
        Of more filters those with the largest weights are drawn; 24 by default.
    theme
        "light" (default), "dark" or a `gn.pictures.Theme`.

    Raises InvalidInput for a layer that is no `Conv2D`, and for a channel that it does not have.

    >>> import glassnet as gn
    >>> net = gn.Network([gn.Conv2D(6, 3), gn.Flatten(), gn.Dense(2)]).build((8, 8, 1), seed=0)
    >>> gn.pictures.filters(net).axes[0].get_title()
    'filter 0'
    """
    node = convolution_at(net, layer)
    W = net.arrays[f"{node.path}.W"]
    of = int(np.argmax(np.abs(W).sum(axis=(0, 1, 3)))) if channel is None else check_whole(channel, "channel", 0)
    if of >= W.shape[2]:
        raise InvalidInput(f"channel must be 0…{W.shape[2] - 1}, as layer {node.path} has {W.shape[2]}, got {of}.")
    shown = largest(np.abs(W[:, :, of]).sum(axis=(0, 1)), check_whole(most, "most"))
    limit = float(np.abs(W[:, :, of]).max()) or 1.0
    with drawn_in(theme, "filters") as look:
        figure, panels = named_panels(shown, W.shape[3])
        for axes, unit in zip(panels, shown, strict=True):
            image = axes.imshow(W[:, :, of, unit], cmap=look.diverging, vmin=-limit, vmax=limit)
            axes.set(xticks=[], yticks=[])
        where = f", channel {of}" if W.shape[2] > 1 else ""
        figure.colorbar(image, ax=panels, label=f"weight W of layer {node.path}{where}", shrink=0.8)
        return figure


@answered
def feature_maps(net: Network, x: ArrayLike, layer: int | str = 0, most: int = 24, theme: str | Theme = "light") -> Any:
    """What a layer over pictures makes of one of them: a picture for each channel of its output, all with one scale.

    Parameters
    ----------
    net
        A network with parameters.
    x
        One picture, of the shape that the network takes.
    layer
        Which one, counted from 0, the default; one inside another is "1.0".
    most
        Of more channels those with the largest numbers are drawn; 24 by default.
    theme
        "light" (default), "dark" or a `gn.pictures.Theme`.

    Raises InvalidInput for a picture that does not fit, and for a layer whose output is no picture.

    >>> import glassnet as gn
    >>> net = gn.Network([gn.Conv2D(6, 3), gn.Flatten(), gn.Dense(2)]).build((8, 8, 1), seed=0)
    >>> len(gn.pictures.feature_maps(net, gn.datasets.digits().X[0].reshape(8, 8, 1)).axes)
    7
    """
    layout, _ = check_network(net).built()
    node = node_of(net, str(layer))
    X = check_inputs(one_row(x, layout.input_shape), layout.input_shape, net.dtype, "x", layout.codes)
    A = made_of(net, X, node).A[0]
    if A.ndim != 3:
        raise InvalidInput(
            f"feature maps need pictures; the output of layer {node.path}, {node.layer!r}, is {A.shape}."
        )
    shown = largest(np.abs(A).max(axis=(0, 1)), check_whole(most, "most"))
    low, high = float(A.min()), float(A.max())
    with drawn_in(theme, "feature maps") as look:
        signed = {"cmap": look.diverging, "vmin": -max(-low, high), "vmax": max(-low, high)}
        style: dict[str, Any] = signed if low < 0 else {"cmap": look.sequential, "vmin": 0.0, "vmax": high or 1.0}
        figure, panels = named_panels(shown, A.shape[2])
        for axes, unit in zip(panels, shown, strict=True):
            image = axes.imshow(A[:, :, unit], **style)
            axes.set(xticks=[], yticks=[])
        figure.colorbar(image, ax=panels, label=f"A of layer {node.path}", shrink=0.8)
        return figure


@answered
def strongest_patches(
    net: Network, X: ArrayLike, layer: int | str = 0, patches: int = 6, most: int = 12, theme: str | Theme = "light"
) -> Any:
    """What each filter responds to: the parts of pictures where its output is largest, one picture each.

    A row for each filter, the strongest part first. A part holds all pixels of the network's input that the filter can
    see from its place: more than its own window, where layers stand in front.

    Parameters
    ----------
    net, X
        A network with parameters, and pictures (n, height, width, channels) for it.
    layer
        A `Conv2D` layer, counted from 0, the default.
    patches
        How many parts a filter, from as many pictures; 6 by default.
    most
        Of more filters those with the largest outputs are drawn; 12 by default.
    theme
        "light" (default), "dark" or a `gn.pictures.Theme`.

    Raises InvalidInput for pictures that do not fit, and for a layer that is no `Conv2D`.

    >>> import glassnet as gn
    >>> net = gn.Network([gn.Conv2D(6, 3), gn.Flatten(), gn.Dense(2)]).build((8, 8, 1), seed=0)
    >>> len(gn.pictures.strongest_patches(net, gn.datasets.digits().X[:9].reshape(-1, 8, 8, 1)).axes)
    36
    """
    layout, _ = check_network(net).built()
    node = convolution_at(net, layer)
    X = check_inputs(X, layout.input_shape, net.dtype, codes=layout.codes)
    A, window = made_of(net, X, node).A, seen_from(net, node)
    shown, n = largest(A.max(axis=(0, 1, 2)), check_whole(most, "most")), min(check_whole(patches, "patches"), len(X))
    with drawn_in(theme, "strongest patches") as look:
        figure, panels = new_figure(0.8 * n + 1.0, 0.8 * len(shown) + 0.4, (len(shown), n))
        for row, unit in zip(np.reshape(panels, (len(shown), n)), shown, strict=True):
            for axes, part in zip(row, strongest(X, A[..., unit], window, n), strict=True):
                axes.imshow(as_shades(part), cmap=look.sequential, vmin=float(X.min()), vmax=float(X.max()))
                axes.set(xticks=[], yticks=[])
            row[0].set_ylabel(f"filter {unit}", fontsize=7, rotation=0, ha="right", va="center")
        return figure


def convolution_at(net: Network, layer: int | str) -> Node:
    """A Conv2D layer at a place; another one is refused."""
    check_network(net).built()
    node = node_of(net, str(layer))
    if not isinstance(node.layer, Conv2D):
        raise InvalidInput(f"filters are those of a Conv2D layer; layer {node.path} is {node.layer!r}.")
    return node


def made_of(net: Network, X: Array, node: Node) -> TracedLayer:
    """The arrays of a layer in a prediction."""
    return next(each for each in all_layers(predicted_layers(net, X)) if each.path == node.path)


def largest(sizes: Array, most: int) -> list[int]:
    """The places of the largest numbers, in their own order."""
    return sorted(np.argsort(-sizes, kind="stable")[:most].tolist())


def named_panels(shown: Sequence[int], n: int) -> tuple[Any, list[Any]]:
    """(figure, an axes for each filter with its number)."""
    figure, panels = panels_for(shown, n)
    for axes, unit in zip(panels, shown, strict=True):
        axes.set_title(f"filter {unit}", fontsize=8)
    if len(shown) < n:
        figure.suptitle(f"the {len(shown)} of {n} filters with the largest numbers", fontsize=9)
    return figure, panels


def seen_from(net: Network, node: Node) -> list[tuple[int, int, int]]:
    """For height and width (step, first, size): place p of a layer sees the inputs from p · step + first on."""
    found = [(1, 0, 1), (1, 0, 1)]
    for each in net.built()[0].nodes[: int(node.path.split(".")[0]) + 1]:
        if (windows_of := getattr(each.layer, "windows", None)) is None:
            continue
        windows = windows_of(each.input_shape)
        own = zip(windows.stride, windows.before, windows.reach, strict=True)
        found = [
            (step * stride, first - before * step, size + (reach - 1) * step)
            for (step, first, size), (stride, before, reach) in zip(found, own, strict=True)
        ]
    return found


def strongest(X: Array, A: Array, window: Sequence[tuple[int, int, int]], n: int) -> list[Array]:
    """The parts of the n pictures whose largest output is largest; beside a picture stands its smallest number."""
    best = A.reshape(len(A), -1)
    order = np.argsort(-best.max(axis=1), kind="stable")[:n]
    parts = []
    for i in order:
        place = np.unravel_index(int(best[i].argmax()), A.shape[1:])
        starts = [int(p) * step + first for p, (step, first, _) in zip(place, window, strict=True)]
        rows, columns = (np.arange(start, start + size) for start, (_, _, size) in zip(starts, window, strict=True))
        inside = np.outer((rows >= 0) & (rows < X.shape[1]), (columns >= 0) & (columns < X.shape[2]))
        seen = X[i][np.ix_(rows.clip(0, X.shape[1] - 1), columns.clip(0, X.shape[2] - 1))]
        parts.append(np.where(inside[..., np.newaxis], seen, X.min()))
    return parts


def as_shades(part: Array) -> Array:
    """One channel as shades; three as colours, each between 0 and 1; the mean of others."""
    if part.shape[-1] == COLOURS:
        low, high = float(part.min()), float(part.max())
        return (part - low) / ((high - low) or 1.0)
    return part.mean(axis=-1)
