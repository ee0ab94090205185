"""What scikit-learn does with estimators: pipelines, searches, calibration, routing, callbacks, display."""

import pickle

import joblib
import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.inspection import permutation_importance
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss
from sklearn.model_selection import GridSearchCV, HalvingGridSearchCV, cross_val_score, train_test_split
from sklearn.multioutput import MultiOutputRegressor
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

import glassnet as gn
from glassnet.sklearn import MLPClassifier, MLPRegressor

IRIS, CANCER, DIABETES = load_iris(as_frame=True), load_breast_cancer(as_frame=True), load_diabetes(as_frame=True)
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def classifier(**given):
    return MLPClassifier(**{"hidden_layer_sizes": (16,), "learning_rate_init": 0.02, "max_iter": 40, "random_state": 0,
                            **given})  # fmt: skip


def pipeline(**given):
    return Pipeline([("scale", StandardScaler()), ("mlp", classifier(**given))])


def test_a_pipeline_and_cross_validation():
    assert cross_val_score(pipeline(), CANCER.data, CANCER.target, cv=4).mean() > 0.96


def test_the_hidden_layer_is_a_step_of_a_pipeline():
    steps = make_pipeline(StandardScaler(), classifier(hidden_layer_sizes=(16, 4)), LogisticRegression())
    assert steps.fit(IRIS.data, IRIS.target).score(IRIS.data, IRIS.target) > 0.95


@pytest.mark.long
def test_a_grid_search_over_layers_activations_and_schedules():
    grid = {
        "mlp__hidden_layer_sizes": [(4,), (8, 4)],
        "mlp__activation": ["relu", "selu"],
        "mlp__learning_rate_init": [0.02, gn.Cosine(0.05)],
    }
    search = GridSearchCV(pipeline(max_iter=15), grid, cv=3, n_jobs=1).fit(IRIS.data, IRIS.target)
    assert search.best_score_ > 0.85 and len(search.cv_results_["params"]) == 8


def test_a_halving_search_over_iterations():
    grid = {"alpha": [1e-4, 1.0], "dropout": [0.0, 0.3]}
    search = HalvingGridSearchCV(
        classifier(), grid, resource="max_iter", min_resources=5, max_resources=20, cv=3, random_state=0
    )
    X = StandardScaler().fit_transform(IRIS.data)
    assert search.fit(X, IRIS.target).score(X, IRIS.target) > 0.8


def test_calibration():
    X, X_test, y, y_test = train_test_split(CANCER.data, CANCER.target, random_state=0)
    calibrated = CalibratedClassifierCV(pipeline(), cv=3).fit(X, y)
    assert brier_score_loss(y_test, calibrated.predict_proba(X_test)[:, 1]) < 0.04


def test_permutation_importance_finds_the_feature_that_matters():
    rng = np.random.default_rng(0)
    X = np.c_[IRIS.data["petal length (cm)"], rng.normal(size=(150, 2))]
    mlp = pipeline().fit(X, IRIS.target)
    importance = permutation_importance(mlp, X, IRIS.target, n_repeats=3, random_state=0).importances_mean
    assert importance[0] > 0.4 > 0.2 > importance[1:].max()


def test_several_regressors_side_by_side():
    mlp = MLPRegressor(hidden_layer_sizes=8, random_state=0, max_iter=5)
    with joblib.parallel_config("threading"):
        many = MultiOutputRegressor(mlp, n_jobs=2).fit(DIABETES.data, np.c_[DIABETES.target, DIABETES.target**2])
    assert many.predict(DIABETES.data).shape == (442, 2)


def test_set_output_gives_frames():
    mlp = classifier().set_output(transform="pandas").fit(IRIS.data, IRIS.target)
    frame = mlp.transform(IRIS.data)
    assert isinstance(frame, pd.DataFrame)
    assert list(frame.columns) == [f"mlpclassifier{k}" for k in range(16)] and frame.index.equals(IRIS.data.index)
    assert list(mlp.feature_names_in_) == list(IRIS.data.columns)


def test_metadata_reaches_the_fit():
    weights = np.where(IRIS.target == 2, 0.0, 1.0)
    with sklearn.config_context(enable_metadata_routing=True):
        mlp = classifier().set_fit_request(sample_weight=True, X_val=True, y_val=True)
        first = StandardScaler().set_fit_request(sample_weight=False)
        steps = Pipeline([("scale", first), ("mlp", mlp)], transform_input=["X_val"])
        steps.fit(IRIS.data, IRIS.target, sample_weight=weights, X_val=IRIS.data, y_val=IRIS.target)
    assert not (steps.predict(IRIS.data) == 2).any()
    assert steps[-1].validation_scores_[-1] == pytest.approx(steps.score(IRIS.data, IRIS.target))


@pytest.mark.parametrize("save", [lambda m, path: pickle.loads(pickle.dumps(m)), lambda m, path: stored(m, path)])
def test_what_was_saved_predicts_and_goes_on_as_what_was_not(save, tmp_path):
    mlp = classifier(normalization="batch").fit(IRIS.data, IRIS.target)
    again = save(mlp, tmp_path / "mlp.joblib")
    np.testing.assert_array_equal(again.predict_proba(IRIS.data), mlp.predict_proba(IRIS.data))
    for one in (mlp, again):
        one.partial_fit(IRIS.data, IRIS.target)
    np.testing.assert_array_equal(again.coefs_[0], mlp.coefs_[0])


def stored(mlp, path):
    joblib.dump(mlp, path)
    return joblib.load(path)


def test_a_clone_has_the_parameters_and_nothing_else():
    mlp = classifier(activation=["gelu"], dropout=[0.1], learning_rate_init=gn.Cosine(0.01)).fit(IRIS.data, IRIS.target)
    other = clone(mlp)
    assert other.get_params() == mlp.get_params() and not hasattr(other, "coefs_")
    np.testing.assert_array_equal(other.fit(IRIS.data, IRIS.target).coefs_[0], mlp.coefs_[0])


def test_the_display_names_what_differs_from_the_defaults():
    assert "MLPClassifier" in classifier()._repr_html_()
    shown = repr(MLPClassifier(dropout=0.2, alpha=0.1))
    assert shown == "MLPClassifier(alpha=0.1, dropout=0.2)"


CALLBACKS = pytest.mark.skipif(not hasattr(MLPClassifier, "set_callbacks"), reason="this scikit-learn has no callbacks")


class Recorder:
    """A callback that writes down what it is told, and asks for the end after some epochs."""

    def __init__(self, end=None):
        self.told, self.scores, self.end = [], [], end

    def setup(self, estimator, context):
        self.told.append("setup")

    def teardown(self, estimator, context):
        self.told.append("teardown")

    def on_fit_task_begin(self, estimator, context):
        self.told.append(f"begin {context.task_name}")

    def on_fit_task_end(self, estimator, context, *, X=None, y=None, fitted_estimator=None):
        self.told.append(f"end {context.task_name}")
        if context.task_name == "epoch" and fitted_estimator is not None:
            self.scores.append(fitted_estimator.score(X, y))
        return len(self.scores) == self.end


@CALLBACKS
@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_callbacks_hear_of_each_epoch_and_may_end_it(solver):
    recorder = Recorder(end=4)
    mlp = classifier(solver=solver).set_callbacks(recorder).fit(IRIS.data, IRIS.target)
    assert mlp.n_iter_ == 4
    epochs = ["begin epoch", "end epoch"] * 4
    assert recorder.told == ["setup", "begin fit", *epochs, "end fit", "teardown"]
    assert recorder.scores[-1] == mlp.score(IRIS.data, IRIS.target) != recorder.scores[0]


@CALLBACKS
def test_callbacks_hear_the_end_of_the_last_epoch_whatever_ends_the_fit():
    recorder = Recorder()
    mlp = classifier(tol=1.0, n_iter_no_change=2, max_iter=50).set_callbacks(recorder).fit(IRIS.data, IRIS.target)
    assert mlp.n_iter_ < 50
    assert recorder.told == ["setup", "begin fit", *["begin epoch", "end epoch"] * mlp.n_iter_, "end fit", "teardown"]
    recorder.told.clear()
    mlp.partial_fit(IRIS.data, IRIS.target)
    assert recorder.told == ["setup", "begin fit", "begin epoch", "end epoch", "end fit", "teardown"]


@CALLBACKS
def test_callbacks_change_nothing_and_are_taken_down_when_a_fit_fails():
    plain, heard = classifier(max_iter=7), classifier(max_iter=7).set_callbacks(Recorder())
    np.testing.assert_array_equal(
        plain.fit(IRIS.data, IRIS.target).coefs_[0], heard.fit(IRIS.data, IRIS.target).coefs_[0]
    )
    recorder = Recorder()
    with pytest.raises(ValueError, match="Solver produced non-finite"):
        MLPRegressor(solver="sgd", learning_rate_init=1e9).set_callbacks(recorder).fit(DIABETES.data, DIABETES.target)
    assert recorder.told[0] == "setup" and recorder.told[-1] == "teardown"


@CALLBACKS
def test_the_progress_bar_of_scikit_learn_works(capsys):
    pytest.importorskip("rich")
    from sklearn.callback import ProgressBar

    classifier(max_iter=5).set_callbacks(ProgressBar()).fit(IRIS.data, IRIS.target)
    assert "MLPClassifier" in capsys.readouterr().out
    search = GridSearchCV(classifier(max_iter=3), {"alpha": [0.1, 1.0]}, cv=2)
    if hasattr(search, "set_callbacks"):
        search.set_callbacks(ProgressBar()).fit(IRIS.data, IRIS.target)
        assert "GridSearchCV" in capsys.readouterr().out
