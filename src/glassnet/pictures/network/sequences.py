"""What layers of sequences do from step to step: where attention looks, and what gates let through."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from glassnet.calls import answered
from glassnet.drawing import Theme, drawn_in, new_figure
from glassnet.errors import InvalidInput
from glassnet.formulas.elementary import Array
from glassnet.insight.layer_trace import TracedLayer, all_layers
from glassnet.insight.one_step import check_network
from glassnet.insight.prediction_trace import predicted_layers
from glassnet.layers.sequences.attention import Attention
from glassnet.layers.sequences.gru import GRU
from glassnet.layers.sequences.lstm import LSTM
from glassnet.network import Network
from glassnet.pictures.labels import names_of
from glassnet.pictures.network.neuron import one_row
from glassnet.pictures.network.responses import most_varied, node_of, panels_for
from glassnet.training.inputs.checks import check_inputs, check_whole

GATES: dict[type, dict[str, str]] = {
    GRU: {"R": "state that is seen", "Z": "state that is kept", "N": "candidate"},
    LSTM: {"I": "candidate let in", "F": "cell that is kept", "N": "candidate", "O": "cell that is shown"},
}
MOST_LABELS = 32  # beside the steps


@answered
def attention(
    net: Network,
    x: ArrayLike,
    layer: int | str | None = None,
    code_names: Sequence[str] | None = None,
    theme: str | Theme = "light",
) -> Any:
    """Where each step of a sequence looks: the weights P of an `Attention` layer, a map for each head.

    A row for each step, with how much it takes of every step, in columns; a row adds up to 1.

    Parameters
    ----------
    net
        A network with parameters.
    x
        One sequence, of the shape that the network takes.
    layer
        Which one, such as "2.1" for one inside another; by default the first `Attention`.
    code_names
        Names of the codes 0, 1, …, if it reads codes: a string is one letter each. By default steps have the codes
        themselves, or else their numbers.
    theme
        "light" (default), "dark" or a `gn.pictures.Theme`.

    Raises InvalidInput for a sequence that does not fit, and for a network or a layer without attention.

    >>> import glassnet as gn
    >>> net = gn.Network([gn.Embedding(4, 6), gn.Attention(2), gn.Dense(4, "softmax")]).build(5, seed=0)
    >>> figure = gn.pictures.attention(net, [0, 1, 3, 2, 1], code_names=".abc")
    >>> [axes.get_title() for axes in figure.axes[:2]]
    ['head 0', 'head 1']
    """
    found, names = at_work(net, x, layer, (Attention,), "attention", code_names)
    P = found.P[0]
    with drawn_in(theme, "attention") as look:
        figure, panels = panels_for(range(len(P)), len(P), height=2.1)
        for head, axes in enumerate(panels):
            image = axes.imshow(P[head], cmap=look.sequential, vmin=0.0, vmax=1.0)
            axes.set_title(f"head {head}", fontsize=8)
            label_steps(axes, names)
            label_steps(axes, names, "y")
        figure.supxlabel("step that is seen", fontsize=9)
        figure.supylabel("step that looks", fontsize=9)
        figure.colorbar(image, ax=panels, label=f"weight P of layer {found.path}", shrink=0.8)
        return figure


@answered
def gates(
    net: Network,
    x: ArrayLike,
    layer: int | str | None = None,
    code_names: Sequence[str] | None = None,
    most: int = 32,
    theme: str | Theme = "light",
) -> Any:
    """What the gates of a `GRU` or `LSTM` layer let through at each step, and the state that comes of it.

    A panel for each gate, with a row for each unit and a column for each step. R and Z, or I, F and O, lie between 0
    and 1; the candidate N and the state A between −1 and 1.

    Parameters
    ----------
    net
        A network with parameters.
    x
        One sequence, of the shape that the network takes.
    layer
        Which one, such as "2.1" for one inside another; by default the first `GRU` or `LSTM`.
    code_names
        Names of the codes 0, 1, …, if it reads codes: a string is one letter each. By default steps have the codes
        themselves, or else their numbers.
    most
        Of more units, those whose states vary most are drawn; 32 by default.
    theme
        "light" (default), "dark" or a `gn.pictures.Theme`.

    Raises InvalidInput for a sequence that does not fit, and for a network or a layer without gates.

    >>> import glassnet as gn
    >>> net = gn.Network([gn.Embedding(4, 6), gn.GRU(8), gn.Dense(4, "softmax")]).build(5, seed=0)
    >>> figure = gn.pictures.gates(net, [0, 1, 3, 2, 1], code_names=".abc")
    >>> [axes.get_title() for axes in figure.axes[:4]]
    ['R: state that is seen', 'Z: state that is kept', 'N: candidate', 'A: state']
    """
    found, names = at_work(net, x, layer, tuple(GATES), "gates", code_names)
    titles = {**GATES[type(found.layer)], "A": "state"}
    units = most_varied(found.H[0], check_whole(most, "most"))
    arrays = [*found.layer.parts(found.G[0]), found.H[0]]
    with drawn_in(theme, "gates") as look:
        height = max(2.6, 0.13 * len(units) + 1.0)
        figure, panels = new_figure(max(1.5, 0.17 * len(names) + 0.8) * len(arrays) + 1.4, height, (1, len(arrays)))
        for axes, (name, title), array in zip(panels[0], titles.items(), arrays, strict=True):
            signed = name in ("N", "A")
            style = {"cmap": look.diverging, "vmin": -1.0} if signed else {"cmap": look.sequential, "vmin": 0.0}
            image = axes.imshow(array[:, units].T, aspect="auto", vmax=1.0, interpolation="nearest", **style)
            axes.set_title(f"{name}: {title}", fontsize=8)
            axes.set_yticks([])
            label_steps(axes, names)
            ticks = [-1, 0, 1] if signed else [0, 0.5, 1]
            figure.colorbar(image, ax=axes, location="bottom", aspect=12, ticks=ticks).ax.tick_params(labelsize=6)
        panels[0, 0].set_yticks(range(len(units)), [str(unit) for unit in units], fontsize=6)
        figure.supylabel(f"unit of layer {found.path}", fontsize=9)
        return figure


def at_work(
    net: Network, x: ArrayLike, layer: int | str | None, kinds: tuple[type, ...], what: str, names: Any
) -> tuple[TracedLayer, list[str]]:
    """(a layer of one of some kinds in a prediction, what to write beside each step)."""
    layout, _ = check_network(net).built()
    wanted = " or ".join(kind.__name__ for kind in kinds)
    if layer is None:
        found = [node for node in layout.walk() if isinstance(node.layer, kinds)]
        if not found:
            raise InvalidInput(f"{what} needs a layer {wanted}; this network has none.")
    else:
        found = [node_of(net, str(layer))]
    node = found[0]
    if not isinstance(node.layer, kinds):
        raise InvalidInput(f"{what} needs a layer {wanted}; layer {node.path} is {node.layer!r}.")
    X = check_inputs(one_row(x, layout.input_shape), layout.input_shape, net.dtype, "x", layout.codes)
    at = next(each for each in all_layers(predicted_layers(net, X)) if each.path == node.path)
    return at, step_names(X[0], node.input_shape[0], names)


def step_names(x: Array, steps: int, given: Sequence[str] | None) -> list[str]:
    """The names of the codes of a sequence, else its codes, else the numbers of the steps."""
    codes = x.astype(int) if x.shape == (steps,) and np.array_equal(x, x.astype(int)) else None
    if given is None:
        return [str(k) for k in (range(steps) if codes is None else codes)]
    if codes is None:
        raise InvalidInput("code_names name codes, but the layer does not read a code at each step.")
    names = names_of(list(given), len(given), "code_names") or []
    if codes.max() >= len(names):
        raise InvalidInput(f"code_names must name the codes 0…{codes.max()} of x, got {len(names)} names.")
    return [names[code] for code in codes]


def label_steps(axes: Any, names: Sequence[str], side: str = "x") -> None:
    """Names beside the steps, where there is room."""
    setting = {"x": axes.set_xticks, "y": axes.set_yticks}[side]
    every = -(-len(names) // MOST_LABELS)
    setting(range(0, len(names), every), names[::every], fontsize=6)
