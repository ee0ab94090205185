"""All that the pre-tuned RealMLP is made of, in one network: on both engines, gone on from, and learning."""

from typing import Any

import numpy as np
import pytest

import glassnet as gn

DIGITS = gn.datasets.digits()
X, Y = DIGITS.X[:, 2:14] / 8 - 1, DIGITS.y


def hidden(units: int) -> list[gn.Layer]:
    """A hidden layer of the recipe, and its dropout."""
    f = gn.Parametric("selu", learning_rate_factor=0.1)
    drawn: Any = {"weights": "unit_variance", "biases": "through_data"}
    return [
        gn.Dense(units, f, bias_learning_rate_factor=0.1, parametrization="neural_tangent", **drawn),
        gn.Dropout(gn.FlatCosine(0.15)),
    ]


def network(engine: str, dtype: str = "float32") -> gn.Network:
    last = gn.Dense(
        10, "softmax", bias_learning_rate_factor=0.1, parametrization="neural_tangent", weights="unit_variance"
    )
    layers = [
        gn.PeriodicEmbedding(learning_rate_factor=0.1),
        gn.Scale(learning_rate_factor=6.0),
        *hidden(40),
        *hidden(40),
        *hidden(40),
        last,
    ]
    return gn.Network(layers, engine=engine, dtype=dtype)


RULE = gn.AdamW(gn.CosineLog(0.04), beta2=0.95, weight_decay=gn.FlatCosine(0.02))
HOW: dict[str, Any] = {"optimizer": RULE, "batch_size": 128, "validation": 0.2, "seed": 0}
LOSS = gn.CrossEntropy(label_smoothing=0.1)


@pytest.fixture(autouse=True)
def falling_back_on_numpy_is_an_error():
    pytest.importorskip("numba")
    from glassnet.engine.compiled.engine import tell_fallback

    tell_fallback.cache_clear()


@pytest.mark.parametrize(
    ("dtype", "epochs", "apart"), [("float32", 1, 1e-3), pytest.param("float64", 3, 1e-6, marks=pytest.mark.long)]
)
def test_both_engines_take_the_same_path(dtype, epochs, apart):
    found = []
    for engine in ("numpy", "compiled"):
        net = network(engine, dtype)
        history = net.fit(X, Y, loss=LOSS, epochs=epochs, **HOW)
        found.append((net.parameters, history["val_loss"], history["weight_decay"], history["loss"]))
    for ours, theirs in zip(*found, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=apart, atol=apart / 10)


@pytest.mark.parametrize("last", [1, 2])
@pytest.mark.parametrize("engine", ["numpy", "compiled"])
def test_a_run_that_was_left_goes_on_bit_for_bit(engine, last, tmp_path):
    undisturbed, left, resumed = network(engine), network(engine), network(engine)
    undisturbed.fit(X, Y, loss=LOSS, epochs=4, **HOW)
    for epoch in left.training(X, Y, loss=LOSS, epochs=4, checkpoint=tmp_path, **HOW):
        if epoch.number == last:  # after the first epoch, its rate of 0 is written down
            break
    resumed.fit(X, Y, loss=LOSS, epochs=4, resume=tmp_path, **HOW)
    np.testing.assert_array_equal(resumed.parameters, undisturbed.parameters)


def test_it_learns_and_is_saved_as_it_is(tmp_path):
    net = network("auto")  # as a network that is loaded
    history = net.fit(X, Y, loss=LOSS, epochs=30, metrics=["accuracy"], **HOW)
    assert history["val_accuracy"][-1] > 0.6  # of 10 classes, from 12 of 64 pixels
    again = gn.load(net.save(tmp_path / "net.safetensors"))
    assert again == net
    np.testing.assert_array_equal(again.predict(X), net.predict(X))
