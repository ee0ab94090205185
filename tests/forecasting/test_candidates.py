"""What `Forecaster` compares beside its defaults: networks, means of candidates, powers; and paths that it draws."""

from typing import Any

import numpy as np
import polars as pl
import pytest

from glassnet.errors import InvalidInput, UnknownName
from glassnet.forecasting import Forecaster, MLPForecaster, TiDEForecaster
from glassnet.forecasting.candidates import SCALES, Candidate
from glassnet.forecasting.selecting import Selection


@pytest.fixture
def small(monkeypatch):
    """Networks of few units and epochs."""
    for kind in (MLPForecaster, TiDEForecaster):
        whole = kind.__init__
        monkeypatch.setattr(
            kind,
            "__init__",
            lambda self, *args, whole=whole, **kw: whole(self, *args, **{"units": 8, "epochs": 2} | kw),
        )


def weekly(n=200, n_series=2, noise=2.0, seed=0):
    t, rng = np.arange(n), np.random.default_rng(seed)
    frames = [
        pl.DataFrame(
            {
                "shop": f"s{k}",
                "day": t,
                "sales": (k + 1) * (100 + 0.05 * t + 20 * np.sin(2 * np.pi * t / 7) + rng.normal(0, noise, n)),
            }
        )
        for k in range(n_series)
    ]
    return pl.concat(frames)


COLUMNS: dict[str, Any] = {"time": "day", "target": "sales", "series": "shop"}


@pytest.mark.parametrize("name", ["mlp", "tide"])
def test_networks_are_compared_if_they_are_named_and_saved_with_the_forecaster(name, small, tmp_path):
    forecaster = Forecaster(7, season=7, model=["linear", name], scale="as they are").fit(weekly(), **COLUMNS)
    assert {each.candidate.model for each in forecaster.choices} == {"linear", name}
    one = Forecaster(7, season=7, model=name, scale="as they are").fit(weekly(), **COLUMNS)
    again = Forecaster.load(one.save(tmp_path / "model.safetensors"))
    assert again.predict().equals(one.predict())
    assert again.sample(3, seed=1).equals(one.sample(3, seed=1))
    assert again.summary() == one.summary()
    assert again.save(tmp_path / "again.safetensors").read_bytes() == (tmp_path / "model.safetensors").read_bytes()


def test_means_of_candidates_are_compared_if_asked_for():
    forecaster = Forecaster(7, season=7, average=True, channels="shared").fit(weekly(), **COLUMNS)
    means = [each.candidate for each in forecaster.choices if each.candidate.of]
    assert sorted(len(each.of) for each in means) == [2, 3]
    assert "mean of (linear" in forecaster.summary()
    none = Forecaster(7, season=7, channels="shared").fit(weekly(), **COLUMNS)
    assert not any(each.candidate.of for each in none.choices)


@pytest.mark.parametrize("scales", [("as they are", "log"), ("log", "log")])
def test_a_mean_forecasts_the_mean_and_is_saved(scales, tmp_path):
    forecaster = Forecaster(7, season=7, model="seasonal naive").fit(weekly(), **COLUMNS)
    panel = forecaster.known()[1]
    selection = Selection.of(panel, forecaster.wanted)
    kept = selection.long
    members = [
        selection.fitted(Candidate(*each), kept)
        for each in (("linear", scales[0], "apart"), ("seasonal naive", scales[1]))
    ]
    forecaster.fitted = mean = selection.calibrated(selection.mean_of(members), kept)
    found = forecaster.predict()
    for k, name in enumerate(("s0", "s1")):
        parts = [each.ahead(panel, k, np.array([200])).forecast[0] for each in members]
        of, back = SCALES["log" if scales[0] == scales[1] else "as they are"]
        expected = back(np.mean([of(each) for each in parts], axis=0))
        np.testing.assert_allclose(found.filter(pl.col("shop") == name)["forecast"], expected)
    assert (found["low_80"] < found["forecast"]).all()
    again = Forecaster.load(forecaster.save(tmp_path / "model.safetensors"))
    assert again.predict().equals(found)
    assert again.known()[2].candidate == mean.candidate
    if len({*scales}) == 1:
        one = forecaster.explain("s0", 3)
        assert one.forecast == pytest.approx(found["forecast"][2])
        assert one.parts["contribution"].sum() == one.total
        assert {part.split(", in ")[1] for part in one.parts["part"]} == {"model 1", "model 2"}
    else:
        with pytest.raises(InvalidInput, match="no sum that can be explained, as they are on different scales"):
            forecaster.explain("s0")


def test_powers_are_compared_as_box_and_cox_have_them():
    forecaster = Forecaster(7, season=7, model="linear", scale="box-cox", channels="shared").fit(weekly(), **COLUMNS)
    assert sorted(each.candidate.scale for each in forecaster.choices) == [
        f"box-cox {power}" for power in (0.25, 0.5, 0.75)
    ]
    assert "linear, of values to the power 0." in forecaster.summary()
    values = np.array([0.0, 0.5, 3.0, 1000.0])
    for scale in SCALES.values():
        np.testing.assert_allclose(scale.back(scale.of(values)), values, rtol=1e-12, atol=1e-12)
    assert "to the power" in str(forecaster.explain("s0"))


def test_powers_of_values_below_0_are_refused_with_the_first_of_them():
    table = weekly().with_columns(sales=pl.when(pl.col("day") == 30).then(-2.0).otherwise("sales"))
    for scale in ("log", "box-cox"):
        message = f"scale='{scale}' needs values of at least 0; 's0' at 30 has -2. Say scale='as they are'"
        with pytest.raises(InvalidInput, match=message):
            Forecaster(7, scale=scale).fit(table, **COLUMNS)


def test_paths_are_those_of_earlier_errors():
    forecaster = Forecaster(7, season=7, model="linear").fit(weekly(400), **COLUMNS)
    found = forecaster.sample(400, seed=0)
    assert found.columns == ["shop", "day", "path", "value"]
    assert found.height == 2 * 400 * 7
    assert found.equals(forecaster.sample(400, seed=0))
    assert not found.equals(forecaster.sample(400, seed=1))
    spread = found.group_by("shop", "day", maintain_order=True).agg(
        low=pl.col("value").quantile(0.1), high=pl.col("value").quantile(0.9)
    )
    intervals = forecaster.predict()
    widths = (intervals["high_80"] - intervals["low_80"]).to_numpy()
    assert (np.abs((spread["high"] - spread["low"]).to_numpy() / widths - 1) < 0.5).all()


def test_errors_of_neighbouring_steps_stay_together_in_a_path():
    walk = np.cumsum(np.random.default_rng(0).normal(size=400))
    forecaster = Forecaster(5, season=1, model="seasonal naive").fit(
        {"day": np.arange(400), "y": walk}, time="day", target="y"
    )
    paths = forecaster.sample(300, seed=0)["value"].to_numpy().reshape(300, 5)
    assert np.corrcoef(paths[:, 3], paths[:, 4])[0, 1] > 0.6


def test_intervals_hold_what_they_say_on_many_series():
    series = [weekly(260, 1, noise=3.0, seed=k).with_columns(shop=pl.lit(k)) for k in range(30)]
    past, came = (
        pl.concat([each.filter(keep) for each in series]) for keep in (pl.col("day") < 246, pl.col("day") >= 246)
    )
    found = Forecaster(14, season=7, model="linear", scale="as they are").fit(past, **COLUMNS).predict()
    for share in (80, 95):
        inside = came["sales"].is_between(found[f"low_{share}"], found[f"high_{share}"]).mean()
        assert abs(100 * inside - share) < 5


def test_the_models_of_the_intervals_have_the_settings_of_the_final_one_and_know_more_step_by_step(monkeypatch):
    asked: list[Any] = []
    fitted = Selection.fitted

    def noted(self, *args):
        asked.append(args)
        return fitted(self, *args)

    monkeypatch.setattr(Selection, "fitted", noted)
    found: Any = Forecaster(7, season=7, model="linear", scale="log", channels="shared").fit(weekly(), **COLUMNS).fitted
    earlier = [(ends, like) for _, _, ends, like in (args for args in asked if len(args) == 4)]
    assert [int(ends[0]) for ends, _ in earlier] == sorted({int(ends[0]) for ends, _ in earlier})
    assert int(earlier[0][0][0]) == 160
    assert all(like.model.fitted() == found.model.fitted() for _, like in earlier)


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: Forecaster(7, model=[]), "one or several of seasonal naive, linear, mlp, tide, counts, got none"),
        (lambda: Forecaster(7).sample(), "Forecaster has not learned yet"),
        (lambda: short().sample(0), "n must be a whole number"),
        (lambda: short().sample(), "no errors to draw paths from: the past is too short to compare a forecast of 7"),
    ],
)  # fmt: skip
def test_wrong_calls_meet_one_sentence(call, message):
    with pytest.raises(InvalidInput, match=message):
        call()


def short():
    return Forecaster(7).fit(weekly(5), **COLUMNS)


def test_a_model_that_there_is_not_meets_the_nearest():
    with pytest.raises(UnknownName, match="Did you mean 'tide'"):
        Forecaster(7, model=["linear", "tied"])


def test_wanted_is_kept_in_a_file(tmp_path):
    forecaster = Forecaster(7, season=7, model=["linear", "seasonal naive"], average=True).fit(weekly(60), **COLUMNS)
    again = Forecaster.load(forecaster.save(tmp_path / "model.safetensors"))
    assert again.wanted == forecaster.wanted


def test_intervals_follow_what_has_come():
    rng, t = np.random.default_rng(0), np.arange(600)
    noise = rng.normal(0, np.where(t < 400, 1.0, 4.0))
    rows = {"day": t, "y": 50 + 10 * np.sin(2 * np.pi * t / 7) + noise}
    past, later = ({name: column[part] for name, column in rows.items()} for part in (slice(400), slice(400, 600)))
    forecaster = Forecaster(7, season=7, model="linear", scale="as they are").fit(past, time="day", target="y")
    before = forecaster.known()[2]
    model = before.model
    width = (forecaster.predict()["high_80"] - forecaster.predict()["low_80"]).mean()
    forecaster.update(later)
    assert forecaster.known()[2].model is model
    assert len(forecaster.known()[2].errors) == len(before.errors)
    found = forecaster.predict()
    assert 2.5 < (found["high_80"] - found["low_80"]).mean() / width < 6
    forecaster.update({"day": [600], "y": [50.0]})
    assert len(forecaster.known()[2].errors) == len(before.errors)


def test_the_unit_of_intervals_is_that_of_the_latest_seasons_above_all():
    rng, t = np.random.default_rng(0), np.arange(400)
    values = 50 + 10 * np.sin(2 * np.pi * t / 7) + rng.normal(0, np.where((t // 100) % 2 == 0, 1.0, 5.0))
    forecaster = Forecaster(7, season=7, model="seasonal naive").fit({"day": t, "y": values}, time="day", target="y")
    _, panel, fitted = forecaster.known()
    quiet, wild = fitted.units_at(panel, 0, np.array([300, 400]))[:, 0]
    assert wild > 1.5 * quiet or quiet > 1.5 * wild
