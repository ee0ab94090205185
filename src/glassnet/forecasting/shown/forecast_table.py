"""Forecasts as a table, and paths that are drawn around them."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from glassnet.errors import InvalidInput
from glassnet.extras import require
from glassnet.forecasting.dated.panel import Panel
from glassnet.forecasting.dated.series_table import Columns
from glassnet.forecasting.fitted import Ahead, Fitted
from glassnet.formulas.elementary import Array
from glassnet.training.inputs.checks import check_seed


def forecast_table(panel: Panel, fitted: Fitted, columns: Columns) -> Any:
    """A polars data frame: series, time, forecast and the ends of its intervals, for what follows each series."""
    found = [fitted.ahead(panel, k, np.array([end])) for k, end in enumerate(panel.lengths)]
    return table_of(panel, found, fitted, columns)


def table_of(panel: Panel, found: Sequence[Ahead], fitted: Fitted, columns: Columns) -> Any:
    """The same of forecasts that are known, one for each series."""
    polars = require("polars", "tables", "forecasts")
    positions = np.concatenate([end + np.arange(fitted.horizon) for end in panel.ends])
    names = [name for name in panel.names for _ in range(fitted.horizon)]
    table: dict[str, Any] = {} if columns.series is None else {columns.series: names}
    table[columns.time] = panel.axis.column(positions)
    table["forecast"] = np.concatenate([each.forecast[0] for each in found])
    for number, share in enumerate(fitted.intervals.coverage):
        for end in ("low", "high"):
            table[f"{end}_{100 * share:g}"] = np.concatenate([getattr(each, end)[number, 0] for each in found])
    return polars.DataFrame(table, nan_to_null=True)


def path_table(panel: Panel, fitted: Fitted, columns: Columns, n: int, seed: int | None) -> Any:
    """A polars data frame: series, time, path and value, for n paths of what follows each series."""
    polars = require("polars", "tables", "paths")
    if not len(fitted.errors):
        raise InvalidInput(
            f"there are no errors to draw paths from: the past is too short to compare a forecast of "
            f"{fitted.horizon} steps with what came."
        )
    rng = np.random.default_rng(None if seed is None else check_seed(seed))
    found = [paths_of(panel, fitted, k, n, rng) for k in range(len(panel))]
    table: dict[str, Any] = {}
    if columns.series is not None:
        table[columns.series] = [name for name in panel.names for _ in range(n * fitted.horizon)]
    table[columns.time] = panel.axis.column(
        np.concatenate([np.tile(end + np.arange(fitted.horizon), n) for end in panel.ends])
    )
    table["path"] = np.tile(np.repeat(np.arange(1, n + 1), fitted.horizon), len(panel))
    table["value"] = np.concatenate([each.ravel() for each in found])
    return polars.DataFrame(table)


def paths_of(panel: Panel, fitted: Fitted, k: int, n: int, rng: np.random.Generator) -> Array:
    """Paths (n, horizon) of series k: z + s e, with e the errors of an earlier forecast, drawn at random."""
    z = fitted.on_scale(panel, k, panel.lengths[[k]])
    drawn = fitted.errors[rng.integers(len(fitted.errors), size=n)]
    return fitted.units(z + fitted.unit(panel.names[k]) * drawn)
