"""A forecaster is saved and read back, takes in new rows, and says where a forecast comes from."""

import datetime as dt
from typing import Any

import numpy as np
import polars as pl
import pytest

from glassnet.errors import InvalidInput, ModelFileError
from glassnet.forecasting import Forecaster

DAYS = [dt.date(2023, 1, 1) + dt.timedelta(k) for k in range(240)]


def rows():
    t, rng, frames = np.arange(240), np.random.default_rng(0), []
    for name, size in (("north", 30.0), ("south", 50.0)):
        promo = (rng.random(240) < 0.2).astype(float)
        sales = size * (3 + np.sin(2 * np.pi * t / 7) + promo + rng.normal(0, 0.1, 240))
        frames.append(pl.DataFrame({"shop": name, "day": DAYS, "promo": promo, "sales": sales}))
    return pl.concat(frames)


COLUMNS: dict[str, Any] = {"time": "day", "target": "sales", "series": "shop", "future": ["promo"]}
PAST, PLAN = (rows().filter(keep) for keep in (pl.col("day") < DAYS[200], pl.col("day") >= DAYS[200]))
CASES = [
    {"scale": "log", "channels": "apart"},
    {"scale": "as they are", "channels": "shared"},
    {"model": "seasonal naive"},
]


@pytest.fixture(params=CASES, ids=str, scope="module")
def forecaster(request):
    gone = PAST.with_columns(sales=pl.when(pl.col("day") == DAYS[50]).then(None).otherwise("sales"))
    return Forecaster(10, calendar=["month"], **{"model": "linear"} | request.param).fit(gone, **COLUMNS)


def test_a_saved_forecaster_says_the_same(forecaster, tmp_path):
    path = forecaster.save(tmp_path / "model.safetensors")
    for again in (Forecaster.load(path), Forecaster.load(tmp_path)):
        assert again.predict(future=PLAN).equals(forecaster.predict(future=PLAN))
        assert again.summary() == forecaster.summary()
        assert again.save(tmp_path / "again.safetensors").read_bytes() == path.read_bytes()


def test_new_rows_move_the_end_and_teach_nothing(forecaster, tmp_path):
    again: Any = Forecaster.load(forecaster.save(tmp_path / "model.safetensors"))
    again.update(rows().filter(pl.col("day").is_between(DAYS[200], DAYS[204])))
    found = again.predict(future=PLAN)
    assert found["day"].min() == DAYS[205]
    assert again.fitted.effects["north"].tolist() == forecaster.fitted.effects["north"].tolist()
    panel = again.panel.followed_by(again.beside.ahead(again.read, PLAN))
    direct = forecaster.fitted.ahead(panel, 1, np.array([205])).forecast[0]
    np.testing.assert_allclose(found["forecast"][10:], direct)


def test_contributions_add_up_to_the_forecast(forecaster):
    forecasts = forecaster.predict(future=PLAN)
    for number, name in enumerate(("north", "south")):
        for step in (1, 7, 10):
            found = forecaster.explain(name, step, future=PLAN)
            assert found.forecast == pytest.approx(forecasts["forecast"][10 * number + step - 1], rel=1e-12)
            assert found.parts["contribution"].sum() == found.total
            lags = found.parts.filter(pl.col("part").str.contains("value"))
            assert len(lags) in (1, getattr(forecaster.fitted.model, "lookback", 1))
    assert "sales of 'south' at 2023-07-29" in str(found)


def test_what_a_column_contributes_is_its_value_times_its_weight():
    forecaster = Forecaster(10, model="linear", scale="as they are", channels="apart").fit(PAST, **COLUMNS)
    one = forecaster.explain("north", 1, future=PLAN.with_columns(promo=pl.lit(1.0))).parts.row(-1)
    none = forecaster.explain("north", 1, future=PLAN.with_columns(promo=pl.lit(0.0))).parts.row(-1)
    assert one[0] == "promo"
    assert one[3] == pytest.approx(one[2]) == pytest.approx(30, rel=0.2)
    assert none[3] == 0


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda f: f.update(rows().filter(pl.col("day") >= DAYS[203])), "'north' at 2023-07-23, where 2023-07-20"),
        (lambda f: f.update(rows().filter(pl.col("day") < DAYS[150])), "no new rows: what the forecaster knows"),
        (lambda f: f.update(PLAN.with_columns(shop=pl.lit("east"))), "comes twice"),
        (lambda f: f.explain("nort", future=PLAN), r"there is no series 'nort' \(did you mean 'north'\?\)"),
        (lambda f: f.explain(future=PLAN), "name a series; there are 'north', 'south'"),
        (lambda f: f.explain("north", 11, future=PLAN), "step must be one of the horizon, 1 to 10, got 11"),
        (lambda f: Forecaster(3).save("x"), "Forecaster has not learned yet"),
    ],
)  # fmt: skip
def test_wrong_calls_meet_one_sentence(call, message):
    forecaster = Forecaster(10, model="seasonal naive").fit(PAST, **COLUMNS)
    with pytest.raises(InvalidInput, match=message):
        call(forecaster)


def test_other_files_are_refused(tmp_path):
    (tmp_path / "a.safetensors").write_bytes(b"no")
    with pytest.raises(ModelFileError, match="is not a forecaster, or it is truncated"):
        Forecaster.load(tmp_path / "a.safetensors")
    with pytest.raises(ModelFileError, match="is not there: expected a glassnet forecaster"):
        Forecaster.load(tmp_path / "b.safetensors")
