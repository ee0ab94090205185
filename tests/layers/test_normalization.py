"""Layer and batch normalisation: the definitions of PyTorch, in training and in prediction, on both engines."""

from typing import Any

import numpy as np
import pytest
from both_engines import ENGINES, one_update  # type: ignore[import-not-found]
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import glassnet as gn

NUMBERS = st.floats(-100, 100, width=32)


def net_of(*layers: Any, engine: str = "numpy", n_inputs: int = 4, **more: Any) -> Any:
    return gn.Network(layers, dtype="float64", engine=engine, **more).build(n_inputs, seed=0)


@pytest.mark.parametrize("engine", ENGINES)
@given(X=arrays("d", st.tuples(st.integers(1, 40), st.just(4)), elements=NUMBERS))
def test_layer_norm_gives_each_row_mean_0_and_the_variance_that_epsilon_leaves(engine, X):
    N = net_of(gn.LayerNorm(), engine=engine).predict(X)
    variance = X.var(axis=1)
    np.testing.assert_allclose(N.mean(axis=1), 0, atol=1e-9)
    np.testing.assert_allclose(N.var(axis=1), variance / (variance + 1e-5), rtol=1e-5, atol=1e-9)


@pytest.mark.parametrize("engine", ENGINES)
def test_layer_norm_is_torchs_definition(engine):
    """y = (x − E[x]) / √(Var[x] + ε) γ + β, over the units, the variance by 1/n."""
    X = np.random.default_rng(0).normal(3, 2, (300, 7))
    net = net_of(gn.LayerNorm(epsilon=0.01), engine=engine, n_inputs=7)
    net.arrays["0.gamma"][...], net.arrays["0.beta"][...] = np.arange(7) - 3.0, np.arange(7)
    expected = (X - X.mean(1, keepdims=True)) / np.sqrt(X.var(1, keepdims=True) + 0.01)
    np.testing.assert_allclose(net.predict(X), expected * (np.arange(7) - 3.0) + np.arange(7), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("n", [2, 7, 161, 1000])
def test_batch_norm_in_training_is_torchs_definition(engine, n):
    """y = (x − E[x]) / √(Var[x] + ε), over the batch, the variance by 1/n; the running one by 1/(n − 1)."""
    X = np.random.default_rng(0).normal(3, 2, (n, 4))
    net = net_of(gn.BatchNorm(momentum=0.25, epsilon=0.01), gn.Dense(2), engine=engine)
    W, outputs = net.arrays["1.W"].copy(), one_update(net, X, np.zeros((n, 2)))
    expected = (X - X.mean(0)) / np.sqrt(X.var(0) + 0.01)
    loss = float(((expected @ W) ** 2).mean())
    assert outputs["loss"][0] == pytest.approx(loss, rel=1e-9)
    np.testing.assert_allclose(net.arrays["0.running_mean"], 0.25 * X.mean(0), rtol=1e-10)
    np.testing.assert_allclose(net.arrays["0.running_variance"], 0.75 + 0.25 * X.var(0, ddof=1), rtol=1e-10)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("n", [1, 5, 700])
def test_batch_norm_in_prediction_takes_what_it_remembers(engine, n):
    X = np.random.default_rng(0).normal(size=(n, 4))
    net = net_of(gn.BatchNorm(), engine=engine)
    net.arrays["0.running_mean"][...], net.arrays["0.running_variance"][...] = [1, 2, 3, 4], [4, 3, 2, 1]
    net.arrays["0.gamma"][...], net.arrays["0.beta"][...] = [1, -1, 2, -2], [5, 6, 7, 8]
    expected = (X - [1, 2, 3, 4]) / np.sqrt(np.array([4, 3, 2, 1]) + 1e-5) * [1, -1, 2, -2] + [5, 6, 7, 8]
    np.testing.assert_allclose(net.predict(X), expected, rtol=1e-10)
    np.testing.assert_allclose(net.predictor()(X[0]), expected[0], rtol=1e-10)


@pytest.mark.parametrize("engine", ENGINES)
def test_the_running_statistics_come_to_be_those_of_the_data(engine):
    digits = gn.datasets.digits()
    net = gn.Network([gn.BatchNorm(), gn.Dense(10, "softmax")], engine=engine)
    net.fit(digits.X, digits.y, loss="cross_entropy", optimizer=gn.Adam(0.02), epochs=4, batch_size=100, seed=0)
    np.testing.assert_allclose(net.arrays["0.running_mean"], digits.X.mean(0), atol=0.6)
    assert net.evaluate(digits.X, digits.y, metrics=["accuracy"])["accuracy"] > 0.9


@pytest.mark.parametrize("engine", ENGINES)
def test_a_batch_of_one_row_gives_beta_and_is_not_remembered(engine):
    net = net_of(gn.BatchNorm(), gn.Dense(1), engine=engine)
    net.arrays["0.beta"][...], net.arrays["1.W"][...] = 2.0, 1.0
    history = one_update(net, [[5.0, 6.0, 7.0, 8.0]], [3.0])
    assert history["loss"][0] == pytest.approx((4 * 2.0 - 3.0) ** 2)
    assert not net.arrays["0.running_mean"].any()
    np.testing.assert_array_equal(net.arrays["0.running_variance"], 1)


@pytest.mark.parametrize("engine", ENGINES)
@given(X=arrays("d", st.tuples(st.integers(2, 40), st.just(3)), elements=NUMBERS), by=st.floats(-50, 50))
def test_what_is_added_to_all_rows_does_not_change_the_training_of_batch_norm(engine, X, by):
    losses = [
        one_update(net_of(gn.BatchNorm(epsilon=0.1), gn.Dense(1), engine=engine, n_inputs=3), given, X[:, 0])["loss"][0]
        for given in (X, X + by)
    ]
    np.testing.assert_allclose(losses[0], losses[1], rtol=1e-6, atol=1e-12)


@pytest.mark.parametrize("layer", [gn.LayerNorm(), gn.BatchNorm()], ids=str)
@pytest.mark.parametrize("n", [3, 17])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_gradient_check_passes_with_gain_and_bias_that_are_not_1_and_0(layer, n, dtype):
    rng = np.random.default_rng(0)
    net = net_of(gn.Dense(5, "tanh"), layer, gn.Dense(3))
    for name in ("1.gamma", "1.beta"):
        net.arrays[name][...] = rng.normal(size=5)
    check = gn.check_gradient(
        net, rng.normal(size=(n, 4)), rng.normal(size=(n, 3)), loss="squared_error", dtype=dtype,
        sample_weight=np.linspace(0.5, 2, n),
    )  # fmt: skip
    assert check.max_error < {"float64": 1e-6, "float32": 2e-2}[dtype], check


@pytest.mark.parametrize("kind", [gn.LayerNorm, gn.BatchNorm])
def test_a_planted_error_fails_the_gradient_check(kind):
    class Planted(kind):  # type: ignore[misc, valid-type]
        def backward_from_normalized(self, s, dX):
            super().backward_from_normalized(s, dX)
            dX += 1e-3 * s.dN * s.N  # a part of what the spread gives back is forgotten

    rng = np.random.default_rng(0)
    net = net_of(gn.Dense(5, "tanh"), Planted(), gn.Dense(3))
    assert gn.check_gradient(net, rng.normal(size=(7, 4)), rng.normal(size=(7, 3)), loss="huber").max_error > 5e-5


@pytest.mark.parametrize("make", [gn.LayerNorm, gn.BatchNorm])
def test_what_cannot_work_is_refused_in_a_sentence(make):
    name = make.__name__
    with pytest.raises(gn.InvalidInput, match=f"{name}: `epsilon` must be a positive number, got 0"):
        make(epsilon=0)


def test_a_momentum_out_of_range_is_refused():
    with pytest.raises(gn.InvalidInput, match=r"BatchNorm: `momentum` must be a number in \(0, 1\), got 1.0"):
        gn.BatchNorm(momentum=1.0)
