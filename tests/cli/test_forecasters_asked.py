"""The commands that take a forecaster in the place of a model of a table."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import glassnet as gn
from glassnet.forecasting import Forecaster

COLUMNS: dict[str, Any] = {"time": "date", "target": "sales", "series": "shop", "future": ["promo"]}


@pytest.fixture(scope="module")
def table():
    return gn.datasets.sales().to_polars()


@pytest.fixture(scope="module")
def saved(table, tmp_path_factory):
    """A forecaster that knows all but the last 28 days before those that are planned."""
    known = table.filter(pl.col("sales").is_not_null())
    folder = tmp_path_factory.mktemp("run")
    begin, end = (known["date"].max() - pl.duration(days=days) for days in (200, 28))
    past = known.filter(pl.col("date").is_between(begin, end))
    Forecaster(14, model="linear", scale="log", coverage=0.8).fit(past, **COLUMNS).save(folder / "model.safetensors")
    return folder


def test_a_forecast_after_the_rows_of_a_table(glassnet, saved, table):
    status, out, err = glassnet("predict", saved, "sales", "--out", "f.csv")
    assert (status, err) == (0, "")
    assert out == "28 forecasts of 2 series in f.csv\n"
    found = pl.read_csv("f.csv", try_parse_dates=True)
    assert found.columns == ["shop", "date", "forecast", "low_80", "high_80"]
    ahead = table.filter(pl.col("sales").is_null())
    assert found["date"].min() == ahead["date"].min()
    known = table.filter(pl.col("sales").is_not_null())
    own = Forecaster.load(saved).predict(ahead, history=known)
    assert found["forecast"].to_list() == pytest.approx(own["forecast"].to_list())
    north = known.filter(pl.col("shop") == "north")
    north.write_csv("north.csv")
    ahead.drop("sales").write_csv("plan.csv")
    status, out, err = glassnet("predict", saved, "north.csv", "--plan", "plan.csv")
    assert (status, err, out.count("\n")) == (0, "", 15)


def test_a_plan_alone_follows_what_is_known(glassnet, saved, table):
    last = table.filter(pl.col("sales").is_not_null())["date"].max()
    table.filter(pl.col("date") > last - pl.duration(days=28)).drop("sales").write_csv("plan.csv")
    status, out, _ = glassnet("predict", saved, "plan.csv")
    assert status == 0
    assert out.splitlines()[1].startswith(f"north,{last - pl.duration(days=27)}"[:6])
    own = Forecaster.load(saved).predict(pl.read_csv("plan.csv", try_parse_dates=True))
    assert out.splitlines()[1].split(",")[1] == str(own["date"][0])


def test_an_evaluation_on_later_rows(glassnet, saved):
    status, out, err = glassnet("evaluate", saved, "sales")
    assert (status, err) == (0, "")
    assert out.startswith("On 56 later rows, forecast over 2 folds: error 0.")
    assert "of seasonal naive" in out
    for title in ("by fold", "by step of the horizon", "the series that are forecast worst"):
        assert f"\n{title}\n" in out
    assert "4 folds" in glassnet("evaluate", saved, "sales", "--stride", 4)[1]


def test_a_backtest_of_what_is_known(glassnet, saved):
    status, out, err = glassnet("backtest", saved, "--folds", 2, "--stride", 3, "--out", "rows.csv")
    assert (status, err) == (0, "")
    assert out.startswith("Over 2 folds: error 0.")
    assert pl.read_csv("rows.csv").height == 2 * 2 * 14


def test_rows_that_have_come_are_taken_in(glassnet, saved, table):
    known = table.filter(pl.col("sales").is_not_null())
    last = known["date"].max()
    known.filter(pl.col("date") > last - pl.duration(days=40)).write_csv("came.csv")  # some of them are known
    status, out, err = glassnet("update", saved, "came.csv", "--out", "newer")
    assert (status, err) == (0, "")
    assert out.startswith(f"56 new steps taken in; forecasts go on after {last}\nas forecast before they were known, ")
    assert "over 2 folds: error 0." in out
    newer, older = Forecaster.load("newer"), Forecaster.load(saved)
    assert newer.panel is not None and older.panel is not None
    np.testing.assert_array_equal(newer.panel.lengths, older.panel.lengths + 28)
    ahead = table.filter(pl.col("sales").is_null())
    assert newer.predict(ahead)["forecast"].to_list() == pytest.approx(
        older.predict(ahead, history=known)["forecast"].to_list()
    )
    status, _, err = glassnet("update", "newer", "came.csv", "--out", "again")
    assert status == 1
    assert err == f"glassnet: there are no new rows: what the forecaster knows ends with 'north' at {last}.\n"
    status, _, err = glassnet("update", saved, "came.csv", "--epochs", 3)
    assert "--epochs is for models of tables, and this is a forecaster: it takes in the rows that follow" in err


def test_the_parts_of_a_forecast(glassnet, saved):
    status, out, err = glassnet("explain", saved, "sales", "--series", "north", "--step", 3, "--figure", "parts.svg")
    assert out.endswith("figures  parts.svg\n") and Path("parts.svg").exists()
    assert (status, err) == (0, "")
    assert out.startswith("sales of 'north' at 2025-01-02: ")
    assert "level of the past" in out


@pytest.mark.parametrize(
    "arguments, said",
    [
        (("predict", "{}", "sales", "--interval", 0.9), "--interval is for models of tables, and this is a forecaster"),
        (("predict", "{}", "sales", "--keep", "promo"), "--keep is for models of tables"),
        (("predict", "{}", "sales", "--out", "f.txt"), "--out takes a file that ends in .csv or .parquet"),
        (("predict", "{}", "iris"), "there is no time column 'date'"),
        (("predict", "{}", "known.csv"), "say what is planned for 'promo': in rows at the end of known.csv whose sale"),
        (("predict", "{}", "undated.csv"), "the time column 'date' has no value in row 1: each row needs a stamp."),
        (("evaluate", "{}", "undated.csv"), "the time column 'date' has no value in row 1"),
        (("evaluate", "{}", "early.csv"), "no later rows: what the forecaster knows ends with 'north' at"),
        (("explain", "{}", "sales"), "name a series; there are 'north', 'south'"),
        (("explain", "{}", "sales", "--series", "nort"), "no series 'nort' (did you mean 'north'?)"),
        (("explain", "{}", "sales", "--series", "north", "--step", 15), "step must be one of the horizon, 1 to 14"),
        (("explain", "{}", "sales", "--importance"), "--importance is for models of tables, and this is a forecaster"),
        (("backtest", "{}", "--folds", 500), "500 folds 14 steps apart need a series of at least"),
        (("backtest", "net.safetensors"), "is no forecaster: only those of `glassnet forecast` are asked about their"),
        (("backtest", "none.safetensors"), "is not there: expected a glassnet model file"),
        (("predict", "net.safetensors", "iris", "--plan", "iris"), "--plan is for a forecaster, which `glassnet fore"),
        (("evaluate", "net.safetensors", "iris", "--stride", 2), "--stride is for a forecaster"),
        (("diagnose", "{}", "sales"), "holds a forecaster, and this command is for models of tables"),
    ],
)  # fmt: skip
def test_wrong_questions_meet_one_sentence(glassnet, saved, table, arguments, said):
    gn.Network([gn.Dense(1)]).build(2, seed=0).save("net.safetensors")
    known = table.filter(pl.col("sales").is_not_null())
    known.write_csv("known.csv")
    known.filter(pl.col("date") < pl.date(2024, 6, 1)).write_csv("early.csv")
    known.with_columns(date=pl.col("date").shift(1)).write_csv("undated.csv")
    status, _, err = glassnet(*(saved if each == "{}" else each for each in arguments))
    assert status == 1
    assert said in err
    assert err.count("\n") == 1
