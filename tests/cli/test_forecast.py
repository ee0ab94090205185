"""The command that forecasts a table with a column of time."""

from pathlib import Path

import polars as pl
import pytest

import glassnet as gn
from glassnet.forecasting import Forecaster

ASKED = ("--time", "date", "--target", "sales", "--series", "shop", "--horizon", 28, "--future", "promo")


@pytest.fixture
def naive(glassnet):
    """The command with a model that needs no time."""
    return lambda *more: glassnet("forecast", *more, "--model", "seasonal naive", "--folds", 2)


def test_a_bundled_table_is_forecast(glassnet):
    status, out, err = glassnet("forecast", "sales", *ASKED, "--folds", 2)
    assert (status, err) == (0, "")
    assert "56 rows at the end without a value of sales: they say what is planned" in out
    assert "chosen: linear, of logarithms" in out
    found = pl.read_csv("runs/sales-forecast/forecast.csv", try_parse_dates=True)
    assert found.columns == ["shop", "date", "forecast", "low_80", "high_80", "low_95", "high_95"]
    assert found.height == 56
    report = Path("runs/sales-forecast/report.md").read_text(encoding="utf-8")
    assert report.startswith("# Forecasts of sales\n\nOver 2 backtest folds, the error of the forecasts is ")
    assert "below that of the seasonal naive forecast" in report.splitlines()[2]
    assert "<h1>Forecasts of sales</h1>" in Path("runs/sales-forecast/report.html").read_text(encoding="utf-8")
    table = gn.datasets.sales().to_polars()
    again = Forecaster.load("runs/sales-forecast").predict(future=table.filter(pl.col("sales").is_null()))
    assert again["forecast"].to_list() == pytest.approx(found["forecast"].to_list())
    assert found.group_by("shop").agg(pl.len())["len"].to_list() == [28, 28]


def test_a_file_of_texts_with_a_plan_of_its_own(naive):
    table = gn.datasets.sales().to_polars().filter(pl.col("shop") == "south").drop("shop")
    table = table.with_columns(pl.col("date").dt.strftime("%d.%m.%Y"))
    table.filter(pl.col("sales").is_not_null()).write_csv("past.csv", separator=";")
    table.filter(pl.col("sales").is_null()).drop("sales").write_csv("plan.csv")
    asked = ("--time", "date", "--target", "sales", "--horizon", 28, "--future", "promo")
    status, out, err = naive("past.csv", *asked, "--plan", "plan.csv", "--out", "run")
    assert status == 0, err
    assert pl.read_csv("run/forecast.csv")["date"][0] == "2024-12-31"
    assert "backtest over 2 folds: error" in out
    assert "run holds a run already" in naive("past.csv", *asked, "--plan", "plan.csv", "--out", "run")[2]
    assert naive("past.csv", *asked, "--plan", "plan.csv", "--out", "run", "--force")[0] == 0
    short = naive("past.csv", *asked, "--out", "other")
    assert short[0] == 1
    assert "say what is planned for 'promo': in rows at the end of past.csv whose sales is empty" in short[2]
    pl.read_csv("plan.csv").head(27).write_csv("brief.csv")
    short = naive("past.csv", *asked, "--plan", "brief.csv", "--out", "other")
    assert "the future table does not cover the horizon: it has no value for 2025-01-27" in short[2]


@pytest.mark.parametrize(
    "more, said",
    [
        (("--time", "day", "--target", "sales"), "there is no time column 'day'"),
        (("--time", "date", "--target", "sale"), "there is no target 'sale' (did you mean 'sales'?)"),
        (("--time", "date", "--target", "sales"), "comes twice"),
        (("--time", "date", "--target", "sales", "--series", "shops"), "there is no series column 'shops'"),
        (("--time", "date", "--target", "sales", "--coverage", "high"), "--coverage takes shares such as 0.8,0.95"),
        (("--time", "date", "--target", "sales", "--fill", "none"), "unknown fill 'none'"),
    ],
)  # fmt: skip
def test_wrong_options_meet_one_sentence(naive, more, said):
    status, _, err = naive("sales", *more, "--horizon", 7)
    assert status == 1
    assert said in err
    assert err.count("\n") == 1


def test_a_row_without_a_date_is_refused(naive):
    table = gn.datasets.sales().to_polars().with_row_index()
    table = table.with_columns(date=pl.when(pl.col("index") != 9).then("date")).drop("index")
    table.write_csv("gap.csv")
    status, _, err = naive("gap.csv", *ASKED)
    assert status == 1
    assert "the time column 'date' has no value in row 10: each row needs a stamp." in err
    assert err.count("\n") == 1


def test_a_past_too_short_for_a_backtest(naive):
    pl.DataFrame({"t": [1, 2, 3], "y": [1.0, 2.0, 4.0]}).write_csv("short.csv")
    status, out, _ = naive("short.csv", "--time", "t", "--target", "y", "--horizon", 3)
    assert status == 0
    assert "the past is too short for a backtest" in out
    assert pl.read_csv("runs/short-forecast/forecast.csv")["forecast"].to_list() == [4, 4, 4]
    assert "nothing is known of how good these forecasts are" in Path("runs/short-forecast/report.md").read_text(
        encoding="utf-8"
    )


def test_series_without_a_past_are_forecast_from_static_columns(glassnet, tmp_path):
    rows = [
        f"{shop},{region},2024-{1 + k // 28:02}-{1 + k % 28:02},{size + k % 7}"
        for shop, region, size in (("a", "north", 50), ("b", "north", 52), ("c", "south", 20), ("d", "south", 21))
        for k in range(28)
    ]
    data = tmp_path / "shops.csv"
    data.write_text("shop,region,day,sales\n" + "\n".join([*rows, "e,north,2024-02-01,"]) + "\n")
    columns = ("--time", "day", "--target", "sales", "--series", "shop", "--static", "region")
    glassnet("forecast", data, *columns, "--horizon", 3, "--model", "seasonal naive", "--out", tmp_path / "out")
    lines = (tmp_path / "out" / "forecast.csv").read_text().splitlines()
    new = [float(line.split(",")[2]) for line in lines if line.startswith("e,")]
    assert len(new) == 3
    assert all(35 < each < 60 for each in new)
