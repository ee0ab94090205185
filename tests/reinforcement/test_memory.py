"""The replay memory: a list that forgets its oldest moves."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import glassnet as gn
from glassnet.reinforcement import ReplayMemory


def filled(capacity, n):
    memory = ReplayMemory(capacity)
    for number in range(n):
        state = np.array([number, -number], np.float32)
        memory.add(state, number % 3, number / 2, state + 1, number % 5 == 0)
    return memory


@given(st.integers(1, 20), st.integers(1, 60), st.integers(1, 70), st.integers(0, 1000))
def test_it_holds_the_last_moves_whole_and_in_order(capacity, n, asked, seed):
    memory, kept = filled(capacity, n), [*range(n)][-capacity:]
    assert len(memory) == len(kept)
    latest = memory.latest(asked)
    assert latest.states[:, 0].tolist() == kept[-asked:]
    for moves in (latest, memory.draw(asked, np.random.default_rng(seed))):
        number = moves.states[:, 0].astype(int)
        assert set(number) <= set(kept)
        np.testing.assert_array_equal(moves.next_states, moves.states + 1)
        np.testing.assert_array_equal(moves.actions, number % 3)
        np.testing.assert_array_equal(moves.rewards, np.float32(number / 2))
        np.testing.assert_array_equal(moves.ended, number % 5 == 0)


def test_every_move_is_drawn_equally_often():
    drawn = filled(10, 25).draw(20_000, np.random.default_rng(0)).states[:, 0]
    counts = np.unique(drawn, return_counts=True)[1]
    assert len(counts) == 10 and np.abs(counts - 2000).max() < 5 * 42  # five standard deviations


def test_states_keep_their_type_and_what_is_drawn_is_a_copy():
    memory = ReplayMemory(3)
    memory.add(np.ones((2, 2), np.uint8), 0, 1.0, np.zeros((2, 2), np.uint8), False)
    moves = memory.latest(1)
    assert moves.states.dtype == np.uint8
    moves.states[...] = 7
    assert memory.latest(1).states.max() == 1


def test_wrong_use_is_answered():
    with pytest.raises(gn.InvalidInput, match="`capacity` must be a whole number of at least 1, got 0"):
        ReplayMemory(0)
    with pytest.raises(gn.InvalidInput, match="the memory holds no moves yet: add some before any are drawn"):
        ReplayMemory(2).draw(1, np.random.default_rng(0))
    with pytest.raises(gn.InvalidInput, match=r"a state must have shape \(2,\), got \(3,\)"):
        filled(3, 2).add([1, 2, 3], 0, 0.0, [1, 2, 3], False)
