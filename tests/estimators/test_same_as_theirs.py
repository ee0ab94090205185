"""With the import line changed nothing changes: weights, curves, predictions, words, to rounding."""

import inspect
import warnings

import numpy as np
import pytest
from sklearn import neural_network as theirs
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_iris, load_linnerud, load_wine
from sklearn.exceptions import ConvergenceWarning
from sklearn.preprocessing import scale

from glassnet import sklearn as ours

IRIS = (scale(load_iris().data), load_iris().target)
CANCER = (scale(load_breast_cancer().data), load_breast_cancer().target)
WINE = load_wine(return_X_y=True)  # as it is: numbers up to 1680
RAW_CANCER = (10 * load_breast_cancer().data, load_breast_cancer().target)
RAW_LABELS = (WINE[0], np.stack([WINE[1] == 0, WINE[0][:, 0] > 13, WINE[0][:, 12] > 700], axis=1).astype(int))
DIGITS = (load_digits().data[:600] / 16, load_digits().target[:600])
DIABETES = (scale(load_diabetes().data), scale(load_diabetes().target))
COUNTS = (DIABETES[0], np.round(load_diabetes().target / 25))
LABELS = (CANCER[0], np.stack([CANCER[1], CANCER[0][:, 0] > 0, CANCER[0][:, 1] > 0.5], axis=1).astype(int))

CLASSIFIERS = [
    (DIGITS, {}),
    (CANCER, {"alpha": 0.01, "batch_size": 50}),
    (CANCER, {"alpha": 10.0, "batch_size": 50, "solver": "sgd", "learning_rate_init": 0.05, "n_iter_no_change": 5}),
    (IRIS, {"hidden_layer_sizes": (8, 5), "activation": "tanh", "learning_rate_init": 0.02}),
    (IRIS, {"activation": "logistic", "beta_1": 0.8, "beta_2": 0.99, "epsilon": 1e-3}),
    (IRIS, {"activation": "identity", "hidden_layer_sizes": 4, "shuffle": False, "batch_size": 16}),
    (IRIS, {"hidden_layer_sizes": (), "learning_rate_init": 0.1}),
    (CANCER, {"early_stopping": True, "n_iter_no_change": 3, "tol": 1e-3}),
    (DIGITS, {"early_stopping": True, "validation_fraction": 0.3}),
    (LABELS, {"early_stopping": True, "learning_rate_init": 0.01}),
    (LABELS, {"batch_size": 32}),
    (CANCER, {"solver": "sgd", "learning_rate_init": 0.1, "batch_size": 64}),
    (CANCER, {"solver": "sgd", "learning_rate": "invscaling", "power_t": 0.2, "learning_rate_init": 0.5}),
    (CANCER, {"solver": "sgd", "learning_rate": "adaptive", "tol": 0.05, "n_iter_no_change": 1}),
    (CANCER, {"solver": "sgd", "nesterovs_momentum": False, "momentum": 0.5}),
    (CANCER, {"solver": "sgd", "momentum": 0.0}),
    (CANCER, {"solver": "lbfgs", "activation": "tanh", "alpha": 1.0, "hidden_layer_sizes": 5}),
    (IRIS, {"solver": "lbfgs", "activation": "logistic", "alpha": 0.1, "max_fun": 20}),
    (WINE, {"hidden_layer_sizes": 10, "max_iter": 80}),
    (WINE, {"hidden_layer_sizes": 10, "learning_rate_init": 0.01, "max_iter": 80}),
    (WINE, {"hidden_layer_sizes": 10, "solver": "sgd"}),
    (WINE, {"hidden_layer_sizes": 10, "early_stopping": True}),
    (WINE, {"hidden_layer_sizes": 10, "solver": "lbfgs", "max_iter": 6}),
    (RAW_CANCER, {"hidden_layer_sizes": 10, "max_iter": 60}),
    (RAW_CANCER, {"hidden_layer_sizes": 10, "solver": "lbfgs", "max_iter": 4}),
    (RAW_LABELS, {"hidden_layer_sizes": 10}),
    (CANCER, {"solver": "sgd", "learning_rate": "invscaling", "nesterovs_momentum": False, "learning_rate_init": 0.5}),
]
REGRESSORS = [
    (DIABETES, {}),
    (DIABETES, {"early_stopping": True, "learning_rate_init": 0.01, "activation": "tanh"}),
    (DIABETES, {"solver": "sgd", "batch_size": 30, "learning_rate": "adaptive", "tol": 0.02, "n_iter_no_change": 1}),
    (DIABETES, {"solver": "lbfgs", "activation": "tanh", "alpha": 3.0, "hidden_layer_sizes": 4}),
    (COUNTS, {"loss": "poisson", "learning_rate_init": 0.01}),
    (COUNTS, {"loss": "poisson", "solver": "lbfgs", "activation": "tanh", "alpha": 1.0, "hidden_layer_sizes": 3}),
]
NEWER = "sample_weight" in inspect.signature(theirs.MLPClassifier.fit).parameters  # scikit-learn 1.7: weights, Poisson
with_theirs = pytest.mark.skipif(not NEWER, reason="this scikit-learn's MLP has no sample_weight and no loss")
if not NEWER:
    REGRESSORS = [case for case in REGRESSORS if "loss" not in case[1]]
EACH = [*(("MLPClassifier", *case) for case in CLASSIFIERS), *(("MLPRegressor", *case) for case in REGRESSORS)]
LATER = [pytest.mark.long, pytest.mark.once]
CASES = [case if k % 3 == 0 else pytest.param(*case, marks=LATER) for k, case in enumerate(EACH)]


def fitted(name, data, given, **more):
    """(scikit-learn's estimator, glassnet's), fitted to the same data with the same parameters and seed."""
    both = [getattr(module, name)(**{"random_state": 3, "max_iter": 40, **given, **more}) for module in (theirs, ours)]
    for one in both:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            one.fit(*data)
    return both


def assert_same(a, b, rtol=1e-6):
    for name in ("coefs_", "intercepts_"):
        for A, B in zip(getattr(a, name), getattr(b, name), strict=True):
            np.testing.assert_allclose(B, A, rtol=rtol, atol=rtol)
            assert A.dtype == B.dtype
    same = ("n_iter_", "t_", "n_layers_", "n_outputs_", "out_activation_", "n_features_in_")
    assert {name: getattr(a, name) for name in same} == {name: getattr(b, name) for name in same}


@pytest.mark.parametrize(("name", "data", "given"), CASES, ids=lambda given: str(given) if type(given) is dict else "")
def test_the_same_weights_curves_and_predictions(name, data, given):
    a, b = fitted(name, data, given)
    assert_same(a, b, 1e-4 if given.get("solver") == "lbfgs" else 1e-6)
    np.testing.assert_allclose(b.loss_, a.loss_, rtol=1e-6)
    if given.get("solver") != "lbfgs":
        np.testing.assert_allclose(b.loss_curve_, a.loss_curve_, rtol=1e-6)
        for curve in ("validation_scores_", "best_validation_score_", "best_loss_"):
            mine, other = getattr(b, curve), getattr(a, curve)
            assert (mine is None) == (other is None)
            if other is not None:
                np.testing.assert_allclose(mine, other, rtol=1e-6)
    np.testing.assert_allclose(b.predict(data[0]), a.predict(data[0]), rtol=1e-3, atol=1e-4)
    if name == "MLPClassifier":
        np.testing.assert_allclose(b.predict_proba(data[0]), a.predict_proba(data[0]), atol=1e-4)
        np.testing.assert_array_equal(b.classes_, a.classes_)


@pytest.mark.parametrize("activation", ["relu", "logistic"])
@pytest.mark.parametrize("data", [CANCER, LABELS, IRIS, DIABETES], ids=["binary", "labels", "classes", "numbers"])
def test_without_a_hidden_layer_the_parameter_activation_decides_how_weights_are_drawn(data, activation):
    name = "MLPRegressor" if data is DIABETES else "MLPClassifier"
    assert_same(*fitted(name, data, {"hidden_layer_sizes": (), "activation": activation, "max_iter": 3}))


@with_theirs
@pytest.mark.parametrize(("name", "data"), [("MLPClassifier", CANCER), ("MLPRegressor", DIABETES)])
def test_sample_weights_give_the_same_weights(name, data):
    weights = np.random.default_rng(0).uniform(0.1, 3, len(data[1]))
    both = [getattr(module, name)(random_state=0, max_iter=15, alpha=0.1) for module in (theirs, ours)]
    for one in both:
        with pytest.warns(ConvergenceWarning):
            one.fit(*data, sample_weight=weights)
    assert_same(*both)


@pytest.mark.parametrize(("name", "data"), [("MLPClassifier", IRIS), ("MLPRegressor", DIABETES)])
@pytest.mark.parametrize("solver", ["sgd", "adam"])
def test_partial_fit_and_warm_start_go_on_in_the_same_way(name, data, solver):
    X, y = data
    streamed = [getattr(module, name)(random_state=1, solver=solver) for module in (theirs, ours)]
    for one in streamed:
        first = {"classes": [0, 1, 2]} if name == "MLPClassifier" else {}
        one.partial_fit(X[:70], y[:70], **first)
        for rows in (slice(70, 150), slice(0, 150), slice(10, 20)):
            one.partial_fit(X[rows], y[rows])
        assert len(one.loss_curve_) == 4 and one.n_iter_ == 1
    assert_same(*streamed)
    np.testing.assert_allclose(streamed[1].loss_curve_, streamed[0].loss_curve_, rtol=1e-5)
    warm = fitted(name, data, {"solver": solver, "warm_start": True}, max_iter=5)
    for one in warm:
        with pytest.warns(ConvergenceWarning):
            one.fit(X, y)
    assert_same(*warm)
    assert len(warm[1].loss_curve_) == 10 == len(warm[0].loss_curve_)


def test_partial_fit_after_fit_begins_with_the_optimizer_of_the_fit():
    both = fitted("MLPClassifier", IRIS, {}, max_iter=5)
    for one in both:
        one.partial_fit(*IRIS)
    assert_same(*both)


@with_theirs
@pytest.mark.parametrize("name", ["MLPClassifier", "MLPRegressor"])
def test_parameters_have_their_names_defaults_and_order_and_further_ones_follow(name):
    mine, other = (inspect.signature(getattr(module, name)).parameters for module in (ours, theirs))
    assert list(mine)[: len(other)] == list(other)
    for key, parameter in other.items():
        assert (mine[key].default, mine[key].kind) == (parameter.default, parameter.kind)
    assert all(mine[key].kind is inspect.Parameter.KEYWORD_ONLY for key in set(mine) - set(other))
    for method in ("predict", "score", "partial_fit"):
        a, b = (inspect.signature(getattr(getattr(module, name), method)).parameters for module in (theirs, ours))
        assert list(a) == list(b)


@pytest.mark.parametrize(
    "given",
    [
        {"verbose": True},
        {"verbose": True, "early_stopping": True, "n_iter_no_change": 2, "tol": 0.01},
        {"verbose": 1, "solver": "sgd", "learning_rate": "adaptive", "tol": 0.1, "n_iter_no_change": 1},
    ],
)
def test_verbose_says_the_same(given, capsys):
    fits = fitted("MLPClassifier", IRIS, given, alpha=0, max_iter=60)
    said = capsys.readouterr().out.splitlines()
    half = len(said) // 2
    assert said[:half] == said[half:] and half >= fits[0].n_iter_


WRONG = [
    ({"hidden_layer_sizes": -1}, IRIS),
    ({"hidden_layer_sizes": (3, 0)}, IRIS),
    ({"alpha": -1}, IRIS),
    ({"batch_size": 0}, IRIS),
    ({"learning_rate": "fast"}, IRIS),
    ({"solver": "newton"}, IRIS),
    ({"max_iter": 0}, IRIS),
    ({"beta_1": 1.0}, IRIS),
    ({"early_stopping": True}, ([[1, 2], [2, 3], [3, 4], [4, 5]], [0, 0, 0, 1])),
    ({}, ([[1.0, np.nan]], [0])),
    ({}, ([[1.0, 2.0]], [0, 1])),
    ({}, ([[1.0, 2.0], [1.0, 2.0]], [[0, 1], [2, 3]])),
    ({}, ([["a"], ["b"]], [0, 1])),
]


@pytest.mark.parametrize(("given", "data"), WRONG, ids=[f"{k} {given}" for k, (given, _) in enumerate(WRONG)])
def test_mistakes_meet_the_same_error(given, data):
    found = []
    for module in (theirs, ours):
        with pytest.raises(ValueError) as raised:
            module.MLPClassifier(**given).fit(*data)
        found.append((type(raised.value), sorted(str(raised.value).translate(str.maketrans("{},", "   ")).split())))
    assert found[0] == found[1]


def test_warnings_have_the_same_words():
    for given in ({"max_iter": 2}, {"max_iter": 2, "solver": "lbfgs"}, {"batch_size": 500, "max_iter": 1}):
        said = []
        for module in (theirs, ours):
            with pytest.warns(UserWarning) as record:
                module.MLPClassifier(random_state=0, **given).fit(*IRIS)
            said.append([(one.category, str(one.message)) for one in record if issubclass(one.category, UserWarning)])
        assert said[0] == said[1]


def test_weights_that_are_not_finite_meet_the_same_error():
    for module in (theirs, ours):
        with warnings.catch_warnings(), pytest.raises(ValueError, match="Solver produced non-finite parameter weights"):
            warnings.simplefilter("ignore")
            module.MLPRegressor(solver="sgd", learning_rate_init=1e6, random_state=0).fit(*DIABETES)


def test_several_outputs_share_a_gradient_that_belongs_to_the_loss():
    """scikit-learn divides the loss by the outputs and the gradient not: its steps are as many times too long."""
    X, Y = scale(load_linnerud().data), scale(load_linnerud().target)
    given = {"solver": "sgd", "momentum": 0, "max_iter": 5, "shuffle": False, "alpha": 0}
    a, _ = fitted("MLPRegressor", (X, Y), given, learning_rate_init=0.01)
    _, b = fitted("MLPRegressor", (X, Y), given, learning_rate_init=0.03)
    assert_same(a, b)
    np.testing.assert_allclose(b.loss_curve_, a.loss_curve_)
