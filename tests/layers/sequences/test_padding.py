"""Sequences of different lengths: what fills them up changes nothing, or is refused."""

import runpy
import warnings

import numpy as np
import pytest

import glassnet as gn
from glassnet.serving.predictions import NetworkPredictions
from glassnet.training.inputs import checks

draw = np.random.default_rng(0)
X = draw.normal(size=(9, 5, 4))
X[:, 3:] = 0
X[0, 1:] = 0
LONGER = np.concatenate([X, np.zeros((9, 3, 4))], axis=1)
MEAN = gn.GlobalAveragePool()
LAST = gn.Dense(3, "softmax")
MASKED = {
    "a mean": [gn.Masking(), MEAN, LAST],
    "a mean behind attention": [gn.Masking(), gn.Attention(2), MEAN, LAST],
    "a mean of states": [gn.Masking(), gn.Residual(gn.LSTM(4, sequences=True)), MEAN, LAST],
    "filters that look back": [gn.Masking(), gn.Conv1D(3, 2, padding="causal"), gn.GRU(3), LAST],
}


def network(layers, shape=(5, 4), **how):
    return gn.Network(layers, dtype="float64", **how).build(shape, seed=0)


@pytest.mark.parametrize("layers", MASKED.values(), ids=MASKED)
def test_more_padding_changes_no_prediction(layers):
    net, longer = network(layers, engine="numpy"), network(layers, (8, 4), engine="numpy")
    longer.parameters[...] = net.parameters
    np.testing.assert_allclose(net.predict(X), longer.predict(LONGER), atol=1e-14)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("layers", MASKED.values(), ids=MASKED)
def test_gradients_pass_over_padding(layers, dtype):
    check = gn.check_gradient(network(layers, engine="numpy"), X, np.arange(9) % 3, loss="cross_entropy", dtype=dtype)
    assert check.max_error < (1e-6 if dtype == "float64" else 1e-2)


def test_the_mean_is_that_of_the_steps_that_are_there():
    net = network([gn.Masking(), MEAN, gn.Dense(1)], engine="numpy")
    A = [row[row.any(axis=1)].mean(axis=0) for row in X]
    np.testing.assert_allclose(net.predict(X), A @ net.arrays["2.W"] + net.arrays["2.b"], atol=1e-14)
    codes = np.array([[3, 1, 2, 0], [1, 0, 0, 0]])
    net = network([gn.Embedding(4, 2, padding=0), MEAN, gn.Dense(1)], (4,), engine="numpy")
    W = net.arrays["0.W"]
    A = [W[[3, 1, 2]].mean(axis=0), W[1]]
    np.testing.assert_allclose(net.predict(codes), A @ net.arrays["2.W"] + net.arrays["2.b"], atol=1e-14)


@pytest.mark.compiled
def test_a_mean_over_the_steps_that_are_there_runs_on_the_numpy_engine_and_says_so():
    with pytest.warns(RuntimeWarning, match="NumPy engine: a mean over the steps that are there has no kernel"):
        network(MASKED["a mean"], engine="compiled").predict(X)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        network([MEAN, gn.Dense(3)], engine="compiled").predict(X)


@pytest.mark.parametrize(
    ("layers", "changes", "behind"),
    [
        ([gn.Masking(), gn.MaxPool(2), gn.GRU(2)], r"MaxPool\(2\)", r"GRU\(units=2\)"),
        ([gn.Masking(), gn.Conv1D(2, 2), gn.Attention()], r"Conv1D\(2, 2, 'linear'\)", "Attention"),
        ([gn.Masking(), gn.Pad(1), MEAN], r"Pad\(", "GlobalAveragePool"),
        ([gn.Chain(gn.Masking(), gn.AveragePool(2)), gn.Residual(gn.LSTM(4, sequences=True))], "AveragePool", "LSTM"),
        ([gn.Masking(), gn.Reshape((10, 2)), gn.SimpleRNN(2)], "Reshape", "SimpleRNN"),
    ],
)
def test_layers_that_would_take_padding_for_steps_are_refused(layers, changes, behind):
    with pytest.raises(gn.InvalidInput, match=rf"^{changes}.* changes the number of steps, so {behind}.* behind it"):
        network(layers)


def test_the_number_of_steps_may_change_where_nobody_passes_over_padding():
    network([gn.Masking(), gn.GRU(3, sequences=True), gn.MaxPool(2), gn.Flatten(), gn.Dense(2)])
    network([gn.Masking(), gn.MaxPool(2), gn.Masking(), gn.GRU(2)])
    network([gn.Masking(), gn.LSTM(6), gn.Reshape((3, 2)), gn.GRU(2)])


def test_a_predictor_refuses_padding_alone_as_predict_does():
    net = network([gn.Masking(), gn.GRU(3)])
    for ask in (net.predict, net.predictor()):
        with pytest.raises(gn.InvalidInput, match=r"row 0 of .* holds padding \(0\) alone"):
            ask(np.zeros((1, 5, 4)))


def test_a_network_that_was_trained_so_is_still_loaded(tmp_path, monkeypatch):
    layers = [gn.Masking(), gn.Conv1D(2, 2), gn.GRU(2)]
    with monkeypatch.context() as earlier:
        earlier.setattr(checks, "check_marks", lambda nodes: None)
        net = network(layers)
        net.save(tmp_path / "earlier.safetensors")
    loaded = gn.load(tmp_path / "earlier.safetensors")
    np.testing.assert_array_equal(loaded.predict(X), net.predict(X))
    with pytest.raises(gn.InvalidInput, match="changes the number of steps"):
        network(layers)


def test_an_export_gives_the_mean_of_nothing_as_predict_does(tmp_path):
    net = network([gn.Scale(), gn.Masking(), MEAN, LAST], engine="numpy")
    rows = X.copy()
    rows[1] = 0
    gn.export(net, tmp_path / "mean.py")
    made = runpy.run_path(str(tmp_path / "mean.py"))["predict"](rows)
    np.testing.assert_allclose(made, net.predict(rows), atol=1e-14)


@pytest.mark.parametrize("first", [[gn.Masking()], [gn.Embedding(3, 2, padding=0)]])
def test_a_service_warms_up_though_its_first_row_is_padding_alone(first):
    shape = (5, 4) if isinstance(first[0], gn.Masking) else (5,)
    NetworkPredictions(network([*first, gn.GRU(2)], shape)).warm_up()
