"""Which rows are mixed, and how: each batch by itself, anew for each epoch."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import glassnet as gn
from glassnet.engine.mixture import Mixture

DIGITS = gn.datasets.digits()


@given(n=st.integers(1, 60), n_rows=st.integers(1, 25), alpha=st.floats(0.05, 20), seed=st.integers(0, 99))
def test_each_row_of_a_batch_is_mixed_with_one_other_and_stays_nearer_to_itself(n, n_rows, alpha, seed):
    X, y, weights = DIGITS.X[:n], np.eye(10)[DIGITS.y[:n]], np.linspace(1, 2, n)
    mixture = Mixture(alpha, n_rows, [X, y, weights])
    mixture.draw(n, np.random.default_rng(seed))
    for number, start in enumerate(range(0, n, n_rows)):
        batch = [array[start : start + n_rows] for array in (X, y, weights)]
        size, share, shift = len(batch[0]), mixture.shares[number], mixture.shifts[number]
        assert 0 <= share <= 0.5 and (0 < shift < size or size == 1)
        others = (np.arange(size) + shift) % size
        X_mixed, y_mixed, weights_mixed = mixture.mix(number, batch)
        part = share * batch[2][others] / weights_mixed
        for mixed, own, by in zip(
            (X_mixed, y_mixed, weights_mixed), batch, (share, part[:, np.newaxis], share), strict=True
        ):
            np.testing.assert_allclose(mixed, (1 - by) * own + by * own[others], rtol=1e-12, atol=1e-12)
        assert np.isclose(mixture.mix(number, batch)[2].sum(), batch[2].sum())


def test_shares_and_shifts_are_those_of_the_distribution():
    mixture = Mixture(0.4, 5, [DIGITS.X])
    mixture.draw(100_000, np.random.default_rng(0))
    lesser = np.random.default_rng(1).beta(0.4, 0.4, 100_000)
    lesser = np.minimum(lesser, 1 - lesser)
    np.testing.assert_allclose(
        np.quantile(mixture.shares, [0.2, 0.5, 0.8]), np.quantile(lesser, [0.2, 0.5, 0.8]), atol=0.02
    )
    np.testing.assert_allclose(np.bincount(mixture.shifts) / 20_000, [0, 0.25, 0.25, 0.25, 0.25], atol=0.02)


def test_columns_of_codes_keep_their_own_rows():
    mixture = Mixture(5.0, 30, [DIGITS.X, DIGITS.y * 1.0], codes=[3, 60])
    mixture.draw(30, np.random.default_rng(0))
    mixed, y = mixture.mix(0, [DIGITS.X[:30], DIGITS.y[:30] * 1.0])
    np.testing.assert_array_equal(mixed[:, [3, 60]], DIGITS.X[:30, [3, 60]])
    assert not np.array_equal(mixed[:, 20], DIGITS.X[:30, 20]) and not np.array_equal(y, DIGITS.y[:30])


@pytest.mark.parametrize("engine", ["numpy", "compiled"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_targets_that_do_not_count_are_not_mixed_in(engine, dtype):
    draw = np.random.default_rng(0)
    X, y, weights = draw.normal(size=(50, 4, 3)), draw.integers(0, 3, (50, 4)), draw.uniform(0.5, 2, (50, 4))
    left_out = draw.random((50, 4)) < 0.4
    found = []
    for other in (0, 2):  # what stands in their place
        net = gn.Network([gn.Dense(3, "softmax")], engine=engine, dtype=dtype)
        targets, factors = np.where(left_out, other, y), np.where(left_out, 0, weights)
        how: dict[str, Any] = {"epochs": 3, "batch_size": 16, "seed": 0, "mixup": 2.0}
        net.fit(X, targets, loss="cross_entropy", sample_weight=factors, **how)
        found.append(net.parameters.copy())
    np.testing.assert_allclose(found[0], found[1], rtol=1e-5, atol=1e-6)
    net = gn.Network([gn.Dense(3, "softmax")], engine=engine, dtype=dtype)
    net.fit(X, np.where(left_out, -1, y), loss="cross_entropy", sample_weight=weights, **how)
    np.testing.assert_allclose(net.parameters, found[0], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("loss", ["cross_entropy", "squared_error"])
def test_engines_mix_weighed_targets_alike(loss):
    draw = np.random.default_rng(0)
    X, weights = draw.normal(size=(53, 3)), draw.uniform(0, 2, 53) * (draw.random(53) < 0.8)
    y = draw.integers(0, 3, 53) if loss == "cross_entropy" else draw.normal(size=(53, 3))
    made = []
    for engine in ("numpy", "compiled"):
        net = gn.Network(
            [gn.Dense(4, "tanh"), gn.Dense(3, "softmax" if loss == "cross_entropy" else "linear")],
            engine=engine,
            dtype="float64",
        )
        net.fit(X, y, loss=loss, sample_weight=weights, epochs=5, batch_size=10, seed=0, mixup=1.0)
        made.append(net.parameters.copy())
    np.testing.assert_allclose(made[0], made[1], rtol=1e-9, atol=1e-12)
