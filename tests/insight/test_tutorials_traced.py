"""The trace of a first step beside the arithmetic of the tutorials' own code, written here anew in a few lines."""

import numpy as np
import pytest

import glassnet as gn
from glassnet.demos import clouds, regression, xor


def holds(step):
    """The tutorial's own step fits a terminal, and its gradients agree with finite differences."""
    assert max(map(len, step.text(80).splitlines())) <= 80
    assert step.check(max_entries=40).max_error < 1e-6
    why = step.why(layer=0, weight=(0, 1))
    assert why.numeric == pytest.approx(why.gradient, rel=1e-6)
    assert why.products.sum() == pytest.approx(why.gradient, rel=1e-9)


def test_iris():
    iris = gn.datasets.iris()
    X, y, n = iris.X, iris.y, len(iris)
    draw = np.random.RandomState(99).uniform
    W = [draw(-1, 1, (6, 4)), draw(-1, 1, (3, 6))]  # (outputs, inputs)
    b = [np.zeros((1, 6)), np.zeros((1, 3))]

    Z0 = X.dot(W[0].T) + b[0]
    A0 = np.maximum(0, Z0)
    Z1 = A0.dot(W[1].T) + b[1]
    A1 = np.exp(Z1) / np.exp(Z1).sum(axis=1, keepdims=True)
    loss = -np.log(A1[range(n), y]).sum() / n
    dS = A1.copy()
    dS[range(n), y] -= 1
    dS /= n
    dW1, db1 = A0.T.dot(dS), dS.sum(axis=0)
    dZ0 = dS.dot(W[1]) * (Z0 >= 0)
    dW0, db0 = X.T.dot(dZ0), dZ0.sum(axis=0)
    after = {"0.W": W[0].T - 0.01 * dW0, "1.W": W[1].T - 0.01 * dW1, "0.b": -0.01 * db0, "1.b": -0.01 * db1}

    net = gn.Network([gn.Dense(6, "relu"), gn.Dense(3, "softmax")], dtype="float64").build(4, seed=0)
    net.arrays["0.W"][...], net.arrays["1.W"][...] = W[0].T, W[1].T
    step = gn.trace(net, X, y, loss="cross_entropy", optimizer=gn.SGD(0.01))
    first, last = step.layers
    pairs = [(first.Z, Z0), (first.A, A0), (last.Z, Z1), (last.A, A1), (step.loss, loss), (last.dZ, dS)]
    pairs += [
        (last.dW, dW1),
        (last.db, db1),
        (first.dA, dS.dot(W[1])),
        (first.dZ, dZ0),
        (first.dW, dW0),
        (first.db, db0),
    ]
    pairs += [(step.updates[name].after, array) for name, array in after.items()]
    for ours, theirs in pairs:
        np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-15)
    assert abs(step.loss - 3.6957030518) < 1e-10  # what the tutorial's code gives
    holds(step)


def test_regression():
    net, X, y = regression.start()
    W1, W2 = net.arrays["0.W"].copy(), net.arrays["1.W"].copy()
    activations = X.dot(W1)
    relu = np.maximum(activations, 0)
    predictions = relu.dot(W2)
    loss = np.sum((predictions - y) ** 2)
    d_predictions = 2.0 * (predictions - y)
    d_weights2 = relu.T.dot(d_predictions)
    d_activations = d_predictions.dot(W2.T)
    d_activations[activations < 0] = 0
    d_weights1 = X.T.dot(d_activations)

    step = gn.trace(net, X, y, loss="sum_of_squared_errors", optimizer=gn.SGD(1e-6))
    first, last = step.layers
    pairs = [
        (first.Z, activations),
        (first.A, relu),
        (last.A, predictions),
        (step.loss, loss),
        (last.dA, d_predictions),
    ]
    pairs += [(last.dW, d_weights2), (first.dZ, d_activations), (first.dW, d_weights1)]
    pairs += [(step.updates["0.W"].after, W1 - 1e-6 * d_weights1), (step.updates["1.W"].after, W2 - 1e-6 * d_weights2)]
    for ours, theirs in pairs:
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-9)
    holds(step)


def test_xor():
    """The tutorial's forward pass is ours; its backward pass takes slopes of what is a slope's value already."""
    p = xor.draws(1)
    hidden = 1 / (1 + np.exp(-(xor.X.dot(p["0.W"]) + p["0.b"])))
    output = 1 / (1 + np.exp(-(hidden.dot(p["1.W"]) + p["1.b"])))
    delta_output = (output - xor.Y) * output * (1 - output)
    delta_hidden = delta_output.dot(p["1.W"].T) * hidden * (1 - hidden)

    step = gn.trace(xor.network(p), xor.X, xor.Y, loss="sum_of_squared_errors", optimizer=gn.SGD(0.5))
    first, last = step.layers
    pairs = [(first.A, hidden), (last.A, output), (last.dZ, 2 * delta_output), (first.dZ, 2 * delta_hidden)]
    pairs += [(last.dW, 2 * hidden.T.dot(delta_output)), (first.dW, 2 * xor.X.T.dot(delta_hidden))]
    pairs += [(step.updates["1.W"].after, p["1.W"] - hidden.T.dot(delta_output))]
    for ours, theirs in pairs:
        np.testing.assert_allclose(ours, theirs, rtol=1e-12)
    assert abs(np.mean(np.abs(xor.Y - last.A)) - 0.5013730688788007) < 1e-15  # the first line that the tutorial prints
    holds(step)
    printed = xor.printed_gradient(p, hidden, output)
    assert not np.allclose(printed["1.W"], last.dW / 2, rtol=1e-2)


def test_clouds():
    net, X, y = clouds.start()
    W1, b1, W2, b2 = (net.arrays[name].copy() for name in ("0.W", "0.b", "1.W", "1.b"))
    T = np.eye(3)[y]
    A = 1 / (1 + np.exp(-(X.dot(W1) + b1)))
    scores = np.exp(A.dot(W2) + b2)
    Y = scores / scores.sum(axis=1, keepdims=True)
    delta2 = Y - T
    delta1 = delta2.dot(W2.T) * A * (1 - A)

    step = gn.trace(net, X, y, loss=gn.CrossEntropy(reduction="sum"), optimizer=gn.SGD(10e-6))
    first, last = step.layers
    pairs = [(first.A, A), (last.A, Y), (last.dZ, delta2), (first.dZ, delta1), (step.loss, -np.sum(T * np.log(Y)))]
    pairs += [(step.updates["1.W"].after, W2 - 10e-6 * A.T.dot(delta2))]
    pairs += [(step.updates["1.b"].after, b2 - 10e-6 * delta2.sum(axis=0))]
    pairs += [(step.updates["0.W"].after, W1 - 10e-6 * X.T.dot(delta1))]
    pairs += [(step.updates["0.b"].after, b1 - 10e-6 * delta1.sum(axis=0))]
    for ours, theirs in pairs:
        np.testing.assert_allclose(ours, theirs, rtol=1e-10, atol=1e-12)
    holds(step)
