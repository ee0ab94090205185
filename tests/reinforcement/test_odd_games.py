"""What no game or learner can be meets one sentence."""

from typing import Any

import pytest

import glassnet as gn
from glassnet.reinforcement import DeepQ, Exploration, GridWorld, Pong, QTable, play

REFUSED: dict[str, tuple[Any, str]] = {
    "a probability in words": (
        lambda: QTable(12, 4).learn(GridWorld(), 2, epsilon="a"),  # type: ignore[arg-type]
        r"`epsilon` must be a number in \[0, 1\], got 'a'",
    ),
    "a probability above 1": (lambda: QTable(12, 4).learn(GridWorld(), 2, epsilon=2), r"in \[0, 1\], got 2"),
    "too few states": (lambda: QTable(3, 4).learn(GridWorld(), 2), "the game has 12 states, but the table is for 3"),
    "too many actions": (lambda: QTable(12, 9).learn(GridWorld(), 2), "the game has 4 actions, but the table is for 9"),
    "screens as states": (lambda: QTable(12, 3).learn(Pong(), 2), "must be whole numbers from 0 to 11.*with DeepQ"),
    "no such action": (lambda: GridWorld().step(7), "an action must be a whole number from 0 to 3, got 7"),
    "an action from the end": (lambda: GridWorld().step(-1), "from 0 to 3, got -1"),
    "no such move": (lambda: Pong().step(3), "from 0 to 2, got 3"),
    "a world of one number": (lambda: GridWorld(3), "`rows` must be strings of one length"),  # type: ignore[arg-type]
    "a cost in words": (lambda: GridWorld(cost="x"), "`cost` must be a finite number"),  # type: ignore[arg-type]
    "no steps": (lambda: GridWorld(longest=0), "`longest` must be a whole number of at least 1, got 0"),
    "a player of another game": (
        lambda: play(Pong(), lambda state: 4, 1),
        "an action must be a whole number from 0 to 2, got 4",
    ),
    "one number to explore by": (
        lambda: DeepQ(gn.Network([gn.Flatten(), gn.Dense(3)]), Pong(), exploration=0.1),  # type: ignore[arg-type]
        r"`exploration` must be an Exploration\(start, end, steps\), got 0.1",
    ),
    "double in words": (
        lambda: DeepQ(gn.Network([gn.Flatten(), gn.Dense(3)]), Pong(), double="no"),  # type: ignore[arg-type]
        "double must be True or False, got 'no'",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_it_is_refused(case: str) -> None:
    make, message = REFUSED[case]
    with pytest.raises(gn.InvalidInput, match=message):
        make()


def test_the_state_of_the_best_network_is_kept_with_its_parameters() -> None:
    net = gn.Network([gn.Flatten(), gn.BatchNorm(), gn.Dense(3)])
    deep_q = DeepQ(net, Pong(), warm_up=50, exploration=Exploration(1.0, 1.0), seed=0)
    deep_q.learn(100, check_games=1)
    assert (net.state == deep_q._target.state).all() and (net.parameters == deep_q._target.parameters).all()
