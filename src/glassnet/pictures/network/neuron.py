"""The workflow of one neuron: inputs times weights, their sum with the bias, the activation, the output."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from glassnet.calls import answered
from glassnet.drawing import Theme, drawn_in, new_figure
from glassnet.errors import InvalidInput
from glassnet.formulas.elementary import Array
from glassnet.insight.layer_trace import TracedLayer, all_layers
from glassnet.insight.notation.text import decimals
from glassnet.insight.one_step import check_network
from glassnet.insight.prediction_trace import predicted_layers
from glassnet.layers.dense import Dense
from glassnet.layers.flatten import Flatten
from glassnet.network import Network
from glassnet.pictures.labels import names_of
from glassnet.pictures.network.responses import node_of
from glassnet.training.inputs.arrays import as_numbers
from glassnet.training.inputs.checks import check_inputs, check_whole

if TYPE_CHECKING:
    from matplotlib.axes import Axes

INPUT, TIMES, PRODUCT, FROM, SUM, CURVE, OUTPUT = 0.0, 1.8, 3.6, 4.7, 6.9, 8.6, 13.2  # places from left to right
PLACE = 0.56  # inches
RADIUS = 0.42  # of a circle, in places


@dataclass(frozen=True)
class Term:
    """One row of the sum: a name, the input and the weight (None where there is none of its own), their product."""

    name: str
    x: float | None
    w: float | None
    product: float


@answered
def neuron(
    net: Network,
    x: ArrayLike,
    layer: int | str = 0,
    unit: int = 0,
    feature_names: Sequence[str] | None = None,
    most: int = 8,
    theme: str | Theme = "light",
) -> Any:
    """One unit of a `Dense` layer at work on a row of inputs.

    z = Σᵢ xᵢ W[i, unit] + b[unit],   a = f(z)

    From left to right: each input xᵢ of the layer, times its weight, their product (the line has its sign as colour and
    its size as width), the sum z with the bias, the activation with (z, a) on its curve, and the output a. The curve is
    that of this row: for softmax the scores of the other units stay as they are. Numbers have four digits, the last of
    which may differ in a sum made by hand.

    Parameters
    ----------
    net
        A network with parameters.
    x
        One row of its inputs, (n_features,) or (1, n_features).
    layer, unit
        Which one, both counted from 0, the default; a layer inside another is "1.0".
    feature_names
        Names of the inputs, one each, shown for a layer that reads them; input 0, input 1, … by default.
    most
        Of more inputs those with the largest products are shown, and the sum of the others; 8 by default.
    theme
        "light" (default), "dark" or a `gn.pictures.Theme`.

    Raises InvalidInput for a layer that is no `Dense` layer, for a unit that does not exist, and for rows that do not
    fit.

    >>> import glassnet as gn
    >>> iris = gn.datasets.iris()
    >>> net = gn.Network([gn.Dense(6, "tanh"), gn.Dense(3, "softmax")]).build(4, seed=0)
    >>> figure = gn.pictures.neuron(net, iris.X[0], layer=0, unit=2, feature_names=iris.feature_names)
    >>> figure.axes[0].get_title()
    'unit 2 of layer 0: z = −0.4218, a = tanh(z) = −0.3985'
    """
    layout, _ = check_network(net).built()
    node = node_of(net, str(layer))
    if not isinstance(node.layer, Dense):
        raise InvalidInput(f"neuron shows units of a Dense layer; layer {node.path} is {node.layer!r}.")
    if check_whole(unit, "unit", 0) >= node.layer.units:
        raise InvalidInput(
            f"unit must be 0…{node.layer.units - 1}, as layer {node.path} has {node.layer.units}, got {unit}."
        )
    X = check_inputs(one_row(x, layout.input_shape), layout.input_shape, net.dtype, "x", layout.codes)
    given = names_of(feature_names, math.prod(layout.input_shape), "feature_names")
    found = next(each for each in all_layers(predicted_layers(net, X)) if each.path == node.path)
    reads = reads_inputs(net, node.path)
    names = (given or [f"input {k}" for k in range(found.W.shape[0])]) if reads else None
    terms = terms_of(found, unit, names or [f"unit {k}" for k in range(found.W.shape[0])], check_whole(most, "most"))
    with drawn_in(theme, "a neuron") as look:
        return draw(look, found, unit, terms)


def one_row(x: ArrayLike, shape: tuple[int, ...]) -> Array:
    """A row with an axis for the sample; refused where there are several."""
    found = as_numbers(x, "x")
    found = found[None] if found.ndim == len(shape) else found
    if len(found) != 1:
        raise InvalidInput(f"x must be one row of inputs, shape {shape}, got shape {found.shape}.")
    return found


def reads_inputs(net: Network, path: str) -> bool:
    """Whether nothing but `Flatten` stands before a layer."""
    nodes = net.built()[0].nodes
    before = next((nodes[:k] for k, node in enumerate(nodes) if node.path == path), None)
    return before is not None and all(isinstance(node.layer, Flatten) for node in before)


def terms_of(layer: TracedLayer, unit: int, names: Sequence[str], most: int) -> list[Term]:
    """The products, the largest ones if there are many, what the others sum to, and the bias."""
    x, w = layer.X.reshape(-1).astype(float), layer.W[:, unit].astype(float)
    products = x * w
    shown = sorted(np.argsort(-np.abs(products), kind="stable")[:most].tolist())
    terms = [Term(names[k], x[k], w[k], products[k]) for k in shown]
    if len(shown) < len(x):
        terms.append(Term(f"{len(x) - len(shown)} others", None, None, products.sum() - products[shown].sum()))
    if hasattr(layer, "b"):
        terms.append(Term("bias", None, None, float(layer.b[unit])))
    return terms


def response(layer: TracedLayer, unit: int) -> tuple[Array, Array]:
    """(z, f(z)) around the unit's score, the other scores of the row as they are."""
    z = float(layer.Z[0, unit])
    reach = 1.3 * max(abs(z), 3.0) if np.isfinite(z) else 3.0
    across = np.linspace(-reach, reach, 201)
    Z = np.repeat(layer.Z.astype(float), len(across), axis=0)
    Z[:, unit] = across
    f = layer.layer.activation
    with np.errstate(all="ignore"):
        return across, f.value(Z, *(getattr(layer, name).astype(float) for name in f.learned))[:, unit]


def draw(look: Theme, layer: TracedLayer, unit: int, terms: Sequence[Term]) -> Any:
    """The whole workflow."""
    height = max(len(terms), 4)
    longest = max(len(term.name) for term in terms)
    left = 1.0 + 0.19 * longest
    figure, axes = new_figure(PLACE * (left + OUTPUT + 1.2), PLACE * (height + 1.9))
    z, a, f = float(layer.Z[0, unit]), float(layer.A[0, unit]), layer.layer.activation
    write_terms(axes, look, terms)
    write_heads(axes, look, (len(terms) + 1) / 2, unit)
    circle(axes, look, SUM, 0.0, "Σ")
    axes.text((SUM + RADIUS + CURVE) / 2 + 0.1, 0.2, f"z = {decimals(z)}", ha="center", fontsize=8)
    arrow(axes, look, SUM + RADIUS, CURVE + 0.1)
    inside = axes.inset_axes((CURVE + 0.75, -1.3, 2.5, 2.6), transform=axes.transData)
    inside.plot(*response(layer, unit), color=look.cycle[0])
    inside.plot(z, a, "o", color=look.cycle[1])
    inside.set_title(f"a = {f.name}(z)", fontsize=8)
    inside.tick_params(labelsize=6)
    inside.grid()
    arrow(axes, look, CURVE + 3.5, OUTPUT - RADIUS)
    circle(axes, look, OUTPUT, 0.0, "a")
    axes.text(OUTPUT, -0.75, decimals(a), ha="center", fontsize=9)
    axes.set(xlim=(-left, OUTPUT + 1.2), ylim=(-height / 2 - 0.2, height / 2 + 1.0))
    axes.set_aspect("equal")
    axes.set_axis_off()
    title = f"unit {unit} of layer {layer.path}: z = {decimals(z)}, a = {f.name}(z) = {decimals(a)}"
    axes.set_title(title, fontsize=10)
    return figure


def write_terms(axes: "Axes", look: Theme, terms: Sequence[Term]) -> None:
    """The rows of the sum, with a line from each product to the sum."""
    from matplotlib import colormaps

    largest = max((abs(term.product) for term in terms if np.isfinite(term.product)), default=0.0) or 1.0
    for k, term in enumerate(terms):
        y = (len(terms) - 1) / 2 - k
        share = float(np.clip(np.nan_to_num(term.product / largest), -1, 1))
        colour = colormaps[look.diverging](0.5 + 0.5 * (np.sign(share) * (0.25 + 0.75 * abs(share))))
        axes.text(INPUT - 0.6, y, term.name, ha="right", va="center", fontsize=9)
        if term.x is not None and term.w is not None:
            axes.text(INPUT, y, decimals(term.x), ha="center", va="center", fontsize=8, bbox=frame(look))
            axes.text(TIMES, y, f"× {decimals(term.w)}", ha="center", va="center", fontsize=9)
        axes.text(
            PRODUCT,
            y,
            f"{'=' if term.w is not None else '+'} {decimals(term.product)}",
            va="center",
            fontsize=9,
            ha="center",
        )
        axes.plot([FROM, SUM - RADIUS], [y, 0], color=colour, linewidth=0.6 + 3 * abs(share), zorder=1)


def write_heads(axes: "Axes", look: Theme, y: float, unit: int) -> None:
    """What stands in the columns."""
    for x, head in ((INPUT, "x"), (TIMES, f"W[:, {unit}]"), (PRODUCT, "product")):
        axes.text(x, y, head, ha="center", va="center", fontsize=8, color=look.grey)


def frame(look: Theme) -> dict[str, Any]:
    """A box around a number."""
    return {"boxstyle": "round,pad=0.35", "facecolor": look.paper, "edgecolor": look.ink, "linewidth": 0.8}


def circle(axes: "Axes", look: Theme, x: float, y: float, text: str) -> None:
    """A circle with a letter."""
    from matplotlib.patches import Circle

    axes.add_patch(Circle((x, y), RADIUS, facecolor=look.paper, edgecolor=look.ink, linewidth=1.4, zorder=2))
    axes.text(x, y, text, ha="center", va="center", fontsize=13, zorder=3)


def arrow(axes: "Axes", look: Theme, start: float, end: float) -> None:
    """An arrow to the right."""
    style = {"arrowstyle": "->", "color": look.ink, "linewidth": 1.2, "shrinkA": 0, "shrinkB": 0}
    axes.annotate("", (end, 0.0), (start, 0.0), arrowprops=style)
