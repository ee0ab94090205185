"""What came after origins in the past, and the unit in which errors are measured."""

import numpy as np

from glassnet.formulas.elementary import Array

LEAST_COMPLETE = 0.3  # with fewer futures without a gap, gaps in them are filled for learning


def steps_needed(season: int, horizon: int) -> int:
    """How many steps a series must have for a window, with the latest steps held out."""
    first = season if season > 1 else 8
    return max(first + 2 * horizon + 4, int(np.ceil(1.25 * (first + horizon))) + 1)


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


def unit_before(values: Array, season: int, origins: Array, steps: int) -> Array:
    """The mean absolute change over a season in the last steps before each origin, (origins,); NaN where none is known.

    >>> unit_before(np.array([0.0, 1.0, 3.0, 6.0, 6.0]), 1, np.array([1, 3, 5]), 2)
    array([nan, 1.5, 1.5])
    """
    gaps = np.abs(values[season:] - values[:-season])
    there = np.isfinite(gaps)
    sums, counts = (np.concatenate([[0.0], np.cumsum(each)]) for each in (np.where(there, gaps, 0.0), there))
    last = np.clip(origins - season, 0, len(gaps))
    first = np.maximum(last - steps, 0)
    n = counts[last] - counts[first]
    return np.where(n > 0, (sums[last] - sums[first]) / np.maximum(n, 1), np.nan)


def is_complete(values: Array, horizon: int) -> bool:
    """Whether enough futures are without a gap to learn from those alone."""
    missing = np.concatenate([[0], np.cumsum(np.isnan(values))])
    return bool(np.mean(missing[horizon:] == missing[:-horizon]) >= LEAST_COMPLETE) if len(values) >= horizon else True
