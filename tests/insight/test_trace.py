"""A trace holds every array of one training step, and its arithmetic is that on paper."""

import numpy as np
import pytest

import glassnet as gn


@pytest.fixture
def step():
    iris = gn.datasets.iris()
    net = gn.Network([gn.Dense(6, "tanh"), gn.Residual(gn.Dense(6, "relu")), gn.Dense(3, "softmax")], dtype="float64")
    net.build(4, seed=0)
    return net, gn.trace(net, iris.X[::30], iris.y[::30], loss="cross_entropy")


def test_arrays_are_those_of_the_derivation(step):
    net, trace = step
    first, middle, last = trace.layers
    np.testing.assert_allclose(first.Z, first.X @ first.W + first.b)
    np.testing.assert_allclose(first.A, np.tanh(first.Z))
    np.testing.assert_array_equal(middle.X, first.A)
    np.testing.assert_allclose(middle.A, middle.X + middle.inner[0].A)
    Y = np.eye(3)[gn.datasets.iris().y[::30]]
    np.testing.assert_allclose(last.dZ, (last.A - Y) / len(Y))
    np.testing.assert_allclose(last.dW, last.X.T @ last.dZ)
    np.testing.assert_allclose(last.db, last.dZ.sum(axis=0))
    np.testing.assert_allclose(first.dZ, first.dA * (1 - first.A**2))
    np.testing.assert_allclose(first.dX, first.dZ @ first.W.T)
    assert trace.loss == pytest.approx(-np.log((last.A * Y).sum(axis=1)).mean())
    np.testing.assert_array_equal(first.W, net.arrays["0.W"])


def test_arrays_are_read_only_copies(step):
    net, trace = step
    before = net.parameters.copy()
    with pytest.raises(ValueError, match="read-only"):
        trace.layers[0].W[0, 0] = 7
    np.testing.assert_array_equal(net.parameters, before)


def test_a_trace_is_in_the_dtype_of_the_network():
    net = gn.Network([gn.Dense(1)]).build(2, seed=0)
    assert gn.trace(net, [[1, 2]], [1], loss="squared_error").layers[0].Z.dtype == np.float32
