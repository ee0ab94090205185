"""A series without a past is forecast as others are that it is like in its static columns.

What the known series are going to be, z (series, horizon), is regressed on their static columns x, on the scale of
logarithms if no value is below 0:

    z ≈ μ + (x − x̄) B,    B minimises mean ‖z − μ − (x − x̄) B‖² + α ‖B‖²

so that with one column of texts, such as a region, a new series is forecast as the mean of its region, drawn towards
that of all. α is the one with the least error for a series that is left out. That error needs no other solution: with
P the matrix that gives the fitted values, ẑ = P z, what a series would be forecast without it is
(ẑ_k − P_kk z_k) / (1 − P_kk).

How wrong this is is measured where the truth is known: forecasts from a horizon before the end are regressed, and each
series is compared with what it would have been forecast without it. These residuals become the intervals.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from glassnet.errors import InvalidInput
from glassnet.forecasting.candidates import SCALES
from glassnet.forecasting.cold.static_columns import Statics, Values
from glassnet.forecasting.dated.known_ahead import Beside
from glassnet.forecasting.dated.panel import Panel
from glassnet.forecasting.fitted import Ahead, Fitted
from glassnet.forecasting.held_out.truths import truths
from glassnet.forecasting.intervals import Intervals
from glassnet.formulas.elementary import Array

PENALTIES = (1e-3, 1e-2, 0.1, 0.3, 1.0, 10.0)
LEAST = 3  # series that end together, to learn from


@dataclass(frozen=True, eq=False)
class ColdStart:
    """What forecasts series without a past: known series that end together, and how they differ."""

    panel: Panel  # as it was learned from
    fitted: Fitted
    statics: Statics
    kept: tuple[int, ...]

    @classmethod
    def of(cls, panel: Panel, fitted: Fitted, statics: Statics) -> "ColdStart":
        """That of the series whose last step is the latest of all."""
        last, horizon = max(panel.ends), fitted.horizon
        kept = [k for k, end in enumerate(panel.ends) if end == last and len(panel.values[k]) > horizon]
        kept = [k for k in kept if panel.names[k] in statics.values]
        if len(kept) < LEAST:
            raise InvalidInput(
                f"a series without a past needs at least {LEAST} others to learn from that reach "
                f"{panel.axis.text(last - 1)} and are longer than the horizon of {horizon}; there are {len(kept)}."
            )
        return cls(panel, fitted, statics, tuple(kept))

    @property
    def scale(self) -> str:
        """Logarithms, in which sizes are factors, if no value is below 0."""
        return "log" if self.fitted.nonnegative else "as they are"

    @property
    def inputs(self) -> Array:
        """The static columns of the series that are learned from, as numbers."""
        return self.statics.inputs([self.statics.values[self.panel.names[k]] for k in self.kept])

    def forecasts(self, panel: Panel, back: int) -> Array:
        """Forecasts (series, horizon) from so many steps before the end, on the scale of the regression."""
        ends = [np.array([len(panel.values[k]) - back]) for k in self.kept]
        found = [self.fitted.ahead(panel, k, end).forecast[0] for k, end in zip(self.kept, ends, strict=True)]
        return SCALES[self.scale].of(np.array(found))

    def came(self) -> Array:
        """What came in the last steps of the horizon (series, horizon), on the same scale."""
        horizon, values = self.fitted.horizon, self.panel.values
        found = [truths(values[k], np.array([len(values[k]) - horizon]), horizon)[0] for k in self.kept]
        return SCALES[self.scale].of(np.array(found))

    def left_out(self) -> tuple[float, Array]:
        """The best penalty, and the residuals (series, horizon) of series that are left out."""
        z, came = self.forecasts(self.panel, self.fitted.horizon), self.came()
        if np.isnan(came).all():
            raise InvalidInput(
                f"a series without a past needs others with values of the target in the last {self.fitted.horizon} "
                f"steps, as many as the horizon; up to {self.panel.axis.text(max(self.panel.ends) - 1)} there are none."
            )
        tried = [came - without_each(hat_matrix(self.inputs, each), z) for each in PENALTIES]
        errors = [float(np.nanmean(np.abs(each))) for each in tried]
        best = int(np.nanargmin(errors))
        return PENALTIES[best], tried[best]

    def ahead(self, rows: Values, columns: Sequence[Array]) -> list[Ahead]:
        """Forecasts of new series with these static columns, each with its columns of what lies ahead."""
        penalty, residuals = self.left_out()
        coverage = self.fitted.intervals.coverage
        width = Intervals.of(np.abs(residuals), coverage).widths[:, None, :]
        x, back = self.statics.inputs([*rows.values()]), SCALES[self.scale].back
        low = 0.0 if self.fitted.nonnegative else -np.inf
        z, found = None, []
        for number in range(len(rows)):
            if z is None or columns:  # what is planned for a series would be so for all others
                plan = (columns[number],) * len(self.panel) if columns else ()
                z = self.forecasts(self.panel.followed_by(plan), 0)
            own = regressed(self.inputs, z, x[number], penalty)[None]
            found.append(Ahead(*(np.maximum(back(each), low) for each in (own, own - width, own + width))))
        return found


def hat_matrix(x: Array, penalty: float) -> Array:
    """P (series, series), with which fitted values are P z."""
    centered, n = x - x.mean(axis=0), len(x)
    inner = np.linalg.solve(centered.T @ centered + n * penalty * np.eye(x.shape[1]), centered.T)
    return 1 / n + centered @ inner


def without_each(P: Array, z: Array) -> Array:
    """What each series would be fitted as if it were left out."""
    own = np.diag(P)[:, None]
    return (P @ z - own * z) / (1 - own)


def regressed(x: Array, z: Array, new: Array, penalty: float) -> Array:
    """The values (horizon,) of a new series with inputs `new`; a text that was not there counts as the mean."""
    mean = x.mean(axis=0)
    centered = x - mean
    B = np.linalg.solve(
        centered.T @ centered + len(x) * penalty * np.eye(x.shape[1]), centered.T @ (z - z.mean(axis=0))
    )
    return np.asarray(z.mean(axis=0) + np.where(np.isnan(new), 0.0, new - mean) @ B)


def new_series(panel: Panel, read: Panel, beside: Beside, rows: Values, plan: Any) -> tuple[Panel, tuple[Array, ...]]:
    """New series as a panel that ends where the known ones do, and their columns of what lies ahead.

    A column that is known no further than the target has the mean of the other series.
    """
    horizon, last = beside.horizon, max(panel.ends)
    nothing = np.full(horizon, np.nan)
    raw: tuple[Array, ...] = ()
    if read.future:
        ending = [beside.complete(read, k)[-horizon:] for k, end in enumerate(read.ends) if end == last]
        raw = (np.mean([each for each in ending if len(each) == horizon], axis=0),) * len(rows)
    found = Panel(tuple(rows), (last - horizon,) * len(rows), (nothing,) * len(rows), panel.axis, raw)
    return replace(found, future=()), beside.ahead(found, plan, panel.names)
