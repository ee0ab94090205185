"""`TabularRegressor(distribution=…)`: what it predicts, saves, and refuses."""

from typing import Any

import numpy as np
import pytest
from sklearn.base import clone

import glassnet as gn
from glassnet.sklearn import TabularRegressor

rng = np.random.default_rng(0)
X = rng.uniform(-1, 1, (400, 1))
Y = 100 + 20 * X[:, 0] + (2 + 4 * (X[:, 0] > 0)) * rng.normal(size=400)


def some(**more: Any) -> TabularRegressor:
    recipe = gn.Recipe(hidden=(16,), epochs=15, batch_size=32, dropout=0.0)
    return TabularRegressor(**dict[str, Any](recipe=recipe, engine="numpy", random_state=0) | more)


@pytest.mark.parametrize("kind", ["gaussian", "mixture", "quantiles", "histogram"])
def test_the_distribution_of_each_number_is_learned_and_saved(kind: str, tmp_path: Any) -> None:
    model = some(distribution=kind, n_ensemble=2, interval=0.8).fit(X, Y)
    said = model.predict_distribution(X[:5])
    np.testing.assert_allclose(model.predict(X[:5]), np.clip(said.mean, Y.min(), Y.max()), rtol=1e-5)
    assert said.std.mean() < Y.std()
    assert model.predict_interval(X[:5]).shape == (5, 2)
    again = TabularRegressor.load(model.save(tmp_path / "m.safetensors"))
    assert again.distribution == kind
    np.testing.assert_allclose(again.predict_distribution(X[:5]).quantile(0.9), said.quantile(0.9), rtol=1e-5)
    assert clone(model).distribution == kind


def test_what_has_no_distribution_is_refused() -> None:
    with pytest.raises(gn.InvalidInput, match="works for one column, but y has 2"):
        some(distribution="gaussian").fit(X, np.column_stack([Y, Y]))
    with pytest.raises(gn.InvalidInput, match="metric='mae' chooses the loss and the epoch"):
        some(distribution="gaussian", metric="mae").fit(X, Y)
    with pytest.raises(gn.UnknownName, match="unknown distribution 'norm'"):
        some(distribution="norm").fit(X, Y)
    with pytest.raises(gn.InvalidInput, match="fitted for the number alone: set distribution="):
        some(recipe=gn.Recipe(hidden=(4,), epochs=1)).fit(X, Y).predict_distribution(X)


def test_a_score_chooses_the_epoch() -> None:
    model = some(distribution="gaussian", metric="log_score", n_ensemble=2).fit(X, Y)
    assert "val_log_score" in model.members_[0].history.names() and model.members_[0].network.metrics == ()
    assert model.validation_score_ < Y.std() and model.feature_importances_.shape == (1,)
    with pytest.raises(gn.InvalidInput, match="metric='crps' scores distributions"):
        some(metric="crps").fit(X, Y)


def test_the_spread_of_networks_that_share_validation_rows_is_that_of_their_mixture() -> None:
    draw = np.random.default_rng(0)
    inputs = draw.normal(size=(300, 5))
    y = 2 * inputs[:, 0] + draw.normal(size=300) * (1 + (inputs[:, 1] > 0))
    splits = [(draw.choice(200, 60, replace=False), np.arange(200, 300)) for _ in range(3)]
    model = some(distribution="gaussian", cv=splits).fit(inputs, y)
    each = [part.member.network.predict(part.X).astype(float) for part in model._held_out]
    head: Any = model.head_
    shared, apart = (
        head.settled(said, truth).spread
        for said, truth in (
            (each, model._held_out[0].y),
            ([np.concatenate(each)], np.concatenate([part.y for part in model._held_out])),
        )
    )
    assert head.spread == shared != apart
