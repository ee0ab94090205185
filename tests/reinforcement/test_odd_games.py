"""What no game or learner can be meets one sentence."""

from typing import Any

import numpy as np
import pytest

import glassnet as gn
from glassnet.reinforcement import DeepQ, Exploration, GridWorld, Pong, QTable, ReplayMemory, play


class Waiting:
    """Five moves without any reward."""

    n_actions = 2

    def reset(self, *, seed: int | None = None) -> Any:
        self.moves = 0
        return self.state(), {}

    def state(self) -> Any:
        return np.zeros(3, np.float32)

    def step(self, action: int) -> Any:
        self.moves += 1
        return self.state(), 0.0, self.moves >= 5, False, {}


def waiting(**methods: Any) -> Any:
    """The game with some of its methods in another way."""
    return type("Odd", (Waiting,), methods)()


def learn(game: Any, last: Any = None, **settings: Any) -> None:
    """Play and learn a little."""
    net = gn.Network([gn.Flatten(), last or gn.Dense(2)])
    defaults: dict[str, Any] = {"warm_up": 16, "batch_size": 8, "round_steps": 8, "updates": 2, "memory": 100}
    DeepQ(net, game, seed=0, **(defaults | settings)).learn(32, check_games=1)


class Space:
    """What a game says of its actions."""

    def __init__(self, n: Any, first: int = 0):
        self.n, self.first = n, first

    def contains(self, action: int) -> bool:
        return action >= self.first

    def __repr__(self) -> str:
        return f"Space({self.n}, {self.first})"


ODD_GAMES: dict[str, tuple[Any, str]] = {
    "a class": (lambda: learn(Pong), r"a game must be an object, got the class Pong: write Pong\(\)"),
    "no seed": (
        lambda: learn(waiting(reset=lambda self: 0)),
        r"`reset` of the game must take a seed: def reset\(self, \*, seed=None\)",
    ),
    "a state alone": (
        lambda: learn(waiting(reset=lambda self, seed: np.zeros(3))),
        r"`reset` of the game must give two things, \(state, about\), got an array of float64, shape \(3,\)",
    ),
    "four things after a step": (
        lambda: learn(waiting(step=lambda self, action: (self.state(), 0.0, True, {}))),
        r"`step` of the game must give \(state, reward, over, broken off, about\), got 4 things",
    ),
    "one thing after a step": (
        lambda: learn(waiting(step=lambda self, action: None)),
        r"`step` of the game must give \(state, reward, over, broken off, about\), got None",
    ),
    "over in words": (
        lambda: learn(waiting(step=lambda self, action: (self.state(), 0.0, "no", True, {}))),
        "by True or False whether it is over, and whether it was broken off, got 'no'",
    ),
    "over several times": (
        lambda: learn(waiting(step=lambda self, action: (self.state(), 0.0, True, np.array([True, False]), {}))),
        r"by True or False whether it is over, and whether it was broken off, got an array of bool, shape \(2,\)",
    ),
    "states that grow": (
        lambda: learn(waiting(state=lambda self: np.zeros(3 + self.moves))),
        r"a state must have shape \(3,\), got \(4,\)",
    ),
    "states by name": (
        lambda: learn(waiting(state=lambda self: {"x": 1.0})),
        r"each state of the game must be one array of numbers, got {'x': 1.0}: make one of it",
    ),
    "states of two arrays": (
        lambda: learn(waiting(state=lambda self: (np.zeros(2), np.zeros(3)))),
        "each state of the game must be one array of numbers",
    ),
    "states that are not finite": (
        lambda: learn(waiting(state=lambda self: np.array([0.0, np.nan]))),
        "the states of the game must be finite in float32, got nan in one",
    ),
    "states that are too large": (
        lambda: learn(waiting(state=lambda self: np.array([1e300, 0.0]))),
        r"the states of the game must be finite in float32, got 1e\+300 in one",
    ),
    "a later state that is not finite": (
        lambda: learn(waiting(state=lambda self: np.array([0.0, np.nan if self.moves == 3 else 1.0]))),
        "the states of the game must be finite in float32, got nan in one",
    ),
    "complex states": (
        lambda: learn(waiting(state=lambda self: np.array([1j, 0.0]))),
        "each state of the game must be one array of numbers, got an array of complex128",
    ),
    "states without numbers": (
        lambda: learn(waiting(state=lambda self: np.zeros(0))),
        r"the states of the game must hold numbers, got arrays of shape \(0,\)",
    ),
    "no actions": (
        lambda: learn(waiting(action_space=Space(0))),
        r"must be 0, 1, 2, …, as in gymnasium's Discrete\(2\), got those of Space\(0, 0\)",
    ),
    "a number of actions in words": (
        lambda: learn(waiting(n_actions="two")),
        "`n_actions` must be a whole number of at least 1, got 'two'",
    ),
    "actions that are several": (
        lambda: learn(waiting(action_space=Space((2, 2)))),
        r"must be 0, 1, 2, …, as in gymnasium's Discrete\(2\), got those of Space\(\(2, 2\), 0\)",
    ),
    "actions from 1 on": (
        lambda: learn(waiting(action_space=Space(2, first=1))),
        r"must be 0, 1, 2, …, as in gymnasium's Discrete\(2\), got those of Space\(2, 1\)",
    ),
    "probabilities": (
        lambda: learn(waiting(), gn.Dense(2, "softmax")),
        r"what actions are worth, not probabilities: end the network with gn.Dense\(2\), without softmax",
    ),
    "pictures as outputs": (
        lambda: DeepQ(gn.Network([gn.Conv2D(3, 4)]), Pong()),
        r"an output for each action, got outputs of shape \(21, 21, 3\): end it with gn.Flatten\(\), gn.Dense\(3\)",
    ),
    "a network of another game": (
        lambda: DeepQ(gn.Network([gn.Flatten(), gn.Dense(3)]).build(4), Pong()),
        r"the states of the game have shape \(24, 24, 2\), but the network was built for \(4,\)",
    ),
    "all rows at once": (
        lambda: learn(waiting(), optimizer="lbfgs"),
        "DeepQ learns from batches, and L-BFGS needs all rows at once: choose another `optimizer`",
    ),
    "a goal in words": (
        lambda: DeepQ(gn.Network([gn.Flatten(), gn.Dense(2)]), waiting()).learn(8, goal="good"),  # type: ignore[arg-type]
        "`goal` must be a number or None, got 'good'",
    ),
    "no memory": (lambda: learn(waiting(), memory=0), "`memory` must be a whole number of at least 1, got 0"),
    "half a move": (lambda: learn(waiting(), memory=0.5), "`memory` must be a whole number of at least 1, got 0.5"),
}

REFUSED: dict[str, tuple[Any, str]] = {
    "a probability in words": (
        lambda: QTable(12, 4).learn(GridWorld(), 2, epsilon="a"),  # type: ignore[arg-type]
        r"`epsilon` must be a number in \[0, 1\], got 'a'",
    ),
    "a probability above 1": (lambda: QTable(12, 4).learn(GridWorld(), 2, epsilon=2), r"in \[0, 1\], got 2"),
    "a state outside of the table": (
        lambda: QTable(2, 2).learn(waiting(state=lambda self: 5 * (self.moves > 0)), 1),
        "the states of the game must be whole numbers from 0 to 1, got 5",
    ),
    "half a state": (
        lambda: QTable(2, 2).learn(waiting(state=lambda self: 0.5 if self.moves else 0), 1),
        "the states of the game must be whole numbers from 0 to 1, got 0.5",
    ),
    "a package of a package": (
        lambda: play("a:b:c", lambda state: 0, 1),
        "a game is named as in 'CartPole-v1', or with its package as in 'package:Game-v0', got 'a:b:c'",
    ),
    "a folder as a package": (lambda: play("../x:y", lambda state: 0, 1), "a game is named as in .*, got '../x:y'"),
    "a package without a game": (
        lambda: play("ale_py:", lambda state: 0, 1),
        "a game is named as in .*got 'ale_py:'",
    ),
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


@pytest.mark.parametrize("reward", [np.nan, np.inf, 1e300, -1e31, 10**400, None, "3", "much", 1j, np.zeros(2)])
@pytest.mark.parametrize(
    ("player", "state"),
    [(learn, [0.0]), (lambda game: QTable(3, 2).learn(game, 1), 0), (lambda game: play(game, lambda state: 0, 1), 0)],
)
def test_a_reward_that_is_no_number_or_too_large_is_refused(reward: Any, player: Any, state: Any) -> None:
    game = waiting(state=lambda self: state, step=lambda self, action: (state, reward, False, True, {}))
    with pytest.raises(gn.InvalidInput, match=r"a reward must be a finite number of at most 1e\+30 in size, got "):
        player(game)


@pytest.mark.parametrize("listener", [3, "print", [print]])
def test_a_listener_that_cannot_be_called_is_refused_before_the_first_move(listener: Any) -> None:
    deep_q = DeepQ(gn.Network([gn.Flatten(), gn.Dense(2)]), waiting(), seed=0)
    with pytest.raises(gn.InvalidInput, match="`listener` must be a function that takes a Check, such as print, got"):
        deep_q.learn(32, listener=listener)
    assert deep_q.n_steps == 0


@pytest.mark.parametrize("over", [True, 1, np.True_, np.array(True), np.int64(1)])
def test_whether_a_game_is_over_may_be_said_by_any_truth_value(over: Any) -> None:
    game = waiting(step=lambda self, action: (self.state(), 2.5, over, 0, {}))
    assert play(game, lambda state: 0, 2).tolist() == [2.5, 2.5]


@pytest.mark.parametrize("case", [*REFUSED, *ODD_GAMES])
def test_it_is_refused(case: str) -> None:
    make, message = (REFUSED | ODD_GAMES)[case]
    with pytest.raises(gn.InvalidInput, match=message):
        make()


def test_a_memory_that_no_machine_has_is_refused() -> None:
    memory = ReplayMemory(10**15)
    with pytest.raises(gn.OutOfMemory, match="let the memory hold fewer moves than 1,000,000,000,000,000"):
        memory.add(np.zeros(3), 0, 0.0, np.zeros(3), False)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("ALE/Pong-v5", "from a package that is not installed, or not imported: gymnasium knows no games of 'ALE'"),
        ("nothing_there:Pong-v0", r"needs a package that is missing: No module named 'nothing_there'\.$"),
    ],
)
def test_games_of_packages_that_are_not_installed(name: str, message: str) -> None:
    pytest.importorskip("gymnasium")
    with pytest.raises(gn.MissingExtra, match=message):
        play(name, lambda state: 0, 1)


def test_a_game_whose_signature_is_unknown_is_played(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*args: Any) -> Any:
        raise ValueError("no signature found")

    monkeypatch.setattr("inspect.signature", unknown)
    assert play(waiting(), lambda state: 0, 1) == 0


def test_the_state_of_the_best_network_is_kept_with_its_parameters() -> None:
    net = gn.Network([gn.Flatten(), gn.BatchNorm(), gn.Dense(3)])
    deep_q = DeepQ(net, Pong(), warm_up=50, exploration=Exploration(1.0, 1.0), seed=0)
    deep_q.learn(100, check_games=1)
    assert (net.state == deep_q._target.state).all() and (net.parameters == deep_q._target.parameters).all()
