"""Counts are forecast by rates above 0, which the likelihood of what was counted has taught."""

from typing import Any

import numpy as np
import pytest

import glassnet as gn
from glassnet.errors import InvalidInput
from glassnet.forecasting import CountForecaster, Forecaster, LinearForecaster, TiDEForecaster

SMALL: dict[str, Any] = {"penalty": 0.1, "units": 8, "epochs": 3, "seed": 0}


def counts(n=600, seed=0, least=0.2):
    steps = np.arange(n)
    return np.random.default_rng(seed).poisson(least + 2 * np.sin(2 * np.pi * steps / 14) ** 4).astype(float)


@pytest.mark.parametrize("loss", ["poisson", "negative_binomial", gn.NegativeBinomial(0.3)])
def test_rates_begin_as_the_linear_map_and_stay_above_0(loss):
    values = counts()
    model = CountForecaster(7, 28, **SMALL, learning_rate=1e-12, loss=loss).fit(values[:400], validation=values[400:])
    linear = LinearForecaster(7, 28, penalty=0.1).fit(values[:400] / values[:400].std())
    windows = counts(28, seed=3)[None, :, None]
    mapped = linear.predict(windows / values[:400].std()) * values[:400].std()
    np.testing.assert_allclose(model.predict(windows), np.maximum(mapped, 0.1 * windows.mean() + 0.01), rtol=1e-3)
    assert (model.predict(0 * windows) > 0).all()


def test_what_is_learned_is_at_least_as_likely():
    values = counts(1500)
    model = CountForecaster(7, 28, **SMALL | {"epochs": 8}, learning_rate=1e-3).fit(
        values[:1000], validation=values[1000:]
    )
    assert model.errors is not None
    assert model.errors[1] <= model.errors[0]
    assert model.loss == gn.Poisson()


def test_a_table_of_counts_is_forecast_and_saved(tmp_path, monkeypatch):
    whole = CountForecaster.__init__
    monkeypatch.setattr(
        CountForecaster, "__init__", lambda self, *args, **kw: whole(self, *args, **{"units": 8, "epochs": 2} | kw)
    )
    table = {"day": np.arange(300), "sold": counts(300)}
    forecaster = Forecaster(7, season=7, model=["seasonal naive", "counts"]).fit(table, time="day", target="sold")
    assert {str(each.candidate) for each in forecaster.choices} == {"seasonal naive", "counts"}
    only = Forecaster(7, season=7, model="counts").fit(table, time="day", target="sold")
    assert only.predict()["forecast"].min() > 0
    assert Forecaster.load(only.save(tmp_path / "model.safetensors")).predict().equals(only.predict())


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: CountForecaster(7, loss="huber"), "one of counts, 'poisson' or 'negative_binomial', got 'huber'"),
        (lambda: CountForecaster(7, 28).fit(counts() - 1), "counts are at least 0; series 0 of values has -1 at step"),
        (
            lambda: Forecaster(7, model="counts").fit({"d": np.arange(99), "y": counts(99) - 1}, time="d", target="y"),
            "model='counts' needs values of at least 0; 0 has -1",
        ),
        (
            lambda: Forecaster(7, model="counts").fit(
                {"d": np.arange(99), "y": counts(99), "p": np.arange(99.0)}, time="d", target="y", future=["p"]
            ),
            "model='counts' sees no columns beside the target",
        ),
        (
            lambda: gn.export(TiDEForecaster(7, 28, **SMALL, quantiles=(0.1, 0.9)).fit(counts()), "f.py"),
            "forecasters of quantiles cannot be exported",
        ),
    ],
)  # fmt: skip
def test_what_is_no_count_meets_one_sentence(call, message):
    with pytest.raises(InvalidInput, match=message):
        call()
