"""Contributions of inputs: they add up, and are what they must be where that is known."""

import itertools
import math

import numpy as np
import pytest

import glassnet as gn
from glassnet.insight.path_gradients import integrated_gradients

RNG = np.random.default_rng(0)
X, BACKGROUND = RNG.normal(size=(5, 4)), RNG.normal(size=(7, 4))


def built(*layers, n_inputs=4, seed=1):
    return gn.Network(layers).build(n_inputs, seed=seed)


@pytest.mark.parametrize(
    "layers",
    [
        (gn.Dense(8, "tanh"), gn.Dense(3, "softmax")),
        (gn.Dense(8, "relu"), gn.Dropout(0.5), gn.Dense(8, gn.PReLU()), gn.Dense(1)),
        (gn.PeriodicEmbedding(), gn.LayerNorm(), gn.Dense(6, "selu"), gn.Dense(2, "sigmoid")),
        (gn.Residual(gn.Dense(4, "mish")), gn.GaussianNoise(0.3), gn.Dense(1)),
    ],
    ids=lambda layers: type(layers[0]).__name__,
)
@pytest.mark.parametrize("n_background", [1, 7])
def test_contributions_add_up_to_the_output_minus_that_of_the_background(layers, n_background):
    net = built(*layers)
    found = integrated_gradients(net, X, BACKGROUND[:n_background])
    np.testing.assert_allclose(found.outputs, net.predict(X), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(
        found.baseline, net.predict(BACKGROUND[:n_background]).mean(axis=0), rtol=1e-4, atol=1e-5
    )
    missing = np.abs(found.values.sum(axis=1) - (found.outputs - found.baseline)).max()
    assert found.error == pytest.approx(missing, abs=1e-12)
    assert missing < 1e-4 * max(1.0, np.abs(found.outputs).max())
    assert np.abs(found.values).max() > 1e-3


def test_those_of_a_linear_network_are_weight_times_difference():
    net = built(gn.Dense(2))
    found = integrated_gradients(net, X, BACKGROUND)
    W = net.arrays["0.W"].astype(float)
    np.testing.assert_allclose(found.values, (X - BACKGROUND.mean(axis=0))[:, :, np.newaxis] * W, atol=1e-12)


def test_inputs_that_play_the_same_part_have_the_same():
    net = built(gn.Dense(6, "tanh"), gn.Dense(1))
    net.arrays["0.W"][1] = net.arrays["0.W"][0]
    x, back = X.copy(), BACKGROUND.copy()
    x[:, 1], back[:, 1] = x[:, 0], back[:, 0]
    found = integrated_gradients(net, x, back).values
    np.testing.assert_allclose(found[:, 0], found[:, 1], atol=1e-12)


def test_an_input_that_nothing_depends_on_has_none():
    net = built(gn.Dense(6, "tanh"), gn.Dense(1))
    net.arrays["0.W"][2] = 0.0
    assert not integrated_gradients(net, X, BACKGROUND).values[:, 2].any()


def test_codes_go_from_one_vector_to_the_other():
    net = built(
        gn.Columns((0, gn.Embedding(5, 3)), (slice(1, 3), gn.Activation("linear")), ([3], gn.Embedding(4, 2))),
        gn.Dense(1),
    )
    x, back = np.array([[4, 0.5, -1.0, 2]]), np.array([[1, 0.0, 1.0, 2], [3, 0.0, 1.0, 0]])
    found = integrated_gradients(net, x, back)
    rows = {name: net.arrays[name].astype(float) for name in net.arrays}
    E, F, W = (next(rows[n] for n in rows if rows[n].shape == shape) for shape in ((5, 3), (4, 2), (7, 1)))
    wanted = (E[4] - (E[1] + E[3]) / 2) @ W[:3, 0], (F[2] - (F[2] + F[0]) / 2) @ W[5:, 0]
    np.testing.assert_allclose(found.values[0, [0, 3], 0], wanted, atol=1e-9)
    np.testing.assert_allclose(found.values[0, 1, 0], 0.5 * W[3, 0], atol=1e-9)
    assert found.error < 1e-9


def shapley(net, x, back):
    """The exact values of a game in which an input is the row's or that of the background."""
    n, total = len(x), np.zeros(len(x))
    for order in itertools.permutations(range(n)):
        now = back.copy()
        before = float(net.predict(now[np.newaxis])[0, 0])
        for j in order:
            now[j] = x[j]
            after = float(net.predict(now[np.newaxis])[0, 0])
            total[j] += (after - before) / math.factorial(n)
            before = after
    return total


def test_beside_exact_shapley_values_the_sum_is_the_same_and_without_interaction_all_are():
    """They differ where inputs act together: one goes along the diagonal of the cube, the other along its edges."""
    apart = built(gn.Columns(*((k, gn.Dense(3, "tanh")) for k in range(4))), gn.Dense(1))
    x, back = X[0], BACKGROUND[0]
    np.testing.assert_allclose(
        integrated_gradients(apart, x[np.newaxis], back[np.newaxis]).values[0, :, 0], shapley(apart, x, back), atol=1e-4
    )
    together = built(gn.Dense(6, "tanh"), gn.Dense(1))
    together.arrays["0.W"][...] *= 3
    found, exact = (
        integrated_gradients(together, x[np.newaxis], back[np.newaxis]).values[0, :, 0],
        shapley(together, x, back),
    )
    assert found.sum() == pytest.approx(exact.sum(), abs=1e-4)
    assert np.abs(found - exact).max() > 1e-3


def test_why_they_differ_from_exact_shapley_values_where_inputs_act_together():
    """relu(x₁ + 2x₂ − 2): neither input alone moves it; on the straight way it begins to rise at 2/3 of the way."""
    net = gn.Network([gn.Dense(1, "relu")]).build(2, seed=0)
    net.arrays["0.W"][:, 0], net.arrays["0.b"][:] = (1, 2), -2
    x, back = np.ones(2), np.zeros(2)
    found = integrated_gradients(net, x[np.newaxis], back[np.newaxis])
    np.testing.assert_allclose(found.values[0, :, 0], [1 / 3, 2 / 3], atol=1e-4)
    np.testing.assert_allclose(shapley(net, x, back), [1 / 2, 1 / 2], atol=1e-6)


@pytest.mark.long
def test_a_wrong_gradient_is_seen_in_the_error(monkeypatch):
    net = built(gn.Dense(8, "tanh"), gn.Dense(1))
    backward = gn.Dense.backward_to_inputs

    def wrong(self, s):
        backward(self, s)
        if s.dX is not None:
            s.dX[...] *= 1.01

    monkeypatch.setattr(gn.Dense, "backward_to_inputs", wrong)
    assert integrated_gradients(net, X, BACKGROUND).error > 1e-3


def test_a_network_that_looks_at_whole_batches_is_refused():
    with pytest.raises(gn.InvalidInput, match=r"computes each row by itself, and in training BatchNorm\(.* does not"):
        integrated_gradients(built(gn.BatchNorm(), gn.Dense(1)), X, BACKGROUND)
