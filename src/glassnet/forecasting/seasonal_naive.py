"""The forecast that all others must beat: the last season once more."""

import numpy as np

from glassnet.calls import answered
from glassnet.errors import InvalidInput
from glassnet.forecasting.values import Values, series_of, whole_number
from glassnet.formulas.elementary import Array


@answered
class SeasonalNaive:
    """Repeats the last season of the past; with a season of 1, the last value.

    ŷ_{t+h} = y_{t+h−m⌈h/m⌉}

    Parameters
    ----------
    horizon
        How many steps to forecast.
    season
        Steps of a season, m: 24 for hourly values that repeat each day.

    Raises InvalidInput for a horizon or a season that is no number of steps, and for a past shorter than a season.

    >>> import numpy as np
    >>> SeasonalNaive(horizon=4, season=3).fit(np.array([5.0, 1.0, 2.0, 3.0])).forecast().ravel()
    array([1., 2., 3., 1.])
    """

    def __init__(self, horizon: int, season: int = 1):
        self.horizon, self.season = whole_number(horizon, "horizon"), whole_number(season, "season")
        self.series: tuple[Array, ...] | None = None

    @property
    def steps(self) -> Array:
        """For each step of the horizon, how far before the end of the past its forecast lies."""
        return np.arange(self.horizon) % self.season - self.season

    def fit(self, values: Values) -> "SeasonalNaive":
        """Remember the past: an array (steps, channels), or a sequence of arrays (steps,)."""
        series = series_of(values)
        shortest = min(map(len, series))
        if shortest < self.season:
            raise InvalidInput(f"a season of {self.season} steps needs a past as long, the shortest has {shortest}.")
        self.series = series
        return self

    def predict(self, windows: Array) -> Array:
        """Forecasts (n, horizon, channels) after each of the pasts (n, at least a season of steps, channels)."""
        windows = np.asarray(windows, np.float64)
        if windows.ndim != 3 or windows.shape[1] < self.season:
            raise InvalidInput(f"windows must be (n, at least {self.season} steps, channels), got {windows.shape}.")
        return windows[:, self.steps]

    def forecast(self) -> Array:
        """What follows after the series of `fit`: (horizon, channels)."""
        if self.series is None:
            raise InvalidInput("SeasonalNaive knows no past yet: call fit(values) first.")
        return np.stack([each[self.steps] for each in self.series], axis=1)
