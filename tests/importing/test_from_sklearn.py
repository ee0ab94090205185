"""Networks from fitted MLPs of scikit-learn."""

import pickle
import warnings
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import glassnet as gn

IRIS = gn.datasets.iris()


def fitted(kind: Any, y: Any, **settings: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # few iterations do
        return kind(max_iter=15, random_state=0, **settings).fit(IRIS.X, y)


@pytest.mark.parametrize("activation", ["identity", "logistic", "tanh", "relu"])
@pytest.mark.parametrize("hidden", [(), (5,), (6, 3)])
def test_classes(activation, hidden, tmp_path):
    mlp = fitted(MLPClassifier, IRIS.y, activation=activation, hidden_layer_sizes=hidden)
    before = pickle.dumps(mlp)
    net = gn.from_sklearn(mlp)
    np.testing.assert_allclose(net.predict(IRIS.X), mlp.predict_proba(IRIS.X), rtol=1e-6, atol=1e-7)
    assert net.dtype == mlp.coefs_[0].dtype
    net.fit(IRIS.X, IRIS.y, loss="cross_entropy", epochs=2, seed=0)
    assert pickle.dumps(mlp) == before
    assert gn.load(net.save(tmp_path / "net.safetensors")) == net


def test_two_classes_labels_and_numbers():
    two = fitted(MLPClassifier, IRIS.y == 1)
    np.testing.assert_allclose(gn.from_sklearn(two).predict(IRIS.X)[:, 0], two.predict_proba(IRIS.X)[:, 1], atol=1e-6)
    several = fitted(MLPClassifier, np.stack([IRIS.y == 1, IRIS.X[:, 0] > 5.8], 1).astype(int))
    np.testing.assert_allclose(gn.from_sklearn(several).predict(IRIS.X), several.predict_proba(IRIS.X), atol=1e-6)
    numbers = fitted(MLPRegressor, IRIS.X[:, :2])
    np.testing.assert_allclose(gn.from_sklearn(numbers).predict(IRIS.X), numbers.predict(IRIS.X), rtol=1e-6, atol=1e-6)


def test_glassnets_own_estimators():
    from glassnet.sklearn import MLPClassifier as Own

    mlp = fitted(Own, IRIS.y, activation="gelu")
    np.testing.assert_allclose(gn.from_sklearn(mlp).predict(IRIS.X), mlp.predict_proba(IRIS.X), rtol=1e-6)


MADE: dict[str, Any] = {"coefs_": [np.ones((4, 2))], "intercepts_": [np.zeros(2)], "activation": "relu"}


@pytest.mark.parametrize(("given", "said"), [
    (MLPClassifier(), r"needs a fitted MLPClassifier: call fit\(X, y\) first"),
    (make_pipeline(StandardScaler(), MLPClassifier()), r"needs the MLP itself, got a Pipeline: .* pipeline\[-1\]"),
    (StandardScaler(), "needs a fitted MLPClassifier or MLPRegressor, got StandardScaler"),
    (None, "needs a fitted MLPClassifier or MLPRegressor, got None"),
    (SimpleNamespace(**MADE, out_activation_="cube"), "unknown activation 'cube'"),
    (SimpleNamespace(**MADE | {"intercepts_": []}, out_activation_="softmax"), "must have one array per layer"),
    (SimpleNamespace(**MADE | {"coefs_": ["a"]}, out_activation_="softmax"), "must hold arrays .* got"),
    (SimpleNamespace(**MADE | {"intercepts_": [np.zeros(3)]}, out_activation_="softmax"), "must hold arrays"),
    (SimpleNamespace(**MADE | {"coefs_": [np.full((4, 2), np.nan)]}, out_activation_="softmax"), "not finite"),
])  # fmt: skip
def test_what_is_no_fitted_mlp_is_refused(given, said):
    with pytest.raises(gn.InvalidInput, match=said):
        gn.from_sklearn(given)
