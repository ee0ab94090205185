"""Predicted against true numbers, with intervals where there are any."""

from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet.calls import answered
from glassnet.drawing import Theme, drawn_in, new_figure
from glassnet.errors import InvalidInput
from glassnet.formulas.elementary import Array
from glassnet.pictures.picture_inputs import complete, numbers, rows_in_words
from glassnet.pictures.spaces.cloud import MOST_POINTS, draw_cloud, measured, shown_range, with_name
from glassnet.training.inputs.arrays import as_numbers

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_BARS = 100  # intervals that are drawn


@answered
def predicted_against_true(
    truth: Any, predicted: Any, name: str = "", theme: str | Theme = "light", interval: Any = None
) -> Any:
    r"""Predicted against true numbers, a point per row; on the line the two are equal.

    More than 3000 rows are drawn as hexagons, coloured by their number of rows. Of more than 1000 rows the outermost
    thousandths may lie outside, and rows that are not finite are dropped: the picture says so.

    Parameters
    ----------
    truth, predicted
        Numbers (n,), in the unit that `name` states.
    name
        What is predicted, such as "price in €"; "" by default.
    theme
        "light" (default), "dark" or a `gn.pictures.Theme`.
    interval
        Low and high ends (n, 2) of the predicted interval of each row, as from `TabularRegressor.predict_interval`,
        drawn as bars (of many rows, 100 spread over the true numbers); the title gives the share of rows whose truth
        lies in theirs. None by default.

    Raises InvalidInput for different lengths, and for ends in the wrong order.

    >>> figure = predicted_against_true([1, 2, 3], [1.5, 2, 2.5], "size in m", interval=[[1, 2], [1.5, 3], [2, 2.9]])
    >>> figure.axes[0].get_title()
    '3 rows\nrmse 0.408, R² 0.75, 66.7% in their interval'
    """
    truth = numbers(truth, "truth")
    predicted = numbers(predicted, "predicted", len(truth), "truth")
    ends = predicted[:, None] if interval is None else interval_ends(interval, len(truth))
    (truth, predicted, ends), left_out = complete(truth, predicted, ends)
    said = f"{rows_in_words(len(truth), left_out)}\n"
    said += f"{measured('rmse', truth, predicted)}, {measured('r2', truth, predicted)}"
    around = shown_range(truth, predicted, ends.ravel())
    with drawn_in(theme, "predicted against true") as look:
        figure, axes = new_figure(4.8 if len(truth) <= MOST_POINTS else 5.6, 5.2)
        draw_cloud(axes, truth, predicted, around, around, look)
        if interval is not None:
            draw_intervals(axes, truth, ends, look)
            said += f", {np.mean((ends[:, 0] <= truth) & (truth <= ends[:, 1])):.1%} in their interval"
        axes.plot(around, around, color=look.cycle[1], linewidth=1, label="predicted = true")
        axes.set(xlabel=with_name("true", name), ylabel=with_name("predicted", name), title=said)
        axes.locator_params(nbins=7)
        axes.grid()
        figure.legend(loc="outside lower center", ncols=2)
        return figure


def interval_ends(interval: Any, rows: int) -> Array:
    """(n, 2), low and high."""
    ends = as_numbers(interval, "interval").astype(np.float64)
    if ends.shape != (rows, 2):
        raise InvalidInput(
            f"interval must have a low and a high end for each row, shape ({rows}, 2); got {ends.shape}."
        )
    if (wrong := ends[:, 0] > ends[:, 1]).any():
        row = int(np.argmax(wrong))
        raise InvalidInput(
            f"interval must have its low end first; row {row} has {ends[row, 0]:g} and {ends[row, 1]:g}."
        )
    return ends


def draw_intervals(axes: "Axes", truth: Array, ends: Array, look: Theme) -> None:
    """A bar from low to high above the true number, of many rows only some."""
    order = np.argsort(truth, kind="stable")
    chosen = order[np.unique(np.linspace(0, len(order) - 1, min(len(order), MOST_BARS)).astype(int))]
    label = "interval" if len(chosen) == len(order) else f"interval of {len(chosen)} rows"
    axes.vlines(truth[chosen], *ends[chosen].T, color=look.cycle[2], linewidth=1, alpha=0.5, label=label)
