"""The figures of a report on forecasts: what follows, earlier forecasts beside what came, season and map."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from glassnet.drawing import DARK, LIGHT, Style, save_figure
from glassnet.errors import brief
from glassnet.forecasting.backtest import Backtest
from glassnet.forecasting.dated.panel import Panel
from glassnet.forecasting.fitted import Fitted
from glassnet.forecasting.forecaster import Forecaster
from glassnet.forecasting.linear import LinearForecaster
from glassnet.formulas.elementary import Array
from glassnet.pictures.forecasts.ahead import forecast as forecast_picture
from glassnet.pictures.forecasts.errors import forecast_errors
from glassnet.pictures.forecasts.folds import forecast_folds
from glassnet.pictures.forecasts.leftover import forecast_residuals
from glassnet.pictures.forecasts.map import linear_map
from glassnet.pictures.forecasts.profile import seasonal_profile
from glassnet.tables.reporting.pieces import Drawn
from glassnet.tables.reporting.report import rendered

DRAWN = ("forecast", "errors", "folds", "residuals", "season", "map")
MOST_SERIES = 3  # whose forecasts are drawn
LEAST = 4  # residuals of which an autocorrelation says something


@dataclass(frozen=True)
class Drawing:
    """A figure before it is drawn: which kind, the name of its file, what it shows, and what draws it in a theme."""

    kind: str
    name: str
    says: str
    draw: Callable[[str], Any]


def draw_forecasts(
    forecaster: Forecaster, backtest: Backtest | None, forecasts: Any, folder: Path, style: Style
) -> dict[str, list[Drawn]]:
    """Write the figures into a folder; by their kind."""
    found: dict[str, list[Drawn]] = {kind: [] for kind in DRAWN}
    for each in drawings(forecaster, backtest, forecasts):
        if each.kind not in found:
            continue
        path = save_figure(each.draw(style.theme), style.path(folder, each.name))
        other = DARK.name if style.theme == LIGHT.name else LIGHT.name
        content = {style.theme: path.read_bytes(), other: rendered(each.draw(other), style.format)}
        found[each.kind].append(Drawn(each.says, path, content[LIGHT.name], content[DARK.name]))
    return found


def drawings(forecaster: Forecaster, backtest: Backtest | None, forecasts: Any) -> Iterator[Drawing]:
    """What there is to draw, in the order of the report."""
    beside, panel, fitted = forecaster.known()
    target = beside.columns.target
    chosen = chosen_series(panel, backtest)
    for number, k in enumerate(chosen, start=1):
        name = f"forecast-{number}" if len(chosen) > 1 else "forecast"
        yield Drawing(
            "forecast", name, f"What follows for {of(panel, k, target)}", ahead(panel, fitted, k, forecasts, target)
        )
    k = chosen[0] if chosen else 0
    if backtest is not None:
        yield from of_backtest(backtest, panel, k, target)
    y = panel.values[k]
    if 2 <= fitted.season <= len(y) // 2 and np.isfinite(y).any():
        draw = partial(seasonal_profile, y, fitted.season, target)
        yield Drawing("season", "season", f"The season of {of(panel, k, target)}", draw)
    if isinstance(fitted.model, LinearForecaster) and fitted.how(panel.names[k], fitted.model.lookback) == "model":
        yield Drawing("map", "map", f"The linear map{of_which(panel, fitted, k)}", weights(fitted, panel.names[k]))


def chosen_series(panel: Panel, backtest: Backtest | None) -> list[int]:
    """Series to draw: the one with the largest error of the backtest, one in the middle, and the best."""
    there = [k for k, y in enumerate(panel.values) if np.isfinite(y).any()]
    if len(there) > 1 and backtest is not None:
        series = backtest.scores("series").sort("error", descending=True, nulls_last=True)
        places = {name: k for k, name in enumerate(panel.names)}
        there = [k for k in map(places.__getitem__, series.to_series(0).to_list()) if k in {*there}] or there
    some = np.linspace(0, len(there) - 1, min(MOST_SERIES, len(there))).astype(int)
    return [there[each] for each in some]


def of(panel: Panel, k: int, target: str) -> str:
    """The target of a series, in words."""
    return target if panel.names[k] is None else f"{target} of {brief(panel.names[k])}"


def of_which(panel: Panel, fitted: Fitted, k: int) -> str:
    """Whose map is drawn."""
    return f" of {brief(panel.names[k])}" if fitted.candidate.channels == "apart" and len(panel) > 1 else ""


def ahead(panel: Panel, fitted: Fitted, k: int, forecasts: Any, target: str) -> Callable[[str], Any]:
    """History and forecast of a series, with its intervals."""
    rows = slice(None) if len(panel) == 1 else slice(k * fitted.horizon, (k + 1) * fitted.horizon)
    table = forecasts[rows]
    ends = {
        share: [table[f"{end}_{100 * share:g}"].to_numpy().astype(float) for end in ("low", "high")]
        for share in fitted.intervals.coverage
    }
    known = {share: each for share, each in ends.items() if np.isfinite(each).any(axis=1).all()}
    y, name = panel.values[k], of(panel, k, target)
    shown = max(4 * fitted.horizon, 4 * fitted.season)
    return lambda theme: forecast_picture(
        y, table["forecast"].to_numpy(), name, theme, intervals=known, shown=min(shown, len(y))
    )


def of_backtest(backtest: Backtest, panel: Panel, k: int, target: str) -> Iterator[Drawing]:
    """Errors by step, the folds of a series and its residuals."""
    rows, horizon = backtest.rows, int(backtest.rows["step"].max())

    def by_fold(name: str) -> Array:
        return (rows[name] / rows["unit"]).to_numpy().astype(float).reshape(-1, horizon)

    truth = by_fold("truth")
    if horizon > 1 and np.isfinite(truth).any(axis=0).all():
        found = {"forecast": by_fold("forecast"), "seasonal naive": by_fold("naive")}
        draw = partial(forecast_errors, truth, found, "")
        says = "The error by step of the horizon, in units of the change over a season"
        yield Drawing("errors", "errors", says, draw)
    own = rows if len(panel) == 1 else rows.filter(rows.to_series(0) == panel.names[k])
    if not own.height or not own["truth"].count():
        return
    name, y = of(panel, k, target), panel.values[k]
    origins = origins_of(own, panel, k)
    yield Drawing("folds", "folds", f"Earlier forecasts of {name}", partial(forecast_folds, y, origins, name))
    latest = own.sort("fold").unique("time", keep="last", maintain_order=True).sort("time")
    if latest["truth"].count() >= LEAST:
        both = (latest["truth"].to_numpy().astype(float), latest["forecast"].to_numpy())
        draw = partial(forecast_residuals, *both)
        yield Drawing("residuals", "residuals", f"What earlier forecasts of {name} left over", draw)


def origins_of(rows: Any, panel: Panel, k: int) -> dict[int, Array]:
    """The forecasts of the folds of series k, by how many steps were known."""
    stamps = panel.axis.column(panel.starts[k] + np.arange(len(panel.values[k]))).to_list()
    places = {stamp: place for place, stamp in enumerate(stamps)}
    folds = rows.partition_by("fold", maintain_order=True)
    return {places[each["time"][0]]: each["forecast"].to_numpy() for each in folds}


def weights(fitted: Fitted, name: Any) -> Callable[[str], Any]:
    """The map of a series, or of all."""
    model = fitted.model
    assert isinstance(model, LinearForecaster)
    W = model.maps[fitted.numbers.get(name, 0) if len(model.maps) > 1 else 0]
    season = fitted.season if 1 < fitted.season <= max(W.shape) else None
    return lambda theme: linear_map(W, season, theme, lookback=model.lookback)
