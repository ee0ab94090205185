"""What columns beside the target add to it: a regression on changes over a season, in which level and season cancel.

    z_t = c_t β + u_t,    Δz_t = z_t − z_{t−m} = Δc_t β + Δu_t
    β minimises mean (Δz − Δc β)² + α ‖β‖²,    columns Δc in units of their root mean square

Where Δu_t is near ρ Δu_{t−1}, both sides less ρ times the step before have errors that are less alike, so that β comes
out more exact: ρ is found from the residuals, and β solved for once more (Cochrane and Orcutt 1949).

The same β holds for every step of the horizon: a promotion that moves by a day moves the forecast by a day.
"""

from collections.abc import Sequence

import numpy as np

from glassnet.forecasting.ridge import Sums
from glassnet.formulas.elementary import Array

PENALTY = 1e-3


def effects_of(series: Sequence[Array], columns: Sequence[Array], units: Sequence[float], season: int) -> Array:
    """β (columns,) in units of the series, from values (steps,) and columns (steps, columns) of each."""
    changes = [changes_of(z / unit, c, season) for z, c, unit in zip(series, columns, units, strict=True)]
    beta = solved(changes)
    rho = likeness([dz - dc @ beta for dz, dc in changes])
    return solved([(without(dz, rho), without(dc, rho)) for dz, dc in changes])


def changes_of(z: Array, columns: Array, season: int) -> tuple[Array, Array]:
    """Δz and Δc over a season; over a step in a series that is no longer than a season."""
    lag = season if len(z) > season else 1
    return z[lag:] - z[:-lag], columns[lag:] - columns[:-lag]


def without(values: Array, rho: float) -> Array:
    """Values less ρ times those of the step before."""
    return values[1:] - rho * values[:-1]


def likeness(residuals: Sequence[Array]) -> float:
    """ρ = Σ u_t u_{t−1} / Σ u_{t−1}² over all series, between −0.99 and 0.99."""
    pairs = [(each[1:], each[:-1]) for each in residuals]
    both = [
        (now[there], before[there]) for now, before in pairs if (there := np.isfinite(now) & np.isfinite(before)).any()
    ]
    total = sum(float(before @ before) for _, before in both)
    return float(np.clip(sum(float(now @ before) for now, before in both) / total, -0.99, 0.99)) if total > 0 else 0.0


def solved(changes: Sequence[tuple[Array, Array]]) -> Array:
    """β by ridge regression over all rows in which nothing is missing."""
    n_columns = changes[0][1].shape[1]
    sums = Sums.empty(n_columns, 1)
    for dz, dc in changes:
        there = np.isfinite(dz) & np.isfinite(dc).all(axis=1)
        sums.add(dc[there], dz[there, None])
    size = np.sqrt(np.diag(sums.XX) / max(sums.n, 1))
    size = np.where(size > 0, size, 1.0)  # a column that never changes gets β = 0
    scaled = Sums(sums.XX / size / size[:, None], sums.XY / size[:, None], sums.YY, sums.n)
    return scaled.solution(PENALTY)[:, 0] / size if sums.n else np.zeros(n_columns)
