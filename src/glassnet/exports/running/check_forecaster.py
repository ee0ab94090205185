"""Whether the export of a forecaster says what the forecaster says, after many steps of a series."""

from pathlib import Path
from typing import Any

import numpy as np

from glassnet.errors import InvalidInput
from glassnet.exports.program import Program
from glassnet.exports.running.case import Case
from glassnet.exports.running.check import RUNNERS, Checked, farthest
from glassnet.forecasting.asking.history import Asked
from glassnet.formulas.elementary import Array

MOST = 500  # windows that are compared


def check_forecaster(asked: Asked, series: Any, program: Program, target: str, path: Path) -> Checked:
    """Run an exported file on the pasts of a series that are whole, and compare with the forecasts after them."""
    panel, fitted = asked.panel, asked.fitted
    k = panel.number(series)
    origins = whole_origins(asked, k, len(program.takes) > 1)
    ahead = fitted.ahead(panel, k, origins)
    ends = [part.name for part in program.gives[1:]]
    wanted = [ahead.forecast]
    for number, share in enumerate(fitted.intervals.coverage):
        for name, each in (("low", ahead.low), ("high", ahead.high)):
            wanted += [each[number]] if f"{name}_{100 * share:g}" in ends else []
    (given,) = RUNNERS[target]([Case(program, path, rows_of(asked, k, origins, program))])
    horizon = fitted.horizon
    forecast, rest = given.values[:, :horizon], given.values[:, horizon:]
    of_ends = farthest(rest, np.concatenate(wanted[1:], axis=1)) if ends else None
    return Checked(len(origins), farthest(forecast, wanted[0]), of_ends, None)


def whole_origins(asked: Asked, k: int, with_columns: bool) -> Array:
    """Steps after which a past without gaps is known, and columns to the end of the horizon; evenly spaced ones."""
    y, lookback = asked.panel.values[k], asked.fitted.model.lookback
    last = len(y) - (asked.fitted.horizon if with_columns or asked.panel.future else 0)
    missing = np.concatenate([[0], np.cumsum(np.isnan(y))])
    every = np.arange(lookback, last + 1)
    found: Array = every[missing[every] == missing[every - lookback]]
    if not len(found):
        name = asked.panel.names[k]
        of = "the series" if name is None else repr(name)
        raise InvalidInput(f"{of} has no {lookback} steps without a gap to check the export with.")
    return found[:: -(-len(found) // MOST)]


def rows_of(asked: Asked, k: int, origins: Array, program: Program) -> Array:
    """What the program takes at each origin."""
    panel, lookback = asked.panel, asked.fitted.model.lookback
    rows = panel.values[k][origins[:, None] + np.arange(-lookback, 0)]
    if len(program.takes) == 1:
        return rows
    steps = origins[:, None] + np.arange(-lookback, asked.fitted.horizon)
    return np.concatenate([rows, panel.future[k][steps].reshape(len(origins), -1)], axis=1)
