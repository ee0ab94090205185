"""Forecasts of a backtest over the series that came: from each origin, how far they went and how far they were off."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from glassnet.calls import answered
from glassnet.drawing import Theme, drawn_in, new_figure
from glassnet.errors import InvalidInput, brief
from glassnet.formulas.elementary import Array
from glassnet.pictures.forecasts.bands import whole_steps
from glassnet.pictures.forecasts.inputs import series_of

BEFORE = 0.5  # as much of the series before the first origin as the folds take, times this


@answered
def forecast_folds(values: Any, forecasts: Mapping[int, Any], name: str = "", theme: str | Theme = "light") -> Any:
    """The forecasts from earlier origins over the series that came, an origin after the other.

    Parameters
    ----------
    values
        The series, (steps,); NaN where a value is missing.
    forecasts
        What was forecast, (horizon,), by how many steps of the series were known: {100: …, 107: …}.
    name
        What is forecast, such as "sales"; "" by default.
    theme
        "light" (default), "dark" or a `gn.pictures.Theme`.

    Raises InvalidInput for origins outside the series.

    >>> figure = forecast_folds([1, 2, 3, 2, 1, 2], {2: [3, 3], 4: [2, 2]}, "sales")
    >>> [line.get_xdata().tolist() for line in figure.axes[0].lines[1::2]]
    [[3, 4], [5, 6]]
    """
    y = series_of(values, "values")
    found = checked_origins(forecasts, len(y))
    with drawn_in(theme, "the folds of a backtest") as look:
        figure, axes = new_figure(7.2, 3.8)
        first, last = min(found), max(origin + len(ahead) for origin, ahead in found.items())
        begin = max(0, first - int(BEFORE * (last - first)) - 1)
        steps = np.arange(len(y)) + 1
        axes.plot(steps[begin:last], y[begin:last], color=look.ink, linewidth=1.1, label="what came")
        for number, (origin, ahead) in enumerate(sorted(found.items())):
            label = "forecast from each origin" if number == 0 else None
            at = origin + 1 + np.arange(len(ahead))
            axes.plot(at, ahead, color=look.cycle[number % 2], linewidth=1.7, label=label)
            axes.axvline(origin + 0.5, color=look.grey, linewidth=0.7)
        axes.set(xlabel="step", ylabel=name)
        whole_steps(axes)
        axes.margins(x=0.01)
        axes.grid()
        figure.legend(loc="outside lower center", ncols=2)
        return figure


def checked_origins(forecasts: Mapping[int, Any], n: int) -> dict[int, Array]:
    """Forecasts by their origins, each of which lies within a series of n steps."""
    if not isinstance(forecasts, Mapping) or not forecasts:
        raise InvalidInput("forecasts must be by how many steps were known, such as {100: …, 107: …}.")
    for origin in forecasts:
        if isinstance(origin, bool) or not isinstance(origin, (int, np.integer)) or not 0 < origin <= n:
            raise InvalidInput(
                f"an origin must be a whole number of steps of the series, 1 to {n}, got {brief(origin)}."
            )
    return {int(each): series_of(ahead, f"the forecast from {each}") for each, ahead in forecasts.items()}
