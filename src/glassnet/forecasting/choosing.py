"""Settings of a linear map chosen on rows that it has not seen: each block of the past is left out once.

A ridge regression needs only sums over windows, so that leaving a block out is a subtraction.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from glassnet.forecasting.normalization import NORMALIZATIONS, Normalization
from glassnet.forecasting.ridge import Sums
from glassnet.forecasting.values import Series
from glassnet.forecasting.windows import Windows
from glassnet.formulas.elementary import Array

BLOCKS = 5  # fewer where they would be shorter than the horizon; validation rows are one of them, if there are any
MOST_MAPS = 64  # of many maps, so many choose for all


class Setting(NamedTuple):
    """How a linear map sees the past."""

    lookback: int
    normalization: str
    penalty: float


class Choice(NamedTuple):
    """A setting that was tried, and its error in units of the seasonal differences (1: like the naive forecast)."""

    setting: Setting
    score: float


class BlockSums(NamedTuple):
    """Sums over the windows of a block: as the map learns from them, and in the units of the series for its error."""

    learned: Sums
    scored: Sums


def sums_over(windows: Windows, group: Sequence[int], seen_as: Normalization) -> BlockSums:
    """The sums over the windows of the series that share a map."""
    n_inputs = windows.lookback + seen_as.extra
    learned = scored = Sums.empty(n_inputs, windows.horizon)
    if seen_as.scales:
        scored = Sums.empty(n_inputs, windows.horizon)
    for k in group:
        for past, future in windows.of(k):
            seen = seen_as.of(past)
            X, Y = seen.inputs, seen.targets(future)
            learned.add(X, Y)
            if seen_as.scales:
                scored.add(X * seen.scale, Y * seen.scale)
    return BlockSums(learned, scored)


@dataclass(frozen=True, eq=False)
class Comparison:
    """Settings compared on series: steps before `end` are learned from, later ones (validation) only scored.

    The score of a setting is the mean, over blocks and maps, of √(mean squared error), in units of
    √(mean squared difference to one season before).
    """

    series: Series
    end: tuple[int, ...]
    horizon: int
    season: int
    groups: Sequence[Sequence[int]]
    seen: Series | None = None

    def choices(
        self, lookbacks: Sequence[int], normalizations: Sequence[str], penalties: Sequence[float]
    ) -> list[Choice]:
        """All settings with their scores, the best first; those that leave a map nothing to learn from are left out."""
        found = []
        blocks = self.blocks(max(lookbacks))
        for lookback in lookbacks:
            for name in normalizations:
                scores = self.scores(blocks, lookback, NORMALIZATIONS[name], penalties).tolist()
                settings = [Setting(lookback, name, penalty) for penalty in penalties]
                found += [Choice(*each) for each in zip(settings, scores, strict=True) if np.isfinite(each[1])]
        return sorted(found, key=lambda each: each.score)

    def blocks(self, begin: int) -> Array:
        """Where blocks begin and end, (blocks + 1, series); each step after `begin` is in one, for every look-back."""
        later = any(len(each) > end for each, end in zip(self.series, self.end, strict=True))
        room = min(end - begin for end in self.end) // self.horizon  # a block holds a window of its own
        n = max(1, min(BLOCKS - 1 if later else BLOCKS, room))
        edges = [np.linspace(min(begin, end), end, n + 1).astype(int) for end in self.end]
        if later:
            edges = [np.append(each, len(series)) for each, series in zip(edges, self.series, strict=True)]
        return np.array(edges).T

    def scores(self, blocks: Array, lookback: int, seen_as: Normalization, penalties: Sequence[float]) -> Array:
        """The score of each penalty; NaN if a map has nothing to learn from."""
        known = tuple(each[:end] for each, end in zip(self.series, self.end, strict=True))
        windows = Windows(known, lookback, self.horizon, seen=self.seen)
        every = -(-len(self.groups) // MOST_MAPS)
        of_maps = [self.of_map(group, windows, blocks, seen_as, penalties) for group in self.groups[::every]]
        return np.mean(of_maps, axis=0)

    def of_map(
        self, group: Sequence[int], known: Windows, blocks: Array, seen_as: Normalization, penalties: Sequence[float]
    ) -> Array:
        """The score of each penalty for one map: a block is predicted by the windows whose futures do not reach it."""
        every, errors = sums_over(known, group, seen_as).learned, []
        for begin, end in pairwise(blocks):
            first = np.maximum(begin, known.lookback)
            held = sums_over(
                replace(known, series=self.series, first=first, last=end - known.horizon + 1), group, seen_as
            )
            near = replace(known, first=first - known.horizon + 1, last=end)
            rest = every.without(sums_over(near, group, seen_as).learned)
            if rest.n and held.scored.n:
                errors.append([held.scored.squared_error(rest.solution(each)) / held.scored.n for each in penalties])
        if not errors:
            return np.full(len(penalties), np.nan)
        return np.sqrt(np.array(errors) / self.horizon).mean(axis=0) / self.seasonal_difference(group)

    def seasonal_difference(self, group: Sequence[int]) -> float:
        """√(mean (y_t − y_{t−m})²) over the series of a map; 1 where they repeat themselves exactly."""
        gaps = [self.series[k][self.season :] - self.series[k][: -self.season] for k in group]
        gaps = [each[np.isfinite(each)] for each in gaps]
        n = sum(map(len, gaps))
        return float(np.sqrt(sum(float(np.vdot(each, each)) for each in gaps) / n)) or 1.0 if n else 1.0
