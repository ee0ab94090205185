"""A table with a column of time becomes forecasts: what is found, what is refused, what the model was chosen by."""

import datetime as dt
from typing import Any, cast

import numpy as np
import polars as pl
import pytest

from glassnet.errors import InvalidInput, UnknownName
from glassnet.forecasting import Forecaster, LinearForecaster, MLPForecaster

START = dt.date(2022, 1, 1)


def days(n, start=START):
    return [start + dt.timedelta(k) for k in range(n)]


def weekly(n, seed=0, level=100.0):
    t = np.arange(n)
    return level + 0.03 * t + 20 * np.sin(2 * np.pi * t / 7) + np.random.default_rng(seed).normal(0, 2, n)


def table(n=200, **more):
    return {"date": days(n), "sales": weekly(n), **more}


def fitted(data, horizon=7, **options):
    return Forecaster(horizon, **options).fit(data, time="date", target="sales")


def shops(*lengths):
    frames = [pl.DataFrame({"shop": [f"s{k}"] * n, **table(n)}) for k, n in enumerate(lengths)]
    return pl.concat(frames)


def test_a_forecast_continues_the_table_with_intervals():
    forecaster = fitted(table())
    found = forecaster.predict()
    assert found.columns == ["date", "forecast", "low_80", "high_80", "low_95", "high_95"]
    assert found["date"].to_list() == days(7, START + dt.timedelta(200))
    t = np.arange(200, 207)
    truth = 100 + 0.03 * t + 20 * np.sin(2 * np.pi * t / 7)
    assert np.abs(found["forecast"].to_numpy() - truth).max() < 5
    low_95, low_80, high_80, high_95 = (found[name].to_numpy() for name in ("low_95", "low_80", "high_80", "high_95"))
    assert ((low_95 <= low_80) & (low_80 < high_80) & (high_80 <= high_95)).all()


def test_the_summary_says_what_was_found_and_chosen():
    said = fitted(table()).summary()
    assert "sales: 1 series, daily, 200 steps, a season of 7 steps" in said
    assert "chosen: linear" in said
    assert "seasonal naive" in said
    assert "forecasts are not below 0" in said


def test_the_map_that_is_chosen_is_that_of_linear_forecaster():
    forecaster = fitted(table(), scale="as they are", model="linear")
    best = forecaster.fitted.model.fitted()
    direct = LinearForecaster(7, best.lookback, penalty=best.penalty, normalization=best.normalization)
    np.testing.assert_allclose(forecaster.predict()["forecast"], direct.fit(weekly(200)).forecast()[:, 0])


def test_a_model_is_chosen_by_what_it_would_have_forecast():
    forecaster = fitted(table())
    assert [each.score for each in forecaster.choices] == sorted(each.score for each in forecaster.choices)
    assert forecaster.choices[0].candidate == forecaster.fitted.candidate
    steps = np.cumsum(np.random.default_rng(0).normal(size=300))
    walk = fitted({"date": days(300), "sales": steps})
    assert walk.chosen_season == 1  # a random walk has none


@pytest.mark.parametrize("make", [pl.DataFrame, lambda data: __import__("pandas").DataFrame(data), dict])
def test_tables_of_several_libraries(make):
    found = fitted(make(table(60)), model="seasonal naive").predict()
    np.testing.assert_allclose(found["forecast"], weekly(60)[-7:])


def test_several_series_of_different_lengths():
    forecaster = Forecaster(7).fit(shops(150, 200, 12), time="date", target="sales", series="shop")
    found = forecaster.predict()
    assert found["shop"].to_list() == ["s0"] * 7 + ["s1"] * 7 + ["s2"] * 7
    assert found.filter(pl.col("shop") == "s2")["date"][0] == START + dt.timedelta(12)
    np.testing.assert_allclose(found.filter(pl.col("shop") == "s2")["forecast"], weekly(12)[-7:])
    assert "1 series is too short for the model and repeats its last season: s2" in forecaster.notes


def test_one_observation_is_repeated():
    found = fitted(table(1), frequency="day").predict()
    np.testing.assert_allclose(found["forecast"], weekly(1)[0])
    assert found["low_80"].null_count() == 7


def test_series_that_never_change():
    for value in (0.0, 5.0):
        found = fitted({"date": days(100), "sales": [value] * 100}).predict()
        np.testing.assert_allclose(found["forecast"], value, atol=1e-9)


def test_counts_are_not_forecast_below_zero():
    counts = np.random.default_rng(0).poisson(0.4, 200)
    found = fitted({"date": days(200), "sales": counts}).predict()
    assert found["low_95"].min() >= 0
    below = fitted({"date": days(200), "sales": counts - 1}, coverage=0.9).predict()
    assert below["low_90"].min() < -1


def test_missing_targets_are_masked():
    data = table(200)
    gone = np.random.default_rng(1).random(200) < 0.2
    data["sales"] = np.where(gone, np.nan, data["sales"])
    found = fitted(data).predict()["forecast"].to_numpy()
    assert np.abs(found - fitted(table(200)).predict()["forecast"].to_numpy()).max() < 8


@pytest.mark.parametrize(
    "horizon, settings, said",
    [
        (
            150,
            {},
            "a horizon of 150 and a season of 7 steps need a series of 311 steps to learn from",
        ),
        (7, {"season": 365}, "1 series is too short for the model and repeats its last value: the only one"),
    ],
)
def test_a_past_that_is_too_short_for_what_is_asked_is_told(horizon, settings, said):
    found = Forecaster(horizon, **settings).fit(table(120), time="date", target="sales")
    assert any(note.startswith(said) for note in found.notes), found.notes


@pytest.mark.parametrize(
    "change, horizon, message",
    [
        ({}, 10**6, "a horizon of 1000000 steps is more than 10 times as long as the longest series, which has 120 st"),
        ({"sales": ["1"] * 119 + ["-Inf"]}, 7, "column 'sales' is infinite in row 120"),
        ({"sales": ["1"] * 119 + ["some"]}, 7, "column 'sales' holds 'some' in row 120, where a number is expected"),
        ({"sales": [None] * 120}, 7, "the target has no value in any row|must hold numbers"),
    ],
)
def test_values_and_horizons_that_say_nothing_meet_one_sentence(change, horizon, message):
    with pytest.raises(InvalidInput, match=message):
        Forecaster(horizon).fit(table(120) | change, time="date", target="sales")


def test_nothing_after_its_origin_is_read_by_a_forecast():
    forecaster = fitted(table(200))
    values, model = forecaster.panel.values[0], forecaster.fitted
    poisoned = np.concatenate([values[:150], np.full(50, 1e9)])
    one, other = (model.paths(each, forecaster.panel, 0, np.array([150])) for each in (values, poisoned))
    np.testing.assert_array_equal(one, other)


def test_rows_are_sorted_and_this_is_told():
    shuffled = pl.DataFrame(table(100)).sample(fraction=1, shuffle=True, seed=0)
    forecaster = fitted(shuffled, model="seasonal naive")
    assert "rows were not in order of time: they were sorted" in forecaster.notes
    np.testing.assert_allclose(forecaster.predict()["forecast"], weekly(100)[-7:])


def test_gaps_are_filled_only_as_asked():
    data = pl.DataFrame(table(100)).filter(~pl.col("date").is_between(days(99)[40], days(99)[42]))
    with pytest.raises(InvalidInput, match=r"3 steps are left out: 2022-02-10 to 2022-02-12\. Say what belongs there"):
        fitted(data)
    values = {
        fill: fitted(data, fill=fill, model="seasonal naive").panel.values[0] for fill in ("zero", "last", "linear")
    }
    before, after = weekly(100)[39], weekly(100)[43]
    np.testing.assert_allclose(values["zero"][40:43], 0)
    np.testing.assert_allclose(values["last"][40:43], before)
    np.testing.assert_allclose(values["linear"][40:43], np.linspace(before, after, 5)[1:-1])
    forecaster = fitted(data, fill="missing", model="seasonal naive")
    assert np.isnan(forecaster.panel.values[0][40:43]).all()
    assert any("3 steps left out of the table, filled with fill='missing'" in note for note in forecaster.notes)


@pytest.mark.parametrize(
    "change, message",
    [
        (lambda d: d.with_columns(sales=pl.lit("many")), "column 'sales' holds 'many' in row 1"),
        (lambda d: d.with_columns(sales=pl.lit(np.inf)), "column 'sales' is infinite in row 1"),
        (lambda d: d.with_columns(sales=pl.lit(None, pl.Float64)), "the target has no value in any row"),
        (lambda d: d.rename({"date": "day"}), "there is no time column 'date'"),
        (lambda d: d.with_columns(date=pl.lit("soon")), "must hold dates, timestamps or whole steps, got texts such"),
        (lambda d: d.with_columns(date=pl.col("sales")), r"the time column 'date' holds .* in row 1, where a date"),
        (lambda d: d.with_columns(date=pl.lit(True)), "must hold dates, timestamps or whole steps, got Boolean"),
        (lambda d: pl.concat([d, d.head(1)]), "2022-01-01 comes twice: .* name their column with series="),
        (lambda d: d.head(0), "the table has no rows"),
        (lambda d: d.head(1), "no series has two stamps"),
        (lambda d: d.with_columns(date=pl.lit(None, pl.Date)), "the time column 'date' has no value in row 1: each"),
    ],
)  # fmt: skip
def test_wrong_tables_meet_one_sentence(change, message):
    with pytest.raises(InvalidInput, match=message):
        fitted(change(pl.DataFrame(table(50))))


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: Forecaster(0), "horizon must be a whole number of steps"),
        (lambda: Forecaster(7, coverage=95), "coverage must be a share between 0 and 1, such as 0.8, got 95"),
        (lambda: Forecaster(7, season=cast(Any, 0.5)), "season must be a whole number of steps"),
        (lambda: Forecaster(7).predict(), "Forecaster has not learned yet"),
        (lambda: fitted(table(20), model="linear"), "has no series to learn from: the longest has 20 steps, 25 are"),
        (lambda: fitted(table(20), zone="Mars"), "zone must be the name of a time zone"),
        (lambda: fitted(table(20), frequency="step"), "frequency='step' does not fit a time column of dates"),
    ],
)  # fmt: skip
def test_wrong_options_meet_one_sentence(call, message):
    with pytest.raises(InvalidInput, match=message):
        call()


@pytest.mark.parametrize("option", [{"fill": "zeros"}, {"model": "linaer"}, {"scale": "logs"}, {"frequency": "days2"}])
def test_names_that_are_not_known_meet_the_nearest(option):
    with pytest.raises(UnknownName, match="Did you mean"):
        Forecaster(7, **option)


def test_a_network_is_tried_if_it_is_asked_for(tmp_path, monkeypatch):
    short = MLPForecaster.__init__
    monkeypatch.setattr(
        MLPForecaster, "__init__", lambda self, *args, **kw: short(self, *args, **{"units": 8, "epochs": 2} | kw)
    )
    forecaster = fitted(table(200), model="mlp", scale="as they are")
    assert [each.candidate.model for each in forecaster.choices] == ["mlp"]
    linear = fitted(table(200), model="linear", scale="as they are")
    np.testing.assert_allclose(forecaster.predict()["forecast"], linear.predict()["forecast"], rtol=0.1)
    again = Forecaster.load(forecaster.save(tmp_path / "model.safetensors"))
    assert again.predict().equals(forecaster.predict())
    with pytest.raises(InvalidInput, match="can be explained: choose model='linear'"):
        forecaster.explain()


@pytest.mark.parametrize(
    "name",
    ["unit", "step", "time", "fold", "forecast", "truth", "low_80", "naive", "path", "value", "mae", "inside_95"],
)
def test_a_column_of_series_is_not_named_as_one_of_forecasts(name):
    with pytest.raises(InvalidInput, match=f"the series column must not be named '{name}', which .*: rename it"):
        Forecaster(7).fit(shops(60, 60).rename({"shop": name}), time="date", target="sales", series=name)


@pytest.mark.parametrize("name", ["forecast", "path", "value", "high_95"])
def test_a_column_of_time_is_not_named_as_one_of_forecasts(name):
    with pytest.raises(InvalidInput, match=f"the time column must not be named '{name}', which .*: rename it"):
        Forecaster(7).fit({name: days(60), "sales": weekly(60)}, time=name, target="sales")


def test_names_that_no_table_of_forecasts_has_are_free():
    data = shops(60, 60).rename({"shop": "low_90", "date": "step"})
    found = Forecaster(7, model="seasonal naive").fit(data, time="step", target="sales", series="low_90")
    assert found.predict().columns[:2] == ["low_90", "step"]
    assert found.backtest(2).scores("series")["low_90"].to_list() == ["s0", "s1"]
    assert found.sample(1, seed=0).columns == ["low_90", "step", "path", "value"]


@pytest.mark.parametrize("zone", [None, "Europe/Berlin"])
@pytest.mark.parametrize("holidays", [None, "DE"])
def test_nothing_is_forecast_after_the_year_9999(zone, holidays):
    time = pl.datetime_range(dt.datetime(9999, 9, 1), dt.datetime(9999, 12, 20), "1d", time_zone=zone, eager=True)
    forecaster = Forecaster(20, model="seasonal naive", holidays=holidays)
    forecaster.fit({"date": time, "sales": weekly(len(time))}, time="date", target="sales")
    with pytest.raises(InvalidInput, match="lie outside the years 1 to 9999, which dates are limited to"):
        forecaster.predict()


@pytest.mark.parametrize("fill, said", [(None, "or pass fill=."), ("missing", "or pass another fill= than 'missing'.")])
def test_a_missing_value_beside_a_known_target_is_refused_with_what_would_help(fill, said):
    table = {"day": np.arange(40), "y": np.arange(40.0), "promo": np.append(np.nan, np.ones(39))}
    with pytest.raises(InvalidInput, match=f"'promo' has no value for 0 .*{said}"):
        Forecaster(2, fill=fill, model="seasonal naive").fit(table, time="day", target="y", future=["promo"])
