"""Several columns of numbers to predict: one network, each column in its own unit and range."""

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.datasets import load_linnerud
from sklearn.metrics import r2_score

import glassnet as gn
from glassnet.sklearn import TabularRegressor
from glassnet.tables.encoding.several_targets import NumberTargets
from glassnet.tables.encoding.target import NumberTarget

rng = np.random.default_rng(0)
X = rng.uniform(-1, 1, (900, 3))
Y = np.column_stack([X[:, 0] + 0.1 * rng.normal(size=900), 1e6 + 1e3 * (X[:, 1] + X[:, 0] ** 2), np.full(900, 7.0)])
TRAIN, TEST = slice(0, 600), slice(600, 900)


def some(**more: Any) -> Any:
    recipe = gn.Recipe(hidden=(64, 64), epochs=60)
    return TabularRegressor(**dict[str, Any](recipe=recipe, random_state=0) | more)


@pytest.mark.parametrize("metric", ["rmse", "mae"])
def test_each_column_is_predicted_in_its_own_unit_and_range(metric: str) -> None:
    model = some(metric=metric, n_ensemble=2).fit(X[TRAIN], Y[TRAIN])
    predicted = model.predict(X[TEST])
    assert (r2_score(Y[TEST][:, :2], predicted[:, :2], multioutput="raw_values") > 0.8).all()
    assert (predicted[:, 2] == 7).all()
    far = model.predict(1e6 * X[TEST])
    assert (far >= Y[TRAIN].min(axis=0)).all() and (far <= Y[TRAIN].max(axis=0)).all()


@pytest.mark.long
def test_the_score_and_the_importances_weigh_the_columns_alike_whatever_their_units() -> None:
    model, small = some().fit(X[TRAIN], Y[TRAIN]), some().fit(X[TRAIN], Y[TRAIN] / [1, 1e3, 1])
    assert 0 < model.validation_score_ < 0.5
    assert small.validation_score_ == pytest.approx(model.validation_score_, rel=1e-3)
    np.testing.assert_allclose(small.feature_importances_, model.feature_importances_, rtol=0.01, atol=1e-3)
    assert model.feature_importances_.argmin() == 2


def test_intervals_cover_each_column_as_often_as_they_say() -> None:
    model = some(validation_fraction=0.4).fit(X[TRAIN], Y[TRAIN])
    intervals = model.predict_interval(X[TEST], coverage=0.8)
    assert intervals.shape == (300, 3, 2)
    covered = ((intervals[..., 0] <= Y[TEST]) & (Y[TEST] <= intervals[..., 1])).mean(axis=0)
    assert (covered[:2] > 0.7).all() and (covered[:2] < 0.9).all() and covered[2] == 1
    widths = np.ptp(intervals[0], axis=1)
    assert 50 * widths[0] < widths[1] < 1e4 and widths[2] == 0


@pytest.mark.parametrize("kind", [pd.DataFrame, pl.DataFrame, np.ndarray.tolist])
def test_columns_may_come_as_a_frame(kind: Any) -> None:
    bodies = load_linnerud()
    expected = some(engine="numpy").fit(bodies.data, bodies.target).predict(bodies.data)
    np.testing.assert_array_equal(
        some(engine="numpy").fit(bodies.data, kind(bodies.target)).predict(bodies.data), expected
    )


def test_weights_count_for_all_columns() -> None:
    both, turned = np.concatenate([Y, -Y])[:, :2], np.concatenate([X, X])
    model = some().fit(turned, both, sample_weight=np.repeat([1.0, 0.0], 900))
    np.testing.assert_array_equal(model.predict(X[:5]), some().fit(X, Y[:, :2], np.ones(900)).predict(X[:5]))


def test_learned_ends_of_several_columns_are_refused_before_training() -> None:
    with pytest.raises(gn.InvalidInput, match=r"interval=0\.9 works for one column, but y has 3: leave it out"):
        some(interval=0.9).fit(X, Y)
    with pytest.raises(ValueError, match="Input y contains NaN"):
        some().fit(X, np.where(Y == 7, np.nan, Y))


def test_targets_are_changed_as_each_column_by_itself() -> None:
    targets = NumberTargets.learn(Y)
    for k, column in enumerate(Y.T[:2]):
        one = NumberTarget.learn(column)
        assert targets.columns[k] == one
        np.testing.assert_array_equal(targets.encode(Y)[:, k], one.encode(column))
    np.testing.assert_allclose(targets.decode(targets.encode(Y)), Y, rtol=1e-12)
