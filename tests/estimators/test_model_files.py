"""Tabular estimators saved as models of tables, which the command reads, and read back."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import glassnet as gn
from glassnet.sklearn import TabularClassifier, TabularRegressor
from glassnet.tables.reading.read import read_file

pytestmark = pytest.mark.filterwarnings("ignore:.*leaves out columns:UserWarning")
SMALL = gn.Recipe(hidden=(8,), epochs=3, frequencies=2)
RNG = np.random.default_rng(0)
N = 80
FRAME = pd.DataFrame(
    {
        "age": RNG.normal(40, 9, N),
        "city": RNG.choice(["Oslo", "Rome", "Bern"], N),
        "same": 1.0,
        "seen": pd.date_range("2024-01-01", periods=N),
        "y": RNG.choice(["a", "b"], N),
    }
)
CLASSES: dict[str, Any] = {
    "texts": RNG.choice(["no", "yes", "perhaps"], N),
    "whole numbers": RNG.integers(3, 6, N),
    "floats": RNG.choice([1.0, 2.0, 4.0], N),
    "booleans": RNG.random(N) < 0.4,
    "named": pd.Series(RNG.choice(["no", "yes"], N), name="answer"),
}


def some(kind: Any, **more: Any) -> Any:
    return kind(**{"recipe": SMALL, "random_state": 0} | more)


@pytest.mark.parametrize(("labels", "n_ensemble"), [*((labels, 1) for labels in CLASSES), ("texts", 2)])
def test_a_saved_classifier_predicts_the_same_in_three_ways(labels: str, n_ensemble: int, tmp_path: Path) -> None:
    y = CLASSES[labels]
    calibrate = labels != "floats"
    fitted = some(TabularClassifier, n_ensemble=n_ensemble, calibrate=calibrate).fit(FRAME, y)
    assert (fitted.calibration_ is not None) == calibrate
    path = fitted.save(tmp_path / "model.safetensors")
    model, again = gn.TableModel.load(path), TabularClassifier.load(path)
    np.testing.assert_array_equal(model.outputs(FRAME), fitted.predict_proba(FRAME))
    np.testing.assert_array_equal(again.predict_proba(FRAME), fitted.predict_proba(FRAME))
    assert gn.load(path) == model
    assert model.predict(FRAME).tolist() == again.predict(FRAME).tolist() == fitted.predict(FRAME).tolist()
    assert again.classes_.tolist() == fitted.classes_.tolist() and again.score(FRAME, y) == fitted.score(FRAME, y)
    assert again.get_params() == fitted.get_params() and again.validation_score_ == fitted.validation_score_
    assert again.calibration_ == fitted.calibration_ and again.n_iter_ == fitted.n_iter_
    assert list(again.feature_names_in_) == list(FRAME.columns)
    assert model.target_name == ("answer" if labels == "named" else "y_")


@pytest.mark.parametrize("settings", [{}, {"interval": 0.8}, {"n_ensemble": 2}, {"interval": 0.7, "n_ensemble": 2}])
def test_a_saved_regressor_predicts_numbers_and_intervals_in_three_ways(settings: Any, tmp_path: Path) -> None:
    y, weights = FRAME["age"] * 3 + RNG.normal(size=N), RNG.uniform(0.5, 2.0, N)
    fitted = some(TabularRegressor, **settings).fit(FRAME, y, sample_weight=weights)
    path = fitted.save(tmp_path / "model.safetensors")
    model, again = gn.TableModel.load(path), TabularRegressor.load(path)
    for other in (model, again):
        np.testing.assert_array_equal(other.predict(FRAME), fitted.predict(FRAME))
        np.testing.assert_array_equal(other.predict_interval(FRAME), fitted.predict_interval(FRAME))
    assert again.interval == fitted.interval and model.target_name == "age_"
    if not settings:
        found = model.predict_interval(FRAME, 0.6)
        np.testing.assert_array_equal(found, fitted.predict_interval(FRAME, coverage=0.6))
    again.save(tmp_path / "again.safetensors")
    assert (tmp_path / "again.safetensors").read_bytes() == path.read_bytes()


def test_what_was_said_of_the_columns_is_kept(tmp_path: Path) -> None:
    fitted = some(TabularClassifier, columns={"drop": ["city"]}).fit(FRAME, CLASSES["texts"])
    again = TabularClassifier.load(fitted.save(tmp_path / "model.safetensors"))
    assert again.columns == gn.ColumnOptions(drop=("city",)) and "city" not in again.encoder_.columns
    np.testing.assert_array_equal(again.predict_proba(FRAME), fitted.predict_proba(FRAME))


def test_arrays_have_columns_by_number(tmp_path: Path) -> None:
    X = RNG.normal(size=(N, 3))
    fitted = some(TabularClassifier).fit(X, X[:, 0] > 0)
    again = TabularClassifier.load(fitted.save(tmp_path / "model.safetensors"))
    np.testing.assert_array_equal(again.predict_proba(X), fitted.predict_proba(X))
    assert again.n_features_in_ == 3 and not hasattr(again, "feature_names_in_")
    frame = pd.DataFrame(X, columns=["x0", "x1", "x2"])
    np.testing.assert_array_equal(fitted.as_model().outputs(frame), fitted.predict_proba(X))


def test_the_command_reads_a_file_that_an_estimator_wrote(tmp_path: Path) -> None:
    iris = gn.datasets.iris().to_polars()
    fitted = some(TabularClassifier).fit(iris.drop("species"), iris["species"].to_numpy())
    fitted.save(tmp_path / "model.safetensors")
    iris.write_csv(tmp_path / "iris.csv")
    model = gn.TableModel.load(tmp_path / "model.safetensors")
    rows = read_file(tmp_path / "iris.csv").frame
    np.testing.assert_array_equal(model.outputs(rows), fitted.predict_proba(iris.drop("species")))


def test_an_estimator_reads_a_file_that_the_command_wrote(tmp_path: Path) -> None:
    iris = gn.datasets.iris().to_polars()
    for kind, target in ((TabularClassifier, "species"), (TabularRegressor, "petal_width")):
        training = gn.TableTraining(iris, target, recipe=SMALL, n_ensemble=2)
        for _ in training.epochs():
            pass
        found: Any = kind.load(training.model.save(tmp_path / "model.safetensors"))
        rows = iris.select(found.feature_names_in_.tolist())
        np.testing.assert_array_equal(found.predict(rows), training.model.predict(iris))
        assert found.n_ensemble == 2 and np.isnan(found.validation_score_)
        found.save(tmp_path / "again.safetensors")


def test_what_a_file_lacks_is_said(tmp_path: Path) -> None:
    fitted = some(TabularClassifier, random_state=np.random.RandomState(0)).fit(FRAME, CLASSES["texts"])
    path = fitted.save(tmp_path / "model.safetensors")
    again = TabularClassifier.load(path)
    assert again.random_state is None
    with pytest.raises(AttributeError, match="needs validation rows, of which a model file"):
        again.feature_importances_
    assert "TabularClassifier" in again._repr_html_()
    with pytest.raises(gn.ModelFileError, match="holds a classification, which a TabularRegressor cannot predict"):
        TabularRegressor.load(path)
    several = some(TabularRegressor).fit(FRAME, np.column_stack([FRAME["age"], FRAME["age"]]))
    with pytest.raises(gn.InvalidInput, match="a model file holds one target, but y had 2 columns"):
        several.save(path)
