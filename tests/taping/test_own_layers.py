"""Layers and losses made of a function: trained, checked, saved, looked into."""

import copy
import pickle
from typing import Any

import numpy as np
import pytest

import glassnet as gn
from glassnet.engine.selection import tell_function

IRIS = gn.datasets.iris()
PARAMETERS: Any = {"w": ("n_inputs", "units"), "b": ("units",), "beta": 1.0}


@gn.layer(**PARAMETERS)
def gated(x, w, b, beta, *, units=8):
    """Gated units.

    A = Z σ(β Z)
    """
    z = x @ w + b
    return z / (1.0 + np.exp(-beta * z))


@gn.layer
def softsign(x):
    return x / (1.0 + abs(x))


@gn.loss
def tukey(p, y, *, c=4.685):
    u = np.minimum(((p - y) / c) ** 2, 1.0)
    return c**2 / 6 * (1 - (1 - u) ** 3)


@gn.loss(targets="classes")
def focal(p, y, *, gamma=2.0):
    return -np.sum(y * (1.0 - p) ** gamma * np.log(p), axis=1, keepdims=True)


@pytest.fixture(autouse=True)
def defined(monkeypatch):
    """Known by their names, as where they were defined; between tests such names are forgotten."""
    for kind in (gated, softsign, tukey, focal):
        monkeypatch.setitem(kind.registry, kind.name, kind)


@pytest.fixture(scope="module")
def net():
    found = gn.Network([gated(units=6), softsign, gn.Dense(3, "softmax")], engine="numpy")
    found.fit(IRIS.X, IRIS.y, loss=focal(gamma=1.0), optimizer=gn.Adam(0.05), epochs=20, seed=0)
    return found


def test_it_trains(net):
    assert net.evaluate(IRIS.X, IRIS.y, metrics=["accuracy"])["accuracy"] > 0.9
    assert net.arrays["0.beta"] != 1.0


def test_the_gradient_check_accepts_layer_and_loss(net):
    for dtype, tolerance in (("float64", 1e-6), ("float32", 1e-2)):
        checked = gn.check_gradient(net, IRIS.X[::7], IRIS.y[::7], dtype=dtype)
        assert checked.max_error < tolerance and not checked.vacuous


def test_it_is_dense_with_an_activation():
    """By hand: a layer of the tape gives the gradients that the built-in layers give."""
    given: dict[str, Any] = {"loss": "squared_error", "epochs": 3, "seed": 0, "batch_size": 40}
    by_hand = gn.Network([gn.Dense(5, "silu"), gn.Dense(1)], dtype="float64", engine="numpy").build(4, seed=0)
    tanh = gn.Function(lambda x, w, b: (lambda z: z / (1.0 + np.exp(-z)))(x @ w + b), {"w": (4, 5), "b": (5,)})
    taped = gn.Network([tanh, gn.Dense(1)], dtype="float64", engine="numpy").build(4, seed=1)
    taped.parameters[:] = by_hand.parameters
    for each in (by_hand, taped):
        each.fit(IRIS.X, IRIS.X[:, 0], **given)
    np.testing.assert_allclose(taped.predict(IRIS.X), by_hand.predict(IRIS.X), rtol=1e-10)


def test_a_loss_is_what_the_formula_says():
    p, y = np.array([[0.5, 9.0]]), np.zeros((1, 2))
    np.testing.assert_allclose(tukey().gradient(p, y), [[0.5 * (1 - (0.5 / 4.685) ** 2) ** 2, 0.0]])
    for_rows = gn.Network([gn.Dense(2)], engine="numpy").build(4, seed=0)
    weights = np.linspace(0.5, 2.0, 30)
    checked = gn.check_gradient(for_rows, IRIS.X[:30], IRIS.X[:30, :2], loss={"name": "tukey"}, sample_weight=weights)
    assert checked.max_error < 1e-6
    with pytest.raises(gn.InvalidInput, match="total: the function must return a row for each row of its input"):
        for_rows.fit(IRIS.X, IRIS.X[:, :2], loss=gn.loss(total)(), epochs=1)


def total(p, y):
    return np.sum((p - y) ** 2)


def test_it_is_saved_by_its_name(net, tmp_path):
    again = gn.Network.load(net.save(tmp_path / "own.safetensors"))
    assert again == net and again.loss == focal(gamma=1.0)
    assert np.array_equal(again.predict(IRIS.X), net.predict(IRIS.X))
    assert pickle.loads(pickle.dumps(net)) == net == copy.copy(net)
    assert gn.Layer.of("gated") == gated() != gated(units=6)
    with pytest.raises(gn.InvalidInput, match=r"unknown argument 'unitz' of gated. Did you mean 'units'"):
        gated(unitz=3)
    with pytest.raises(gn.InvalidInput, match=r"gated: `units` must be a whole number of at least 1, got 2.5"):
        gn.Network([gated(units=2.5)]).build(4)


def test_a_lambda_cannot_be_saved(tmp_path):
    net = gn.Network([gn.Function(lambda x: x * x), gn.Dense(1)]).build(4, seed=0)
    with pytest.raises(gn.InvalidInput, match=r"of <lambda> cannot be written to a file, .* below @gn.layer"):
        net.save(tmp_path / "lambda.safetensors")
    assert [*tmp_path.iterdir()] == [] and "Function(<lambda>)" in repr(net)
    assert net == copy.copy(net)


def test_it_is_looked_into(net):
    step = gn.trace(net, IRIS.X[:4], IRIS.y[:4])
    first = step.layers[0]
    assert first.A.shape == (4, 6) and first.dw.shape == (4, 6) and first.dbeta.shape == (1,)
    assert "A = Z σ(β Z)" in str(step) and "0  gated(units=6)" in net.summary()
    assert "chain rule" in str(step.why(layer=2, weight=(0, 0)))


def test_nested_with_shapes_and_initialisers():
    shape: Any = (3, "channels")
    kernel = gn.Parameter(shape, gn.HeNormal(), is_penalized=True)

    @gn.layer(kernel=kernel)
    def windows(x, kernel, *, channels=2):
        """A small convolution: each three neighbours, weighed."""
        return np.stack([x[:, :-2], x[:, 1:-1], x[:, 2:]], axis=-1) @ kernel

    inside = gn.Residual(gn.Function(lambda x, w: np.tanh(x @ w), {"w": ("n_inputs", "n_inputs")}))
    net = gn.Network([windows(channels=3), gn.Flatten(), inside, gn.Dense(3, "softmax")]).build(4, seed=0)
    assert net.arrays["0.kernel"].shape == (3, 3)
    checked = gn.check_gradient(net, IRIS.X[:9], IRIS.y[:9], loss="cross_entropy", penalty="l2")
    assert checked.max_error < 1e-6


def test_codes_become_rows_of_a_table():
    table = gn.Function(lambda x, table: table[x.astype(int)].reshape(len(x), -1), {"table": (5, 2)})
    net = gn.Network([table, gn.Dense(1)]).build(2, seed=0)
    X = np.random.default_rng(0).integers(0, 5, (20, 2)).astype(float)
    checked = gn.check_gradient(net, X, X[:, 0], loss="squared_error")
    assert checked.errors["0.table"] < 1e-6


@gn.layer
def cubed(x):
    return x**3


@gn.loss
def fourth(p, y):
    return (p - y) ** 4


WITH_FUNCTIONS = {
    "a layer": ([cubed(), gn.Dense(1)], "squared_error", r"cubed\(\)"),
    "a lambda": ([gn.Function(lambda x: 2 * x), gn.Dense(1)], "squared_error", r"Function\(<lambda>\)"),
    "one inside another layer": ([gn.Residual(cubed()), gn.Dense(1)], "squared_error", r"cubed\(\)"),
    "a loss": ([gn.Dense(1)], fourth(), r"fourth\(.*\)"),
}


@pytest.mark.parametrize("case", WITH_FUNCTIONS)
def test_the_compiled_engine_says_once_that_a_function_runs_on_numpy(case):
    pytest.importorskip("numba")
    layers, loss, shown = WITH_FUNCTIONS[case]
    tell_function.cache_clear()
    net = gn.Network(layers, engine="compiled")
    with pytest.warns(
        RuntimeWarning, match=rf"engine='compiled': {shown} is a function of your own, which runs on"
    ) as w:
        net.fit(IRIS.X, IRIS.X[:, 0], loss=loss, epochs=1, seed=0)
        net.evaluate(IRIS.X, IRIS.X[:, 0])
    assert len(w) == 1 and net.trained_with["environment"]["engine"] == "numpy"


@pytest.mark.parametrize("case", WITH_FUNCTIONS)
def test_by_itself_a_network_with_a_function_runs_on_numpy_without_a_warning_and_records_it(case, monkeypatch, recwarn):
    pytest.importorskip("numba")
    monkeypatch.delenv("GLASSNET_ENGINE", raising=False)
    layers, loss, _ = WITH_FUNCTIONS[case]
    tell_function.cache_clear()
    net = gn.Network(layers)
    net.fit(IRIS.X, IRIS.X[:, 0], loss=loss, epochs=1, seed=0)
    assert net.trained_with["environment"]["engine"] == "numpy"
    assert not recwarn.list
    assert net.predictor()(IRIS.X[0]).shape == (1,)
    plain = gn.Network([gn.Dense(1)])
    plain.fit(IRIS.X, IRIS.X[:, 0], loss="squared_error", epochs=1, seed=0)
    assert plain.trained_with["environment"]["engine"] == "compiled"


def test_a_function_that_takes_pictures():
    X = np.random.default_rng(0).normal(size=(4, 4, 5, 3))
    net = gn.Network([gn.Function(lambda x: 2 * x), gn.Flatten(), gn.Dense(2)], dtype="float64").build((4, 5, 3))
    arrays = net.arrays
    np.testing.assert_allclose(net.predict(X), 2 * X.reshape(4, -1) @ arrays["2.W"] + arrays["2.b"], rtol=1e-12)
    assert len(net.fit(X, X[:, 0, 0, :2], loss="squared_error", epochs=2, seed=0)) == 2
