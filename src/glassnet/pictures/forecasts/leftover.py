"""Residuals of forecasts over time, and their autocorrelation."""

from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet.calls import answered
from glassnet.drawing import Theme, drawn_in, new_figure
from glassnet.formulas.elementary import Array
from glassnet.pictures.forecasts.bands import whole_steps
from glassnet.pictures.forecasts.inputs import series_of
from glassnet.training.inputs.checks import check_whole

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LAGS = 48
Z = 1.96  # of the normal distribution: 95 % lie within ± z


@answered
def forecast_residuals(
    truth: Any, forecast: Any, name: str = "", theme: str | Theme = "light", *, lags: int | None = None
) -> Any:
    """Residuals of forecasts in the order of time, and how they depend on those before them.

    ρ_k = Σ (r_t − r̄) (r_{t−k} − r̄) / Σ (r_t − r̄)²

    Of forecasts one step ahead nothing should be left that the past tells: 95 % of the autocorrelations ρ_k then lie
    within ±1.96 / √n, the band. A high bar at a lag says that residuals repeat themselves after so many steps.

    Parameters
    ----------
    truth, forecast
        What came and what was forecast for it, (steps,), in the order of time; NaN where one is missing.
    name
        What is forecast, such as "sales"; "" by default.
    theme
        "light" (default), "dark" or a `gn.pictures.Theme`.
    lags
        How many lags are shown; 48 by default, or half of the steps if they are fewer.

    Raises InvalidInput for lengths that differ.

    >>> figure = forecast_residuals([1, 2, 3, 4], [2, 1, 4, 3])
    >>> [float(bar.get_height()) for bar in figure.axes[1].patches[1:]]
    [-0.75, 0.5]
    """
    y = series_of(truth, "truth")
    rest = y - series_of(forecast, "forecast", len(y))
    most = check_whole(min(LAGS, max(1, len(rest) // 2)) if lags is None else lags, "lags", high=len(rest) - 1)
    with drawn_in(theme, "residuals of forecasts") as look:
        figure, ((above,), (below,)) = new_figure(7.2, 5.0, (2, 1))
        above.axhline(0, color=look.ink, linewidth=0.8)
        above.plot(np.arange(len(rest)) + 1, rest, color=look.cycle[0], linewidth=1, marker=".", markersize=3)
        above.set(xlabel="step", ylabel="true − forecast" + (f", {name}" if name else ""))
        above.margins(x=0.01)
        above.grid()
        draw_correlations(below, rest, most, look)
        return figure


def draw_correlations(axes: "Axes", rest: Array, most: int, look: Theme) -> None:
    """Autocorrelations as bars, over the band that chance alone seldom leaves."""
    chance = Z / np.sqrt(np.isfinite(rest).sum())
    axes.axhspan(-chance, chance, color=look.grey, alpha=0.25, linewidth=0, label="by chance, 95 %")
    axes.axhline(0, color=look.ink, linewidth=0.8)
    axes.bar(np.arange(most) + 1, autocorrelation(rest, most), width=0.6, color=look.cycle[0])
    axes.set(xlabel="lag in steps", ylabel="autocorrelation", xlim=(0.3, most + 0.7))
    whole_steps(axes)
    axes.grid(axis="y")
    axes.legend(loc="upper right")


def autocorrelation(values: Array, most: int) -> Array:
    """ρ_k for k = 1, …, most; pairs with a missing value count as 0."""
    centered = np.nan_to_num(values - np.nanmean(values))
    total = float(centered @ centered) or 1.0
    return np.array([centered[k:] @ centered[:-k] for k in range(1, most + 1)]) / total
