"""Residuals: true minus predicted numbers."""

from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet.calls import answered
from glassnet.drawing import Theme, drawn_in, new_figure
from glassnet.formulas.elementary import Array
from glassnet.pictures.picture_inputs import complete, numbers, rows_in_words
from glassnet.pictures.spaces.cloud import (
    MOST_POINTS,
    Range,
    counts_on,
    draw_cloud,
    measured,
    shown_range,
    three_digits,
    with_name,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

GROUPS = 20  # at most, of rows with about equal predictions
LEAST_IN_GROUP = 15


@answered
def residuals(truth: Any, predicted: Any, name: str = "", theme: str | Theme = "light") -> Any:
    """Residuals over predictions with their running median, and the distribution of the residuals.

    residual = true − predicted: above 0 the prediction was too low.

    The line is the median, the band holds the middle half of the rows, both of up to 20 equal groups by prediction. A
    good model has its line at 0; where the band widens, predictions are less certain. More than 3000 rows are drawn as
    hexagons. Of more than 1000 rows the outermost thousandths may lie outside, and rows that are not finite are
    dropped: the picture says so.

    Parameters
    ----------
    truth, predicted
        Numbers (n,), in the unit that `name` states.
    name
        What is predicted, such as "price in €"; "" by default.
    theme
        "light" (default), "dark" or a `gn.pictures.Theme`.

    Raises InvalidInput for different lengths, and where no row is finite.

    >>> residuals([1, 2, 3], [1.5, 2, 2.5], "size in m").get_suptitle()
    '3 rows, rmse 0.408, half of them within ±0.5'
    """
    truth = numbers(truth, "truth")
    predicted = numbers(predicted, "predicted", len(truth), "truth")
    (truth, predicted), left_out = complete(truth, predicted)
    rest = truth - predicted
    across, up = shown_range(predicted), shown_range(np.append(rest, 0.0))
    half = f"half of them within ±{three_digits(float(np.median(np.abs(rest))))}"
    with drawn_in(theme, "residuals") as look:
        figure, ((axes, beside),) = new_figure(6.8 if len(truth) <= MOST_POINTS else 7.8, 4.6, (1, 2))
        axes.get_gridspec().set_width_ratios([3, 1])
        figure.get_layout_engine().set(wspace=0.06)
        beside.sharey(axes)
        draw_cloud(axes, predicted, rest, across, up, look)
        axes.axhline(0, color=look.ink, linewidth=1)
        draw_median(axes, predicted, rest, look)
        draw_spread(beside, rest, up, look)
        axes.set(xlabel=with_name("predicted", name), ylabel=with_name("true − predicted", name))
        axes.locator_params(axis="x", nbins=6)  # so that numbers of six digits stand apart
        axes.grid()
        figure.suptitle(f"{rows_in_words(len(truth), left_out)}, {measured('rmse', truth, predicted)}, {half}")
        figure.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=3)
        return figure


def draw_median(axes: "Axes", predicted: Array, rest: Array, look: Theme) -> None:
    """The median and the middle half of groups of rows in the order of their predictions."""
    groups = np.array_split(np.argsort(predicted, kind="stable"), min(GROUPS, len(rest) // LEAST_IN_GROUP) or 1)
    at = [np.median(predicted[group]) for group in groups]
    low, middle, high = np.transpose([np.quantile(rest[group], [0.25, 0.5, 0.75]) for group in groups])
    axes.fill_between(at, low, high, color=look.cycle[1], alpha=0.25, linewidth=0, label="middle half")
    axes.plot(at, middle, color=look.cycle[1], marker="o", markersize=3, label="median")


def draw_spread(axes: "Axes", rest: Array, limits: Range, look: Theme) -> None:
    """The residuals as a histogram that lies on its side."""
    bins = int(np.clip(np.sqrt(len(rest)), 8, 50))
    axes.hist(rest, bins=bins, range=limits, orientation="horizontal", color=look.cycle[0])
    axes.axhline(0, color=look.ink, linewidth=1)
    axes.set(xlabel="rows", ylim=limits)
    counts_on(axes.xaxis)
    axes.tick_params(labelleft=False)
