"""The error of forecasts by how far they look ahead."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from glassnet.calls import answered
from glassnet.drawing import Theme, drawn_in, new_figure
from glassnet.errors import InvalidInput
from glassnet.pictures.forecasts.inputs import by_step


@answered
def forecast_errors(truth: Any, forecasts: Mapping[str, Any], name: str = "", theme: str | Theme = "light") -> Any:
    """The mean absolute error at each step of the horizon, of one forecaster or several.

    MAE at step h = mean |y_h − ŷ_h| over windows and channels. What lies below the line of the seasonal naive forecast
    was worth the work.

    Parameters
    ----------
    truth
        What came, (windows, horizon) or (windows, horizon, channels); NaN where it is not known.
    forecasts
        Forecasts of the same shape by name: {"linear": …, "seasonal naive": …}.
    name
        The unit of the values, such as "MW"; "" by default.
    theme
        "light" (default), "dark" or a `gn.pictures.Theme`.

    Raises InvalidInput for shapes that differ.

    >>> forecast_errors([[1, 2], [3, 4]], {"linear": [[1, 3], [3, 3]]}).axes[0].lines[0].get_ydata().tolist()
    [0.0, 1.0]
    """
    y = by_step(truth, "truth")
    if not isinstance(forecasts, Mapping) or not forecasts:
        raise InvalidInput('forecasts must be by name, such as {"linear": model.predict(windows)}.')
    found = {str(each): by_step(given, f"the forecast {each!r}", y) for each, given in forecasts.items()}
    with drawn_in(theme, "errors of forecasts") as look:
        figure, axes = new_figure(6.4, 3.8)
        steps = np.arange(y.shape[1]) + 1
        for colour, (each, predicted) in zip(np.resize(look.cycle, len(found)), found.items(), strict=True):
            gaps = np.abs(y - predicted)
            label = f"{each}: {np.nanmean(gaps):.3g} on average"
            axes.plot(steps, np.nanmean(gaps, axis=0), color=colour, label=label)
        axes.set(xlabel="steps ahead", ylabel="mean absolute error" + (f" in {name}" if name else ""), ylim=(0, None))
        axes.margins(x=0.01)
        axes.grid()
        figure.legend(loc="outside lower center", ncols=2)
        return figure
