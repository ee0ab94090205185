"""Ensembles in one network give on the compiled engine what they give on NumPy: trained, predicted, evaluated."""

import numpy as np
import pytest

import glassnet as gn

pytest.importorskip("numba")

N = 70  # in batches of 32 the last is ragged
RNG = np.random.default_rng(0)
X, WEIGHTS = RNG.normal(size=(N, 5)), RNG.uniform(size=N)
TARGETS = {
    "cross_entropy": ("softmax", RNG.integers(0, 3, N)),
    "binary_cross_entropy": ("sigmoid", RNG.integers(0, 2, (N, 3))),
    "poisson": ("exponential", RNG.integers(0, 4, (N, 3))),
    "squared_error": ("linear", RNG.normal(size=(N, 3))),
}


def network(last, dtype, engine, members=6):
    return gn.Network(
        [
            gn.Dense(4, "tanh"),
            gn.Members(members),
            gn.BatchEnsemble(9, "tanh", factors=gn.Normal()),
            gn.Dropout(0.2),
            gn.BatchEnsemble(4, gn.PReLU()),
            gn.DensePerMember(3),
            gn.MeanOfMembers(last),
        ],
        dtype,
        engine=engine,
    )


@pytest.mark.parametrize(("loss", "weights"), [(loss, w) for loss in TARGETS for w in (None, WEIGHTS)])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.filterwarnings("error")
def test_both_engines_agree_where_each_member_has_a_loss(loss, weights, dtype):
    f, y = TARGETS[loss]
    found = []
    for engine in ("numpy", "compiled"):
        net = network(f, dtype, engine)
        settings = {"optimizer": gn.SGD(0.1), "batch_size": 32, "epochs": 2, "seed": 0, "sample_weight": weights}
        history = net.fit(X, y, loss=loss, **settings)
        alone = net.predict(X[:1])
        np.testing.assert_allclose(alone, net.predict(X)[:1], rtol=1e-5)
        found.append((net.parameters, net.predict(X), alone, net.evaluate(X, y)["loss"], history["loss"]))
    for one, other in zip(*found, strict=True):
        np.testing.assert_allclose(
            one, other, rtol=1e-9 if dtype == "float64" else 1e-4, atol=1e-12 if dtype == "float64" else 1e-6
        )


@pytest.mark.filterwarnings("error")
def test_a_single_member_is_trained_by_the_loss_of_the_network():
    f, y = TARGETS["cross_entropy"]
    found = []
    for engine in ("numpy", "compiled"):
        net = network(f, "float64", engine, members=1)
        net.fit(X, y, loss="cross_entropy", optimizer=gn.SGD(0.1), batch_size=32, epochs=2, seed=0)
        found.append(net.parameters)
    np.testing.assert_allclose(found[0], found[1], rtol=1e-9, atol=1e-12)


@pytest.mark.filterwarnings("error")
def test_the_mean_in_the_middle_of_a_network_is_a_layer_like_others():
    y = TARGETS["cross_entropy"][1]
    found = []
    for engine in ("numpy", "compiled"):
        layers = [*network("sigmoid", "float64", engine).layers, gn.Dense(3, "softmax")]
        net = gn.Network(layers, "float64", engine=engine)
        net.fit(X, y, loss="cross_entropy", optimizer=gn.SGD(0.1), batch_size=32, epochs=2, seed=0)
        found.append(net.parameters)
    np.testing.assert_allclose(found[0], found[1], rtol=1e-9, atol=1e-12)
