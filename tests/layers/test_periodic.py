"""Waves over numbers: the formula, what it learns, and what it refuses."""

import numpy as np
import pytest
from both_engines import ENGINES  # type: ignore[import-not-found]

import glassnet as gn

IRIS = gn.datasets.iris()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("engine", ENGINES)
def test_each_column_becomes_itself_and_lines_over_its_waves(engine, dtype):
    net = gn.Network([gn.PeriodicEmbedding(5, 3, sigma=2.0)], dtype=dtype, engine=engine).build(4, seed=0)
    w, c, V, d = (net.arrays[f"0.{name}"].astype("f8") for name in "wcVd")
    X = np.random.default_rng(0).normal(scale=20.0, size=(37, 4))
    A = net.predict(X).reshape(37, 4, 3)
    np.testing.assert_array_equal(A[:, :, 0], X.astype(dtype))
    waves = np.cos(2 * np.pi * X.astype(dtype)[:, :, None] * w + c)
    expected = np.einsum("ncf,cfe->nce", waves, V) + d
    np.testing.assert_allclose(A[:, :, 1:], expected, atol=2e-4 if dtype == "float32" else 1e-12)
    for k in (0, 1, 36):
        np.testing.assert_allclose(net.predict(X[k : k + 1]).reshape(4, 3), A[k], rtol=1e-5, atol=1e-6)


def test_parameters_are_drawn_as_published():
    arrays = gn.Network([gn.PeriodicEmbedding(16, 4, sigma=0.1)]).build(500, seed=0).arrays
    assert arrays["0.w"].std() == pytest.approx(0.1, rel=0.05)
    assert abs(arrays["0.c"]).max() == pytest.approx(np.pi, rel=0.01)
    for name, shape in {"0.V": (500, 16, 3), "0.d": (500, 3)}.items():
        assert arrays[name].shape == shape
        assert abs(arrays[name]).max() == pytest.approx(0.25, rel=0.01)


def test_a_pair_of_sigmas_spreads_the_frequencies_of_each_column():
    layer = gn.PeriodicEmbedding(5, 4, sigma=(0.1, 10))
    assert layer.sigma == (0.1, 10.0)
    w = gn.Network([layer]).build(2000, seed=0).arrays["0.w"]
    np.testing.assert_allclose(w.std(axis=0), [0.1, 10**-0.5, 1, 10**0.5, 10], rtol=0.06)


def test_a_pair_of_sigmas_is_saved_and_loaded(tmp_path):
    net = gn.Network([gn.PeriodicEmbedding(3, 2, sigma=(0.1, 2.0)), gn.Dense(1)]).build(4, seed=0)
    assert gn.Network.load(net.save(tmp_path / "net.safetensors")).layers[0] == gn.PeriodicEmbedding(
        3, 2, sigma=(0.1, 2.0)
    )


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_gradient_check_passes_on_a_ragged_batch(dtype):
    net = gn.Network([gn.PeriodicEmbedding(5, 3, sigma=0.3), gn.Dense(3, "softmax")]).build(4, seed=0)
    check = gn.check_gradient(net, IRIS.X[::21], IRIS.y[::21], loss="cross_entropy", dtype=dtype)
    assert check.max_error < {"float64": 1e-6, "float32": 2e-2}[dtype], check
    assert not check.vacuous


@pytest.mark.parametrize("name", ["dw", "dc", "dV", "dd", "dX"])
def test_a_planted_error_fails_the_check(name):
    class Planted(gn.PeriodicEmbedding):
        def backward(self, s):
            super().backward(s)
            getattr(s, name)[0] *= 1.001

    net = gn.Network([gn.Dense(4, "tanh"), Planted(5, 3, 0.3), gn.Dense(3, "softmax")]).build(4, seed=0)
    assert gn.check_gradient(net, IRIS.X[::21], IRIS.y[::21], loss="cross_entropy").max_error > 1e-5


def test_waves_learn_what_changes_quickly():
    x = np.linspace(-2, 2, 1000)[:, np.newaxis]
    y, found = np.sin(9 * x[:, 0]), []
    for first in ([], [gn.PeriodicEmbedding(sigma=0.5)]):
        net = gn.Network([*first, gn.Dense(32, "relu"), gn.Dense(1)])
        net.fit(x, y, loss="squared_error", optimizer=gn.Adam(0.01), epochs=20, seed=0)
        found.append(net.evaluate(x, y, metrics=["r2"])["r2"])
    assert found[0] < 0.9 < found[1]


def test_it_is_part_of_a_saved_network(tmp_path):
    layers = [gn.PeriodicEmbedding(5, 3, sigma=0.3, learning_rate_factor=0.1), gn.Dense(3, "softmax")]
    net = gn.Network(layers).build(4, seed=0)
    assert gn.load(net.save(tmp_path / "net.safetensors")) == net
    assert [p.parameter.learning_rate_factor for p in net.built()[0].places.values()] == [0.1] * 4 + [1.0] * 2


REFUSED = {
    "no waves": (lambda: gn.PeriodicEmbedding(0), "`frequencies` must be a whole number of at least 1, got 0."),
    "the value alone": (
        lambda: gn.PeriodicEmbedding(4, 1),
        "`dimensions` must be a whole number of at least 2, got 1.",
    ),
    "no spread": (
        lambda: gn.PeriodicEmbedding(sigma=0),
        "PeriodicEmbedding: `sigma` must be a positive number, got 0.",
    ),
    "a pair with a zero": (
        lambda: gn.PeriodicEmbedding(sigma=(0.1, 0)),
        "PeriodicEmbedding: `sigma` must be a positive number, or a pair of them such as (0.1, 2.0), got (0.1, 0).",
    ),
    "three sigmas": (
        lambda: gn.PeriodicEmbedding(sigma=(0.1, 1, 2)),  # type: ignore[arg-type]
        "or a pair of them such as (0.1, 2.0), got",
    ),
    "a negative factor": (
        lambda: gn.PeriodicEmbedding(learning_rate_factor=-1),
        "`learning_rate_factor` must be a number of at least 0, got -1.",
    ),
    "images": (
        lambda: gn.Network([gn.PeriodicEmbedding()]).build((8, 8)),
        "PeriodicEmbedding needs one-dimensional samples (rows of numbers), got shape (8, 8).",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_it_refuses(case):
    make, message = REFUSED[case]
    with pytest.raises(gn.InvalidInput) as caught:
        make()
    assert message in str(caught.value)
