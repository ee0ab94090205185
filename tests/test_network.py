"""The network: prediction, arrays, summary, evaluation."""

import copy
import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import glassnet as gn


@pytest.fixture(scope="module")
def net():
    return gn.Network([gn.Dense(6, "relu"), gn.Residual(gn.Dense(6, "tanh"), gn.Dropout(0.5)), gn.Dense(2)]).build(
        4, seed=0
    )


def test_the_contract_of_the_design(tmp_path):
    iris = gn.datasets.iris()
    train, test = gn.split(iris, test=0.2, stratify=True, seed=0)
    network = gn.Network([gn.Dense(6, "relu"), gn.Dense(3, "softmax")])
    history = network.fit(
        train.X, train.y, loss="cross_entropy", optimizer=gn.Adam(0.05), epochs=25, batch_size=16,
        validation=0.2, metrics=["accuracy"], seed=0,
    )  # fmt: skip
    assert network.predict(test.X).shape == (30, 3)
    assert network.evaluate(test.X, test.y)["accuracy"] > 0.9
    assert len(history["val_loss"]) == 25
    assert type(history.plot()).__name__ == "Figure"
    network.save(tmp_path / "iris.safetensors")
    np.testing.assert_array_equal(gn.load(tmp_path / "iris.safetensors").predict(test.X), network.predict(test.X))
    for epoch in network.training(train.X, train.y, loss="cross_entropy", optimizer="adam", seed=0):
        if epoch.number == 3:
            break
    trace = gn.trace(network, test.X[:4], test.y[:4], loss="cross_entropy")
    assert trace.layers[0].Z.shape == (4, 6)
    assert trace.layers[0].dW.shape == (4, 6)
    assert gn.check_gradient(network, test.X, test.y, loss="cross_entropy").max_error < 1e-6


@given(n=st.integers(1, 3000))
def test_rows_are_predicted_the_same_alone_and_together(net, n):
    X = np.random.default_rng(n).normal(size=(n, 4)).astype("f")
    together = net.predict(X)
    np.testing.assert_allclose(net.predict(X[-1:]), together[-1:], rtol=1e-5, atol=1e-6)
    assert together.shape == (n, 2)
    assert together.dtype == np.float32


def test_prediction_takes_lists_whole_numbers_and_any_memory_order(net):
    X = np.arange(12).reshape(3, 4)
    expected = net.predict(X.astype("f"))
    for same in (X, X.tolist(), np.asfortranarray(X, "d"), np.repeat(X, 2, axis=0)[::2], X.astype("f2")):
        np.testing.assert_array_equal(net.predict(same), expected)


def test_dropout_does_not_act_in_prediction(net):
    X = np.ones((5, 4))
    np.testing.assert_array_equal(net.predict(X), net.predict(X))
    hidden = np.maximum(X @ net.arrays["0.W"] + net.arrays["0.b"], 0)
    inside = np.tanh(hidden @ net.arrays["1.0.W"] + net.arrays["1.0.b"])
    expected = (hidden + inside) @ net.arrays["2.W"] + net.arrays["2.b"]
    np.testing.assert_allclose(net.predict(X), expected, rtol=1e-5)


def test_huge_inputs_give_finite_probabilities_without_a_warning():
    network = gn.Network([gn.Dense(4, "tanh"), gn.Dense(3, "softmax")]).build(2, seed=0)
    p = network.predict([[1e37, -1e37], [0, 1e-38]])
    assert np.isfinite(p).all()


def test_arrays_can_be_written_to(net):
    network = gn.Network([gn.Dense(2)]).build(2, seed=0)
    network.arrays["0.W"][...] = [[1, 0], [0, 2]]
    network.arrays["0.b"][...] = 10
    np.testing.assert_array_equal(network.predict([[3, 4]]), [[13, 18]])


def test_parameters_are_one_vector_in_the_order_of_the_arrays(net):
    np.testing.assert_array_equal(np.concatenate([a.ravel() for a in net.arrays.values()]), net.parameters)
    assert list(net.arrays) == ["0.W", "0.b", "1.0.W", "1.0.b", "2.W", "2.b"]


def test_summary_names_layers_shapes_and_counts(net):
    lines = net.summary().splitlines()
    assert lines[0].split() == ["layer", "output", "parameters"]
    assert "0  Dense(6, 'relu')" in lines[2]
    assert lines[2].endswith("30")
    assert lines[-1] == "86 parameters, 344 bytes in float32, input (4,)"
    assert "86 parameters" in repr(net)
    assert "not built yet" in repr(gn.Network([gn.Dense(1)]))


def test_a_long_layer_goes_on_below_in_the_summary():
    dense = gn.Dense(
        6, gn.Parametric("mish", learning_rate_factor=0.1), weights="unit_variance", parametrization="neural_tangent"
    )
    lines = gn.Network([dense, gn.Dense(1)]).build(4, seed=0, X=np.eye(4)).summary().splitlines()
    assert max(map(len, lines)) < 80
    assert lines[2].startswith("0  Dense(6, ") and lines[2].endswith("36") and lines[3].startswith("     ")
    assert "".join(part.split("  (")[0].strip() + " " for part in lines[2:6]).strip().startswith(f"0  {dense!r}")


def test_evaluate_with_other_loss_metrics_and_weights(net):
    X, y = np.random.default_rng(0).normal(size=(2, 7, 4))
    found = net.evaluate(X, y[:, :2], loss="absolute_error", metrics=["mae", "r2"], sample_weight=np.arange(7.0))
    assert found["loss"] == pytest.approx(found["mae"], rel=1e-5)
    assert set(found) == {"loss", "mae", "r2"}


def test_a_copy_or_a_pickle_is_a_network_of_its_own(net):
    X = np.ones((3, 4))
    before = net.predict(X)
    for clone in (copy.copy(net), copy.deepcopy(net), pickle.loads(pickle.dumps(net))):
        np.testing.assert_array_equal(clone.predict(X), before)
        clone.parameters[...] = 0
        assert not clone.predict(X).any()
        clone.fit(X, np.ones((3, 2)), loss="squared_error", epochs=3, seed=0)
        assert clone.predict(X).any()
    np.testing.assert_array_equal(net.predict(X), before)
    assert len(pickle.dumps(net)) < 10_000


def test_threads_predict_on_one_network_as_one_does_alone(net):
    rows = [np.random.default_rng(k).normal(size=(k + 1, 4)).astype("f") for k in range(8)]
    alone = [net.predict(X) for X in rows]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(net.predict, rows * 200))
    for k, p in enumerate(together):
        np.testing.assert_array_equal(p, alone[k % 8])


def test_layers_may_come_from_a_generator():
    assert len(gn.Network(gn.Dense(units) for units in (3, 2)).layers) == 2  # type: ignore[arg-type]


def test_a_refused_fit_leaves_the_seed_as_it_was(net):
    seed = net.seed
    with pytest.raises(gn.InvalidInput):
        net.fit([[np.nan] * 4], [1], loss="squared_error", seed=77)
    assert net.seed == seed
