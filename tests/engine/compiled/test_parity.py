"""The compiled engine gives the NumPy engine's numbers: layers, activations, losses, rules, dtypes, ragged batches."""

from typing import Any

import numpy as np
import pytest

pytest.importorskip("numba")

import glassnet as gn
from glassnet.engine.compiled.engine import tell_fallback
from glassnet.formulas.activations import Activation
from glassnet.formulas.losses import Loss
from glassnet.formulas.penalties import Penalty
from glassnet.formulas.update_rules import UpdateRule

ACTIVATIONS = sorted(n for n, c in Activation.registry.items() if c.__module__.startswith("glassnet."))
LOSSES = sorted(n for n, c in Loss.registry.items() if c.__module__.startswith("glassnet."))
RULES = sorted(n for n, c in UpdateRule.registry.items() if c.__module__.startswith("glassnet.") and n != "lbfgs")
PENALTIES = sorted(n for n, c in Penalty.registry.items() if c.__module__.startswith("glassnet."))
CLOSE: dict[str, Any] = {
    "float64": {"rtol": 1e-9, "atol": 1e-11},
    "float32": {"rtol": 2e-3, "atol": 2e-4},
}
N, N_OUTPUTS = 23, 3


def data_for(loss, n=N):
    rng, loss = np.random.default_rng(0), Loss.of(loss)
    X = rng.normal(size=(n, 6))
    if loss.targets == "classes":
        return X, rng.integers(0, N_OUTPUTS, n)
    if loss.targets == "binary":
        return X, rng.integers(0, 2, (n, N_OUTPUTS))
    return X, rng.poisson(2.0, (n, N_OUTPUTS)) + 0.5 * (loss.targets == "numbers")


def trained(engine, dtype, layers, loss, X, y, **more):
    last = gn.Dense(N_OUTPUTS, Loss.of(loss).link or "linear")
    net = gn.Network([*layers, last], dtype=dtype, engine=engine)
    how: dict[str, Any] = {"optimizer": gn.SGD(0.01), "epochs": 3, "batch_size": 8, "seed": 0, **more}
    weights = np.linspace(0.5, 2, len(X)) if more.pop("weighted", True) else None
    how.pop("weighted", None)
    history = net.fit(X, y, loss=loss, sample_weight=weights, validation=0.2, metrics=[], **how)
    return net, history


def assert_parity(layers, loss="squared_error", X=None, y=None, **more):
    """The same training on both engines, 23 rows in batches of 8, weighted."""
    if X is None:
        X, y = data_for(loss)
    for dtype in CLOSE:
        a, ours = trained("numpy", dtype, layers, loss, X, y, **more)
        b, theirs = trained("compiled", dtype, layers, loss, X, y, **more)
        np.testing.assert_allclose(b.parameters, a.parameters, **CLOSE[dtype])
        np.testing.assert_allclose(theirs["loss"], ours["loss"], **CLOSE[dtype])
        np.testing.assert_allclose(theirs["val_loss"], ours["val_loss"], **CLOSE[dtype])
        np.testing.assert_allclose(b.predict(X), a.predict(X), **CLOSE[dtype])


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation(activation):
    assert_parity([gn.Dense(5, activation)])


@pytest.mark.parametrize("weighted", [True, False])
@pytest.mark.parametrize(
    "loss", [*LOSSES, gn.Quantile(levels=(0.1, 0.5, 0.9)), gn.CrossEntropy(label_smoothing=0.1)], ids=str
)
def test_every_loss(loss, weighted):
    X, y = data_for(loss)
    y = y[:, 0] if isinstance(loss, gn.Quantile) else y
    assert_parity([gn.Dense(5, "tanh")], loss, X, y, weighted=weighted)


@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_both_reductions(reduction):
    assert_parity([gn.Dense(5, "tanh")], gn.CrossEntropy(reduction=reduction))


@pytest.mark.parametrize("rule", RULES)
def test_every_update_rule(rule):
    assert_parity([gn.Dense(5, "tanh")], optimizer=type(UpdateRule.of(rule))(learning_rate=0.001))


@pytest.mark.parametrize(
    "more", [{"clip": gn.ClipNorm(0.1)}, {"clip": gn.ClipValue(0.01)}, *({"penalty": p} for p in PENALTIES)]
)
def test_penalties_and_clipping(more):
    assert_parity([gn.Dense(5, "tanh")], **more)


LAYERS = {
    "dense without bias": [gn.Dense(5, "relu", bias=False)],
    "activation": [gn.Dense(5), gn.Activation("silu"), gn.Activation("prelu")],
    "dropout": [gn.Dense(40, "relu"), gn.Dropout(0.4)],
    "residual": [gn.Residual(gn.Dense(4, "tanh"), gn.Residual(gn.Dense(4)), gn.Dropout(0.2), gn.Dense(6)), gn.Dense(5)],
}


@pytest.mark.parametrize("layers", LAYERS)
def test_every_layer(layers):
    assert_parity(LAYERS[layers])


def test_flatten():
    X, y = data_for("squared_error")
    assert_parity([gn.Flatten(), gn.Dense(4, "tanh")], X=X.reshape(N, 2, 3), y=y)


def test_large_products_through_the_blas():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(300, 60)), rng.normal(size=(300, N_OUTPUTS))
    assert_parity([gn.Dense(50, "relu"), gn.Dense(40, "tanh")], X=X, y=y, batch_size=128)


@pytest.mark.parametrize("how", [{"batch_size": 1000}, {"shuffle": False}, {"batch_size": 1}])
def test_every_way_of_cutting_batches(how):
    assert_parity([gn.Dense(5, "tanh")], **how)


def test_metrics_see_the_same_outputs():
    X, y = data_for("cross_entropy")
    histories = []
    for engine in ("numpy", "compiled"):
        net = gn.Network([gn.Dense(5, "tanh"), gn.Dense(3, "softmax")], dtype="float64", engine=engine)
        histories.append(
            net.fit(X, y, loss="cross_entropy", epochs=4, batch_size=5, metrics=["log_loss", "accuracy"], seed=0)
        )
    np.testing.assert_allclose(histories[0]["log_loss"], histories[1]["log_loss"])
    assert histories[0]["accuracy"] == histories[1]["accuracy"]


def test_the_same_seed_gives_the_same_bits():
    X, y = data_for("squared_error")
    first, again = (
        trained("compiled", "float32", [gn.Dense(9, "gelu"), gn.Dropout(0.2)], "squared_error", X, y)[0] for _ in "ab"
    )
    np.testing.assert_array_equal(first.parameters, again.parameters)


def test_divergence_is_noticed_at_the_same_step():
    X, y = data_for("squared_error")
    said = []
    for engine in ("numpy", "compiled"):
        net = gn.Network([gn.Dense(5, "tanh"), gn.Dense(N_OUTPUTS)], engine=engine)
        with pytest.raises(gn.Diverged) as caught:
            net.fit(X, y, loss="squared_error", optimizer=gn.SGD(1e12), epochs=50, seed=0)
        said.append(str(caught.value).split("was ")[1].split(" ", 1)[1])
        assert np.isfinite(net.parameters).all()
    assert said[0] == said[1]


def test_an_activation_and_a_loss_of_ones_own_are_compiled():
    class Bent(gn.activations.Activation):
        tilt: float = 0.1

        def value(self, z):
            return z * 0.5 * (1.0 + self.tilt) + np.tanh(z)

        def slope(self, z, a):
            return 0.5 * (1.0 + self.tilt) + 1 - np.tanh(z) ** 2

    class Fourth(gn.Loss):
        def value(self, p, y):
            return (p - y) ** 4

        def residual(self, p, y):
            return 4 * (p - y) ** 3

    X, y = data_for("squared_error")
    assert_parity([gn.Dense(5, Bent(tilt=0.3))], Fourth(), X, y / 10)


def test_what_cannot_be_compiled_runs_on_numpy_and_says_so():
    class Odd(gn.activations.Activation):
        def value(self, z):
            return np.cumsum(z, axis=1) * 0 + z

        def slope(self, z, a):
            return np.ones_like(z)

    X, y = data_for("squared_error")
    tell_fallback.cache_clear()
    with pytest.warns(RuntimeWarning, match="runs on the NumPy engine: 'np.cumsum' is no elementary function"):
        net, _ = trained("compiled", "float32", [gn.Dense(5, Odd())], "squared_error", X, y)
    assert np.isfinite(net.predict(X)).all()  # said once, not again
