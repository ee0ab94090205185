"""A computation as a graph: every array a box with its value and its gradient."""

from typing import Any

from glassnet.calls import answered
from glassnet.drawing import Theme, drawn_in, new_figure
from glassnet.errors import InvalidInput, brief
from glassnet.formulas.elementary import Array
from glassnet.insight.notation.text import decimals
from glassnet.insight.tape import Tape, TapeNode
from glassnet.pictures.picture_inputs import short
from glassnet.training.inputs.checks import check_whole

MOST = 60  # boxes that can be read
LONGEST = 28  # letters in a line of a box
WIDE, HIGH = 2.1, 1.0  # inches from box to box
BOX = (0.8, 0.84)  # of these, a box has


@answered
def tape(tape: Tape, step: int | None = None, theme: str | Theme = "light") -> Any:
    """The graph of a computation: each array is a box with its formula, its value and its gradient.

    Values flow from the left to the right, gradients back. With `step`, only the first gradients are drawn: one figure
    for each step shows the backward pass as it proceeds, the latest gradient with a thick border.

    Parameters
    ----------
    tape
        What `gn.tape` returns, of at most 60 arrays.
    step
        How many gradients are there already, 0 for the forward pass alone; all of them by default.
    theme
        "light" (default), "dark" or a `gn.pictures.Theme`.

    Raises InvalidInput for something else, for a graph that is too large, and for a `step` out of range.

    >>> made = gn.tape(lambda w, x, b: (w * x + b) ** 2, w=2.0, x=3.0, b=-1.0)
    >>> figure = gn.pictures.tape(made, step=2)
    >>> len(figure.axes[0].patches)
    6
    """
    if not isinstance(tape, Tape):
        raise InvalidInput(f"pictures.tape draws what gn.tape returns, got {brief(tape)}.")
    if len(tape.nodes) > MOST:
        raise InvalidInput(f"the graph has {len(tape.nodes)} arrays; at most {MOST} can be read in a picture.")
    back = tape.back
    if step is not None and check_whole(step, "step", 0) > len(back):
        raise InvalidInput(f"`step` must be at most {len(back)}, the number of gradients, got {step}.")
    there = back[:step]
    places = places_of(tape)
    with drawn_in(theme, "a graph") as look:
        width, height = (max(place[k] for place in places.values()) + 1 for k in (0, 1))
        _, axes = new_figure(max(3.0, WIDE * width), max(1.6, HIGH * height + 0.3))
        drawing = Drawing(axes, look, places)
        for node in tape.nodes:
            drawing.lines(node, node in there)
        for node in tape.nodes:
            drawing.box(node, node in there, latest=step is not None and bool(there) and node is there[-1])
        axes.set(xlim=(-0.5, width - 0.5), ylim=(-0.5, height - 0.5))
        axes.set_axis_off()
        return axes.figure


def places_of(tape: Tape) -> dict[str, tuple[float, float]]:
    """Where each box is: as far to the right as the longest way to it, an argument in front of what first uses it."""
    columns: dict[str, int] = {}
    for node in tape.nodes:
        columns[node.name] = 1 + max((columns[name] for name in node.inputs), default=-1)
    for node in tape.nodes:
        users = [columns[each.name] for each in tape.nodes if node.name in each.inputs]
        if not node.formula and users:
            columns[node.name] = min(users) - 1
    places: dict[str, tuple[float, float]] = {}
    for column in range(max(columns.values()) + 1):
        names = [node for node in tape.nodes if columns[node.name] == column]
        wanted = {n.name: _mean([places[i][1] for i in n.inputs if i in places]) for n in names}
        order = sorted(names, key=lambda node: wanted[node.name])
        for k, node in enumerate(order):
            places[node.name] = (column, k)
    most = max(y for _, y in places.values())
    counts = {x: sum(place[0] == x for place in places.values()) for x, _ in places.values()}
    return {name: (x, most - y - (most + 1 - counts[x]) / 2) for name, (x, y) in places.items()}


def _mean(numbers: list[float]) -> float:
    return sum(numbers) / len(numbers) if numbers else 0.0


def in_short(array: Array) -> str:
    """A number, a few numbers, or a shape with the first ones."""
    flat = [decimals(each, 3) for each in array.ravel()[:3]]
    if array.size <= 3:
        return flat[0] if array.size == 1 else f"[{', '.join(flat)}]"
    return f"{'×'.join(map(str, array.shape))}: {', '.join(flat[:2])}, …"


class Drawing:
    """The axes with the places of all boxes."""

    def __init__(self, axes: Any, look: Theme, places: dict[str, tuple[float, float]]):
        self.axes, self.look, self.places = axes, look, places

    def lines(self, node: TapeNode, there: bool) -> None:
        """An arrow from each array that it was computed from; in the colour of gradients where one has flowed back."""
        half = BOX[0] / 2
        for name in node.inputs:
            (x0, y0), (x1, y1) = self.places[name], self.places[node.name]
            style = {"arrowstyle": "-|>", "color": self.look.cycle[1] if there else self.look.grey, "linewidth": 1.0}
            self.axes.annotate("", (x1 - half, y1), (x0 + half, y0), arrowprops={**style, "shrinkA": 0, "shrinkB": 0})

    def box(self, node: TapeNode, there: bool, latest: bool) -> None:
        """The formula, the value and the gradient."""
        from matplotlib.patches import FancyBboxPatch

        x, y = self.places[node.name]
        wide, high = BOX
        corner, pad = (x - wide / 2, y - high / 2), 0.02
        style: dict[str, Any] = {"boxstyle": f"round,pad=0,rounding_size={pad * 3}", "facecolor": self.look.paper}
        edge: dict[str, Any] = {"edgecolor": self.look.cycle[1 if there else 0], "linewidth": 2.4 if latest else 1.0}
        self.axes.add_patch(FancyBboxPatch(corner, wide, high, zorder=2, **style, **edge))
        head = f"{node.name} = {node.formula}" if node.formula else node.name
        texts = [(head, self.look.ink), (in_short(node.value), self.look.cycle[0])]
        if there and node.gradient is not None:
            texts.append((f"d{node.name} = {in_short(node.gradient)}", self.look.cycle[1]))
        for k, (text, colour) in enumerate(texts):
            at = y + high * (0.28 - 0.28 * k)
            self.axes.text(
                x,
                at,
                short(text, LONGEST),
                ha="center",
                va="center",
                fontsize=7.5,
                color=colour,
                zorder=3,
                parse_math=False,
            )
