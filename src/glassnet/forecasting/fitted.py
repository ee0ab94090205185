"""What a forecaster keeps of its past: the model that was chosen, its effects of other columns, and its intervals."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np

from glassnet.forecasting.candidates import SCALES, Candidate, Model, OfNetwork
from glassnet.forecasting.dated.panel import Panel
from glassnet.forecasting.held_out.truths import truths, unit_before
from glassnet.forecasting.intervals import Intervals
from glassnet.forecasting.values import carried
from glassnet.formulas.elementary import Array

RECENT, SEASONS, LEAST_STEPS = 0.75, 14, 50  # the weight of the latest seasons in the unit of an interval, and how many


class Ahead(NamedTuple):
    """Forecasts (origins, horizon) of a series and the ends of their intervals (coverages, origins, horizon)."""

    forecast: Array
    low: Array
    high: Array


@dataclass(frozen=True, eq=False)
class Several:
    """Models whose forecasts are averaged, each on a scale and with effects of its own."""

    members: tuple["Fitted", ...]

    @property
    def lookback(self) -> int:
        """How many steps of the past the one that looks farthest back sees."""
        return max(each.model.lookback for each in self.members)


@dataclass(frozen=True, eq=False)
class Fitted:
    """A model with all it needs to continue series.

    A series that has no map of its own, or is shorter than the look-back, repeats its last season, or its last value.
    On the scale z of the model, columns beside the target add c β: z is what remains of the values and is forecast.
    """

    candidate: Candidate
    model: Model | Several
    horizon: int
    season: int
    numbers: Mapping[Any, int]  # which map is that of a series, by its name
    scales: Mapping[Any, float]  # the unit of its intervals
    effects: Mapping[Any, Array]  # β (columns,)
    intervals: Intervals
    nonnegative: bool = False
    errors: Array = field(default_factory=lambda: np.empty((0, 0)))  # r / s (origins, horizon) of earlier forecasts
    latest: Mapping[Any, float] = field(default_factory=dict)  # the unit at the end of what is known of a series

    def remains(self, panel: Panel, k: int) -> Array:
        """Series k on the scale of the model, without what other columns add: z = f(y) − c β."""
        return panel.remains(SCALES[self.candidate.scale].of(panel.values[k]), k, self.effects)

    def how(self, name: Any, steps: int) -> str:
        """What forecasts a series after so many steps: "model", "season" or "last value"."""
        if isinstance(self.model, Several):
            ways = [each.how(name, steps) for each in self.model.members]
            return next((way for way in ways if way != "model"), "model")
        known = self.candidate.channels == "shared" or name in self.numbers
        if known and steps >= self.model.lookback:
            return "model"
        return "season" if steps >= self.season else "last value"

    def paths(self, z: Array, panel: Panel, k: int, origins: Array) -> Array:
        """Forecasts (origins, horizon) after the first steps of z, so many as each origin says."""
        assert not isinstance(self.model, Several), "each member has a scale of its own"
        seen, found = carried(z, self.season), np.empty((len(origins), self.horizon))
        ways = np.array([self.how(panel.names[k], int(each)) for each in origins])
        for way in set(ways.tolist()):
            rows = np.flatnonzero(ways == way)
            length = {"model": self.model.lookback, "season": self.season, "last value": 1}[way]
            past = seen[np.maximum(origins[rows, None] - length + np.arange(length), 0)]
            if way == "model":
                found[rows] = self.continued(past, panel, k, origins[rows])
            else:
                found[rows] = past[:, np.arange(self.horizon) % length]
        return found

    def continued(self, past: Array, panel: Panel, k: int, origins: Array) -> Array:
        """What the model makes of pasts (origins, lookback) of series k, and of what it sees beside them."""
        model, n = self.model, len(origins)
        assert not isinstance(model, Several), "each member has columns of its own"
        if not isinstance(model, OfNetwork) or not model.sees_columns:
            return model.after(past, self.numbers.get(panel.names[k], 0))
        steps = np.arange(-model.lookback, self.horizon)
        columns = panel.future[k][origins[:, None] + steps] if panel.future else None
        return model.network.after(past, columns, np.tile(panel.static_of(k), (n, 1)))

    def on_scale(self, panel: Panel, k: int, origins: Array) -> Array:
        """Forecasts (origins, horizon) of series k on the scale of the model, with what other columns add."""
        if isinstance(self.model, Several):
            of = SCALES[self.candidate.scale].of
            every = [of(each.units(each.on_scale(panel, k, origins))) for each in self.model.members]
            return np.asarray(np.mean(every, axis=0))
        name = panel.names[k]
        z = self.paths(self.remains(panel, k), panel, k, origins)
        if panel.future:
            z = z + panel.future[k][origins[:, None] + np.arange(self.horizon)] @ self.effects[name]
        return z

    def unit(self, name: Any) -> float:
        """The unit s of the intervals of a series, as it was at the end of what was known of it."""
        return self.latest.get(name, self.scales[name])

    def with_latest(self, panel: Panel) -> "Fitted":
        """With the units at the end of each series."""
        ends = {name: self.units_at(panel, k, panel.lengths[[k]]) for k, name in enumerate(panel.names)}
        return replace(self, latest={name: float(each[0, 0]) for name, each in ends.items()})

    def units_at(self, panel: Panel, k: int, origins: Array) -> Array:
        """The unit s (origins, 1) of intervals: a quarter that of the series, the rest that of the latest steps."""
        whole, steps = self.scales[panel.names[k]], max(SEASONS * self.season, LEAST_STEPS)
        recent = unit_before(self.remains(panel, k), self.season, origins, steps)
        return ((1 - RECENT) * whole + RECENT * np.where(np.isnan(recent), whole, recent))[:, None]

    def errors_at(self, panel: Panel, k: int, origins: Array) -> Array:
        """(y − ŷ) / s (origins, horizon) of series k on the scale of the model; NaN where the truth is not known."""
        z = SCALES[self.candidate.scale].of(panel.values[k])
        gaps = truths(z, origins, self.horizon) - self.on_scale(panel, k, origins)
        return gaps / self.units_at(panel, k, origins)

    def ahead(self, panel: Panel, k: int, origins: Array) -> Ahead:
        """Forecasts of series k after the first steps, so many as each origin says, in the units of the target."""
        z = self.on_scale(panel, k, origins)
        width = self.unit(panel.names[k]) * self.intervals.widths[:, None, :]
        return Ahead(self.units(z), self.units(z - width), self.units(z + width))

    def units(self, z: Array) -> Array:
        """Numbers on the scale of the model in the units of the target, not below 0 if no value ever was."""
        y = SCALES[self.candidate.scale].back(z)
        return np.maximum(y, 0.0) if self.nonnegative else y
