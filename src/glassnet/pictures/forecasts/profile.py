"""The course of a season: what values are usual at each of its steps."""

from typing import Any

import numpy as np

from glassnet.calls import answered
from glassnet.drawing import Theme, drawn_in, new_figure
from glassnet.formulas.elementary import Array
from glassnet.pictures.forecasts.bands import draw_bands, whole_steps
from glassnet.pictures.forecasts.inputs import season_of, series_of


@answered
def seasonal_profile(values: Any, season: int, name: str = "", theme: str | Theme = "light") -> Any:
    """The usual course of a season: median, middle half, and 80 % of the values at each of its steps.

    Each season is seen from its own mean, so that a trend does not widen the bands.

    Parameters
    ----------
    values
        A series (steps,) of at least one season; NaN where a value is missing.
    season
        Its steps: 24 for hourly values that repeat each day.
    name
        What the values are, such as "sales"; "" by default.
    theme
        "light" (default), "dark" or a `gn.pictures.Theme`.

    Raises InvalidInput for a season longer than the series.

    >>> seasonal_profile([1, 2, 3, 2, 3, 4], 3).axes[0].lines[-1].get_ydata().tolist()
    [-1.0, 0.0, 1.0]
    """
    y = series_of(values, "values")
    seasons = in_seasons(y, season_of(season, len(y), least=2))
    with drawn_in(theme, "a seasonal profile") as look:
        figure, axes = new_figure(6.4, 3.8)
        steps = np.arange(seasons.shape[1]) + 1
        ends = np.nanquantile(seasons, [0.1, 0.25, 0.5, 0.75, 0.9], axis=0)
        bands = [("80 % of the values", ends[0], ends[4]), ("middle half", ends[1], ends[3])]
        draw_bands(axes, steps, bands, look.cycle[0])
        axes.axhline(0, color=look.grey, linewidth=0.8)
        axes.plot(steps, ends[2], color=look.cycle[0], marker="o", markersize=3, label="median")
        axes.set(
            xlabel="step of the season",
            ylabel=f"{name or 'value'} − mean of its season",
            title=f"{len(seasons)} seasons of {len(steps)} steps",
        )
        whole_steps(axes)
        axes.margins(x=0.02)
        axes.grid()
        figure.legend(loc="outside lower center", ncols=3)
        return figure


def in_seasons(values: Array, season: int) -> Array:
    """The whole seasons of a series, each less its mean, (seasons, steps); those without any value are left out."""
    whole = values[len(values) % season :].reshape(-1, season)
    whole = whole[np.isfinite(whole).any(axis=1)]
    return whole - np.nanmean(whole, axis=1, keepdims=True)
