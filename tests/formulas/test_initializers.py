"""Initialisers: the published mean and variance, orthonormality, the passed generator."""

import numpy as np
import pytest

import glassnet as gn
from glassnet.formulas.initializers import Initializer

VARIANCES = {
    "glorot_normal": 2 / (200 + 300), "glorot_uniform": 2 / (200 + 300), "he_normal": 2 / 200, "he_uniform": 2 / 200,
    "lecun_normal": 1 / 200, "lecun_uniform": 1 / 200, "normal": 1.0, "uniform": 4 / 12, "zeros": 0.0, "constant": 0.0,
    "spread_normal": (np.geomspace(0.1, 2, 300) ** 2).mean(),
}  # fmt: skip


@pytest.mark.parametrize("name", VARIANCES)
def test_mean_is_0_and_variance_as_published(name):
    draw = Initializer.of(name).draw((200, 300), np.random.default_rng(0))
    assert abs(draw.mean()) < 0.01
    assert draw.var() == pytest.approx(VARIANCES[name], rel=0.02)


@pytest.mark.parametrize("shape", [(5, 8), (8, 5), (6, 6)])
def test_orthogonal_rows_or_columns_are_orthonormal(shape):
    W = gn.Orthogonal(gain=2.0).draw(shape, np.random.default_rng(0)) / 2
    gram = W @ W.T if shape[0] <= shape[1] else W.T @ W
    np.testing.assert_allclose(gram, np.eye(min(shape)), atol=1e-12)


def test_every_initializer_is_tested_here_and_draws_only_from_the_generator_it_is_given():
    assert set(Initializer.registry) == {*VARIANCES, "orthogonal", "unit_variance", "through_data"}
    X, W = np.random.default_rng(1).normal(size=(9, 4)), np.ones((4, 3))
    for name in Initializer.registry:
        drawn_by, rngs = Initializer.of(name), (np.random.default_rng(7), np.random.default_rng(7))
        shape = (3,) if drawn_by.of_data == "biases" else (4, 3)
        first, again = (
            drawn_by.draw_from(X, W, shape, rng) if drawn_by.of_data else drawn_by.draw(shape, rng) for rng in rngs
        )
        np.testing.assert_array_equal(first, again)


def test_auto_takes_he_for_relu_lecun_for_selu_and_glorot_for_the_rest():
    picked = {f: gn.Dense(3, f).parameters((4,))["W"].initializer for f in ("relu", "selu", "tanh", "softmax")}
    assert picked == {
        "relu": gn.HeUniform(), "selu": gn.LeCunNormal(), "tanh": gn.GlorotUniform(), "softmax": gn.GlorotUniform(),
    }  # fmt: skip
