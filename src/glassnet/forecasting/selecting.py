"""A model chosen by what it would have forecast: the latest steps of the series are held out, and scored.

All candidates learn from the steps before and forecast from many origins. The score is the mean absolute error in units
of the mean absolute change over a season, averaged over series (the MASE of Hyndman and Koehler 2006). Then the best
learns from all steps. Its intervals come from the same origins, forecast part by part by models with the settings of
the final one, each of which knows the steps before its part.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from glassnet.errors import InvalidInput
from glassnet.forecasting.candidates import COUNTS, NETWORKS, SCALES, Candidate, learned
from glassnet.forecasting.dated.effects import effects_of
from glassnet.forecasting.dated.panel import Panel
from glassnet.forecasting.dated.season import found_season
from glassnet.forecasting.fitted import Fitted, Several
from glassnet.forecasting.held_out.checking import check_counts, check_horizon, check_scale
from glassnet.forecasting.held_out.recalibrating import in_order, thinned
from glassnet.forecasting.held_out.truths import is_complete, steps_needed, truths, unit_of
from glassnet.forecasting.held_out.wanted import Wanted
from glassnet.forecasting.intervals import Intervals
from glassnet.forecasting.networks.covariates import Covariates
from glassnet.forecasting.values import Series, carried
from glassnet.formulas.elementary import Array
from glassnet.tables.number_format import counted

MOST_COMPARED = 24  # series on which candidates are compared
MOST_ORIGINS = 60  # of a series
SHARE_HELD = 5  # a fifth of each series is held out
PARTS = 4  # of the origins: before each, a model learns from all that is known by then
AVERAGED = (2, 3)  # so many of the best candidates are averaged
MOST_ERRORS = 500  # earlier forecasts whose errors are kept for whole paths


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
        check_scale(panel, wanted.scale)
        check_horizon(panel, wanted.horizon)
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

    def before(self, kept: Sequence[int]) -> list[int]:
        """Where the steps that are held out begin."""
        return [len(self.panel.values[k]) - self.held(k) for k in kept]

    def origins(self, k: int) -> Array:
        """The origins of series k whose forecasts are scored: all of them, or evenly spaced ones."""
        n, held = len(self.panel.values[k]), self.held(k)
        last = n - self.horizon if k in self.long or self.panel.future else n - 1
        every = np.arange(max(n - held, 1), last + 1)
        return every[:: -(-len(every) // MOST_ORIGINS) or 1]

    def candidates(self) -> list[Candidate]:
        """What is compared; networks take longer, and are compared only if they were named."""
        scales, models = self.wanted.scales(self.nonnegative), self.wanted.models or ("seasonal naive", "linear")
        several = len(self.long) > 1
        channels = [self.wanted.channels] if self.wanted.channels else ["shared", "apart"] if several else ["shared"]
        found = [Candidate("seasonal naive")] if "seasonal naive" in models else []
        if self.long and "linear" in models:
            found += [Candidate("linear", scale, each) for scale in scales for each in channels]
        networks = [each for each in models if each in NETWORKS] if self.long else []
        check_counts(self.panel, networks)
        tried = [(each, scale) for each in networks for scale in (scales if each != COUNTS else ["as they are"])]
        return found + [Candidate(*each) for each in tried]

    def series(self, candidate: Candidate, kept: Sequence[int], ends: Sequence[int]) -> Series:
        """Some series on the scale of a candidate, up to these steps."""
        of = SCALES[candidate.scale].of
        return tuple(of(self.panel.values[k][:end]) for k, end in zip(kept, ends, strict=True))

    def effects(self, candidate: Candidate, kept: Sequence[int], series: Series) -> Mapping[Any, Array]:
        """What other columns add to each series: the same for all, in units of each, or found in each."""
        panel, season = self.panel, self.season
        if not panel.future or candidate.model == "seasonal naive":
            return self.no_effects
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

    def beside(self, candidate: Candidate, kept: Sequence[int]) -> Covariates:
        """What a network sees beside some series; counts see nothing."""
        if candidate.model == COUNTS:
            return Covariates.none(len(kept))
        known = tuple(self.panel.future[k] for k in kept) if self.panel.future else ()
        return Covariates(known, np.array([self.panel.static_of(k) for k in kept]))

    @property
    def no_effects(self) -> Mapping[Any, Array]:
        """Nothing that other columns add."""
        return {name: np.zeros(self.panel.n_columns) for name in self.panel.names}

    def fitted(
        self, candidate: Candidate, kept: Sequence[int], ends: Sequence[int] | None = None, like: Fitted | None = None
    ) -> Fitted:
        """A candidate that has learned from some series, up to these steps, or all; with the settings of another."""
        if candidate.of:
            known = like.model.members if like and isinstance(like.model, Several) else [None] * len(candidate.of)
            every = zip(candidate.of, known, strict=True)
            return self.mean_of([self.fitted(each, kept, ends, one) for each, one in every])
        series = self.series(candidate, kept, ends or [len(self.panel.values[k]) for k in kept])
        effects = self.effects(candidate, kept, series)
        remains = [self.panel.remains(z, k, effects) for k, z in zip(kept, series, strict=True)]
        complete = [z if is_complete(z, self.horizon) else carried(z, 1) for z in remains]
        beside = self.beside(candidate, kept)
        model = learned(candidate, tuple(complete), self.horizon, self.season, beside, like.model if like else None)
        names = self.panel.names
        numbers = {names[k]: number for number, k in enumerate(kept)}
        numbers = numbers if candidate.channels == "apart" else dict.fromkeys(names, 0)
        return self.measured(candidate, model, numbers, effects)

    def mean_of(self, members: Sequence[Fitted]) -> Fitted:
        """The mean of what several say: on the scale that they share, or else on that of the values."""
        scales = {each.candidate.scale for each in members}
        scale = scales.pop() if len(scales) == 1 else "as they are"
        candidate = Candidate("mean", scale, of=tuple(each.candidate for each in members))
        return self.measured(candidate, Several(tuple(members)), {}, self.no_effects)

    def measured(
        self, candidate: Candidate, model: Any, numbers: Mapping[Any, int], effects: Mapping[Any, Array]
    ) -> Fitted:
        """With the unit of each series: its mean absolute change over a season, as the model sees it."""
        none = Intervals((), np.empty((0, self.horizon)), 0)
        found = Fitted(candidate, model, self.horizon, self.season, numbers, {}, effects, none, self.nonnegative)
        units = {name: unit_of(found.remains(self.panel, k), self.season) for k, name in enumerate(self.panel.names)}
        return replace(found, scales=units)

    def score(self, fitted: Fitted, kept: Sequence[int]) -> float:
        """The mean over series of the mean absolute error, in units of the change over a season."""
        errors = []
        for k in kept:
            origins = self.origins(k)
            found = fitted.ahead(self.panel, k, origins).forecast
            gaps = np.abs(found - truths(self.panel.values[k], origins, self.horizon))
            if np.isfinite(gaps).any():
                errors.append(np.nanmean(gaps) / self.units[k])
        return float(np.mean(errors)) if errors else np.nan

    def outcome(self) -> Outcome:
        """Compare, choose, and learn from everything."""
        if not (candidates := self.candidates()):
            raise InvalidInput(
                f"model={self.wanted.model!r} has no series to learn from: the longest has {self.panel.lengths.max()} "
                f"steps, {self.needed} are needed."
            )
        scored = self.long or tuple(range(len(self.panel)))
        some = scored[:: -(-len(scored) // MOST_COMPARED)]
        tried = [self.fitted(each, some, self.before(some)) for each in candidates]
        ranked = self.ranked(tried, some)
        if self.wanted.average and len(ranked) > 1:
            best = [found for _, found in ranked[: max(AVERAGED)]]
            means = [self.mean_of(best[:n]) for n in AVERAGED if n <= len(best)]
            ranked = self.ranked([*tried, *means], some)
        choices = tuple(Scored(found.candidate, score) for score, found in ranked)
        final = self.calibrated(self.fitted(choices[0].candidate, scored), scored)
        return Outcome(final, choices, self.notes(final))

    def ranked(self, tried: Sequence[Fitted], some: Sequence[int]) -> list[tuple[float, Fitted]]:
        """Candidates with their scores, the best first; one without a score comes last."""
        scores = [(self.score(found, some), found) for found in tried]
        return sorted(scores, key=lambda each: each[0] if np.isfinite(each[0]) else np.inf)

    def calibrated(self, final: Fitted, kept: Sequence[int]) -> Fitted:
        """With intervals: origins are forecast part by part, each by a model of all steps before."""
        n_parts = 1 if takes_long(final.candidate) else PARTS
        parts = [np.array_split(self.origins(k), n_parts) for k in kept]
        later = [np.array_split(np.arange(n) >= n / 2, n_parts) for n in (len(self.origins(k)) for k in kept)]
        found = []
        for part in range(n_parts):
            origins = [each[part] for each in parts]
            ends = [int(some[0]) if some.size else end for some, end in zip(origins, self.before(kept), strict=True)]
            earlier = self.fitted(final.candidate, kept, ends, final)
            found += [earlier.errors_at(self.panel, k, some) for k, some in zip(kept, origins, strict=True)]
        errors = np.concatenate(found)
        halves = np.concatenate([each[part] for part in range(n_parts) for each in later])
        coverage, sizes = self.wanted.coverage, np.abs(errors)
        inside = Intervals.of(sizes[~halves], coverage).inside(sizes[halves])
        ages = [len(self.panel.values[k]) - parts[i][part] for part in range(n_parts) for i, k in enumerate(kept)]
        intervals = replace(Intervals.of(sizes, coverage), measured=inside)
        final = final.with_latest(self.panel)
        return replace(final, intervals=intervals, errors=thinned(in_order(errors, np.concatenate(ages)), MOST_ERRORS))

    def notes(self, fitted: Fitted) -> tuple[str, ...]:
        """What there is to tell about series that the model does not forecast."""
        ways: dict[str, list[Any]] = {}
        for k, name in enumerate(self.panel.names):
            ways.setdefault(fitted.how(name, len(self.panel.values[k])), []).append(name)
        words = {"season": "last season", "last value": "last value"}
        naive = fitted.candidate.model == "seasonal naive"
        told = {words[way]: names for way, names in ways.items() if way in words and not (naive and way == "season")}
        return (*self.too_long(), *(of_short(names, what) for what, names in told.items()))

    def too_long(self) -> tuple[str, ...]:
        """That no series is long enough for a model, in words."""
        if self.long or self.wanted.models == ("seasonal naive",):
            return ()
        k = int(np.argmax(self.panel.lengths))
        place = self.panel.place(k, self.panel.ends[k] - 1)
        return (
            f"a horizon of {self.horizon} and a season of {counted(self.season, 'step')} need a series of "
            f"{self.needed} steps to learn from; the longest has {self.panel.lengths[k]} and ends with {place}",
        )


def takes_long(candidate: Candidate) -> bool:
    """Whether a network has to be trained."""
    return candidate.model in NETWORKS or any(map(takes_long, candidate.of))


def of_short(names: Sequence[Any], what: str) -> str:
    """That some series repeat what they have, in words."""
    verb = "is too short for the model and repeats its" if len(names) == 1 else "are too short and repeat their"
    first = ", ".join("the only one" if name is None else str(name) for name in names[:3])
    return f"{len(names)} series {verb} {what}: {first}{' …' if len(names) > 3 else ''}"
