"""Columns beside series as networks see them: those that are known step by step, and those that never change."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from glassnet.forecasting.values import Series
from glassnet.formulas.elementary import Array


@dataclass(frozen=True, eq=False)
class Covariates:
    """What is known beside some series: columns (steps, columns) of each, and a row of `static` (series, columns).

    A column that is known no further than the values stands where it acts: with its value of a horizon before. So at
    an origin all columns are known to the end of the horizon.
    """

    known: tuple[Array, ...]
    static: Array

    @classmethod
    def none(cls, n_series: int) -> "Covariates":
        """No columns beside so many series."""
        return cls((), np.empty((n_series, 0)))

    @property
    def n_known(self) -> int:
        """How many columns there are for each step."""
        return self.known[0].shape[1] if self.known else 0

    @property
    def n_static(self) -> int:
        """How many columns never change."""
        return self.static.shape[1]

    def until(self, ends: Sequence[int]) -> "Covariates":
        """The first steps of each series, so many of each."""
        return replace(self, known=tuple(each[:end] for each, end in zip(self.known, ends, strict=bool(self.known))))

    def as_seen(self, standard: "Standard") -> "Covariates":
        """The same in the units in which a network sees them."""
        m = self.n_known
        known = tuple(standard.of(each, slice(0, m)) for each in self.known)
        return Covariates(known, standard.of(self.static, slice(m, None)))

    def remains(self, series: Series, effects: Array) -> Series:
        """Series without what the columns of each step add to them: z = y − c β."""
        if not self.known:
            return series
        return tuple(z - columns[: len(z)] @ beta for z, columns, beta in zip(series, self.known, effects, strict=True))


class Standard(NamedTuple):
    """The means and spreads of the columns, first those of each step, then those that never change."""

    mean: Array
    spread: Array

    @classmethod
    def over(cls, covariates: Covariates) -> "Standard":
        """Those of the steps that are learned from; 1 for a column that never moves."""
        rows = [np.concatenate(covariates.known)] if covariates.known else [np.empty((1, 0))]
        both = [*rows, covariates.static]
        spread = np.concatenate([each.std(axis=0) for each in both])
        return cls(np.concatenate([each.mean(axis=0) for each in both]), np.where(spread > 0, spread, 1.0))

    def of(self, values: Array, part: slice) -> Array:
        """Columns (…, columns) of a part in units of their spreads; 0 for what is not known of a new series."""
        return np.nan_to_num((values - self.mean[part]) / self.spread[part], nan=0.0)


def windows_of(columns: Array, begins: Array, length: int) -> Array:
    """The columns (steps, columns) of windows that begin at these steps, column by column: (n, columns × length)."""
    every = np.lib.stride_tricks.sliding_window_view(columns, length, axis=0)  # (begins, columns, length)
    return every[begins].reshape(len(begins), columns.shape[1] * length)
