"""A forecaster is asked about other rows than it learned from, and judged on later ones."""

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

import glassnet as gn
from glassnet.errors import InvalidInput, ModelFileError
from glassnet.forecasting import Forecaster

DAYS = [dt.date(2023, 1, 1) + dt.timedelta(k) for k in range(260)]
COLUMNS: dict[str, Any] = {"time": "day", "target": "sales", "series": "shop", "future": ["promo"]}


def shop(name, size, seed):
    t, rng = np.arange(260), np.random.default_rng(seed)
    promo = (rng.random(260) < 0.2).astype(float)
    sales = size * (3 + np.sin(2 * np.pi * t / 7) + promo + rng.normal(0, 0.1, 260))
    return pl.DataFrame({"shop": name, "day": DAYS, "promo": promo, "sales": sales})


ROWS = pl.concat([shop("north", 30.0, 0), shop("south", 50.0, 1)])
EAST = shop("east", 80.0, 2)


def between(frame, begin, end):
    return frame.filter(pl.col("day").is_between(DAYS[begin], DAYS[end], closed="left"))


@pytest.fixture(scope="module")
def forecaster():
    return Forecaster(10, model="linear", scale="as they are", channels="shared").fit(between(ROWS, 0, 200), **COLUMNS)


def test_the_rows_that_were_learned_from_give_the_same_forecasts(forecaster):
    own = forecaster.predict(future=between(ROWS, 200, 210))
    for history in (between(ROWS, 0, 200), between(ROWS, 190, 200), between(ROWS, 60, 200)):
        assert forecaster.predict(between(ROWS, 200, 210), history=history).equals(own)


def test_later_rows_move_the_end_as_update_does(forecaster, tmp_path):
    plan = between(ROWS, 205, 215)
    found = forecaster.predict(plan, history=between(ROWS, 200, 205))
    again = Forecaster.load(forecaster.save(tmp_path / "f.safetensors")).update(between(ROWS, 200, 205))
    assert found["forecast"].equals(again.predict(plan)["forecast"])  # whose intervals follow, as the rows stay
    assert forecaster.predict(between(ROWS, 200, 210))["day"].min() == DAYS[200]  # it knows what it knew


def test_one_of_the_series_is_asked_about_with_the_plan_of_all(forecaster):
    found = forecaster.predict(
        between(ROWS, 210, 220), history=between(ROWS, 200, 210).filter(pl.col("shop") == "south")
    )
    assert found["shop"].unique().to_list() == ["south"]
    assert found["day"].min() == DAYS[210]


def test_a_new_series_is_forecast_by_the_map_of_all(forecaster):
    plan, history = between(EAST, 200, 210), between(EAST, 0, 200)
    found = forecaster.predict(plan, history=history)
    truth = plan["sales"].to_numpy()
    assert np.abs(found["forecast"].to_numpy() - truth).mean() < 20  # a promotion adds 80, a season ±80
    asked = forecaster.asked(history)
    assert asked.fitted.effects["east"][0] == pytest.approx(80, rel=0.2)
    inside = (found["low_95"].to_numpy() <= truth) & (truth <= found["high_95"].to_numpy())
    assert inside.mean() > 0.7
    assert asked.notes == ("1 series was not there when the model learned: east; the map of all forecasts it",)


def test_of_maps_for_each_series_a_new_one_repeats_its_season():
    apart = Forecaster(7, model="linear", scale="as they are", channels="apart")
    apart.fit(between(ROWS, 0, 200), **COLUMNS | {"future": []})
    asked = apart.asked(between(EAST, 0, 100))
    assert apart.predict(history=asked)["forecast"].to_list() == between(EAST, 93, 100)["sales"].to_list()
    assert asked.notes[0].endswith("east; as each series has a map of its own, the last season is repeated")


def test_what_forecasts_a_new_series_is_told_for_each(forecaster):
    short = between(EAST, 190, 191).with_columns(shop=pl.lit("short"))
    asked = forecaster.asked(pl.concat([between(EAST, 0, 200), short, short.with_columns(shop=pl.lit("brief"))]))
    first = "series was not there when the model learned: east; the map of all forecasts it"
    rest = "series were not there when the model learned: brief, short; too short for the model, so that the last value"
    assert set(asked.notes) == {f"1 {first}", f"2 {rest} is repeated"}
    naive = Forecaster(7, season=7, model="seasonal naive").fit(between(ROWS, 0, 200), **COLUMNS | {"future": []})
    assert (
        naive.asked(between(EAST, 0, 7)).notes[0].endswith("when the model learned: east; the last season is repeated")
    )
    assert (
        naive.asked(between(EAST, 0, 6)).notes[0].endswith("when the model learned: east; the last value is repeated")
    )


def test_rows_after_a_gap_are_taken_by_themselves(forecaster):
    asked = forecaster.asked(between(ROWS, 210, 250))
    assert asked.panel.lengths.tolist() == [40, 40]
    assert asked.notes == (
        "rows that do not follow the known past are taken by themselves: from 'north' at 2023-07-30, "
        "'south' at 2023-07-30 on",
    )


def test_an_evaluation_forecasts_from_the_end_of_what_is_known(forecaster):
    found = forecaster.evaluate(between(ROWS, 180, 230))
    assert found.rows["day" if "day" in found.rows.columns else "time"].min() == DAYS[200]
    assert found.rows["fold"].unique().sort().to_list() == [1, 2, 3]
    first = forecaster.predict(between(ROWS, 200, 210))
    np.testing.assert_allclose(found.rows.filter(pl.col("fold") == 1)["forecast"], first["forecast"])
    scores = found.scores().row(0, named=True)
    assert scores["error"] < scores["naive"]
    assert len(forecaster.evaluate(between(ROWS, 200, 230), stride=5).scores("fold")) == 5


def test_without_columns_beside_the_target_few_later_rows_are_enough():
    forecaster = Forecaster(10, model="seasonal naive").fit(between(ROWS, 0, 200), **COLUMNS | {"future": []})
    found = forecaster.evaluate(between(ROWS, 200, 203))
    assert found.rows["truth"].count() == 6
    assert found.scores("step")["step"].to_list() == [1, 2, 3]


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda f: f.evaluate(between(ROWS, 100, 200)), "no later rows: what the forecaster knows ends with 'north'"),
        (lambda f: f.evaluate(between(ROWS, 200, 205)), "10 later rows are needed, as many as the horizon; 5 came af"),
        (lambda f: f.evaluate(between(EAST, 0, 9)), r"no series was known, and none has more than the \d+ steps that"),
        (lambda f: f.evaluate(between(ROWS, 200, 230), 0), "stride must be a whole number of steps, at least 1, got 0"),
        (lambda f: f.evaluate(between(ROWS, 0, 230).drop("promo")), "there is no column 'promo'"),
        (lambda f: f.predict(between(ROWS, 200, 209), history=between(ROWS, 0, 200)), "no value for 'north' at 2023"),
        (lambda f: f.predict(between(ROWS, 200, 210), history=between(ROWS, 0, 200).drop("sales")), "column 'sales'"),
        (lambda f: f.predict(history=between(ROWS, 0, 200)), "predict needs what is planned for 'promo'"),
        (lambda f: f.explain("east", 1, between(ROWS, 200, 210), between(ROWS, 0, 200)), "there is no series 'east'"),
    ],
)  # fmt: skip
def test_wrong_questions_meet_one_sentence(forecaster, call, message):
    with pytest.raises(InvalidInput, match=message):
        call(forecaster)


def test_pandas_comes_back_where_pandas_came_in():
    frame = pd.DataFrame({"t": pd.date_range("2024-01-01", periods=60, freq="h"), "y": np.arange(60.0) % 24})
    forecaster = Forecaster(3, season=24, model="seasonal naive").fit(frame, time="t", target="y")
    found = forecaster.predict()
    assert isinstance(found, pd.DataFrame)
    assert found["t"].tolist() == pd.date_range("2024-01-03 12:00", periods=3, freq="h").tolist()
    assert found["forecast"].tolist() == [12, 13, 14]
    merged = frame.assign(y=0.0).merge(found, on="t", how="outer")
    assert len(merged) == 63
    assert isinstance(forecaster.predict(history=pl.from_dict(frame.to_dict("list"))), pl.DataFrame)


def test_a_time_zone_survives_pandas():
    stamps = pd.date_range("2024-03-30 22:00", periods=60, freq="h", tz="Europe/Berlin")
    zoned = pd.DataFrame({"t": stamps, "y": np.arange(60.0)})
    found = Forecaster(2, model="seasonal naive").fit(zoned, time="t", target="y").predict()
    assert str(found["t"].dtype).endswith("Europe/Berlin]")
    assert found["t"].iloc[0] == stamps[-1] + pd.Timedelta(hours=1)


def test_load_reads_a_forecaster_as_any_model(forecaster, tmp_path):
    path = forecaster.save(tmp_path / "model.safetensors")
    for place in (path, tmp_path):
        again = gn.load(place)
        assert isinstance(again, Forecaster)
        assert again.predict(between(ROWS, 200, 210)).equals(forecaster.predict(between(ROWS, 200, 210)))
    with pytest.raises(ModelFileError, match=r"that glassnet wrote: a forecaster, which gn\.load reads"):
        gn.Network.load(path)
    net = gn.Network([gn.Dense(1)]).build(2, seed=0).save(tmp_path / "net.safetensors")
    with pytest.raises(ModelFileError, match=r"that glassnet wrote: a model, which gn\.load reads"):
        Forecaster.load(net)
