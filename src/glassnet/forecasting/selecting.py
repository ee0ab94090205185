"""A model chosen by what it would have forecast: the latest steps of the series are held out, and scored.

All candidates learn from the steps before and forecast from many origins. The score is the mean absolute error in units
of the mean absolute change over a season, averaged over series (the MASE of Hyndman and Koehler 2006). The residuals of
the best become the intervals; then it learns from all steps.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from glassnet.errors import InvalidInput, UnknownName
from glassnet.forecasting.candidates import MODELS, NETWORKS, SCALES, Candidate, Model, learned
from glassnet.forecasting.dated.effects import effects_of
from glassnet.forecasting.dated.panel import Panel
from glassnet.forecasting.dated.season import found_season
from glassnet.forecasting.fitted import Fitted
from glassnet.forecasting.intervals import Intervals
from glassnet.forecasting.values import Series, carried
from glassnet.formulas.elementary import Array

MOST_COMPARED = 24  # series on which candidates are compared
MOST_ORIGINS = 60  # of a series
SHARE_HELD = 5  # a fifth of each series is held out
LEAST_COMPLETE = 0.3  # with fewer futures without a gap, gaps in them are filled for learning


@dataclass(frozen=True)
class Wanted:
    """What a person asked for; None for what is found."""

    horizon: int
    season: int | None = None
    model: str | None = None
    scale: str | None = None
    channels: str | None = None
    nonnegative: bool | None = None
    coverage: tuple[float, ...] = (0.8, 0.95)

    def __post_init__(self) -> None:
        named = (("model", self.model, MODELS), ("scale", self.scale, SCALES))
        for what, given, known in (*named, ("value of channels", self.channels, ("shared", "apart"))):
            if given is not None and given not in known:
                raise UnknownName(what, given, known)


class Scored(NamedTuple):
    """A candidate and its error on held-out steps, in units of the changes over a season."""

    candidate: Candidate
    score: float


class Outcome(NamedTuple):
    """What was chosen, beside what, and what there is to tell."""

    fitted: Fitted
    choices: tuple[Scored, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Selection:
    """The choice of a model for the series of a panel."""

    panel: Panel
    wanted: Wanted
    season: int
    nonnegative: bool
    long: tuple[int, ...]  # the series that are long enough to learn from, with the latest steps held out
    units: tuple[float, ...]  # mean absolute change over a season

    @classmethod
    def of(cls, panel: Panel, wanted: Wanted) -> "Selection":
        """What is found in the values first."""
        season = wanted.season or found_season(panel.values, panel.axis.frequency.season)
        lowest = min(float(np.nanmin(each)) for each in panel.values if np.isfinite(each).any())
        nonnegative = lowest >= 0 if wanted.nonnegative is None else wanted.nonnegative
        needed = steps_needed(season, wanted.horizon)
        usual = max(needed, int(np.quantile(panel.lengths, 0.1, method="lower")) if len(panel) > 10 else 0)
        long = [k for k, each in enumerate(panel.values) if len(each) >= usual and np.isfinite(each).mean() > 0.5]
        units = tuple(unit_of(each, season) for each in panel.values)
        return cls(panel, wanted, season, nonnegative, tuple(long), units)

    @property
    def needed(self) -> int:
        """How many steps a series must have to be learned from."""
        return steps_needed(self.season, self.horizon)

    @property
    def horizon(self) -> int:
        """Steps to forecast."""
        return self.wanted.horizon

    def held(self, k: int) -> int:
        """How many of the latest steps of series k are held out."""
        n = len(self.panel.values[k])
        return max(self.horizon, n // SHARE_HELD) if k in self.long else n // 2

    def origins(self, k: int) -> Array:
        """The origins of series k whose forecasts are scored: all of them, or evenly spaced ones."""
        n, held = len(self.panel.values[k]), self.held(k)
        last = n - self.horizon if k in self.long or self.panel.future else n - 1
        every = np.arange(max(n - held, 1), last + 1)
        return every[:: -(-len(every) // MOST_ORIGINS) or 1]

    def candidates(self) -> list[Candidate]:
        """What is compared."""
        scales = ["as they are", "log"] if self.nonnegative else ["as they are"]
        scales = [self.wanted.scale] if self.wanted.scale else scales
        several = len(self.long) > 1
        channels = [self.wanted.channels] if self.wanted.channels else ["shared", "apart"] if several else ["shared"]
        linear = [Candidate("linear", scale, each) for scale in scales for each in channels] if self.long else []
        found = [Candidate("seasonal naive"), *linear]
        if self.long and self.wanted.model in NETWORKS:  # they take longer: only if asked for
            found += [Candidate(self.wanted.model, scale) for scale in scales]
        return [each for each in found if self.wanted.model in (None, each.model)]

    def series(self, candidate: Candidate, kept: Sequence[int], held: bool) -> Series:
        """Some series on the scale of a candidate, with or without the latest steps."""
        ends = [len(self.panel.values[k]) - (self.held(k) if held else 0) for k in kept]
        return tuple(SCALES[candidate.scale].of(self.panel.values[k][:end]) for k, end in zip(kept, ends, strict=True))

    def effects(self, candidate: Candidate, kept: Sequence[int], series: Series) -> Mapping[Any, Array]:
        """What other columns add to each series: the same for all, in units of each, or found in each."""
        panel, season = self.panel, self.season
        if not panel.future or candidate.model == "seasonal naive":
            return {name: np.zeros(panel.n_columns) for name in panel.names}
        columns = [panel.future[k][: len(z)] for k, z in zip(kept, series, strict=True)]
        alike = candidate.scale == "log"  # there an effect is a factor of the values, whatever their size
        units = [1.0 if alike else unit_of(z, season) for z in series]
        together = effects_of(series, columns, units, season)
        sizes = [1.0 if alike else unit_of(SCALES[candidate.scale].of(each), season) for each in panel.values]
        found = {name: together * size for name, size in zip(panel.names, sizes, strict=True)}
        if candidate.channels == "apart":
            for k, z, c, unit in zip(kept, series, columns, units, strict=True):
                found[panel.names[k]] = effects_of([z], [c], [unit], season) * unit
        return found

    def fitted(self, candidate: Candidate, kept: Sequence[int], held: bool, like: Model | None = None) -> Fitted:
        """A candidate that has learned from some series."""
        series = self.series(candidate, kept, held)
        effects = self.effects(candidate, kept, series)
        remains = [self.panel.remains(z, k, effects) for k, z in zip(kept, series, strict=True)]
        complete = [z if is_complete(z, self.horizon) else carried(z, 1) for z in remains]
        model = learned(candidate, tuple(complete), self.horizon, self.season, like)
        names, none = self.panel.names, Intervals((), np.empty((0, self.horizon)), 0)
        numbers = {names[k]: number for number, k in enumerate(kept)}
        numbers = numbers if candidate.channels == "apart" else dict.fromkeys(names, 0)
        found = Fitted(candidate, model, self.horizon, self.season, numbers, {}, effects, none, self.nonnegative)
        return replace(found, scales=self.scales(found))

    def scales(self, fitted: Fitted) -> Mapping[Any, float]:
        """The unit of the intervals of each series: its mean absolute change over a season, as the model sees it."""
        panel = self.panel
        return {name: unit_of(fitted.remains(panel, k), self.season) for k, name in enumerate(panel.names)}

    def score(self, fitted: Fitted, kept: Sequence[int]) -> float:
        """The mean over series of the mean absolute error, in units of the change over a season."""
        errors = []
        for k in kept:
            origins = self.origins(k)
            gaps = np.abs(
                fitted.ahead(self.panel, k, origins).forecast - truths(self.panel.values[k], origins, self.horizon)
            )
            if np.isfinite(gaps).any():
                errors.append(np.nanmean(gaps) / self.units[k])
        return float(np.mean(errors)) if errors else np.nan

    def residuals(self, fitted: Fitted, kept: Sequence[int]) -> tuple[Array, Array]:
        """|r| / s (origins, horizon) on the scale of the model, and whether each origin is one of the later half."""
        found, later = [np.empty((0, self.horizon))], [np.empty(0, bool)]
        for k in kept:
            origins, name = self.origins(k), self.panel.names[k]
            z = fitted.remains(self.panel, k)
            gaps = np.abs(fitted.paths(z, name, origins) - truths(z, origins, self.horizon))
            found.append(gaps / fitted.scales[name])
            later.append(np.arange(len(origins)) >= len(origins) / 2)
        return np.concatenate(found), np.concatenate(later)

    def outcome(self) -> Outcome:
        """Compare, choose, and learn from everything."""
        candidates = self.candidates()
        if not candidates:
            raise InvalidInput(
                f"model={self.wanted.model!r} has no series to learn from: the longest has {self.panel.lengths.max()} "
                f"steps, {self.needed} are needed."
            )
        scored = self.long or tuple(range(len(self.panel)))
        some = scored[:: -(-len(scored) // MOST_COMPARED)]
        tried = {each: self.fitted(each, some, held=True) for each in candidates}
        choices = sorted((Scored(each, self.score(found, some)) for each, found in tried.items()), key=by_score)
        best = choices[0].candidate
        like = tried[best].model
        calibrating = tried[best] if some == scored else self.fitted(best, scored, True, like)
        residuals, later = self.residuals(calibrating, scored)
        coverage = self.wanted.coverage
        measured = Intervals.of(residuals[~later], coverage).inside(residuals[later])
        intervals = replace(Intervals.of(residuals, coverage), measured=measured)
        final = replace(self.fitted(best, scored, False), intervals=intervals)
        return Outcome(final, tuple(choices), self.notes(final))

    def notes(self, fitted: Fitted) -> tuple[str, ...]:
        """What there is to tell about series that the model does not forecast."""
        ways: dict[str, list[Any]] = {}
        for k, name in enumerate(self.panel.names):
            ways.setdefault(fitted.how(name, len(self.panel.values[k])), []).append(name)
        words = {"season": "last season", "last value": "last value"}
        naive = fitted.candidate.model == "seasonal naive"
        told = {words[way]: names for way, names in ways.items() if way in words and not naive}
        return tuple(of_short(names, what) for what, names in told.items())


def of_short(names: Sequence[Any], what: str) -> str:
    """That some series repeat what they have, in words."""
    verb = "is too short for the model and repeats its" if len(names) == 1 else "are too short and repeat their"
    first = ", ".join("the only one" if name is None else str(name) for name in names[:3])
    return f"{len(names)} series {verb} {what}: {first}{' …' if len(names) > 3 else ''}"


def steps_needed(season: int, horizon: int) -> int:
    """How many steps a series must have for a window, with the latest steps held out."""
    first = season if season > 1 else 8
    return max(first + 2 * horizon + 4, int(np.ceil(1.25 * (first + horizon))) + 1)


def by_score(scored: Scored) -> float:
    """The order of candidates; one without a score comes last."""
    return scored.score if np.isfinite(scored.score) else np.inf


def truths(values: Array, origins: Array, horizon: int) -> Array:
    """What came after each origin, (origins, horizon); NaN after the end."""
    padded = np.concatenate([values, np.full(horizon, np.nan)])
    return padded[origins[:, None] + np.arange(horizon)]


def unit_of(values: Array, season: int) -> float:
    """The mean absolute change over a season; over a step where that is 0 or not known, or else the mean size, or 1."""
    for lag in (season, 1):
        gaps = np.abs(values[lag:] - values[:-lag])
        if np.isfinite(gaps).any() and (found := float(np.nanmean(gaps))) > 0:
            return found
    sizes = np.abs(values[np.isfinite(values)])
    return float(sizes.mean()) or 1.0 if sizes.size else 1.0


def is_complete(values: Array, horizon: int) -> bool:
    """Whether enough futures are without a gap to learn from those alone."""
    missing = np.concatenate([[0], np.cumsum(np.isnan(values))])
    return bool(np.mean(missing[horizon:] == missing[:-horizon]) >= LEAST_COMPLETE) if len(values) >= horizon else True
