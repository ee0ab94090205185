"""History and forecast, with intervals."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from glassnet.calls import answered
from glassnet.drawing import Theme, drawn_in, new_figure
from glassnet.errors import InvalidInput
from glassnet.formulas.elementary import Array
from glassnet.formulas.registry import is_number
from glassnet.pictures.forecasts.bands import draw_bands
from glassnet.pictures.forecasts.inputs import series_of


@answered
def forecast(
    past: Any,
    forecast: Any,
    name: str = "",
    theme: str | Theme = "light",
    *,
    truth: Any = None,
    intervals: Mapping[float, Sequence[Any]] | None = None,
    shown: int | None = None,
) -> Any:
    """The end of a series and its forecast, with intervals and what came, if that is known.

    Bands hold the shares of values that `intervals` states; the narrower ones are darker.

    Parameters
    ----------
    past
        The series up to the forecast, (steps,); NaN where a value is missing.
    forecast
        What is forecast after it, (horizon,).
    name
        What is forecast, such as "sales"; "" by default.
    theme
        "light" (default), "dark" or a `gn.pictures.Theme`.
    truth
        What came, (horizon,); None by default.
    intervals
        Ends of intervals by their coverage, {0.8: (low, high)}, each (horizon,); none by default.
    shown
        How many steps of the past are drawn; four times the horizon by default.

    Raises InvalidInput for lengths that differ.

    >>> figure = forecast([1, 2, 3, 2, 1], [2, 3], "sales", intervals={0.8: ([1, 2], [3, 4])}, truth=[2, 2])
    >>> figure.axes[0].get_ylabel()
    'sales'
    """
    known, ahead = series_of(past, "past"), series_of(forecast, "forecast")
    came = None if truth is None else series_of(truth, "truth", len(ahead))
    bands = checked_intervals(intervals or {}, len(ahead))
    known = known[-(shown or 4 * len(ahead)) :]
    with drawn_in(theme, "a forecast") as look:
        figure, axes = new_figure(7.2, 3.8)
        steps = np.arange(len(ahead)) + 1
        draw_bands(axes, steps, bands, look.cycle[0])
        axes.plot(np.arange(len(known)) - len(known) + 1, known, color=look.ink, linewidth=1.2, label="past")
        axes.plot(steps, ahead, color=look.cycle[0], linewidth=1.8, label="forecast")
        if came is not None:
            axes.plot(steps, came, ".", color=look.ink, markersize=4, label="what came")
        axes.axvline(0.5, color=look.grey, linewidth=0.8)
        axes.set(xlabel="steps after the last known value", ylabel=name)
        axes.margins(x=0.01)
        axes.grid()
        figure.legend(loc="outside lower center", ncols=5)
        return figure


def checked_intervals(intervals: Mapping[float, Sequence[Any]], n: int) -> list[tuple[str, Array, Array]]:
    """Intervals with their coverage in words, the widest first."""
    for coverage, ends in intervals.items():
        if not is_number(coverage) or not 0 < coverage < 1 or len(ends) != 2:
            raise InvalidInput("intervals must be {coverage: (low, high)}, such as {0.8: (low, high)}.")
    found = []
    for coverage in sorted(intervals, reverse=True):
        share = f"{100 * coverage:g} %"
        low, high = (
            series_of(each, f"the {end} end of {share}", n)
            for end, each in zip(("low", "high"), intervals[coverage], strict=True)
        )
        found.append((share, low, high))
    return found
