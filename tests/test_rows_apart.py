"""What is predicted for a row does not depend on the rows around it: alone, among few or many, in any order."""

from typing import Any

import numpy as np
import pytest

import glassnet as gn
from glassnet.engine import prediction
from glassnet.engine.machine import threads
from glassnet.engine.selection import installed
from glassnet.formulas.activations import Activation

ENGINES = pytest.mark.parametrize("engine", ["numpy", *(["compiled"] if installed("numba") else [])])
N, N_INPUTS = 1500, 70
X = np.random.default_rng(0).normal(size=(N, N_INPUTS)).astype(np.float32)
PREDICTED: dict[str, list[Any]] = {
    "wide": [gn.Dense(600, "relu"), gn.Dense(300, "silu"), gn.Dense(1)],
    "many classes": [gn.Dense(33, "tanh"), gn.Dense(131, "softmax")],
    "one unit": [gn.Dense(1, "sigmoid")],
    "layer norm": [gn.Dense(37, "relu"), gn.LayerNorm(), gn.Dense(300, "mish"), gn.LayerNorm(), gn.Dense(3, "softmax")],
    "batch norm": [gn.Dense(37, "relu"), gn.BatchNorm(), gn.Residual(gn.Dense(37, "gelu")), gn.Dense(3, "softmax")],
    "channels": [
        gn.Reshape((7, 5, 2)), gn.BatchNorm(), gn.Conv2D(9, 3, "prelu"), gn.BatchNorm(), gn.Flatten(), gn.Dense(3),
    ],
    "a recipe's": [
        gn.PeriodicEmbedding(), gn.Scale(), gn.Dense(256, "mish"), gn.Dense(256, gn.Parametric("mish")),
        gn.Dense(256, "selu"), gn.Dense(3, "softmax"),
    ],
    "columns": [
        gn.Columns((slice(0, 10), gn.PeriodicEmbedding(8)), (slice(10, N_INPUTS), gn.Activation("linear"))),
        gn.Dense(64, "relu"), gn.Dropout(0.5), gn.GaussianNoise(0.3), gn.Dense(3, "softmax"),
    ],
}  # fmt: skip
for name in sorted(set(Activation.registry) - {"parametric"}):
    PREDICTED[name] = [
        gn.Dense(37, Activation.of("relu" if name == "softmax" else name)),
        gn.Dense(5, Activation.of(name)),
    ]


def same(found: np.ndarray, expected: np.ndarray) -> None:
    """The same numbers, but for a last bit of one in a thousand (of float64: but for rounding)."""
    assert found.dtype == expected.dtype and found.shape == expected.shape
    if found.dtype == np.float64:
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-13)
        return
    differ = found != expected
    assert differ.mean() <= 1e-3, f"{differ.sum()} of {differ.size} differ, by {np.abs(found - expected).max()}"
    np.testing.assert_array_almost_equal_nulp(found, expected, 1)


@ENGINES
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("layers", PREDICTED.values(), ids=PREDICTED)
def test_a_row_alone_among_few_and_among_many(layers, dtype, engine):
    rows = X.astype(dtype)
    net = gn.Network(layers, dtype, engine).build(N_INPUTS, seed=0)
    whole, predictor = net.predict(rows), net.predictor()
    same(np.array([predictor(x) for x in rows[:100]]), whole[:100])
    same(np.concatenate([net.predict(rows[k : k + 1]) for k in range(100)]), whole[:100])
    for n in (2, 5, 16, 17, 161, 700):
        same(net.predict(rows[3 : 3 + n]), whole[3 : 3 + n])
        same(predictor(rows[3 : 3 + n]), whole[3 : 3 + n])
    order = np.random.default_rng(1).permutation(N)
    same(net.predict(rows[order]), whole[order])


@ENGINES
def test_however_many_threads_share_the_rows(engine, monkeypatch):
    monkeypatch.setattr(prediction, "WORTH", 0)
    net = gn.Network(PREDICTED["a recipe's"], engine=engine).build(N_INPUTS, seed=0)
    found = []
    for size in (1, 2, 5):
        with threads.limited(size):
            found.append(net.predict(X))
    same(found[1], found[0])
    same(found[2], found[0])


def test_an_error_in_a_thread_is_raised_and_ends_the_others(monkeypatch):
    monkeypatch.setattr(prediction, "WORTH", 0)
    net = gn.Network([gn.Dense(600, "relu"), gn.Dense(1)], engine="numpy").build(N_INPUTS, seed=0)
    net.predict(X[:10])
    calls = []

    def failing(plan, rows):
        calls.append(len(rows))
        raise MemoryError("no room")

    monkeypatch.setattr(prediction, "predicted", failing)
    with threads.limited(2), pytest.raises(MemoryError, match="no room"):
        net.predict(np.concatenate([X] * 4))
    assert len(calls) <= 3


def test_numbers_beyond_float32_are_infinite_without_a_warning_of_numpy():
    net = gn.Network([gn.Dense(1)], engine="numpy").build(2, seed=0)
    net.parameters[...] = 3e38
    with pytest.warns(RuntimeWarning, match="the network predicts values that are not finite"):
        assert np.isposinf(net.predict([[1e3, 1e3]])).all()


@ENGINES
@pytest.mark.filterwarnings("ignore:.*did not converge|.*Maximum iterations")
def test_estimators(engine, monkeypatch):
    pytest.importorskip("sklearn")
    pytest.importorskip("polars")
    from glassnet.sklearn import MLPClassifier, MLPRegressor, TabularClassifier, TabularRegressor

    monkeypatch.setenv("GLASSNET_ENGINE", engine)
    iris, recipe = gn.datasets.iris(), gn.Recipe(hidden=(64, 64), epochs=3)
    rows, target = iris.X, iris.X[:, 0] * iris.X[:, 2]
    table = {"recipe": recipe, "n_ensemble": 2, "random_state": 0, "engine": engine}
    plain: dict[str, Any] = {"max_iter": 3, "random_state": 0}
    order = np.random.default_rng(0).permutation(len(rows))
    for estimator, y in (
        (TabularClassifier(**table), iris.y), (TabularRegressor(**table), target),
        (MLPClassifier(**plain), iris.y), (MLPRegressor(**plain), target),
    ):  # fmt: skip
        ask = "predict_proba" if hasattr(estimator, "predict_proba") else "predict"
        predict = getattr(estimator.fit(rows, y), ask)
        whole = np.asarray(predict(rows))
        for few in (slice(0, 1), slice(1, 2), slice(2, 7), slice(5, 60), order):
            np.testing.assert_allclose(predict(rows[few]), whole[few], rtol=2e-7, atol=0, err_msg=str(estimator))


@ENGINES
def test_a_model_of_a_table_row_by_row(engine):
    pytest.importorskip("polars")
    from glassnet.tables.fitting.training import TableTraining

    frame = gn.datasets.iris().to_polars()
    training = TableTraining(frame, "species", recipe=gn.Recipe(hidden=(64, 64), epochs=3, engine=engine))
    for _ in training.epochs():
        pass
    model = training.model
    whole = model.predict_table(frame)
    names = [name for name in whole if name != "prediction"]
    alone = [model.predict_table(frame[k : k + 1]) for k in range(len(frame))]
    for name in names:
        np.testing.assert_allclose([row[name][0] for row in alone], whole[name], rtol=2e-7, atol=0)
