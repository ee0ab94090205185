"""Columns beside the target: what is known ahead moves the forecast, and what comes later is not read."""

import datetime as dt
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest

from glassnet.errors import InvalidInput, MissingExtra
from glassnet.forecasting import Forecaster
from glassnet.forecasting.dated.effects import effects_of

START, N, H = dt.date(2023, 1, 2), 280, 14


def days(n, start=START):
    return [start + dt.timedelta(k) for k in range(n)]


def shops(effect=(30.0, 60.0), seed=0):
    rng, t, frames = np.random.default_rng(seed), np.arange(N + H), []
    for name, size in zip("ab", effect, strict=True):
        promo = (rng.random(N + H) < 0.15).astype(float)
        base = size * (4 + np.sin(2 * np.pi * t / 7)) + rng.normal(0, size / 20, N + H)
        frames.append(pl.DataFrame({"shop": name, "day": days(N + H), "promo": promo, "sales": base + size * promo}))
    return pl.concat(frames)


def past_and_plan(rows):
    last = START + dt.timedelta(N)
    return rows.filter(pl.col("day") < last), rows.filter(pl.col("day") >= last).drop("sales")


def fitted(past, **options):
    return Forecaster(H, **options).fit(past, time="day", target="sales", series="shop", future=["promo"])


def forecasts(forecaster, plan):
    return forecaster.predict(future=plan)["forecast"].to_numpy().reshape(2, H)


@pytest.fixture(scope="module")
def learned():
    past, plan = past_and_plan(shops())
    return fitted(past, model="linear", scale="as they are"), past, plan


def test_what_a_column_adds_is_found(learned):
    forecaster, _, plan = learned
    effects = forecaster.fitted.effects
    assert effects["a"][0] == pytest.approx(30, rel=0.15)
    assert effects["b"][0] == pytest.approx(60, rel=0.15)
    truth = shops().filter(pl.col("day") >= START + dt.timedelta(N))["sales"].to_numpy().reshape(2, H)
    assert (np.abs(forecasts(forecaster, plan) - truth).max(axis=1) < [10, 20]).all()


def test_a_column_that_moves_by_a_step_moves_the_forecast_by_a_step(learned):
    forecaster, _, plan = learned
    none = plan.with_columns(promo=pl.lit(0.0))
    fifth = none.with_columns(promo=(pl.col("day") == START + dt.timedelta(N + 5)).cast(pl.Float64))
    sixth = none.with_columns(promo=(pl.col("day") == START + dt.timedelta(N + 6)).cast(pl.Float64))
    plain = forecasts(forecaster, none)
    one, other = forecasts(forecaster, fifth) - plain, forecasts(forecaster, sixth) - plain
    np.testing.assert_allclose(one[:, :-1], other[:, 1:], atol=1e-9)
    assert (np.flatnonzero(np.abs(one[0]) > 1e-9) == [5]).all()


def test_nothing_after_the_origin_is_read(learned):
    _, past, _ = learned
    forecaster = fitted(past.with_columns(stock=pl.col("sales") / 2), model="linear", scale="as they are")
    poison = replace(forecaster.panel, values=tuple(each.copy() for each in forecaster.panel.values))
    for each in poison.values:
        each[-H:] = 1e9
    clean = forecaster.backtest(folds=2, stride=3)
    forecaster.panel = poison
    rows = forecaster.backtest(folds=2, stride=3).rows
    first = pl.col("fold") == 1  # its origin lies 3 steps before the poison
    np.testing.assert_array_equal(rows.filter(first)["forecast"], clean.rows.filter(first)["forecast"])
    np.testing.assert_array_equal(rows.filter(first)["low_80"], clean.rows.filter(first)["low_80"])
    np.testing.assert_array_equal(rows["naive"], clean.rows["naive"])


def test_a_column_of_the_past_acts_a_horizon_later(learned):
    _, past, _ = learned
    rng = np.random.default_rng(3)
    orders = pl.Series(rng.poisson(5.0, past.height), dtype=pl.Float64)
    late = past.with_columns(orders=orders)
    late = late.with_columns(sales=pl.col("sales") + 10 * pl.col("orders").shift(H).over("shop").fill_null(5.0))
    columns = {"time": "day", "target": "sales", "series": "shop"}
    forecaster: Any = Forecaster(H, model="linear", scale="as they are").fit(late, **columns, past=["orders"])
    assert forecaster.beside.names == ("orders, 14 steps before",)
    assert forecaster.fitted.effects["a"][0] == pytest.approx(10, rel=0.4)
    moved = late.with_columns(
        orders=pl.when(pl.col("day") == days(N)[-H + 2]).then(pl.col("orders") + 1).otherwise("orders")
    )
    other = Forecaster(H, model="linear", scale="as they are").fit(moved, **columns, past=["orders"])
    gap = (other.predict()["forecast"] - forecaster.predict()["forecast"]).to_numpy().reshape(2, H)
    assert np.abs(gap[0]).argmax() == 2


def test_columns_of_the_calendar():
    t = np.arange(24 * 7 * 4)
    hours = pl.datetime_range(dt.datetime(2024, 1, 1), interval="1h", end=dt.datetime(2024, 1, 28, 23), eager=True)
    weekend = (t // 24 % 7 >= 5).astype(float)
    y = 50 + 10 * np.sin(2 * np.pi * t / 24) - 20 * weekend + np.random.default_rng(0).normal(0, 1, len(t))
    table = {"time": hours, "y": y}
    options: dict[str, Any] = {"model": "linear", "scale": "as they are"}
    forecaster: Any = Forecaster(24, calendar=["weekday"], **options).fit(table, time="time", target="y")
    beta = dict(zip(forecaster.beside.names, forecaster.fitted.effects[None], strict=True))
    assert beta["Saturday"] - beta["Friday"] == pytest.approx(-20, abs=4)
    with pytest.raises(InvalidInput, match="unknown calendar column 'weekdays'"):
        Forecaster(24, calendar=["weekdays"])
    with pytest.raises(InvalidInput, match="need dates, but the time column holds whole steps"):
        Forecaster(24, calendar=["month"]).fit({"time": t, "y": y}, time="time", target="y")


def test_holidays_of_a_country():
    pytest.importorskip("holidays")
    table = {"day": days(400), "y": np.arange(400.0)}
    forecaster: Any = Forecaster(7, holidays="DE", model="seasonal naive").fit(table, time="day", target="y")
    free = forecaster.panel.future[0][:, 0]
    assert free[(dt.date(2023, 10, 3) - START).days] == 1
    assert free.sum() < 15
    with pytest.raises(InvalidInput, match=r"holidays must be a country such as 'DE', .* got 'XQ'"):
        Forecaster(7, holidays="XQ")


def test_without_the_package_one_sentence_names_it(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "holidays", None)
    with pytest.raises(MissingExtra, match=r"pip install \"glassnet\[holidays\]\""):
        Forecaster(7, holidays="DE")


def test_effects_are_those_of_least_squares_where_nothing_is_alike():
    rng = np.random.default_rng(0)
    c = rng.normal(size=(4000, 2))
    z = np.cumsum(rng.normal(size=4000)) + c @ [3.0, -2.0]
    np.testing.assert_allclose(effects_of([z], [c], [1.0], 1), [3, -2], atol=0.1)
    gone = np.where(rng.random(4000) < 0.2, np.nan, z)
    np.testing.assert_allclose(effects_of([gone], [c], [1.0], 1), [3, -2], atol=0.15)


@pytest.mark.parametrize(
    "change, message",
    [
        (lambda plan: None, r"predict needs what is planned for 'promo': predict\(future=table\)"),
        (lambda plan: plan.filter(pl.col("day") < days(N + H)[-2]), "value for 'a' at 2023-10-21, 'a' at 2023-10-22,"),
        (lambda plan: plan.rename({"promo": "offer"}), "there is no column 'promo'"),
        (lambda plan: plan.rename({"day": "date"}), "there is no time column 'day'"),
        (lambda plan: plan.with_columns(shop=pl.col("shop").replace("b", "c")), "no series 'c'; there are 'a', 'b'"),
        (lambda plan: pl.concat([plan, plan.head(1)]), "'a' at 2023-10-09 comes twice"),
    ],
)  # fmt: skip
def test_wrong_plans_meet_one_sentence(learned, change, message):
    forecaster, _, plan = learned
    with pytest.raises(InvalidInput, match=message):
        forecaster.predict(future=change(plan))


def test_wrong_columns_meet_one_sentence(learned):
    _, past, plan = learned
    columns = {"time": "day", "target": "sales", "series": "shop"}
    with pytest.raises(InvalidInput, match=r"future must be a list of columns, such as \['promo'\], got 'promo'"):
        Forecaster(7).fit(past, **columns, future="promo")
    with pytest.raises(InvalidInput, match="column 'promo' is named twice"):
        Forecaster(7).fit(past, **columns, future=["promo"], past=["promo"])
    gone = past.with_columns(promo=pl.when(pl.col("day") == START).then(None).otherwise("promo"))
    with pytest.raises(InvalidInput, match="column 'promo' has no value for 'a' at 2023-01-02"):
        Forecaster(7).fit(gone, **columns, future=["promo"])
    with pytest.raises(InvalidInput, match="it named none"):
        Forecaster(7, model="seasonal naive").fit(past, **columns).predict(future=plan)
