"""A linear map from the past to the future, solved exactly; look-back and penalty chosen on later rows."""

from collections.abc import Sequence
from contextlib import nullcontext
from typing import Any, Literal

import numpy as np

from glassnet.calls import answered
from glassnet.engine.machine.blas import one_thread
from glassnet.errors import InvalidInput, UnknownName
from glassnet.forecasting.choosing import Choice, Comparison, Setting, sums_over
from glassnet.forecasting.normalization import NORMALIZATIONS
from glassnet.forecasting.pasts import latest_of, pasts_of
from glassnet.forecasting.values import Series, Values, carried, joined, series_of, whole_number
from glassnet.forecasting.windows import Windows
from glassnet.formulas.elementary import Array

SEASONS = (1, 2, 4, 7, 14, 28)  # look-backs that are tried, in seasons
POWERS = (8, 16, 32, 64, 128, 256, 512)  # and in steps, where nothing repeats
PENALTIES = (1e-5, 1e-4, 5e-4, 2e-3, 1e-2, 1e-1, 1.0)
FEW_STEPS = (
    20_000  # of the series of a map: with fewer, threads of the BLAS wait for each other longer than they compute
)


@answered
class LinearForecaster:
    """One linear map from the past to all steps of the horizon, solved exactly by ridge regression.

    ŷ = μ + s · (x W), with x the past as its normalisation shows it; W is the least of mean ‖y − ŷ‖² / s² + α ‖W‖².
    "centered" windows are x − μ and, as one more input, their standard deviation (s = 1); "standardized" ones are
    (x − μ) / σ (s = σ). No step is taken on a slope: W solves the normal equations (`forecasting/ridge.py`).

    Parameters
    ----------
    horizon
        How many steps to forecast.
    lookback
        How many steps of the past the map sees; several are compared. By default 1, 2, 4, 7, 14
        and 28 seasons, or 8 to 512 steps without a season, as far as the series are long enough.
    penalty
        α, or several to compare.
    normalization
        "centered" or "standardized", or several to compare.
    season
        Steps after which values repeat themselves: it only says which look-backs are tried.
    channels
        "shared": one map for all series. "apart": a map each.
    gaps
        "leave out" windows in which a value is missing. "carry" the value of one season before into the gaps of a past,
        so that only windows whose future has a gap are left out.

    Attributes
    ----------
    choices
        What was compared, the best first. Each block of the past is left out once; the score is the error there in
        units of the differences to one season before.
    maps
        The weights W (inputs, horizon), one for each series, or one for all.
    n_windows, n_incomplete
        Windows that were learned from, and those left out as a value is missing in them.

    Raises InvalidInput for series that are too short, with the length that is needed.

    Zeng et al., Are transformers effective for time series forecasting? (2023); Toner and Darlow, An analysis of
    linear time series forecasting models (2024).

    >>> import numpy as np
    >>> waves = np.sin(np.arange(400)[:, None] * 2 * np.pi / [12, 24])
    >>> model = LinearForecaster(horizon=6, season=12).fit(waves[:-6])
    >>> np.abs(model.forecast() - waves[-6:]).max() < 0.01
    np.True_
    """

    def __init__(
        self,
        horizon: int,
        lookback: int | Sequence[int] | None = None,
        *,
        penalty: float | Sequence[float] = PENALTIES,
        normalization: str | Sequence[str] = "centered",
        season: int = 1,
        channels: Literal["shared", "apart"] = "shared",
        gaps: Literal["leave out", "carry"] = "leave out",
    ):
        self.horizon, self.season = whole_number(horizon, "horizon"), whole_number(season, "season")
        self.lookbacks = None if lookback is None else checked_lookbacks(lookback)
        self.penalties = checked_penalties(penalty)
        self.normalizations = checked_normalizations(normalization)
        if channels not in ("shared", "apart"):
            raise UnknownName("value of channels", channels, ["shared", "apart"])
        if gaps not in ("leave out", "carry"):
            raise UnknownName("value of gaps", gaps, ["leave out", "carry"])
        self.channels, self.gaps = channels, gaps
        self.choices: tuple[Choice, ...] = ()
        self.maps: tuple[Array, ...] = ()
        self.n_windows = self.n_incomplete = 0
        self.series: Series = ()

    def fit(self, values: Values, validation: Values | None = None) -> "LinearForecaster":
        """Learn from values (steps, channels), or from a sequence of series (steps,) of different lengths.

        `validation` holds the steps that follow them: settings are compared on these too, and the map learns from
        `values` alone. A setting without an alternative is taken as it is.
        """
        known = series_of(values)
        series = known if validation is None else joined(known, series_of(validation, "validation"))
        groups = [(k,) for k in range(len(series))] if self.channels == "apart" else [tuple(range(len(series)))]
        seen = tuple(carried(each, self.season) for each in series) if self.gaps == "carry" else None
        lookbacks = self.lookbacks or self.usual_lookbacks(min(map(len, known)))
        for lookback in lookbacks:
            self.check_windows(Windows(known, lookback, self.horizon, seen=seen), groups)
        comparison = Comparison(series, tuple(map(len, known)), self.horizon, self.season, groups, seen)
        few = max(sum(len(known[k]) for k in group) for group in groups) < FEW_STEPS
        with one_thread() if few else nullcontext():
            self.solve(comparison, lookbacks, known)
        self.series = seen or series
        return self

    def solve(self, comparison: Comparison, lookbacks: Sequence[int], known: Series) -> None:
        """Choose the setting, and solve for the maps."""
        self.choices = self.compared(comparison, lookbacks)
        best = self.choices[0].setting
        windows = Windows(known, best.lookback, self.horizon, seen=comparison.seen)
        seen_as = NORMALIZATIONS[best.normalization]
        sums = (sums_over(windows, each, seen_as).learned for each in comparison.groups)
        self.maps = tuple(each.solution(best.penalty) for each in sums)
        self.n_windows, self.n_incomplete = windows.n, windows.n_incomplete

    def compared(self, comparison: Comparison, lookbacks: Sequence[int]) -> tuple[Choice, ...]:
        """The settings, the best first; a single one needs no comparison."""
        only = Choice(Setting(lookbacks[0], self.normalizations[0], self.penalties[0]), np.nan)
        if len(lookbacks) * len(self.penalties) * len(self.normalizations) == 1:
            return (only,)
        return tuple(comparison.choices(lookbacks, self.normalizations, self.penalties)) or (only,)

    def usual_lookbacks(self, shortest: int) -> list[int]:
        """The look-backs that are tried for series of this length: a fifth must be left to be held out."""
        usual = POWERS if self.season == 1 else [self.season * n for n in SEASONS]
        return [each for each in usual if each + 2 * self.horizon <= 0.8 * shortest] or [usual[0]]

    def check_windows(self, windows: Windows, groups: Sequence[Sequence[int]]) -> None:
        """That each map has a window to learn from."""
        for group in groups:
            if not any(len(windows.complete(k)) for k in group):
                needed, longest = windows.lookback + windows.horizon, max(len(windows.series[k]) for k in group)
                what = "no window is without a missing value" if longest >= needed else f"the longest has {longest}"
                raise InvalidInput(
                    f"a look-back of {windows.lookback} and a horizon of {windows.horizon} steps need a series of "
                    f"{needed} steps to learn from; {what}."
                )

    @property
    def lookback(self) -> int:
        """The look-back that was chosen."""
        return self.fitted().lookback

    def fitted(self) -> Setting:
        """The setting that was chosen, of a forecaster that has learned."""
        if not self.maps:
            raise InvalidInput("LinearForecaster has not learned yet: call fit(values) first.")
        return self.choices[0].setting

    def predict(self, windows: Array) -> Array:
        """Forecasts (n, horizon, channels) after each of the pasts (n, at least `lookback` steps, channels)."""
        past = pasts_of(windows, self.lookback)
        if len(self.maps) not in (1, past.shape[2]):
            raise InvalidInput(f"windows must have {len(self.maps)} channels, a map each, got {past.shape[2]}.")
        forecasts = [self.after(each, k) for k, each in enumerate(past.transpose(2, 0, 1))]
        return np.stack(forecasts, axis=2)

    def after(self, past: Array, k: int) -> Array:
        """Forecasts (n, horizon) of series k after pasts (n, lookback)."""
        seen = NORMALIZATIONS[self.fitted().normalization].of(past)
        return seen.forecasts(seen.inputs @ self.maps[k if len(self.maps) > 1 else 0])

    def forecast(self) -> Array:
        """What follows after the series of `fit` (and the validation that followed them): (horizon, channels)."""
        pasts = latest_of(self.series, self.lookback)
        return np.concatenate([self.after(past[None], k) for k, past in enumerate(pasts)]).T

    def __repr__(self) -> str:
        if not self.maps:
            return f"LinearForecaster(horizon={self.horizon})"
        best = self.fitted()
        return (
            f"LinearForecaster(horizon={self.horizon}, lookback={best.lookback}, penalty={best.penalty:g}, "
            f"normalization={best.normalization!r}, channels={self.channels!r})"
        )


def one_or_several(given: Any, called: str) -> list[Any]:
    """The values that are compared: what was given, or the entries of it."""
    values = [given] if np.ndim(given) == 0 else [*given]
    if not values:
        raise InvalidInput(f"{called} must be one value or several to compare, got none.")
    return values


def checked_lookbacks(lookback: Any) -> tuple[int, ...]:
    """One or several numbers of steps."""
    return tuple(whole_number(each, "lookback") for each in one_or_several(lookback, "lookback"))


def checked_penalties(penalty: Any) -> tuple[float, ...]:
    """One or several numbers of at least 0."""
    given = one_or_several(penalty, "penalty")
    for each in given:
        if not isinstance(each, (int, float, np.number)) or not 0 <= each < np.inf:
            raise InvalidInput(f"penalty must be a number of at least 0, got {each!r}.")
    return tuple(map(float, given))


def checked_normalizations(normalization: str | Sequence[str]) -> tuple[str, ...]:
    """One or several known names."""
    given = one_or_several(normalization, "normalization")
    for each in given:
        if each not in NORMALIZATIONS:
            raise UnknownName("normalization", each, NORMALIZATIONS)
    return tuple(given)
