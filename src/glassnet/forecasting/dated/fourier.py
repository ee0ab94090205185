"""Fourier terms: sine and cosine of long seasons, such as the week of hours or the year of days.

    c = sin(2 π j t / P), cos(2 π j t / P)    for j = 1 to the number of pairs, P the steps of the season, t the step

Any shape that comes back after P steps is a sum of such terms; a few of them give a smooth one. The season of a model
itself needs none: a linear map sees it in the values, and it cancels in the changes that β is found from.
"""

from collections.abc import Mapping
from typing import TypeAlias

import numpy as np

from glassnet.errors import InvalidInput, brief
from glassnet.forecasting.dated.frequency import DAY, Frequency, Ticks
from glassnet.formulas.elementary import Array
from glassnet.training.inputs.checks import check_whole

Terms: TypeAlias = tuple[tuple[float, int], ...]  # the steps of a season, and its pairs of sine and cosine
Fourier: TypeAlias = int | Mapping[float, int]
YEAR, WEEK = 365.2425, 7.0  # in days
OF_YEAR = {"business day": 260.9, "week": YEAR / 7, "month": 12.0, "quarter": 4.0}
LEAST_TIMES = 2  # a season that is found must fit so often into the longest series


def checked_fourier(fourier: Fourier) -> int | Terms:
    """Pairs for the usual long seasons, or for those that are named."""
    if not isinstance(fourier, Mapping):
        return check_whole(fourier, "fourier", low=0)
    for period, pairs in fourier.items():
        known = isinstance(period, (int, float, np.number)) and not isinstance(period, bool) and np.isfinite(period)
        if not known or period <= 2:
            raise InvalidInput(
                f"fourier must name seasons of more than 2 steps, such as {{168: 3}}, got {brief(period)}."
            )
        if check_whole(pairs, f"fourier[{period:g}]") > period / 2:
            raise InvalidInput(f"fourier[{period:g}] must be at most half the season, got {pairs} pairs.")
    return tuple((float(period), int(pairs)) for period, pairs in fourier.items())


def found_terms(fourier: int | Terms, frequency: Frequency, season: int | None, longest: int) -> Terms:
    """Terms of the seasons that were named, or of the usual ones that are longer than that of the model."""
    if not isinstance(fourier, int):
        return fourier
    shortest = season or frequency.season
    periods = [each for each in long_seasons(frequency) if each > 1.5 * shortest and LEAST_TIMES * each <= longest]
    return tuple((each, min(fourier, int(each // 2))) for each in periods) if fourier else ()


def long_seasons(frequency: Frequency) -> list[float]:
    """The week and the year in steps, as far as a frequency has them."""
    if frequency.unit in OF_YEAR:
        return [OF_YEAR[frequency.unit] / frequency.n]
    if frequency.unit in ("step", "year"):
        return []
    a_day = DAY / frequency.length
    return [days * a_day for days in (WEEK, YEAR) if days * a_day > 2]


def fourier_names(terms: Terms) -> tuple[str, ...]:
    """The names of the columns.

    >>> fourier_names(((168.0, 2),))
    ('sin 1/168', 'cos 1/168', 'sin 2/168', 'cos 2/168')
    """
    pairs = ((period, j) for period, n in terms for j in range(1, n + 1))
    return tuple(f"{wave} {j}/{period:.6g}" for period, j in pairs for wave in ("sin", "cos"))


def fourier_columns(terms: Terms, positions: Ticks) -> Array:
    """The columns (steps, columns) of numbered steps."""
    waves = [np.empty((len(positions), 0))]
    for period, n in terms:
        angles = 2 * np.pi * np.outer(positions, np.arange(1, n + 1)) / period
        waves.append(np.stack([np.sin(angles), np.cos(angles)], axis=2).reshape(len(positions), 2 * n))
    return np.concatenate(waves, axis=1)
