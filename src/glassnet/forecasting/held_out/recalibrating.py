"""Intervals that follow what came: the errors of the latest forecasts take the place of the oldest ones."""

from dataclasses import replace

import numpy as np

from glassnet.forecasting.dated.panel import Panel
from glassnet.forecasting.fitted import Fitted
from glassnet.forecasting.intervals import Intervals
from glassnet.formulas.elementary import Array


def in_order(errors: Array, ages: Array) -> Array:
    """The errors (rows, horizon) that are known at all steps, those of the oldest forecasts first."""
    order = np.argsort(-ages, kind="stable")
    return errors[order][np.isfinite(errors[order]).all(axis=1)]


def thinned(rows: Array, most: int) -> Array:
    """At most so many of some rows, evenly spaced."""
    return rows[np.unique(np.linspace(0, len(rows) - 1, min(len(rows), most)).astype(int))] if len(rows) else rows


def recalibrated(fitted: Fitted, panel: Panel, before: Array, share_held: int) -> Fitted:
    """The same model with intervals that know the errors of forecasts whose truth came after the steps `before`.

    They have as much weight as the steps that have come, beside those that the errors are of: a `share_held`-th of a
    series.
    """
    horizon, found, ages = fitted.horizon, [], []
    for k, n in enumerate(panel.lengths):
        origins = np.arange(max(before[k] - horizon + 1, 1), n - horizon + 1)
        found.append(fitted.errors_at(panel, k, origins))
        ages.append(n - origins)
    new, old = in_order(np.concatenate(found), np.concatenate(ages)), fitted.errors
    fitted = fitted.with_latest(panel)
    if not len(new):
        return fitted
    spans = np.maximum(panel.lengths // share_held - horizon + 1, 1)
    share = min(1.0, float(np.mean([len(each) for each in ages]) / np.mean(spans)))
    n_new = max(1, round(share * len(old))) if len(old) else len(new)
    pool = np.concatenate([old.reshape(-1, horizon)[n_new:], thinned(new, n_new)])
    intervals = Intervals.of(np.abs(pool), fitted.intervals.coverage)
    return replace(fitted, errors=pool, intervals=replace(intervals, measured=fitted.intervals.measured))
