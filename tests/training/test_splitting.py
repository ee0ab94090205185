from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glassnet.errors import InvalidInput
from glassnet.training.inputs.splitting import split_rows


def rng(seed: Any = 0) -> Any:
    return np.random.default_rng(seed)


@given(st.integers(2, 200), st.floats(0.01, 0.99), st.integers(0, 9))
def test_every_row_is_on_exactly_one_side(n: Any, share: Any, seed: Any) -> None:
    try:
        rest, chosen = split_rows(n, share, rng(seed))
    except InvalidInput:
        assert int(n * share + 0.5) in (0, n)
        return
    assert sorted([*rest, *chosen]) == list(range(n))
    assert list(rest) == sorted(rest) and list(chosen) == sorted(chosen)
    assert len(chosen) == int(n * share + 0.5)


@given(st.lists(st.integers(0, 4), min_size=2, max_size=120), st.floats(0.05, 0.95), st.integers(0, 9))
def test_every_class_keeps_its_share_and_a_row_in_the_rest(labels: Any, share: Any, seed: Any) -> None:
    y = np.array(labels)
    try:
        rest, chosen = split_rows(len(y), share, rng(seed), y)
    except InvalidInput:
        assert int(len(y) * share + 0.5) == 0 or len(set(labels)) == len(labels)
        return
    assert sorted([*rest, *chosen]) == list(range(len(y)))
    assert set(y[rest]) == set(labels)
    for c in set(labels):
        count, taken = int((y == c).sum()), int((y[chosen] == c).sum())
        assert taken == count - 1 or taken >= int(count * share)
    assert len(chosen) == min(int(len(y) * share + 0.5), len(y) - len(set(labels)))


def test_largest_remainders_make_the_total_right() -> None:
    y = np.repeat([0, 1, 2], [7, 7, 6])  # quotas 2.1, 2.1, 1.8 of 6
    _, chosen = split_rows(20, 0.3, rng(), y)
    assert np.bincount(y[chosen]).tolist() == [2, 2, 2]


def test_the_only_row_of_a_class_stays_in_the_rest() -> None:
    y = np.array(["a"] * 9 + ["b"])
    for seed in range(20):
        rest, chosen = split_rows(10, 0.5, rng(seed), y)
        assert 9 in rest and len(chosen) == 5


def test_the_same_generator_state_gives_the_same_rows_and_another_gives_others() -> None:
    first, again, other = (split_rows(100, 0.2, rng(seed))[1].tolist() for seed in (1, 1, 2))
    assert first == again != other


@pytest.mark.parametrize("share", [0, 1, -0.1, 1.5, float("nan")])
def test_a_share_outside_0_and_1_is_refused(share: Any) -> None:
    with pytest.raises(InvalidInput, match=r"must be in \(0, 1\)"):
        split_rows(10, share, rng())


def test_an_empty_side_is_refused() -> None:
    with pytest.raises(InvalidInput, match=r"holding out 0\.2 of 2 rows leaves one side empty"):
        split_rows(2, 0.2, rng())
    with pytest.raises(InvalidInput, match="leaves one side empty"):
        split_rows(0, 0.2, rng(), [])


def test_labels_of_another_length_are_refused() -> None:
    with pytest.raises(InvalidInput, match=r"labels of shape \(3,\) are needed, got shape \(2,\)"):
        split_rows(3, 0.5, rng(), [0, 1])
