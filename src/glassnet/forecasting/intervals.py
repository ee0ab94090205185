"""Split conformal intervals: as wide as forecasts of the past were wrong, for each step of the horizon.

Forecasts from origins that a model has not seen leave residuals r. For a coverage 1 − α, step h gets the
⌈(n + 1)(1 − α)⌉-th smallest of its n residuals |r| / s, with s the scale of the series; the interval of a series is
ŷ ± s times that. If a new residual is as likely as any to be the k-th of all n + 1, it lies inside with a probability
of at least 1 − α.

Papadopoulos et al. (2002); Stankevičiūtė et al., Conformal time-series forecasting (2021).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from glassnet.errors import InvalidInput
from glassnet.formulas.elementary import Array


@dataclass(frozen=True, eq=False)
class Intervals:
    """Half widths (coverages, horizon) in units of the scale of a series; NaN where there are too few residuals."""

    coverage: tuple[float, ...]
    widths: Array
    n: int  # residuals of the step that has the fewest
    measured: tuple[float, ...] = ()  # the share of later truths inside intervals of earlier residuals

    @classmethod
    def of(cls, residuals: Array, coverage: tuple[float, ...]) -> "Intervals":
        """The intervals for residuals |r| / s (origins, horizon), NaN where a truth is missing."""
        widths = np.array([half_widths(residuals, each) for each in coverage]).reshape(len(coverage), -1)
        return cls(coverage, widths, int(np.isfinite(residuals).sum(axis=0).min(initial=len(residuals))))

    def inside(self, residuals: Array) -> tuple[float, ...]:
        """The share of other residuals that lie inside, for each coverage; NaN if there are none."""
        there = np.isfinite(residuals)
        return tuple(float(np.mean((residuals <= width)[there])) if there.any() else np.nan for width in self.widths)


def half_widths(residuals: Array, coverage: float) -> Array:
    """The half width of each step; a step with too few residuals takes those of all steps before it as well."""
    found = np.full(residuals.shape[1], np.nan)
    for step in range(residuals.shape[1]):
        there = residuals[:, step]
        there = there[np.isfinite(there)]
        rank = int(np.ceil((len(there) + 1) * coverage))
        if rank > len(there):
            there = residuals[:, : step + 1]
            there = there[np.isfinite(there)]
            rank = int(np.ceil((len(there) + 1) * coverage))
        if 0 < rank <= len(there):
            found[step] = np.partition(there, rank - 1)[rank - 1]
    return found


def checked_coverage(coverage: float | Sequence[float]) -> tuple[float, ...]:
    """One or several shares between 0 and 1, in ascending order."""
    given = [*coverage] if isinstance(coverage, Sequence) else [coverage]
    for each in given:
        if not isinstance(each, (int, float, np.number)) or not 0 < each < 1:
            raise InvalidInput(f"coverage must be a share between 0 and 1, such as 0.8, got {each!r}.")
    return tuple(sorted({float(each) for each in given}))
