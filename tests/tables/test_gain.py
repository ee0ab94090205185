"""How much better one model is than another on the same rows, and the words for it."""

from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest

import glassnet as gn
from glassnet.tables.judging.bootstrap import Interval
from glassnet.tables.judging.gain import Gain

rng = np.random.default_rng(0)
x = rng.normal(size=200)
TABLE = pl.DataFrame({"x": x, "y": x + 0.1 * rng.normal(size=200)})


def model(epochs):
    training = gn.TableTraining(TABLE, "y", recipe=gn.Recipe(hidden=(8,), epochs=epochs, batch_size=16, engine="numpy"))
    assert list(training.epochs())
    return training


def test_a_model_that_has_learned_more_is_better_beyond_chance_and_not_better_than_itself():
    long, short = model(30), model(1)
    gain = Gain.of(long.model, short.model, long.held_out, "rmse", 0)
    assert gain.score < gain.other and gain.better.low > 0 and gain.n_rows == 40
    assert "better by" in gain.sentence() and "chance" not in gain.sentence()
    back = Gain.of(short.model, long.model, long.held_out, "rmse", 0)
    assert "worse by" in back.sentence() and back.better.high < 0
    same = Gain.of(long.model, replace(long.model), long.held_out, "rmse", 0)
    assert (same.better.low, same.better.high, same.better_by()) == (0, 0, 0)


def test_a_gain_on_few_groups_is_less_certain_than_on_as_many_rows():
    long, short = model(30), model(1)
    alone, together = (
        Gain.of(long.model, short.model, long.held_out, "rmse", 0, groups).better
        for groups in (None, np.arange(40) // 20)
    )
    assert together != alone
    assert np.isnan(Gain.of(long.model, short.model, long.held_out, "rmse", 0, np.zeros(40, int)).better.low)


def test_a_gain_that_may_be_chance_says_so():
    gain = Gain("accuracy", 0.8, 0.75, 100, Interval(-0.02, 0.12))
    assert gain.sentence().endswith("better by 0.05 (95 % interval -0.02 to 0.12), which may be chance.")


def test_models_of_distributions_are_compared_by_their_crps():
    recipes = [gn.Recipe(hidden=(8,), epochs=epochs, batch_size=16, engine="numpy") for epochs in (20, 1)]
    long, short = (gn.TableTraining(TABLE, "y", recipe=recipe, distribution="gaussian") for recipe in recipes)
    for training in (long, short):
        assert list(training.epochs())
    gain = Gain.of(long.model, short.model, long.held_out, "crps", 0)
    assert (gain.score, gain.other) == pytest.approx((long.result()["crps"], short.result()["crps"]))
    assert gain.better.low > 0 and "its CRPS is" in gain.sentence() and "better by" in gain.sentence()
    assert Gain.of(long.model, short.model, long.held_out, "log_score", 0).score == pytest.approx(
        long.result()["log_score"]
    )


def of_distributions(kind, metric=None):
    recipe = gn.Recipe(hidden=(8,), epochs=3, batch_size=16, engine="numpy", metric=metric)
    training = gn.TableTraining(TABLE, "y", recipe=recipe, distribution=kind, n_ensemble=1)
    assert list(training.epochs())
    return training


@pytest.mark.parametrize("kind", ["gaussian", "mixture", "quantiles", "histogram"])
def test_a_gain_speaks_of_the_score_that_was_asked_for(kind):
    asked, usual = of_distributions(kind, "log_score"), of_distributions(kind)
    gain = asked.gain_over(usual)
    assert gain.metric == "log_score" and gain.score == pytest.approx(asked.result()["log_score"])
    assert usual.gain_over(asked).metric == "crps" and "its CRPS is" in usual.gain_over(asked).sentence()


@pytest.mark.parametrize("metric", [None, "log_score"])
@pytest.mark.parametrize("kind", ["gaussian", "mixture", "quantiles", "histogram"])
def test_a_distribution_and_a_number_alone_are_compared_by_the_number(kind, metric):
    said, alone = of_distributions(kind, metric), model(3)
    there, back = said.gain_over(alone), alone.gain_over(said)
    assert (there.metric, there.score, there.other) == ("rmse", back.other, back.score)
    assert there.score == pytest.approx(said.result()["rmse"])


def test_a_gain_over_what_is_no_training_or_predicts_something_else_is_refused():
    table = TABLE.with_columns(y=pl.col("x") > 0).cast({"y": pl.Int8})
    recipe = gn.Recipe(hidden=(4,), epochs=1, engine="numpy")
    classes, numbers = (gn.TableTraining(table, "y", task, recipe) for task in ("classification", "regression"))
    for training in (classes, numbers):
        assert list(training.epochs())
    with pytest.raises(gn.InvalidInput, match=r"this training predicts classes, the other numbers\."):
        classes.gain_over(numbers)
    wrong: Any
    for wrong in (None, classes.model, "rmse"):
        with pytest.raises(gn.InvalidInput, match="a gain is over another training, such as a TableTraining, got"):
            classes.gain_over(wrong)


def test_no_gain_is_told_without_a_sign():
    assert "better by 0 (95 % interval 0 to 0)" in Gain("rmse", 1.0, 1.0, 9, Interval(-0.0, -0.0)).sentence()


def test_a_training_says_what_it_gains_over_another_on_the_same_rows():
    long, short = model(30), model(1)
    gain = long.gain_over(short)
    assert gain == Gain.of(long.model, short.model, long.held_out, "rmse", 0)
    assert ", that of the small network " in gain.sentence("the small network")
    others = gn.TableTraining(TABLE, "y", recipe=gn.Recipe(hidden=(8,), epochs=1, engine="numpy", seed=7))
    assert list(others.epochs())
    with pytest.raises(gn.InvalidInput, match="have held out other rows: give both the same table"):
        long.gain_over(others)
