"""Factors for each feature, and Gaussian noise: in training and in prediction, on both engines."""

from typing import Any

import numpy as np
import pytest
from both_engines import COMPILED, ENGINES, one_update  # type: ignore[import-not-found]
from hypothesis import given
from hypothesis import strategies as st

import glassnet as gn
from glassnet.formulas.noise import ALL_BITS, PIECE, normal, write_noise

KEYS = st.integers(0, ALL_BITS)
IRIS = gn.datasets.iris()


def noise_of(std: float, key: int, shape: Any, dtype: str = "float32") -> Any:
    noise = np.full(shape, np.nan, dtype)
    write_noise(noise, std, key)
    return noise


@pytest.mark.parametrize("engine", ENGINES)
def test_scale_begins_as_1_and_multiplies(engine):
    net = gn.Network([gn.Scale()], engine=engine).build(4, seed=0)
    np.testing.assert_array_equal(net.predict(IRIS.X), IRIS.X.astype("f"))
    net.arrays["0.s"][...] = [1, 2, -3, 0]
    np.testing.assert_array_equal(net.predict(IRIS.X), IRIS.X.astype("f") * np.array([1, 2, -3, 0], "f"))


@pytest.mark.parametrize("engine", ENGINES)
def test_scale_takes_samples_of_any_shape(engine):
    X = np.random.default_rng(0).normal(size=(20, 2, 3))
    net = gn.Network([gn.Scale(), gn.Flatten(), gn.Dense(1)], dtype="float64", engine=engine)
    net.fit(X, X[:, 0, 1], loss="squared_error", optimizer=gn.Adam(0.05), epochs=50, seed=0)
    assert net.arrays["0.s"].shape == (2, 3)
    assert net.evaluate(X, X[:, 0, 1])["loss"] < 0.1


@pytest.mark.parametrize("layer", [gn.Scale(), gn.GaussianNoise(0.5)], ids=str)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_gradient_check_passes(layer, dtype):
    rng = np.random.default_rng(0)
    net = gn.Network([layer, gn.Dense(5, "tanh"), layer, gn.Residual(gn.Dense(5), layer), gn.Dense(2)]).build(4, seed=0)
    check = gn.check_gradient(net, rng.normal(size=(7, 4)), rng.normal(size=(7, 2)), loss="huber", dtype=dtype)
    assert check.max_error < {"float64": 1e-6, "float32": 2e-2}[dtype], check


def test_a_planted_error_in_scale_fails_the_check():
    class Planted(gn.Scale):
        def backward(self, s):
            super().backward(s)
            s.ds[0] *= 1.001

    net = gn.Network([gn.Dense(5, "tanh"), Planted(), gn.Dense(3, "softmax")]).build(4, seed=0)
    assert gn.check_gradient(net, IRIS.X[::9], IRIS.y[::9], loss="cross_entropy").max_error > 5e-5


def test_normal_numbers_are_the_inverse_of_the_normal_distribution():
    from scipy.special import ndtri

    x = (2.0 * np.arange(2**24) + 1)[:: 2**10] / 2**24 - 1
    x = np.r_[x, 1 - 2.0**-24, 2.0**-24 - 1]
    np.testing.assert_allclose(normal(x), ndtri((1 + x) / 2), rtol=2e-5, atol=1e-6)
    np.testing.assert_allclose(normal(x.astype("f")), normal(x), rtol=2e-5, atol=1e-6)


@given(key=KEYS, std=st.sampled_from([0.1, 1.0, 30.0]))
def test_noise_has_the_moments_of_a_normal_distribution(key, std):
    noise = noise_of(std, key, (500, 130), "float64").ravel() / std
    n = noise.size
    assert abs(noise.mean()) < 6 / n**0.5
    assert abs(noise.var() - 1) < 6 * (2 / n) ** 0.5
    assert abs((noise**3).mean()) < 6 * (15 / n) ** 0.5
    assert abs((noise**4).mean() - 3) < 8 * (96 / n) ** 0.5
    assert abs((noise[1:] * noise[:-1]).mean()) < 6 / n**0.5


@given(key=KEYS, n=st.integers(1, 3 * PIECE))
def test_noise_does_not_depend_on_how_much_of_it_is_drawn(key, n):
    np.testing.assert_array_equal(noise_of(0.5, key, n), noise_of(0.5, key, 3 * PIECE)[:n])


def test_both_types_have_the_same_noise_to_rounding():
    np.testing.assert_allclose(noise_of(1.0, 7, 10_000), noise_of(1.0, 7, 10_000, "float64"), rtol=2e-5, atol=1e-6)


@COMPILED
@pytest.mark.parametrize("n", [7, 160, 161, 900])
def test_both_engines_add_the_same_noise_in_every_tile(n):
    X = np.random.default_rng(0).normal(size=(n, 3))
    losses = []
    for engine in ("numpy", "compiled"):
        net = gn.Network([gn.GaussianNoise(0.5), gn.Dense(2)], dtype="float64", engine=engine)
        losses.append(one_update(net, X, X[:, :2], sample_weight=np.linspace(0, 1, n))["loss"][0])
    assert losses[0] == pytest.approx(losses[1], rel=1e-10)


@pytest.mark.parametrize("engine", ENGINES)
def test_noise_acts_in_training_alone_and_adds_its_variance_to_the_loss(engine):
    X = np.zeros((5000, 4))
    net = gn.Network([gn.GaussianNoise(0.5), gn.Residual(gn.Scale())], engine=engine).build(4, seed=0)
    assert not net.predict(X).any()
    loss = one_update(net, X, X)["loss"][0]
    assert loss == pytest.approx(4 * 0.25, rel=0.05)  # (2 ε)²


def test_lbfgs_and_a_negative_spread_are_refused():
    with pytest.raises(gn.InvalidInput, match="GaussianNoise: `std` must be a number of at least 0, got -1"):
        gn.GaussianNoise(-1)
    with pytest.raises(gn.InvalidInput, match=r"GaussianNoise\(\) draws new random values each time"):
        net = gn.Network([gn.GaussianNoise(), gn.Dense(3, "softmax")])
        net.fit(IRIS.X, IRIS.y, loss="cross_entropy", optimizer="lbfgs")


@COMPILED
def test_noise_that_follows_a_schedule_is_the_same_on_both_engines():
    found = []
    for engine in ("numpy", "compiled"):
        layers = [gn.GaussianNoise(gn.Cosine(0.5)), gn.Dense(3, "softmax")]
        net = gn.Network(layers, dtype="float64", engine=engine)
        found.append(net.fit(IRIS.X, IRIS.y, loss="cross_entropy", epochs=4, seed=0))
    assert found[0]["0.std"][0] == 0.5 > found[0]["0.std"][3] > 0
    np.testing.assert_allclose(found[1]["loss"], found[0]["loss"], rtol=1e-7)


def scaled(engine: str, penalize: bool, **settings: Any) -> Any:
    layers = [
        gn.Scale(penalize=penalize),
        gn.Dense(5, "tanh"),
        gn.Scale(learning_rate_factor=2.0, penalize=penalize),
        gn.Dense(3, "softmax"),
    ]
    net = gn.Network(layers, dtype="float64", engine=engine)
    net.fit(IRIS.X, IRIS.y, loss="cross_entropy", epochs=3, seed=0, **settings)
    return net


@pytest.mark.parametrize("engine", ENGINES)
def test_weight_decay_acts_on_factors_that_decay_alone(engine):
    still = {"optimizer": gn.AdamW(0.0001, weight_decay=100.0), "batch_size": 150}  # 3 steps, each W ← (1 − 0.01) W
    plain, decaying = (scaled(engine, penalize, **still) for penalize in (False, True))
    for name, rate in (("0.s", 1.0), ("2.s", 2.0)):
        np.testing.assert_allclose(plain.arrays[name], 1.0, atol=0.001)
        np.testing.assert_allclose(decaying.arrays[name], (1 - 0.01 * rate) ** 3, atol=0.001)


@COMPILED
@pytest.mark.parametrize("penalize", [False, True])
@pytest.mark.parametrize("how", [{"optimizer": gn.AdamW(0.01, weight_decay=1.0)}, {"penalty": gn.L2(0.1)}], ids=str)
def test_both_engines_let_factors_decay_alike(penalize, how):
    ours, theirs = (scaled(engine, penalize, **how) for engine in ("numpy", "compiled"))
    np.testing.assert_allclose(ours.parameters, theirs.parameters, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("penalize", [False, True])
def test_the_gradient_of_a_penalty_on_factors_passes_the_check(penalize):
    net = gn.Network([gn.Scale(penalize=penalize), gn.Dense(3, "softmax")]).build(4, seed=0)
    check = gn.check_gradient(net, IRIS.X[::7], IRIS.y[::7], loss="cross_entropy", penalty=gn.L2(0.5))
    assert check.max_error < 1e-6


def test_factors_that_decay_are_described_as_such():
    layer = gn.Scale(learning_rate_factor=6.0, penalize=True)
    assert gn.Scale.of(layer.describe()) == layer != gn.Scale(learning_rate_factor=6.0)
    with pytest.raises(gn.InvalidInput, match="Scale: `penalize` must be True or False, got 1"):
        gn.Scale(penalize=1)  # type: ignore[arg-type]
