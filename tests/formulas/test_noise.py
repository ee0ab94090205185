"""Random bits of a counter: the same on both engines, in any pieces; as independent as dropout needs them."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import glassnet as gn
from glassnet.engine.selection import installed
from glassnet.formulas.noise import ALL_BITS, PIECE, new_key, random_bits, write_mask

KEYS = st.integers(0, ALL_BITS)
FAR = 6.0  # standard deviations that chance does not reach


def many_bits(key: int, n: int) -> Any:
    return np.concatenate([random_bits(key, at, min(PIECE, n - at)) for at in range(0, n, PIECE)])


def mask_of(rate: float, key: int, shape: Any, dtype: str = "float32") -> Any:
    mask = np.full(shape, np.nan, dtype)
    write_mask(mask, rate, key)
    return mask


@given(key=KEYS, start=st.integers(0, 2**40), n=st.integers(1, 200), cut=st.integers(0, 200))
def test_bits_do_not_depend_on_where_a_piece_begins(key, start, n, cut):
    cut = min(cut, n)
    parts = [random_bits(key, start, cut), random_bits(key, start + cut, n - cut)]
    np.testing.assert_array_equal(np.concatenate(parts), random_bits(key, start, n))


@pytest.mark.parametrize("size", [1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE + 7])
def test_a_mask_in_pieces_is_the_mask_in_one_go(size):
    bits = np.concatenate([random_bits(7, at, 1) for at in range(0, size, max(1, size // 50))])
    mask = mask_of(0.3, 7, size)[:: max(1, size // 50)]
    np.testing.assert_array_equal(mask != 0, bits >= np.uint32(0.3 * 2**32))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_rate_of_0_keeps_all(dtype):
    np.testing.assert_array_equal(mask_of(0.0, 123, (50, 70), dtype), np.ones((50, 70), dtype))


@pytest.mark.parametrize("shape", [(200_000,), (2000, 100), (100, 20, 100)])
@pytest.mark.parametrize("rate", [1e-4, 0.01, 0.1, 0.25, 0.5, 0.9, 0.999, 1 - 2**-40])
def test_the_share_of_zeros_is_the_rate(rate, shape):
    for key in (0, 1, 0xDEADBEEF, ALL_BITS, new_key(np.random.default_rng(0))):
        mask = mask_of(rate, key, shape)
        n = mask.size
        assert abs(np.count_nonzero(mask == 0) - n * rate) <= FAR * (n * rate * (1 - rate)) ** 0.5 + 1
        np.testing.assert_array_equal(mask[mask != 0], np.float32(1 / (1 - rate)))


@given(key=KEYS, rate=st.floats(0.05, 0.95), n=st.integers(1000, 20_000))
def test_the_share_of_zeros_is_the_rate_for_any_key(key, rate, n):
    zeros = np.count_nonzero(mask_of(rate, key, n) == 0)
    assert abs(zeros - n * rate) <= FAR * (n * rate * (1 - rate)) ** 0.5


@given(key=KEYS)
def test_every_byte_takes_every_value_equally_often(key):
    bits = many_bits(key, 4 * PIECE)
    for shift in (0, 8, 16, 24):
        counts = np.bincount((bits >> np.uint32(shift)) & 0xFF, minlength=256)
        chi_squared = float(((counts - bits.size / 256) ** 2).sum() / (bits.size / 256))
        assert 255 - FAR * 510**0.5 < chi_squared < 255 + (FAR + 2) * 510**0.5  # its upper tail is the longer one


def correlation(a: Any, b: Any) -> float:
    """In standard deviations of chance."""
    a, b = a.astype(float) - a.mean(), b.astype(float) - b.mean()
    return float((a @ b) / np.sqrt((a @ a) * (b @ b)) * len(a) ** 0.5)


OTHERS = (2, 7, 16, 31, 32, 64, 128, 256, 500, 1000, 1024, 4096)
LAGS = [1, 3, 8, 100, 512, *(pytest.param(lag, marks=pytest.mark.long) for lag in OTHERS)]


@pytest.mark.parametrize("lag", LAGS)
def test_counters_at_a_distance_are_uncorrelated(lag):
    for key in (0, 1, 1 << 32, 0x123456789ABCDEF0):
        bits = many_bits(key, 8 * PIECE)
        assert abs(correlation(bits[lag:], bits[:-lag])) < FAR
        for rate in (0.1, 0.5):
            kept = bits >= np.uint32(rate * 2**32)
            assert abs(correlation(kept[lag:], kept[:-lag])) < FAR


@given(key=KEYS, by=st.integers(0, 31))
def test_keys_that_differ_in_one_bit_of_their_lower_half_give_uncorrelated_masks(key, by):
    one, other = many_bits(key, 2 * PIECE), many_bits(key ^ 1 << by, 2 * PIECE)
    assert abs(correlation(one, other)) < FAR
    assert abs(correlation(one >= 1 << 31, other >= 1 << 31)) < FAR


@pytest.mark.parametrize("lower", [0, 1, 0xFFFFFFFF, 0x12345678])
def test_drawn_keys_that_share_their_lower_half_give_masks_of_little_correlation(lower):
    """One pair in 2³² does; and a pair whose counters meet after a shift is as such a pair."""
    rng = np.random.default_rng(lower)
    for _ in range(20):
        one, other = (many_bits(int(upper) << 32 | lower, 2 * PIECE) for upper in rng.integers(2**32, size=2))
        assert np.count_nonzero(one == other) < 5
        assert abs(correlation(one >= 1 << 31, other >= 1 << 31)) < 0.1 * one.size**0.5


@given(key=KEYS, rate=st.sampled_from([0.2, 0.5, 0.8]))
def test_runs_are_as_many_as_by_chance(key, rate):
    kept = mask_of(rate, key, 4 * PIECE) != 0
    n, share = kept.size, float(kept.mean())
    expected = 2 * n * share * (1 - share)
    runs = 1 + np.count_nonzero(kept[1:] != kept[:-1])
    assert abs(runs - expected) < FAR * expected / n**0.5 + 2


@pytest.mark.long
@given(key=KEYS)
def test_each_bit_is_balanced_and_independent_of_the_others(key):
    bits = random_bits(key, 0, PIECE)
    table = ((bits[:, np.newaxis] >> np.arange(32, dtype=np.uint32)) & 1).astype(float) - 0.5
    together = 4.0 * table.T @ table / PIECE**0.5  # in standard deviations, the diagonal apart
    np.fill_diagonal(together, 0.0)
    assert np.abs(2 * table.sum(axis=0)).max() < FAR * PIECE**0.5
    assert np.abs(together).max() < FAR + 1


@pytest.mark.parametrize("kind", ["MT19937", "PCG64", "PCG64DXSM", "Philox", "SFC64"])
def test_a_key_has_64_bits_of_any_generator(kind):
    rng = np.random.Generator(getattr(np.random, kind)(0))
    keys = [new_key(rng) for _ in range(64)]
    assert len(set(keys)) == 64
    assert all(0 <= key <= ALL_BITS for key in keys)
    for half in (0, 32):
        assert len({key >> half & 0xFFFFFFFF for key in keys}) == 64


def test_a_key_is_what_compiled_code_draws():
    for kind in ("MT19937", "PCG64", "Philox", "SFC64"):
        ours, theirs = (getattr(np.random, kind)(5) for _ in "ab")
        rng, draw = np.random.Generator(ours), theirs.ctypes
        assert [new_key(rng) for _ in range(5)] == [draw.next_uint64(draw.state_address) for _ in range(5)]


@pytest.mark.skipif(not (installed("numba") and installed("scipy")), reason="the compiled engine is not installed")
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@given(
    key=KEYS, rate=st.one_of(st.just(0.0), st.floats(0, 1, exclude_max=True)), units=st.integers(1, 70),
    rows=st.integers(1, 40), first=st.integers(0, 2**30), cut=st.integers(0, 70),
)  # fmt: skip
def test_masks_of_both_engines_are_the_same_to_the_bit(dtype, key, rate, units, rows, first, cut):
    from glassnet.engine.compiled.runtime.noise import dropout_mask

    cut, expected = min(cut, units), mask_of(rate, key, (rows, units), dtype)
    found = np.full((units, rows), np.nan, dtype)
    for low, high in ((0, cut), (cut, units)):
        dropout_mask(found[low:high], np.uint64(key), rate, low, units, 0)
    np.testing.assert_array_equal(found.T, expected)
    dropout_mask(found, np.uint64(key), rate, 0, units, first)  # the rows of a later tile
    bits = random_bits(key, first * units, rows * units).reshape(rows, units)
    np.testing.assert_array_equal(found.T != 0, bits >= np.uint32(int(rate * 2**32)))


@pytest.mark.skipif(not (installed("numba") and installed("scipy")), reason="the compiled engine is not installed")
@pytest.mark.parametrize("kind", ["MT19937", "PCG64", "Philox", "SFC64"])
def test_both_engines_draw_the_same_masks_from_any_generator(kind):
    X, found = np.random.default_rng(0).normal(size=(500, 6)), []
    layers = [gn.Dense(20, "tanh"), gn.Dropout(0.5), gn.Residual(gn.Dropout(0.3), gn.Dense(20)), gn.Dense(1)]
    for engine in ("numpy", "compiled"):
        net = gn.Network(layers, dtype="float64", engine=engine)
        seed = np.random.Generator(getattr(np.random, kind)(0))
        net.fit(X, X[:, 0], loss="squared_error", epochs=3, batch_size=200, seed=seed)
        found.append(net.parameters)
    np.testing.assert_allclose(found[0], found[1], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("rate", [0.0, 0.1, 0.5, 0.9])
def test_the_gradient_check_passes_through_dropout(rate):
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(9, 4)), rng.normal(size=(9, 2))
    net = gn.Network([gn.Dropout(rate), gn.Dense(7, "tanh"), gn.Dropout(rate), gn.Dense(2)]).build(4, seed=0)
    assert gn.check_gradient(net, X, y, loss="squared_error").max_error < 1e-6
