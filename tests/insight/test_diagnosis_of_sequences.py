"""Networks of sequences and of pictures are diagnosed at each step and position."""

import numpy as np
import pytest

import glassnet as gn


def codes(n=120):
    """Sequences of different lengths, and a class at each step that the step and the one before it tell."""
    rng = np.random.default_rng(0)
    X = rng.integers(1, 6, (n, 6))
    for row, length in zip(X, rng.integers(3, 7, n), strict=True):
        row[length:] = 0
    return X, np.where(X > 0, X % 3, -1)


def net_of(*layers, shape):
    return gn.Network([*layers], engine="numpy").build(shape, seed=0)


def test_a_trained_network_of_sequences_has_no_findings():
    X, y = codes()
    net = net_of(gn.Embedding(6, 8, padding=0), gn.GRU(8, sequences=True), gn.Dense(3, "softmax"), shape=6)
    net.fit(X[:80], y[:80], loss="cross_entropy", optimizer=gn.Adam(0.03), epochs=12, batch_size=16, seed=0)
    diagnosis = gn.diagnose(net, X[:80], y[:80], held_out=(X[80:], y[80:]), sample_weight=np.ones((80, 6)))
    assert [name for name in diagnosis.names() if not name.startswith("leakage")] == []


@pytest.mark.parametrize(
    ("activation", "change", "found"), [("tanh", ("W", 1000), "saturated units"), ("relu", ("b", -9), "dead units")]
)
def test_units_of_a_recurrent_layer_that_are_off(activation, change, found):
    X, y = codes()
    recurrent = gn.SimpleRNN(8, activation, sequences=True)
    net = net_of(gn.Embedding(6, 8, padding=0), recurrent, gn.Dense(3, "softmax"), shape=6)
    net.arrays[f"1.{change[0]}"][...] = change[1] * (1 if activation == "relu" else net.arrays["1.W"])
    diagnosis = gn.diagnose(net, X, y, loss="cross_entropy")
    assert found in diagnosis.names()
    assert "scores S reach" in str(diagnosis) or f"every one of {(X > 0).sum()} steps" in str(diagnosis)


def test_dead_filters_are_counted_over_all_positions():
    X = np.random.default_rng(0).normal(size=(20, 6, 6, 1))
    net = net_of(gn.Conv2D(4, 3, "relu"), gn.Flatten(), gn.Dense(1), shape=(6, 6, 1))
    net.arrays["0.b"][:3] = -100
    diagnosis = gn.diagnose(net, X, X.mean(axis=(1, 2, 3)), loss="squared_error")
    assert diagnosis.names() == ["dead units"]
    assert "3 of 4 units of layer 0" in str(diagnosis).replace("\n             ", " ")


def test_rare_classes_of_steps_and_inputs_of_several_axes_are_named():
    X = np.random.default_rng(0).normal(size=(100, 5, 2))
    X[:, 3, 1] *= 100
    y = np.zeros((100, 5), int)
    y[:3, 0], y[:, 4] = 1, -1
    net = net_of(gn.SimpleRNN(3, sequences=True), gn.Dense(2, "softmax"), shape=(5, 2))
    diagnosis = gn.diagnose(net, X, y, loss="cross_entropy")
    assert diagnosis.names()[:2] == ["unscaled inputs", "class imbalance"]
    measured = " ".join(finding.measured for finding in diagnosis)
    assert "X[:, 3, 1]" in measured
    assert "The smallest class has 3 rows, the largest 397" in measured
