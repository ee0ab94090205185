"""Forecasts of the past beside what came: fold by fold, step by step, and next to the seasonal naive forecast."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from glassnet.calls import answered
from glassnet.errors import InvalidInput
from glassnet.extras import require
from glassnet.forecasting.dated.panel import Panel
from glassnet.forecasting.fitted import Fitted
from glassnet.forecasting.held_out.truths import truths, unit_of
from glassnet.forecasting.held_out.wanted import Wanted
from glassnet.forecasting.selecting import Selection
from glassnet.forecasting.values import carried
from glassnet.formulas.elementary import Array
from glassnet.tables.number_format import counted, readable
from glassnet.training.spread.active import active_spread
from glassnet.training.spread.common import with_common


@answered
@dataclass(frozen=True, eq=False)
class Backtest:
    """What a forecaster would have forecast at earlier origins, each with the steps before it alone.

    Attributes
    ----------
    rows
        A polars data frame: fold, series, time, step (1 for the first after the origin), truth, forecast, the ends of
        the intervals, the seasonal naive forecast `naive`, and `unit`, the mean absolute change over a season before
        the first origin.
    coverage
        The shares that intervals are to hold.

    >>> table = {"day": np.arange(60), "y": np.arange(60) % 7}
    >>> model = gn.forecasting.Forecaster(3, season=7, model="seasonal naive").fit(table, time="day", target="y")
    >>> model.backtest(folds=2)
    Backtest(2 folds: error 0 beside 0 of seasonal naive, 100 % inside 80 %, 100 % inside 95 %)
    """

    rows: Any
    coverage: tuple[float, ...]

    def scores(self, by: str | None = None) -> Any:
        """The scores of all rows, or for each "fold", "step" or "series": a polars data frame.

        `error` and `naive` are mean absolute errors in units of the change over a season (MASE), `mae` the error in
        units of the target, `smape` is in percent; `inside_80` is the share of truths inside the interval.

        Parameters
        ----------
        by
            "fold", "step" or "series"; None (default) for all rows together.

        Raises InvalidInput for anything else.
        """
        if by not in (None, "fold", "step", "series"):
            raise InvalidInput(f"by must be 'fold', 'step' or 'series', got {by!r}.")
        polars = require("polars", "tables", "scores of a backtest")
        col = polars.col
        gap = (col("truth") - col("forecast")).abs()
        size = col("truth").abs() + col("forecast").abs()
        named = [
            (gap / col("unit")).mean().alias("error"),
            ((col("truth") - col("naive")).abs() / col("unit")).mean().alias("naive"),
            gap.mean().alias("mae"),
            (200 * polars.when(size > 0).then(gap / size).otherwise(0.0)).mean().alias("smape"),
        ]
        for share in self.coverage:
            low, high = (col(f"{end}_{100 * share:g}") for end in ("low", "high"))
            named.append(col("truth").is_between(low, high).mean().alias(f"inside_{100 * share:g}"))
        by = self.rows.columns[0] if by == "series" else by  # whatever its column is called
        there = self.rows.filter(col("truth").is_not_null())
        return there.select(named) if by is None else there.group_by(by, maintain_order=True).agg(named).sort(by)

    def in_words(self) -> str:
        """The folds, and what they say, in a line."""
        (row,) = self.scores().to_dicts()
        inside = [f"{100 * row[f'inside_{100 * share:g}']:.0f} % inside {100 * share:g} %" for share in self.coverage]
        beside = f"error {readable(row['error'])} beside {readable(row['naive'])} of seasonal naive"
        return f"{counted(self.rows['fold'].n_unique(), 'fold')}: {', '.join([beside, *inside])}"

    def __repr__(self) -> str:
        return f"Backtest({self.in_words()})"


def backtested(panel: Panel, wanted: Wanted, folds: int, stride: int, refit: bool, series: str) -> Backtest:
    """Forecasts at `folds` origins, `stride` steps apart; the last is a horizon before the end.

    The model is chosen and learns before the first origin, or before each: there the folds may go to other processes.
    """
    polars = require("polars", "tables", "a backtest")
    back = [wanted.horizon + stride * (folds - 1 - fold) for fold in range(folds)]
    if not (kept := [k for k, n in enumerate(panel.lengths) if n > back[0]]):
        raise InvalidInput(
            f"{folds} folds {stride} steps apart need a series of at least {back[0] + 1} steps, the longest has "
            f"{panel.lengths.max()}."
        )
    origins = Origins(panel.of(kept), wanted, tuple(back), series)
    return Backtest(polars.concat(anew(origins) if refit else once(origins)), wanted.coverage)


class Origins(NamedTuple):
    """The series of a backtest, how far before their ends the origins lie, and what the column of series is called."""

    panel: Panel
    wanted: Wanted
    back: tuple[int, ...]
    series: str

    def learned(self, fold: int) -> Fitted:
        """The model that is chosen and learns before an origin."""
        before = self.panel.until([int(n) - self.back[fold] for n in self.panel.lengths])
        return Selection.of(before, self.wanted).outcome().fitted

    def rows(self, fitted: Fitted, fold: int) -> Any:
        """What a model forecasts at an origin, of all series."""
        polars = require("polars", "tables", "a backtest")
        panel, frames = self.panel, []
        for k, n in enumerate(map(int, panel.lengths)):
            unit = unit_of(panel.values[k][: n - self.back[0]], fitted.season)
            found = fold_of(panel, fitted, k, n - self.back[fold], self.series) | {"unit": unit}
            frames.append(polars.DataFrame(found, nan_to_null=True).with_columns(fold=fold + 1))
        return polars.concat(frames)


def once(origins: Origins) -> list[Any]:
    """The rows of each fold, by the model of the first."""
    fitted = origins.learned(0)
    return [origins.rows(fitted, fold) for fold in range(len(origins.back))]


def anew(origins: Origins) -> list[Any]:
    """The rows of each fold, by a model of its own: made here, or by the workers of the active backend of joblib."""
    spread, folds = active_spread(), range(len(origins.back))
    if spread is None:
        return [learned_rows(origins, fold) for fold in folds]
    found = dict(with_common(spread, learned_rows, origins, folds))
    return [found[fold] for fold in folds]


def learned_rows(origins: Origins, fold: int) -> Any:
    """The rows of one fold by a model of its own, maybe in the process of a worker."""
    return origins.rows(origins.learned(fold), fold)


def fold_of(panel: Panel, fitted: Fitted, k: int, origin: int, series: str) -> dict[str, Any]:
    """The rows of one series and one origin."""
    horizon = fitted.horizon
    found = fitted.ahead(panel, k, np.array([origin]))
    name = panel.names[k]
    table: dict[str, Any] = {series: [name] * horizon, "step": np.arange(1, horizon + 1)}
    table["time"] = panel.axis.column(panel.starts[k] + origin + np.arange(horizon))
    table["truth"] = truths(panel.values[k], np.array([origin]), horizon)[0]
    table["forecast"] = found.forecast[0]
    for number, share in enumerate(fitted.intervals.coverage):
        table[f"low_{100 * share:g}"], table[f"high_{100 * share:g}"] = found.low[number, 0], found.high[number, 0]
    table["naive"] = naive_after(carried(panel.values[k][:origin], fitted.season), fitted.season, horizon)
    return table


def naive_after(past: Array, season: int, horizon: int) -> Array:
    """The last season of a past once more, or its last value."""
    length = season if len(past) >= season else 1
    return past[-length:][np.arange(horizon) % length]
