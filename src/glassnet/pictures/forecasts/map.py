"""The linear map from the past to the future as a heat map."""

from typing import Any

import numpy as np

from glassnet.calls import answered
from glassnet.drawing import Theme, drawn_in, new_figure
from glassnet.errors import InvalidInput
from glassnet.formulas.elementary import Array
from glassnet.pictures.forecasts.inputs import season_of
from glassnet.training.inputs.arrays import as_numbers

MOST_TICKS = 16


@answered
def linear_map(
    weights: Any, season: int | None = None, theme: str | Theme = "light", *, lookback: int | None = None
) -> Any:
    """The weights from each step of the past to each step of the forecast, with their seasons visible.

    ŷ_h = Σ w_{l,h} y_{t−l}: a column is a step ahead, a row a step of the past. Stripes that rise with the steps ahead
    say that a forecast looks at the same step of earlier seasons. On the right, how much all weights of a step are
    worth, √(mean over h of w²).

    Parameters
    ----------
    weights
        (inputs, horizon), the oldest step first, as `LinearForecaster.maps` has them.
    season
        Steps of a season, for thin lines; None by default.
    theme
        "light" (default), "dark" or a `gn.pictures.Theme`.
    lookback
        How many of the inputs are steps of the past; by default all. A map of centered windows has one more input.

    Raises InvalidInput for what is not two-dimensional.

    >>> linear_map([[0.1, 0.2], [0.7, 0.4]]).axes[0].get_xlabel()
    'steps ahead'
    """
    W = as_numbers(weights, "weights").astype(np.float64)
    if W.ndim != 2 or not np.isfinite(W).all():
        raise InvalidInput(f"weights must be (inputs, horizon), finite, such as model.maps[0]; got shape {W.shape}.")
    W = W[: season_of(lookback, len(W)) if lookback is not None else None]
    every = season_of(season, max(W.shape)) if season is not None else None
    with drawn_in(theme, "a linear map") as look:
        figure, ((axes, beside),) = new_figure(7.2, 5.4, (1, 2))
        axes.get_gridspec().set_width_ratios([4, 1])
        draw_weights(figure, axes, W, every, look)
        ago = np.arange(len(W))[::-1]
        beside.plot(np.sqrt((W**2).mean(axis=1)), ago, color=look.cycle[0], linewidth=1)
        beside.set(xlabel="size", ylim=axes.get_ylim(), xlim=(0, None))
        beside.tick_params(labelleft=False)
        beside.grid()
        return figure


def draw_weights(figure: Any, axes: Any, W: Array, season: int | None, look: Theme) -> None:
    """The weights as colours from the most negative to the most positive; the latest step at the top."""
    largest = float(np.quantile(np.abs(W), 0.999)) or 1.0
    n, horizon = W.shape
    drawn = axes.imshow(
        W[::-1],
        cmap=look.diverging,
        vmin=-largest,
        vmax=largest,
        aspect="auto",
        interpolation="nearest",
        extent=(0.5, horizon + 0.5, n - 0.5, -0.5),
    )
    if season is not None:
        axes.set_yticks(range(0, n, season * (n // (season * MOST_TICKS) + 1)))
        for step in range(season, n, season):
            axes.axhline(step - 0.5, color=look.grey, linewidth=0.5)
        for step in range(season, horizon, season):
            axes.axvline(step + 0.5, color=look.grey, linewidth=0.5)
    axes.set(xlabel="steps ahead", ylabel="steps before the last known value")
    figure.colorbar(drawn, ax=axes, label="weight", location="left", fraction=0.05)
