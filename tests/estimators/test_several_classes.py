"""Several columns of classes as y: lists, as scikit-learn's own multi-output classifiers give them."""

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.tree import DecisionTreeClassifier

import glassnet as gn
from glassnet.sklearn import TabularClassifier

rng = np.random.default_rng(0)
X = rng.uniform(-1, 1, (500, 2))
Y = np.column_stack([np.where(X[:, 0] > 0, "yes", "no"), np.digitize(X[:, 1], [-0.4, 0.4]).astype(str)])


def some(**more: Any) -> Any:
    recipe = gn.Recipe(hidden=(16,), epochs=25, batch_size=32, dropout=0.0)
    return TabularClassifier(**dict[str, Any](recipe=recipe, random_state=0, engine="numpy") | more)


@pytest.mark.parametrize("more", [{"n_ensemble": 2}, {"cv": 3}], ids=str)
def test_classes_probabilities_and_predictions_are_as_those_of_a_tree(more: dict[str, Any]) -> None:
    model, tree = some(**more).fit(X, Y), DecisionTreeClassifier().fit(X, Y)
    for mine, theirs in zip(model.classes_, tree.classes_, strict=True):
        np.testing.assert_array_equal(mine, theirs)
    p = model.predict_proba(X)
    assert isinstance(p, list) and [part.shape for part in p] == [part.shape for part in tree.predict_proba(X)]
    for part in p:
        np.testing.assert_allclose(part.sum(axis=1), 1, rtol=1e-9)
    predicted = model.predict(X)
    assert predicted.shape == Y.shape and ((predicted == Y).mean(axis=0) > 0.9).all()
    assert model.score(X, Y) == (predicted == Y).all(axis=1).mean()
    assert model.validation_score_ > 0.85 and model.feature_importances_.shape == (2,)
    assert [calibration.temperature > 0 for calibration in model.calibration_] == [True, True]


def test_columns_of_several_types_keep_them() -> None:
    frame = pd.DataFrame({"a": Y[:, 0], "b": Y[:, 1].astype(int), "c": X[:, 0] > 0.5})
    model = some(recipe=gn.Recipe(hidden=(4,), epochs=2)).fit(X, frame)
    assert [classes.dtype.kind for classes in model.classes_] == ["U", "i", "b"]
    assert [type(value) for value in model.predict(X[:1])[0]] == [str, int, bool]
    assert model.score(X, frame) >= 0
    numbers = some(recipe=gn.Recipe(hidden=(4,), epochs=2)).fit(X, pl.DataFrame({"b": frame["b"], "d": frame["b"] % 2}))
    assert numbers.predict(X[:3]).dtype.kind == "i"


def test_a_single_column_is_as_before() -> None:
    model = some(recipe=gn.Recipe(hidden=(4,), epochs=2)).fit(X, Y[:, 0])
    assert isinstance(model.classes_, np.ndarray) and model.predict_proba(X).shape == (500, 2)


def test_what_is_for_one_column_is_refused() -> None:
    for more in ({"threshold": 0.3}, {"class_weight": "balanced"}, {"metric": "f1"}):
        (name,) = more
        with pytest.raises(gn.InvalidInput, match=f"{name}=.* works for one column of y, but y has 2"):
            some(**more).fit(X, Y)
    with pytest.raises(gn.InvalidInput, match="partial_fit takes one column of y, but y has 2"):
        some().partial_fit(X, Y, classes=["no", "yes"])
    with pytest.raises(ValueError, match="needs two classes, got only one class"):
        some().fit(X, np.column_stack([Y[:, 0], np.full(500, "a")]))
    with pytest.raises(gn.InvalidInput, match="y is missing"):
        some().fit(X, np.column_stack([np.array([None, *Y[1:, 0]], object), Y[:, 1]]))
    model = some(recipe=gn.Recipe(hidden=(4,), epochs=1)).fit(X, Y)
    with pytest.raises(gn.InvalidInput, match="a model file holds one target, but y had 2 columns"):
        model.as_model()
    with pytest.raises(gn.InvalidInput, match="a verdict is on one column of y"):
        model.verdict(X, Y)
    with pytest.raises(gn.InvalidInput, match="goes on with one column of y"):
        model.partial_fit(X, Y)
