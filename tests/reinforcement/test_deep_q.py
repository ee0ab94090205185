"""Deep Q-learning: one update against the formula, a small game learned, games that do not fit or are not there."""

import sys

import numpy as np
import pytest

import glassnet as gn
from glassnet.reinforcement import DeepQ, Exploration, Pong, play
from glassnet.reinforcement.bellman import best_values, double_values
from glassnet.reinforcement.game import game_of
from glassnet.reinforcement.memory import Transitions


class Corridor:
    """Five squares: from the middle to the right end, which brings 1; the left end brings nothing."""

    n_actions = 2

    def reset(self, *, seed=None):
        self.place, self.steps = 2, 0
        return self.state(), {}

    def state(self):
        return np.eye(5, dtype=np.float32)[self.place]

    def step(self, action):
        self.place, self.steps = self.place + (1 if action else -1), self.steps + 1
        return self.state(), float(self.place == 4), self.place in (0, 4), self.steps >= 20, {}


def learner(game=None, layers=None, seed=0, **settings):
    defaults = {"warm_up": 32, "batch_size": 16, "round_steps": 8, "updates": 4, "memory": 500}
    return DeepQ(gn.Network(layers or [gn.Dense(2)]), game or Corridor(), seed=seed, **(defaults | settings))


@pytest.fixture(scope="module")
def learned():
    deep_q = learner(layers=[gn.Dense(16, "relu"), gn.Dense(2)], target_rate=0.1, optimizer=gn.Adam(0.01))
    return deep_q, deep_q.learn(1500, check_every=300, check_games=1)


@pytest.mark.parametrize("engine", ["numpy", "compiled"])
def test_a_small_game_is_learned(engine, learned):
    if engine == "compiled":
        deep_q, curve = learned
    else:
        net = gn.Network([gn.Dense(16, "relu"), gn.Dense(2)], engine=engine)
        deep_q = DeepQ(net, Corridor(), warm_up=32, updates=8, target_rate=0.1, optimizer=gn.Adam(0.01), seed=0)
        curve = deep_q.learn(800, check_every=400, check_games=1)
    assert curve.best.mean_return == 1.0 and play(Corridor(), deep_q.net, 3).tolist() == [1, 1, 1]
    np.testing.assert_allclose(deep_q.net.predict(np.eye(5)[2:4])[:, 1], [0.99, 1.0], atol=0.1)


def test_it_ends_when_the_goal_is_reached():
    deep_q = learner(layers=[gn.Dense(16, "relu"), gn.Dense(2)], target_rate=0.1, optimizer=gn.Adam(0.01))
    curve = deep_q.learn(3000, check_every=100, check_games=1, goal=1.0)
    assert curve.checks[-1].mean_return == 1.0 and deep_q.n_steps == curve.checks[-1].step < 3000


def test_each_check_is_told_when_it_is_made():
    deep_q, told = learner(), []
    curve = deep_q.learn(
        100, check_every=40, check_games=1, listener=lambda check: told.append((deep_q.n_steps, check))
    )
    assert [check for _, check in told] == curve.checks and [step for step, _ in told] == [40, 80, 100]


def test_the_same_seed_gives_the_same_bits_and_another_seed_others(learned):
    again = learner(layers=[gn.Dense(16, "relu"), gn.Dense(2)], target_rate=0.1, optimizer=gn.Adam(0.01))
    curve = again.learn(1500, check_every=300, check_games=1)
    assert curve == learned[1] and (again.net.parameters == learned[0].net.parameters).all()
    assert (learner(seed=1).net.parameters != learner(seed=2).net.parameters).any()


@pytest.mark.parametrize("double", [True, False])
def test_one_update_is_the_formula(double):
    """Of a linear network, with gradient descent: W ← W − rate · sᵀ clip(Q − y, −1, 1) / n in the actions' columns."""
    deep_q = learner(updates=1, batch_size=3, optimizer=gn.SGD(0.5), double=double, target_rate=0.25)
    moves = Transitions(
        np.eye(5, dtype=np.float32)[:3],
        np.array([0, 1, 0]),
        np.array([1, 0, 5], np.float32),
        np.eye(5, dtype=np.float32)[1:4],
        np.array([False, False, True]),
    )
    rng = np.random.default_rng(0)
    W, b, W_target, b_target = (rng.normal(size=shape).astype(np.float32) for shape in ((5, 2), 2, (5, 2), 2))
    for net, weights, biases in ((deep_q.net, W, b), (deep_q._target, W_target, b_target)):
        net.arrays["0.W"][...], net.arrays["0.b"][...] = weights, biases
    of_target = moves.next_states @ W_target + b_target
    online = moves.next_states @ W + b
    best = of_target[range(3), online.argmax(1)] if double else of_target.max(1)
    y = np.array([1 + 0.99 * best[0], 0.99 * best[1], 5])
    np.testing.assert_allclose(deep_q.targets(moves), y, rtol=1e-6)

    deep_q.memory.draw = lambda n, rng: moves
    deep_q.update()
    q = moves.states @ W + b
    error = np.zeros((3, 2))
    error[range(3), moves.actions] = np.clip(q[range(3), moves.actions] - y, -1, 1)
    expected = W - 0.5 * moves.states.T @ error / 3
    np.testing.assert_allclose(deep_q.net.arrays["0.W"], expected, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(deep_q.net.arrays["0.b"], b - 0.5 * error.sum(0) / 3, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(deep_q._target.arrays["0.W"], 0.75 * W_target + 0.25 * expected, rtol=1e-5, atol=1e-6)


def test_the_values_of_double_q_learning_are_not_above_the_largest():
    online, target = np.random.default_rng(0).normal(size=(2, 1000, 4))
    assert (double_values(online, target) <= best_values(target)).all()
    assert best_values(target).mean() > 0.9 and abs(double_values(online, target).mean()) < 0.1  # of noise around 0


def test_a_learned_network_is_saved_and_read(tmp_path):
    deep_q = learner()
    deep_q.learn(48)
    again = gn.Network.load(deep_q.net.save(tmp_path / "net.safetensors"))
    assert (again.parameters == deep_q.net.parameters).all()


def test_exploration_falls_to_its_end_and_is_what_is_done():
    deep_q = learner(exploration=Exploration(1.0, 0.0, steps=50))
    deep_q.net.arrays["0.b"][...] = [9, 0]
    actions = []
    for deep_q.n_steps in range(200):
        actions.append(deep_q.act(deep_q._state))
    assert set(actions[:50]) == {0, 1} and set(actions[50:]) == {0}


def test_pong_from_its_screen():
    game = Pong()
    screens, _ = game.reset(seed=3)
    assert screens.dtype == np.uint8 and (screens[..., 0] == screens[..., 1]).all() and screens[..., 0].sum() == 11
    before = screens
    for action in (1, 1, 2, 0):
        screens, reward, ended, _, _ = game.step(action)
        assert (screens[..., 1] == before[..., 0]).all() and reward == 0 and not ended
        before = screens
    again = Pong()
    assert play(again, lambda state: 1, 2, seed=5).tolist() == play(again, lambda state: 1, 2, seed=5).tolist()
    follow = play(game, lambda state: 0 if abs(game.y - game.right) < 1 else 1 if game.y < game.right else 2, 3, seed=0)
    assert follow.mean() > play(game, lambda state: 0, 3, seed=0).mean()


def test_the_ball_leaves_the_right_paddle_by_where_it_hits_it_and_the_left_one_by_chance():
    game = Pong()
    for offset, slope in ((-2, -1.0), (-1, -0.5), (0, 0.0), (1, 0.5), (2, 1.0), (2.5, 1.0)):
        game.x, game.y, game.dx, game.right = 22.0, 10.0 + offset, 1.0, 10.0
        assert game.at_paddles() == 0 and (game.dx, game.dy) == (-1.0, slope)
    slopes = set()
    for _ in range(60):
        game.x, game.y, game.dx, game.left = 1.0, 10.0, -1.0, 10.0
        assert game.at_paddles() == 0 and game.dx == 1.0
        slopes.add(game.dy)
    assert slopes == {-1.0, -0.5, 0.0, 0.5, 1.0}


# ---------------------------------------------------------------- what does not fit


def test_a_game_that_is_not_installed_is_answered_in_one_sentence(monkeypatch):
    monkeypatch.setitem(sys.modules, "gymnasium", None)
    message = r"""^the game 'CartPole-v1' needs gymnasium: pip install "glassnet\[games\]"$"""
    with pytest.raises(gn.MissingExtra, match=message):
        DeepQ(gn.Network([gn.Dense(2)]), "CartPole-v1")


def test_games_of_gymnasium():
    pytest.importorskip("gymnasium")
    with pytest.raises(gn.UnknownName, match=r"unknown game 'CartPole-v7'\. Did you mean 'CartPole-v1'\?"):
        game_of("CartPole-v7")
    with pytest.raises(
        gn.InvalidInput,
        match=r"the actions of the game must be 0, 1, 2, …, as in gymnasium's Discrete\(2\), got those of Box",
    ):
        learner("Pendulum-v1")
    with pytest.raises(gn.InvalidInput, match="the game has 2 actions, but the network has 3 outputs"):
        learner("CartPole-v1", layers=[gn.Dense(3)])
    with pytest.raises(gn.InvalidInput, match="states of the game are single numbers: learn it with a QTable"):
        learner("FrozenLake-v1")
    assert play("CartPole-v1", lambda state: 0, 2, seed=0).max() < 12


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"game": 3}, r"a game must have the methods `reset` and `step`, or be a name such as 'CartPole-v1'; got 3"),
        ({"discount": 1.0}, r"`discount` must be a number in \[0, 1\), got 1.0"),
        ({"target_rate": 0}, r"`target_rate` must be a number in \(0, 1\], got 0"),
        ({"memory": 0}, "`memory` must be a whole number of at least 1, got 0"),
        ({"seed": -1}, "`seed` must be a whole number of at least 0, or None, got -1"),
        (
            {"layers": [gn.Dense(4)]},
            r"the game has 2 actions, but the network has 4 outputs: end it with gn.Dense\(2\)",
        ),
        ({"rounds": 3}, "unknown argument 'rounds' of DeepQ. Did you mean 'round_steps'"),
    ],
)
def test_settings_that_cannot_work(settings, message):
    with pytest.raises(gn.InvalidInput, match=message):
        learner(**settings)


def test_players_and_numbers_of_games_that_cannot_be():
    with pytest.raises(
        gn.InvalidInput, match="the player must be a network or a function from states to actions, got 3"
    ):
        play(Corridor(), 3, 1)
    with pytest.raises(gn.InvalidInput, match="n_games must be a whole number of at least 1, got 0"):
        play(Corridor(), lambda state: 0, 0)
    with pytest.raises(gn.InvalidInput, match=r"`steps` must be a whole number of at least 1, got 0\.5"):
        learner().learn(0.5)
