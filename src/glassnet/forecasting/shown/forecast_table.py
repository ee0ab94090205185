"""Forecasts as a table."""

from typing import Any

import numpy as np

from glassnet.extras import require
from glassnet.forecasting.dated.panel import Panel
from glassnet.forecasting.dated.series_table import Columns
from glassnet.forecasting.fitted import Fitted


def forecast_table(panel: Panel, fitted: Fitted, columns: Columns) -> Any:
    """A polars data frame: series, time, forecast and the ends of its intervals, for what follows each series."""
    polars = require("polars", "tables", "forecasts")
    found = [fitted.ahead(panel, k, np.array([end])) for k, end in enumerate(panel.lengths)]
    positions = np.concatenate([end + np.arange(fitted.horizon) for end in panel.ends])
    names = [name for name in panel.names for _ in range(fitted.horizon)]
    table: dict[str, Any] = {} if columns.series is None else {columns.series: names}
    table[columns.time] = panel.axis.column(positions)
    table["forecast"] = np.concatenate([each.forecast[0] for each in found])
    for number, share in enumerate(fitted.intervals.coverage):
        for end in ("low", "high"):
            table[f"{end}_{100 * share:g}"] = np.concatenate([getattr(each, end)[number, 0] for each in found])
    return polars.DataFrame(table, nan_to_null=True)
