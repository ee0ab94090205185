"""The network as a diagram: units as circles, weights as coloured lines."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from glassnet.calls import answered
from glassnet.drawing import Theme, drawn_in, new_figure
from glassnet.engine.layout import Node
from glassnet.formulas.elementary import Array
from glassnet.insight.one_step import check_network
from glassnet.layers.chain import Chain
from glassnet.layers.dense import Dense
from glassnet.network import Network
from glassnet.pictures.labels import folded, names_of, readable
from glassnet.pictures.picture_inputs import short
from glassnet.training.inputs.checks import check_whole

INCH = 0.4  # a unit's place in a column
RADIUS = 0.38  # of a unit, in places
BEFORE_UNITS, BEFORE_BOX, BOX = 3.2, 1.4, 0.8  # widths, in places
LETTER = 0.19  # height of a letter of turned text, in places
LONGEST_BOX = 34  # letters


@dataclass(frozen=True)
class Column:
    """What stands above one another: the units that a next layer reads, at `left` and `right` of their middle `x`."""

    x: float
    half: float  # how wide it is to either side
    n: int
    most: int

    def places(self) -> list[tuple[int | None, float]]:
        """Each unit that is shown (None for those dropped) with its height."""
        shown = folded(self.n, self.most)
        return [(unit, (len(shown) - 1) / 2 - k) for k, unit in enumerate(shown)]

    def units(self) -> tuple[list[int], Array]:
        """The units that are shown and their heights."""
        pairs = [(unit, y) for unit, y in self.places() if unit is not None]
        return [unit for unit, _ in pairs], np.array([y for _, y in pairs])


@answered
def diagram(
    net: Network,
    feature_names: Sequence[str] | None = None,
    class_names: Sequence[str] | None = None,
    most: int = 10,
    theme: str | Theme = "light",
) -> Any:
    """A network as a diagram: circles are units, lines are weights, and the fill of a unit is its bias.

    In Z = X W + b the line from input i to unit j is W[i, j], by colour and width, and the fill of unit j is b[j]. Each
    W and each b has a scale of its own, since weights are smaller the more inputs there are: 1 on the colour bar is the
    largest absolute value drawn, which is stated above the layer (W ±0.4). Values that are not finite are grey. Layers
    other than `Dense`, and `Dense` over the steps of a sequence, are boxes with their name.

    Parameters
    ----------
    net
        A network that has parameters.
    feature_names, class_names
        Names of the inputs and of the outputs, one each; by default the units' numbers from 0.
    most
        Columns with more units show only their first and last few; 10 by default.
    theme
        "light" (default), "dark" or a `gn.pictures.Theme`.

    Raises InvalidInput for a network without parameters, and for too few or too many names.

    >>> import glassnet as gn
    >>> iris = gn.datasets.iris()
    >>> net = gn.Network([gn.Dense(6, "relu"), gn.Dense(3, "softmax")]).build(4, seed=0)
    >>> figure = gn.pictures.diagram(net, iris.feature_names, iris.class_names)
    >>> len(figure.axes[0].patches)  # units
    13
    """
    layout, _ = check_network(net).built()
    check_whole(most, "most", 3)
    inputs = names_of(feature_names, math.prod(layout.input_shape), "feature_names")
    outputs = names_of(class_names, math.prod(layout.output_shape), "class_names")
    nodes = list(drawn_nodes(layout.nodes))
    columns = list(columns_of(nodes, math.prod(layout.input_shape), most))
    height = max([len(folded(column.n, most)) for column in columns] + [box_height(node) for node in nodes])
    with drawn_in(theme, "a diagram") as look:
        left, right = (0.5 + LETTER * max(map(len, names or [""])) for names in (inputs, outputs))
        width = left + columns[-1].x + right + 2
        figure, axes = new_figure(max(4.0, INCH * width + 1), max(2.6, INCH * (height + 2.2)))
        drawing = Drawing(axes, look, net, height)
        drawing.inputs(columns[0], inputs)
        for before, node, column in zip(columns, nodes, columns[1:], strict=False):
            drawing.layer(before, node, column)
        drawing.names(columns[-1], outputs)
        axes.set(xlim=(-left - 0.5, columns[-1].x + right + 0.5), ylim=(-height / 2 - 0.2, height / 2 + 1.9))
        axes.set_aspect("equal")
        axes.set_axis_off()
        if any(has_units(node) for node in nodes):
            bar = figure.colorbar(drawing.scale, ax=axes, shrink=0.8, pad=0.02, ticks=[-1, 0, 1])
            bar.set_label("weight W (line), bias b (fill),\nshare of the ± above the layer", fontsize=8)
        return figure


def has_units(node: Node) -> bool:
    """Whether a layer is drawn unit by unit: Dense, where it reads one row of numbers a sample."""
    return isinstance(node.layer, Dense) and len(node.input_shape) == 1


def drawn_nodes(nodes: Sequence[Node]) -> Iterator[Node]:
    """Layers one after the other; a chain is its layers."""
    for node in nodes:
        if type(node.layer) is Chain:
            yield from drawn_nodes(node.inner)
        else:
            yield node


def columns_of(nodes: Sequence[Node], n_inputs: int, most: int) -> Iterator[Column]:
    """Where the inputs and the outputs of each layer stand, from left to right."""
    column = Column(0.0, RADIUS, n_inputs, most)
    yield column
    for node in nodes:
        units = has_units(node)
        gap, half = (BEFORE_UNITS, RADIUS) if units else (BEFORE_BOX, BOX / 2)
        column = Column(column.x + column.half + gap + half, half, math.prod(node.output_shape), most)
        yield column


def box_name(node: Node) -> str:
    """What stands in the box of a layer."""
    return short(repr(node.layer), LONGEST_BOX)


def box_height(node: Node) -> float:
    """How many places the name in a box takes."""
    return 1.0 if has_units(node) else LETTER * len(box_name(node)) + 0.5


class Drawing:
    """The axes with what all layers share: colours, and their scale."""

    def __init__(self, axes: Any, look: Theme, net: Network, height: float):
        from matplotlib import colormaps
        from matplotlib.cm import ScalarMappable
        from matplotlib.colors import Normalize

        self.axes, self.look, self.height, self.arrays = axes, look, height, net.arrays
        self.scale = ScalarMappable(Normalize(-1, 1), colormaps[look.diverging].with_extremes(bad=look.grey))

    def colours(self, values: Array, limit: float) -> Array:
        """The colours of values on a scale that goes to ±limit; grey for what is not finite."""
        return self.scale.to_rgba(np.ma.masked_invalid(values / limit))

    def inputs(self, column: Column, names: list[str] | None) -> None:
        """The column of inputs."""
        self.circles(column)
        self.head(column, f"{column.n} inputs" if column.n > 1 else "1 input")
        for unit, y in zip(*column.units(), strict=True) if names else ():
            self.axes.text(column.x - 0.6, y, names[unit], ha="right", va="center", fontsize=9)  # type: ignore[index]

    def names(self, column: Column, names: list[str] | None) -> None:
        """Names to the right of the last column."""
        for unit, y in zip(*column.units(), strict=True) if names else ():
            self.axes.text(column.x + column.half + 0.22, y, names[unit], va="center", fontsize=9)  # type: ignore[index]

    def layer(self, before: Column, node: Node, column: Column) -> None:
        """One layer with the lines that lead to it."""
        if not isinstance(node.layer, Dense) or not has_units(node):
            self.box(before, node, column)
            return
        units = column.units()[0]
        W, b = self.arrays[f"{node.path}.W"], self.arrays.get(f"{node.path}.b")
        W_limit = largest(W[np.ix_(before.units()[0], units)])
        b_limit = 0.0 if b is None else largest(b[units])
        self.weights(before, column, W, W_limit or 1.0)
        self.circles(column, None if b is None else self.colours(b, b_limit or 1.0))
        scales = f"W ±{W_limit:.2g}" + ("" if b is None else f", b ±{b_limit:.2g}")
        self.head(column, f"{node.path}: Dense\n{column.n} {node.layer.activation.name}\n{scales}")

    def weights(self, before: Column, column: Column, W: Array, limit: float) -> None:
        """A line for each weight, the largest on top."""
        from matplotlib.collections import LineCollection

        (inputs, y0), (units, y1) = before.units(), column.units()
        i, j = (index.ravel() for index in np.indices((len(inputs), len(units))))
        w = W[np.ix_(inputs, units)].ravel().astype(float)
        size = np.nan_to_num(np.abs(w) / limit, nan=0.5, posinf=1.0)
        starts = np.column_stack([np.full(len(i), before.x + before.half), y0[i]])
        ends = np.column_stack([np.full(len(j), column.x - column.half), y1[j]])
        order = np.argsort(size, kind="stable")
        style = {"linewidths": 0.3 + 2.2 * size[order], "colors": self.colours(w[order], limit), "zorder": 1}
        self.axes.add_collection(LineCollection([*np.stack([starts, ends], axis=1)[order]], **style))

    def circles(self, column: Column, fills: Array | None = None) -> None:
        """The units with their numbers."""
        from matplotlib.patches import Circle

        for unit, y in column.places():
            if unit is None:
                self.left_out(column, y)
                continue
            fill, ink = (self.look.paper, self.look.ink) if fills is None else (fills[unit], readable(fills[unit]))
            self.axes.add_patch(Circle((column.x, y), RADIUS, facecolor=fill, edgecolor=self.look.ink, zorder=2))
            self.axes.text(column.x, y, str(unit), ha="center", va="center_baseline", fontsize=7, color=ink, zorder=3)

    def left_out(self, column: Column, y: float) -> None:
        """Dots for units that are not shown, and how many there are in all."""
        self.axes.text(column.x, y, "⋮", ha="center", va="center", fontsize=13, zorder=3)
        paper = {"facecolor": self.look.paper, "edgecolor": "none", "alpha": 0.75, "pad": 1.0}
        style = {"va": "center", "fontsize": 7, "color": self.look.ink, "bbox": paper, "zorder": 2.5}
        self.axes.text(column.x + 0.3, y, f"{column.n} in all", **style)

    def box(self, before: Column, node: Node, column: Column) -> None:
        """A layer that is a named box, as high as the diagram."""
        from matplotlib.patches import FancyBboxPatch

        _, y = before.units()
        self.axes.hlines(
            y, before.x + before.half, column.x - column.half, color=self.look.grey, linewidth=0.6, zorder=1
        )
        corner = (column.x - BOX / 2 + 0.1, -self.height / 2 + 0.1)
        style: dict[str, Any] = {"boxstyle": "round,pad=0.1", "facecolor": self.look.paper, "edgecolor": self.look.ink}
        self.axes.add_patch(FancyBboxPatch(corner, BOX - 0.2, self.height - 0.2, zorder=2, **style))
        self.axes.text(column.x, 0, box_name(node), ha="center", va="center", rotation=90, fontsize=8, zorder=3)
        self.head(column, node.path)

    def head(self, column: Column, text: str) -> None:
        """What stands above a column."""
        self.axes.text(column.x, self.height / 2 + 0.15, text, ha="center", va="bottom", fontsize=8, linespacing=1.15)


def largest(array: Array) -> float:
    """The largest absolute value that is finite, 0 where there is none."""
    finite = np.abs(array[np.isfinite(array)])
    return float(finite.max()) if finite.size else 0.0
