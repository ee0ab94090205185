"""An activation as a curve, with its slope."""

from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet.calls import answered
from glassnet.drawing import Theme, drawn_in, new_figure
from glassnet.errors import InvalidInput
from glassnet.formulas.activations import Activation, Softmax
from glassnet.formulas.elementary import Array
from glassnet.formulas.registry import is_number

if TYPE_CHECKING:
    from matplotlib.axes import Axes

POINTS = 601
ABREAST = 3  # panels in a row
JUMP = 0.05  # of the curve's height: a step between neighbouring points that may be a gap


@answered
def activation(
    *activations: Any, at: float | None = None, span: tuple[float, float] = (-5.0, 5.0), theme: str | Theme = "light"
) -> Any:
    """Curves of activations as a Figure, one panel each: a = f(z) solid, its slope f'(z) dashed.

    `Softmax` works on all scores of a row: its first output is drawn for the scores (z, 0). Learned parameters, such as
    the slope of `PReLU`, have their initial values.

    Parameters
    ----------
    activations
        One or several, by name or as an object: "relu", gn.LeakyReLU(0.1).
    at
        Draw the tangent a + f'(z) (x − z) at this z; None by default.
    span
        The smallest and the largest z; (−5, 5) by default.
    theme
        "light" (default), "dark" or a `gn.pictures.Theme`.

    Raises UnknownName for an unknown activation, InvalidInput for none, and for numbers that cannot be drawn.

    >>> import glassnet as gn
    >>> figure = gn.pictures.activation("relu", "tanh", at=0.5)
    >>> [axes.get_title() for axes in figure.axes]
    ["relu,  f'(0.5) = 1", "tanh,  f'(0.5) = 0.786"]
    """
    chosen = [Activation.of(each) for each in activations]
    if not chosen:
        raise InvalidInput("name at least one activation, such as activation('relu').")
    low, high = checked_span(span)
    if at is not None and not (is_number(at) and low <= at <= high):
        raise InvalidInput(f"at must be a number within the span {low:g}…{high:g}, got {at!r}.")
    z = np.linspace(low, high, POINTS)
    rows, columns = -(-len(chosen) // ABREAST), min(len(chosen), ABREAST)
    with drawn_in(theme, "an activation") as look:
        figure, panels = new_figure(1.0 + 3.2 * columns, 0.8 + 2.6 * rows, (rows, columns))
        for axes, f in zip(np.ravel(panels), chosen, strict=False):
            draw(axes, look, f, z, at)
        for axes in np.ravel(panels)[len(chosen) :]:
            axes.remove()
        handles, labels = figure.axes[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=3)
        return figure


def checked_span(span: object) -> tuple[float, float]:
    """Two numbers, the lesser first."""
    numbers = tuple(span) if isinstance(span, (tuple, list)) else ()
    if len(numbers) != 2 or not all(map(is_number, numbers)) or not numbers[0] < numbers[1]:
        raise InvalidInput(f"span must be two numbers, the smaller first, such as (-5, 5), got {span!r}.")
    return numbers[0], numbers[1]


def curves(f: Activation, z: Array) -> tuple[Array, Array]:
    """(f(z), f'(z)): of the first of two scores, the second 0, so that it holds for softmax too."""
    Z = np.column_stack([z, np.zeros_like(z)])
    dA = np.column_stack([np.ones_like(z), np.zeros_like(z)])
    learned = [np.full(2, getattr(f, name)) for name in f.learned]
    with np.errstate(over="ignore"):
        A = f.value(Z, *learned)
        return A[:, 0], f.pull_back(dA, Z, A, *learned)[:, 0]


def draw(axes: "Axes", look: Theme, f: Activation, z: Array, at: float | None) -> None:
    """One activation."""
    a, slope = curves(f, z)
    for values, style in ((a, {"label": "a = f(z)", "linewidth": 2}), (slope, {"label": "f'(z)", "linestyle": "--"})):
        axes.plot(z, without_jumps(values), **style)
    title = f.name + (" of (z, 0)" if isinstance(f, Softmax) else "")
    if at is not None:
        (value,), (rise,) = curves(f, np.array([float(at)]))
        x = np.array([at - 1.5, at + 1.5])
        axes.plot(x, value + rise * (x - at), color=look.ink, linewidth=1, label="tangent", zorder=3)
        axes.plot(at, value, "o", color=look.ink, zorder=4)
        title += f",  f'({at:g}) = {rise:.3g}".replace("-", "−")
    axes.axhline(0, color=look.grey, linewidth=0.6, zorder=0)
    axes.axvline(0, color=look.grey, linewidth=0.6, zorder=0)
    axes.set(xlabel="z", title=title)
    axes.grid()


def without_jumps(values: Array) -> Array:
    """Values with a gap where they jump, as the slope of ReLU does at 0: a step far larger than those beside it."""
    steps = np.pad(np.abs(np.diff(values)), 1)
    beside = np.maximum(steps[:-2], steps[2:])
    found = values.astype(float)
    found[1:][(steps[1:-1] > JUMP * np.ptp(values)) & (steps[1:-1] > 20 * beside)] = np.nan
    return found
