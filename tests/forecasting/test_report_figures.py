"""The figures of a report on forecasts: which there are, in both themes, and what they show."""

import datetime as dt
from typing import Any

import numpy as np
import polars as pl
import pytest

from glassnet.drawing import PLAIN, Style
from glassnet.forecasting import Forecaster
from glassnet.forecasting.shown.figures import chosen_series, draw_forecasts, drawings
from glassnet.forecasting.shown.report import report_pieces
from glassnet.tables.reporting.as_page import as_page
from tests.cli.conftest import BLANK

DAYS = [dt.date(2024, 1, 1) + dt.timedelta(k) for k in range(60)]
T = np.arange(60)


def table(names):
    waves = {name: (k + 1) * (3 + np.sin(2 * np.pi * T / 7) + k * np.cos(T**2)) for k, name in enumerate(names)}
    return pl.concat([pl.DataFrame({"shop": name, "day": DAYS, "y": y}) for name, y in waves.items()])


@pytest.fixture(scope="module")
def asked():
    settings: dict[str, Any] = {"season": 7, "model": "linear", "scale": "as they are", "channels": "shared"}
    forecaster = Forecaster(5, coverage=0.8, **settings)
    forecaster.fit(table(["a", "b", "c", "d <e>"]), time="day", target="y", series="shop")
    return forecaster, forecaster.backtest(folds=2), forecaster.predict()


def test_figures_of_three_series_and_of_the_worst(asked):
    found = [*drawings(*asked)]
    names = ["forecast-1", "forecast-2", "forecast-3", "errors", "folds", "residuals", "season", "map"]
    assert [each.name for each in found] == names
    forecaster, backtest, forecasts = asked
    worst = backtest.scores("series").sort("error", descending=True)["shop"][0]
    panel = forecaster.known()[1]
    assert panel.names[chosen_series(panel, backtest)[0]] == worst
    figure = found[0].draw("light")
    ahead = figure.axes[0].lines[1].get_ydata()
    np.testing.assert_array_equal(ahead, forecasts.filter(pl.col("shop") == worst)["forecast"])
    folds = found[4].draw("light").axes[0]
    assert folds.lines[1].get_xdata().tolist() == [51, 52, 53, 54, 55]


def test_one_series_without_a_season_or_a_backtest_has_what_there_is():
    forecaster = Forecaster(5, season=1, model="seasonal naive").fit(table(["a"]), time="day", target="y")
    found = [*drawings(forecaster, None, forecaster.predict())]
    assert [each.name for each in found] == ["forecast"]


def test_a_series_without_a_map_of_its_own_has_no_figure_of_one():
    rows = pl.concat([table(["b", "c"]), table(["a"]).tail(9)])  # of three the first is drawn whole
    forecaster = Forecaster(5, season=7, model="linear", scale="as they are", channels="apart")
    forecaster.fit(rows, time="day", target="y", series="shop")
    found = [each.name for each in drawings(forecaster, None, forecaster.predict())]
    assert "forecast-1" in found
    assert "map" not in found
    assert forecaster.known()[2].how("a", 60) == "season"


@pytest.fixture(params=["blank", pytest.param("drawn", marks=pytest.mark.long)])
def left_blank(request, monkeypatch):
    """Figures that `make test` leaves blank, and `make test-long` draws."""
    if request.param == "blank":
        monkeypatch.setattr("glassnet.figure.drawn", lambda figure, ending, *_: BLANK[ending])


@pytest.mark.parametrize("style", [PLAIN, Style("dark", "svg")], ids=str)
def test_the_report_has_them_in_both_themes(asked, tmp_path, left_blank, style):
    forecaster, backtest, forecasts = asked
    drawn = draw_forecasts(forecaster, backtest, forecasts, tmp_path, style)
    written = [each.path.name for kind in drawn.values() for each in kind]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(written)
    assert {each.path.suffix for kind in drawn.values() for each in kind} == {f".{style.format}"}
    page = as_page("y", report_pieces(forecaster, backtest, forecasts, "glassnet forecast", drawn))
    assert page.count("<figure>") == page.count('(prefers-color-scheme: dark)" srcset') == len(written) == 8
    assert "<e>" not in page
