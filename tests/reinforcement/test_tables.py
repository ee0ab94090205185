"""Q-learning with a table: one update by hand, and all values against those that the rules of the world give."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import glassnet as gn
from glassnet.reinforcement import BellmanUpdate, GridWorld, QTable
from glassnet.reinforcement.q_table import exact_values

numbers = st.floats(-100, 100)
shares = st.floats(0, 0.99)


@given(numbers, shares, numbers, shares, numbers)
def test_an_update_is_the_formula(value, rate, reward, discount, next_value):
    made = BellmanUpdate(value, rate, reward, discount, next_value)
    assert made.new_value == pytest.approx((1 - rate) * value + rate * (reward + discount * next_value), abs=1e-9)


def test_an_update_shows_its_numbers_and_leaves_the_rest_of_the_table():
    table = QTable(3, 2, rate=0.1, discount=0.9)
    table.values[...] = [[-0.5, 1.0], [2.0, 3.0], [0.0, 0.0]]
    assert str(table.update(0, 0, -1.0, 1, ended=False)) == "−0.5000 + 0.1 · (−1 + 0.9 · 3.0000 + 0.5000) = −0.2800"
    assert str(table.update(0, 1, 2.0, 1, ended=True)) == "1.0000 + 0.1 · (2 + 0.9 · 0.0000 − 1.0000) = 1.1000"
    np.testing.assert_allclose(table.values, [[-0.28, 1.1], [2.0, 3.0], [0.0, 0.0]])


def test_a_walk_at_random_teaches_the_values_that_the_rules_give():
    world = GridWorld()
    table = QTable(world.n_states, world.n_actions)
    table.learn(world, 400, epsilon=1.0)
    np.testing.assert_allclose(table.values, exact_values(world), atol=1e-6)
    assert gn.reinforcement.play(world, lambda state: int(table.values[state].argmax()), 2) == pytest.approx(0.84)


def test_exact_values_satisfy_the_bellman_equation():
    world = GridWorld(("..G", "S#F"), cost=-0.1)
    values = exact_values(world, discount=0.5)
    for state in world.walked:
        for action in range(4):
            there, reward, ended = world.after(state, action)
            assert values[state, action] == pytest.approx(reward + 0.5 * (0 if ended else values[there].max()))


def test_the_same_seed_learns_the_same():
    tables = [QTable(12, 4) for _ in range(3)]
    for table, seed in zip(tables, (1, 1, 2), strict=True):
        table.learn(GridWorld(), 5, seed=seed)
    assert (tables[0].values == tables[1].values).all() and (tables[0].values != tables[2].values).any()


def test_a_game_is_broken_off():
    world = GridWorld(longest=3)
    world.reset()
    assert [world.step(2)[2:4] for _ in range(3)] == [(False, False), (False, False), (False, True)]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("S..G", r"`rows` must be strings of one length, such as .*, got 'S..G'"),
        (("S.", "G"), r"`rows` must be strings of one length"),
        (("SX", "G."), r"squares must be S, ., #, G or F, got 'X'"),
        (("..", "G."), r"there must be one start S, got 0"),
    ],
)
def test_a_world_that_cannot_be_is_refused(rows, message):
    with pytest.raises(gn.InvalidInput, match=message):
        GridWorld(rows)


def test_settings_out_of_range_are_refused():
    with pytest.raises(gn.InvalidInput, match=r"`rate` must be a number in \(0, 1\], got 1.5"):
        QTable(2, 2, rate=1.5)
    assert QTable(2, 2, rate=1.0).update(0, 1, reward=1.0, next_state=1, ended=True).new_value == 1.0
    with pytest.raises(gn.InvalidInput, match="`n_games` must be a whole number of at least 1, got 0"):
        QTable(12, 4).learn(GridWorld(), 0)
