"""A backtest forecasts the past by what was known then, and scores it beside the seasonal naive forecast."""

import datetime as dt

import numpy as np
import pytest

from glassnet.errors import InvalidInput
from glassnet.forecasting import Forecaster
from glassnet.forecasting.intervals import Intervals

DAYS = [dt.date(2022, 1, 1) + dt.timedelta(k) for k in range(300)]


def values(seed=0):
    t = np.arange(300)
    return 100 + 20 * np.sin(2 * np.pi * t / 7) + np.random.default_rng(seed).normal(0, 3, 300)


@pytest.fixture(scope="module")
def forecaster():
    return Forecaster(7).fit({"date": DAYS, "y": values()}, time="date", target="y")


def test_a_fold_is_what_a_forecaster_of_that_day_would_say(forecaster):
    rows = forecaster.backtest(folds=3, stride=10).rows
    before = Forecaster(7).fit({"date": DAYS[:273], "y": values()[:273]}, time="date", target="y")
    first = rows.filter(rows["fold"] == 1)
    np.testing.assert_allclose(first["forecast"], before.predict()["forecast"])
    np.testing.assert_allclose(first["high_95"], before.predict()["high_95"])
    assert first["time"].to_list() == DAYS[273:280]
    np.testing.assert_allclose(first["truth"], values()[273:280])
    np.testing.assert_allclose(first["naive"], values()[266:273])
    last = rows.filter(rows["fold"] == 3)
    assert last["time"].to_list() == DAYS[293:]


def test_scores_are_what_they_say(forecaster):
    found = forecaster.backtest(folds=3)
    rows, (scores,) = found.rows, found.scores().to_dicts()
    gap = np.abs(rows["truth"] - rows["forecast"])
    unit = np.abs(values()[7:279] - values()[:272]).mean()
    assert scores["mae"] == pytest.approx(gap.mean())
    assert scores["error"] == pytest.approx(gap.mean() / unit)
    assert scores["error"] < scores["naive"]
    assert found.scores("fold")["fold"].to_list() == [1, 2, 3]
    assert found.scores("step")["step"].to_list() == [*range(1, 8)]
    assert "3 folds: error" in repr(found)


def test_a_model_can_learn_anew_before_each_fold(forecaster):
    rows = forecaster.backtest(folds=2, stride=20, refit=True).rows
    before = Forecaster(7).fit({"date": DAYS[:293], "y": values()[:293]}, time="date", target="y")
    np.testing.assert_allclose(rows.filter(rows["fold"] == 2)["forecast"], before.predict()["forecast"])


def test_a_backtest_needs_a_past(forecaster):
    with pytest.raises(InvalidInput, match=r"40 folds 7 steps apart need a series of at least 281 steps, .* has 280"):
        Forecaster(7, model="seasonal naive").fit(
            {"date": DAYS[:280], "y": values()[:280]}, time="date", target="y"
        ).backtest(folds=40)


def test_intervals_hold_the_share_of_residuals_that_they_promise():
    rng = np.random.default_rng(0)
    residuals = np.abs(rng.normal(size=(99, 3)))
    found = Intervals.of(residuals, (0.8,))
    np.testing.assert_allclose(found.widths[0], np.sort(residuals, axis=0)[79])  # the 80th of 99: (99 + 1) · 0.8
    new = np.abs(rng.normal(size=(20000, 3)))
    assert found.inside(new)[0] == pytest.approx(0.8, abs=0.05)
    few = Intervals.of(residuals[:3], (0.8, 0.99))
    assert np.isnan(few.widths).tolist() == [[True, False, False], [True] * 3]  # later steps take earlier ones as well
