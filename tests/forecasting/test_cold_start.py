"""Series that have no past are forecast from columns that never change, as series like them are."""

import datetime as dt
from typing import Any

import numpy as np
import polars as pl
import pytest

from glassnet.errors import InvalidInput
from glassnet.forecasting import Forecaster
from glassnet.forecasting.cold.cold_start import hat_matrix, regressed, without_each

DAYS = [dt.date(2024, 1, 1) + dt.timedelta(k) for k in range(130)]
SIZES = {"north": 100.0, "south": 20.0}
COLUMNS: dict[str, Any] = {"time": "day", "target": "sales", "series": "shop", "static": ["region", "area"]}


def shops(n=12, end=120, seed=0):
    rng, t, frames = np.random.default_rng(seed), np.arange(end), []
    for k in range(n):
        region, area = ("north", "south")[k % 2], float(rng.uniform(1, 3))
        sales = SIZES[region] * area * (1 + 0.3 * np.sin(2 * np.pi * t / 7)) * np.exp(rng.normal(0, 0.05, end))
        columns: dict[str, Any] = {
            "shop": f"s{k:02}",
            "day": DAYS[:end],
            "sales": sales,
            "region": region,
            "area": area,
        }
        frames.append(pl.DataFrame(columns))
    return pl.concat(frames)


NEW = pl.DataFrame({"shop": ["x", "y"], "region": ["north", "south"], "area": [2.0, 2.0]})


@pytest.fixture(scope="module")
def forecaster():
    return Forecaster(7, season=7, model="linear", channels="shared").fit(shops(), **COLUMNS)


def test_a_new_series_is_forecast_as_those_of_its_region_and_size(forecaster):
    found = forecaster.predict(new=NEW)
    assert found["shop"].to_list()[-14:] == ["x"] * 7 + ["y"] * 7
    assert found[:-14].equals(forecaster.predict())
    t = np.arange(120, 127)
    for name, size in (("x", 200.0), ("y", 40.0)):
        own = found.filter(pl.col("shop") == name)
        assert own["day"].to_list() == DAYS[120:127]
        truth = size * (1 + 0.3 * np.sin(2 * np.pi * t / 7))
        assert np.abs(own["forecast"].to_numpy() / truth - 1).max() < 0.3
        assert (own["low_80"].to_numpy() < own["forecast"].to_numpy()).all()
        assert (own["low_80"].to_numpy() > 0).all()


def test_a_text_that_was_not_there_counts_as_the_mean(forecaster):
    odd = NEW.head(1).with_columns(region=pl.lit("east"))
    found, known = (forecaster.predict(new=each).tail(7)["forecast"].to_numpy() for each in (odd, NEW.head(1)))
    assert (found < known).all()
    assert (found > 40).all()


def test_a_file_keeps_the_static_columns(forecaster, tmp_path):
    again = Forecaster.load(forecaster.save(tmp_path / "model.safetensors"))
    assert again.predict(new=NEW).equals(forecaster.predict(new=NEW))


def test_what_is_planned_for_a_new_series_counts():
    table = shops()
    promo = np.random.default_rng(1).random(table.height) < 0.2
    table = table.with_columns(promo=pl.Series(promo).cast(pl.Float64), sales=pl.col("sales") * (1 + promo))
    forecaster = Forecaster(7, season=7, model="linear", scale="log").fit(table, **COLUMNS, future=["promo"])
    names = [*table["shop"].unique(maintain_order=True), "x"]
    plan = pl.concat([pl.DataFrame({"shop": name, "day": DAYS[120:127], "promo": [0.0] * 7}) for name in names])
    first = (pl.col("shop") == "x") & (pl.col("day") == DAYS[120])
    raised = plan.with_columns(promo=pl.when(first).then(1.0).otherwise("promo"))
    plain, more = (forecaster.predict(future=each, new=NEW.head(1))["forecast"].to_numpy() for each in (plan, raised))
    assert more[-7] / plain[-7] == pytest.approx(2, rel=0.2)
    np.testing.assert_allclose(more[:-7], plain[:-7])
    np.testing.assert_allclose(more[-6:], plain[-6:])
    with pytest.raises(InvalidInput, match="does not cover the horizon: it has no value for 'x' at 2024-04-30"):
        forecaster.predict(future=plan.filter(pl.col("shop") != "x"), new=NEW.head(1))


def test_leaving_a_series_out_is_what_a_regression_without_it_gives():
    rng = np.random.default_rng(0)
    x, z = rng.normal(size=(9, 3)), rng.normal(size=(9, 4))
    found = without_each(hat_matrix(x, 0.2), z)
    for k in range(9):
        rest = np.arange(9) != k
        one = regressed(x[rest], z[rest], x[k], 0.2 * 9 / 8)  # the same n α
        np.testing.assert_allclose(found[k], one, rtol=1e-9)


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda f: f.predict(new=NEW.drop("region")), "there is no static column 'region'"),
        (lambda f: f.predict(new=NEW.with_columns(area=pl.lit("big"))), "static column 'area' must hold numbers"),
        (lambda f: f.predict(new=NEW.with_columns(area=None)), "static column 'area' has no value for series 'x'"),
        (lambda f: f.predict(new=shops(3)), "new= holds no series that is new"),
    ],
)  # fmt: skip
def test_wrong_tables_of_new_series_meet_one_sentence(forecaster, call, message):
    with pytest.raises(InvalidInput, match=message):
        call(forecaster)


@pytest.mark.parametrize(
    "table, columns, message",
    [
        (shops(), COLUMNS | {"static": "region"}, r"static must be a list of columns, such as \['region'\]"),
        (shops(), COLUMNS | {"static": ["sales"]}, "column 'sales' is named twice"),
        (shops(2), COLUMNS | {"static": ["day2"]}, "there is no static column 'day2'"),
        (
            shops(2).with_columns(region=pl.when(pl.col("day") == DAYS[3]).then(pl.lit("west")).otherwise("region")),
            COLUMNS,
            "static column 'region' must have one value for each series; 's00' has 'north' and 'west'",
        ),
        (shops(1), {**COLUMNS, "series": None}, "name the column of series with series="),
    ],
)  # fmt: skip
def test_wrong_static_columns_meet_one_sentence(table, columns, message):
    with pytest.raises(InvalidInput, match=message):
        Forecaster(7, season=7, model="seasonal naive").fit(table, **columns)


def test_new_series_need_static_columns_and_others_to_be_like():
    few = Forecaster(7, season=7, model="seasonal naive").fit(shops(2), **COLUMNS)
    with pytest.raises(
        InvalidInput, match="needs at least 3 others to learn from that reach 2024-04-29 and are longer"
    ):
        few.predict(new=NEW)
    none = Forecaster(7, season=7, model="seasonal naive").fit(shops(2), **COLUMNS | {"static": []})
    with pytest.raises(InvalidInput, match=r"name what is known of them in fit\(static=\[…\]\)"):
        none.predict(new=NEW)


def test_new_series_are_named_as_the_others_are():
    table = shops(4).with_columns(shop=pl.col("shop").str.slice(1).cast(pl.Int64))
    numbered = Forecaster(7, season=7, model="seasonal naive").fit(table, **COLUMNS)
    said = "the series column 'shop' of new= holds 'x', where a name such as 0 is expected, as in the table of fit"
    with pytest.raises(InvalidInput, match=said):
        numbered.predict(new=NEW)
    found = numbered.predict(new=NEW.with_columns(shop=pl.Series([8, 9], dtype=pl.Int32)))
    assert found["shop"].unique().sort().to_list() == [0, 1, 2, 3, 8, 9]


def test_new_series_need_others_with_late_values():
    table = shops(4).with_columns(sales=pl.when(pl.col("day") < DAYS[113]).then("sales"))
    late = Forecaster(7, season=7, model="seasonal naive").fit(table, **COLUMNS)
    with pytest.raises(InvalidInput, match="in the last 7 steps, as many as the horizon; up to 2024-04-29 there are n"):
        late.predict(new=NEW)
