"""partial_fit of the estimators for tables: the first call fits, later ones go on as `TableUpdate` does."""

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import glassnet as gn
from glassnet.sklearn import TabularClassifier, TabularRegressor
from tests.tables.test_update import NEW, OLD

COLUMNS = ["x", "city", "zip", "day", "open"]
RECIPE = gn.Recipe(hidden=(8,), epochs=8, frequencies=2, batch_size=32)
X, X_NEW = OLD[COLUMNS], NEW[COLUMNS]


def some(kind: Any, **more: Any) -> Any:
    return kind(**{"recipe": RECIPE, "random_state": 0, "engine": "numpy"} | more)


def test_the_first_call_of_a_classifier_knows_all_classes_and_fits() -> None:
    labels = np.where(OLD["sold"] == "yes", 1, 0)
    model = some(TabularClassifier).partial_fit(X, labels, classes=[0, 1, 2])
    assert model.classes_.tolist() == [0, 1, 2] and model.predict_proba(X).shape == (120, 3)
    later = np.full(len(X_NEW), 2)
    assert model.partial_fit(X_NEW, later) is model
    assert model.classes_.tolist() == [0, 1, 2] and model.predict_proba(X_NEW)[:, 2].mean() > 0
    with pytest.raises(ValueError, match="classes must be passed on the first call to partial_fit"):
        some(TabularClassifier).partial_fit(X, labels)
    with pytest.raises(gn.InvalidInput, match=r"y has the class 1, which is none of \[0, 2\]"):
        some(TabularClassifier).partial_fit(X, labels, classes=[0, 2])
    with pytest.raises(ValueError, match="is not the same as on last call to partial_fit"):
        model.partial_fit(X, labels, classes=[0, 1])
    with pytest.raises(gn.InvalidInput, match="has classes that were not in training: '7'"):
        model.partial_fit(X_NEW, np.full(len(X_NEW), 7))


@pytest.mark.parametrize("kind", [TabularClassifier, TabularRegressor])
def test_it_goes_on_as_an_update_of_the_model_does(kind: Any) -> None:
    target = "sold" if kind is TabularClassifier else "amount"
    y, y_new = OLD[target].to_numpy(), NEW[target].to_numpy()
    model = some(kind).fit(X, y)
    made = model.as_model()
    model.partial_fit(X_NEW, y_new)
    rows = X_NEW.with_columns(pl.Series(made.target_name, y_new.tolist()))
    update = gn.TableUpdate(
        made, rows, test=None, epochs=2, batch_size=32, seed=(model._seed + 1) % 2**31, engine="numpy"
    )
    for _ in update.epochs():
        pass
    np.testing.assert_array_equal(model.as_model().outputs(X_NEW), update.model.outputs(X_NEW))
    assert model.n_iter_ == 2 and len(model.as_model().updates) == 1
    assert "Bonn" in next(e for e in model.encoder_.encoders if e.name == "city").levels
    assert np.isfinite(model.validation_score_) and model.feature_importances_.shape == (5,)
    again = pickle.loads(pickle.dumps(model)).partial_fit(X_NEW, y_new)
    assert len(again.as_model().updates) == 2 and len(model.fit(X, y).as_model().updates) == 0


def test_a_saved_estimator_goes_on_and_keeps_ensemble_and_intervals(tmp_path: Path) -> None:
    y, y_new = OLD["amount"].to_numpy(), NEW["amount"].to_numpy()
    model = some(TabularRegressor, n_ensemble=2, interval=0.8).fit(X, y)
    again = TabularRegressor.load(model.save(tmp_path / "model.safetensors"))
    again.engine = "numpy"
    for each in (model, again):
        each.partial_fit(X_NEW, y_new)
        assert len(each.members_) == len(each.quantile_members_) == 2
        assert each.predict_interval(X_NEW).shape == (80, 2)
    np.testing.assert_array_equal(model.predict(X_NEW), again.predict(X_NEW))


def test_arrays_single_rows_and_weights() -> None:
    A = np.random.default_rng(0).normal(size=(60, 3))
    y = A[:, 0] * 2
    model = some(TabularRegressor).partial_fit(A, y)
    model.partial_fit(A[:1], y[:1])
    assert np.isnan(model.validation_score_)
    with pytest.raises(AttributeError, match="a short partial_fit"):
        _ = model.feature_importances_
    one, other = pickle.loads(pickle.dumps(model)), pickle.loads(pickle.dumps(model))
    one.partial_fit(A, y, sample_weight=np.ones(60))
    other.partial_fit(A, y, sample_weight=np.linspace(0, 1, 60))
    assert not np.array_equal(one.predict(A), other.predict(A))


@pytest.mark.parametrize("kind", [TabularClassifier, TabularRegressor])
def test_whole_groups_choose_the_epoch(kind: Any) -> None:
    A, groups = np.random.default_rng(0).normal(size=(60, 3)), np.repeat(list("abcdefghijkl"), 5)
    y = (A[:, 0] > 0).astype(int) if kind is TabularClassifier else A[:, 0]
    first = {"classes": [0, 1]} if kind is TabularClassifier else {}
    model = some(kind).partial_fit(A, y, **first, groups=groups)
    assert whole(groups, model.members_[0].held_out)
    model.partial_fit(A, y, groups=groups)
    assert whole(groups, model.members_[0].held_out)
    with pytest.raises(gn.InvalidInput, match="expected a group for each row of X: X has 60 rows, groups has 5 values"):
        model.partial_fit(A, y, groups=groups[:5])


def whole(groups: Any, rows: Any) -> bool:
    """Whether some rows are all those of their groups, and not all there are."""
    return 0 < len(rows) < len(groups) and not {*groups[rows]} & {*np.delete(groups, rows)}


def test_what_cannot_be_is_refused() -> None:
    A = np.random.default_rng(0).normal(size=(60, 3))
    several = some(TabularRegressor).fit(A, A[:, :2])
    with pytest.raises(gn.InvalidInput, match="partial_fit goes on with one column of y, but this was fitted to 2"):
        several.partial_fit(A, A[:, :2])
    model = some(TabularRegressor).fit(X, OLD["amount"].to_numpy())
    with pytest.raises(ValueError, match=r"feature names"):
        model.partial_fit(X_NEW.drop("city"), NEW["amount"].to_numpy())
    with pytest.raises(gn.InvalidInput, match="X has 80 rows, y has 3 values"):
        model.partial_fit(X_NEW, NEW["amount"].to_numpy()[:3])
    with pytest.raises(gn.InvalidInput, match="column 'x' holds 'much' in row 1"):
        model.partial_fit(X_NEW.with_columns(x=pl.lit("much")), NEW["amount"].to_numpy())
