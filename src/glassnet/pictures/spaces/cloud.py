"""A cloud of rows: points while they can be told apart, beyond that hexagons coloured by how many lie in them."""

from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet.drawing import Theme
from glassnet.formulas.elementary import Array
from glassnet.pictures.picture_inputs import short
from glassnet.training.metrics import Metric

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_POINTS = 3000
HEXAGONS = 55  # from left to right
MANY, FAR = 1000, 0.001  # rows from which on the most extreme thousandths do not stretch the picture

Range = tuple[float, float]


def shown_range(*values: Array) -> Range:
    """From the least to the largest and some room; of many rows without the outermost thousandths."""
    ends = [np.quantile(v, [FAR, 1 - FAR]) if len(v) > MANY else (v.min(), v.max()) for v in values]
    low, high = min(e[0] for e in ends), max(e[1] for e in ends)
    room = 0.05 * (high - low) or 0.05 * abs(high) or 1.0
    return float(low - room), float(high + room)


def draw_cloud(axes: "Axes", x: Array, y: Array, across: Range, up: Range, look: Theme) -> None:
    """The rows at (x, y) within these ranges; how many are outside is said in the legend."""
    inside = (across[0] <= x) & (x <= across[1]) & (up[0] <= y) & (y <= up[1])
    outside = f", {(~inside).sum()} more outside" if not inside.all() else ""
    if len(x) <= MOST_POINTS:
        alpha = max(0.3, min(0.7, 300 / len(x)))
        size = 5 if len(x) > 300 else 8
        axes.plot(
            x, y, ".", color=look.cycle[0], alpha=alpha, markersize=size, markeredgewidth=0, label=f"row{outside}"
        )
    else:
        draw_hexagons(axes, x[inside], y[inside], (*across, *up), f"rows{outside}")
    axes.set(xlim=across, ylim=up)


def draw_hexagons(axes: Any, x: Array, y: Array, extent: tuple[float, ...], label: str) -> None:
    """How many rows lie in each hexagon, on a scale by factors."""
    import matplotlib as mpl

    cells = axes.hexbin(x, y, gridsize=HEXAGONS, mincnt=1, linewidths=0.1, extent=extent)
    most = max(float(cells.get_array().max()), 2.0)
    cells.set_norm(mpl.colors.LogNorm(0.3, most))  # a single row is seen on the paper
    axes.figure.colorbar(cells, ax=axes, label=label, pad=0.02).ax.set_ylim(1, most)


def counts_on(axis: Any) -> None:
    """Few ticks with short numbers, such as 400k."""
    from matplotlib.ticker import EngFormatter, MaxNLocator

    axis.set_major_locator(MaxNLocator(3, integer=True))
    axis.set_major_formatter(EngFormatter(sep=""))


def measured(name: str, truth: Array, predicted: Array) -> str:
    """A metric with its value, such as "rmse 0.12"."""
    return f"{'R²' if name == 'r2' else name} {three_digits(Metric.of(name)(truth, predicted))}"


def three_digits(value: float) -> str:
    """A number in a title: three digits, thousands with commas.

    >>> three_digits(23920.4), three_digits(0.4082)
    ('23,900', '0.408')
    """
    return f"{float(f'{value:.3g}'):,.0f}" if 1000 <= abs(value) < 1e9 else f"{value:.3g}"


def with_name(words: str, name: str) -> str:
    """Words of an axis, and the target with its unit."""
    return f"{words} {short(name, 36)}" if name else words
