"""Which rows are mixed, and how: each batch by itself, anew for each epoch."""

import numpy as np
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
        for mixed, given_ in zip(mixture.mix(number, batch), batch, strict=True):
            np.testing.assert_allclose(mixed, (1 - share) * given_ + share * given_[others], rtol=1e-12, atol=1e-12)
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
