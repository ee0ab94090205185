"""What each column contributed: to one prediction as a waterfall of bars, and over many rows on average."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from glassnet.drawing import Theme, drawn_in, new_figure
from glassnet.formulas.elementary import Array
from glassnet.insight.notation.text import beside_change, signed
from glassnet.pictures.picture_inputs import short

MOST_BARS = 12
ROOM = 0.26  # of the width of the bars, to each side, for the numbers beside them
WIDTH, LETTER = 6.0, 0.09  # inches: of the bars with the legend, and of a letter of the names
LONGEST = 34  # letters of a name and its value


def contributions_figure(
    values: Array,
    labels: Sequence[str],
    baseline: float,
    what: str,
    title: str,
    theme: str | Theme = "light",
    called: tuple[str, str, str] = ("baseline", "prediction", "columns"),
) -> Any:
    """The contributions (n_columns,) to a prediction as bars, each from where the one below it ends.

    They begin at the baseline at the bottom and end at the prediction at the top; `what` names the axis, `called` says
    what these two and the columns are called. The largest contributions are on top, and beyond 12 columns the smaller
    ones are added up in one bar.
    """
    sizes, names = bars(np.asarray(values, np.float64), labels, called[2])
    ends = baseline + np.cumsum(sizes)
    starts = ends - sizes
    names = [short(name, LONGEST) for name in names]
    with drawn_in(theme, "a figure of contributions") as look:
        figure, axes = new_figure(WIDTH + LETTER * max(map(len, names)), 1.6 + 0.34 * len(sizes))
        places = np.arange(len(sizes))
        axes.barh(places, sizes, left=starts, height=0.66, color=[look.cycle[0 if s >= 0 else 1] for s in sizes])
        axes.vlines(ends[:-1], places[:-1] - 0.33, places[1:] + 0.33, color=look.grey, linewidth=0.8)
        low, high = min(starts.min(), ends.min()), max(starts.max(), ends.max())
        width = (high - low) or 1.0
        for place, (start, size) in enumerate(zip(starts, sizes, strict=True)):
            write_size(axes, place, start, size)
        axes.set_yticks(places, names)
        axes.set_xlim(low - ROOM * width, high + ROOM * width)
        axes.set_ylim(-0.7, len(sizes) - 0.3)
        mark(axes, look, baseline, f"{called[0]} {beside_change(baseline, width)}", below=True)
        mark(axes, look, float(ends[-1]), f"{called[1]} {beside_change(float(ends[-1]), width)}", below=False)
        axes.tick_params(axis="x", pad=14)
        axes.tick_params(axis="y", length=0)
        axes.locator_params(axis="x", nbins=6)
        axes.grid(axis="x")
        axes.set_axisbelow(True)
        axes.set_xlabel(short(what, 60))
        axes.set_title(short(title, 70), pad=18)
        legend(axes, look, sizes)
        return figure


def write_size(axes: Any, place: int, start: float, size: float) -> None:
    """Write the size of a bar beside the end that it points to."""
    right = size >= 0
    axes.annotate(
        signed(size),
        (start + size, place),
        (4 if right else -4, 0),
        textcoords="offset points",
        va="center",
        ha="left" if right else "right",
        fontsize=8.5,
    )


def mark(axes: Any, look: Theme, at: float, words: str, below: bool) -> None:
    """A dotted line with words below or above the figure."""
    axes.axvline(at, color=look.ink, linewidth=0.8, linestyle=":", zorder=0)
    axes.annotate(
        words,
        (at, 0 if below else 1),
        (0, -4 if below else 4),
        xycoords=("data", "axes fraction"),
        textcoords="offset points",
        fontsize=8.5,
        ha="center",
        va="top" if below else "bottom",
    )


def bars(values: Array, labels: Sequence[str], called: str = "columns") -> tuple[Array, list[str]]:
    """(sizes, names) from the bottom to the top: the smaller ones together, then one by one, the largest last.

    >>> bars(np.array([0.5, -2.0]), ["a", "b"])
    (array([ 0.5, -2. ]), ['a', 'b'])
    """
    order = np.argsort(-np.abs(values), kind="stable")
    most = MOST_BARS if len(order) <= MOST_BARS else MOST_BARS - 1
    shown, rest = order[:most][::-1], order[most:]
    sizes, names = values[shown], [labels[k] for k in shown]
    if not len(rest):
        return sizes, names
    return np.concatenate([[values[rest].sum()], sizes]), [f"{len(rest)} other {called}", *names]


def legend(axes: Any, look: Theme, sizes: Array) -> None:
    """What the two colours mean."""
    from matplotlib.patches import Patch

    there = [(0, "raises it", (sizes >= 0).any()), (1, "lowers it", (sizes < 0).any())]
    patches = [Patch(color=look.cycle[k], label=said) for k, said, some in there if some]
    axes.legend(handles=patches, loc="upper left", bbox_to_anchor=(1.02, 1.0), fontsize=8.5)
