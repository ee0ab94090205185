"""The series that a network learns from: how far they are known, what is held out, and what stands beside them."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count

import numpy as np

from glassnet.errors import InvalidInput
from glassnet.forecasting.networks.covariates import Covariates
from glassnet.forecasting.values import Series
from glassnet.forecasting.windows import Windows
from glassnet.formulas.elementary import Array

HELD_OUT = 0.2  # of the past, its end, where no validation is given


@dataclass(frozen=True, eq=False)
class Past:
    """Series, the step of each that validation begins at, the unit in which its errors count, and columns beside it."""

    series: Series
    end: tuple[int, ...]
    scales: Array
    covariates: Covariates

    @property
    def known(self) -> Series:
        """What is learned from."""
        return tuple(each[:end] for each, end in zip(self.series, self.end, strict=True))

    @property
    def later(self) -> Series:
        """What validates."""
        return tuple(each[end:] for each, end in zip(self.series, self.end, strict=True))

    def scaled(self, series: Series) -> list[Array]:
        """Series in units of their own."""
        return [each / scale for each, scale in zip(series, self.scales, strict=True)]

    def windows(self, lookback: int, horizon: int) -> Windows:
        """The windows that are learned from."""
        return Windows(self.known, lookback, horizon)

    def held_out(self, lookback: int, horizon: int) -> Windows:
        """The windows that validate: their futures lie after what is learned from."""
        return Windows(self.series, lookback, horizon, first=self.end)


def scales_of(series: Series) -> Array:
    """The standard deviation of each series; 1 for one that never moves."""
    found = np.array([np.nanstd(each) if np.isfinite(each).any() else 0.0 for each in series])
    return np.where(found > 0, found, 1.0)


def moves(values: Array) -> bool:
    """Whether a series has two different values."""
    known = values[np.isfinite(values)]
    return bool((known != known[:1]).any())


def without_the_end(known: Series, lookback: int, horizon: int) -> tuple[int, ...]:
    """Where the last fifth of each series begins, at least a horizon; short series are not divided."""
    least, held = lookback + horizon, held_out_of(horizon)
    ends = [len(each) - held(len(each)) for each in known]
    if max(ends) < least:
        needed = next(n for n in count(least) if n - held(n) >= least)
        raise InvalidInput(
            f"a look-back of {lookback} and a horizon of {horizon} steps, with the last fifth held out, need "
            f"a series of {needed} steps; the longest has {max(map(len, known))}."
        )
    return tuple(end if end >= least else len(each) for end, each in zip(ends, known, strict=True))


def held_out_of(horizon: int) -> Callable[[int], int]:
    """How many of n steps are held out."""
    return lambda n: max(horizon, round(HELD_OUT * n))
