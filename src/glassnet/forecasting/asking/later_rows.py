"""Forecasts beside rows that came later: from the end of what a forecaster knows on, nothing learned anew."""

from glassnet.errors import InvalidInput
from glassnet.extras import require
from glassnet.forecasting.asking.history import Asked, known_ends
from glassnet.forecasting.backtest import Backtest, fold_of
from glassnet.forecasting.dated.panel import Panel
from glassnet.forecasting.held_out.truths import unit_of


def evaluated(asked: Asked, known: Panel, stride: int, series: str) -> Backtest:
    """Forecasts from the end of the known past of each series, and every `stride` steps after it, beside what came.

    A series that was not known is forecast from where the model has seen as much of it as it looks back.
    """
    polars = require("polars", "tables", "an evaluation")
    panel, fitted = asked.panel, asked.fitted
    ends, frames = known_ends(known), []
    for k, name in enumerate(panel.names):
        n = len(panel.values[k])
        first = ends[name] - panel.starts[k] if name in ends else fitted.model.lookback
        first = first if first > 0 else fitted.model.lookback  # rows from before all that is known, or after a gap
        last = n - fitted.horizon if panel.future else n - 1  # the columns of a forecast must be known to its end
        unit = {"unit": unit_of(panel.values[k][: max(first, 2)], fitted.season)}
        for fold, origin in enumerate(range(first, last + 1, stride), start=1):
            rows = polars.DataFrame(fold_of(panel, fitted, k, origin, series) | unit, nan_to_null=True)
            frames.append(rows.with_columns(fold=fold))
    found = polars.concat(frames) if frames else None
    if found is None or not found["truth"].count():
        raise InvalidInput(nothing_later(asked, known))
    return Backtest(found, fitted.intervals.coverage)


def nothing_later(asked: Asked, known: Panel) -> str:
    """Why there is nothing to compare with, in a sentence."""
    panel, fitted, ends = asked.panel, asked.fitted, known_ends(known)
    later = {name: end - ends[name] for name, end in zip(panel.names, panel.ends, strict=True) if name in ends}
    if not later:
        return (
            f"no series was known, and none has more than the {fitted.model.lookback} steps that the model looks back."
        )
    name = max(later, key=later.__getitem__)
    k = known.number(name)
    place = known.place(k, known.ends[k] - 1)
    if later[name] <= 0:
        return (
            f"there are no later rows: what the forecaster knows ends with {place}; backtest() looks back from there."
        )
    if panel.future and later[name] < fitted.horizon:
        return (
            f"with columns beside the target, {fitted.horizon} later rows are needed, as many as the horizon; "
            f"{later[name]} came after {place}."
        )
    return f"no later row has a value of the target after {place}."
