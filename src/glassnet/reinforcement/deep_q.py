"""Deep Q-learning: a network learns from its own games what each action is worth."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet.calls import answered
from glassnet.errors import InvalidInput, brief
from glassnet.formulas.elementary import Array
from glassnet.formulas.update_rules import Adam, OptimizerLike, UpdateRule
from glassnet.network import Network
from glassnet.reinforcement.bellman import bellman_targets, best_values, double_values
from glassnet.reinforcement.checks import (
    check_goal,
    check_listener,
    fitting,
    optimizer_of,
    rate,
    seed_of,
    share,
    state_of,
    whole_number,
)
from glassnet.reinforcement.exploration import Exploration
from glassnet.reinforcement.game import begun, game_of, moved, play
from glassnet.reinforcement.learning_curve import Check, LearningCurve
from glassnet.reinforcement.loss import QError, action_targets
from glassnet.reinforcement.memory import ReplayMemory, Transitions
from glassnet.training.inputs.checks import check_flag

if TYPE_CHECKING:
    from glassnet.training.loop.epochs import Training


ADAM, EXPLORATION = Adam(0.002), Exploration(1.0, 0.04, steps=4_000)


@answered
class DeepQ:
    """Deep Q-learning: a network plays, and learns what each action is worth.

    y = r + γ Q'(s', argmax Q(s', a')),    ℓ = huber(Q(s, a) − y),    θ' ← θ' + τ (θ − θ').

    It plays `round_steps` moves, a share ε of them at random, and remembers them. Then it draws `updates` batches of
    moves from its memory, computes their targets y by the Bellman equation, and trains on them. Q' is the target
    network, whose parameters θ' follow those of the network slowly. They are also what is kept in the end.

    Parameters
    ----------
    net
        A network with an output for each action, such as Dense(2) at the end. It is built if it has no parameters.
    game
        An object with `reset` and `step`, as gymnasium's are, or the name of one of these (extra `games`).
    discount
        γ in [0, 1): what a reward is worth that comes a step later, 0.99 by default.
    optimizer
        By name or as an object; Adam(0.002) by default.
    batch_size
        Moves per update, 64 by default.
    memory
        The most moves that are remembered, 50,000 by default; with as few as in a batch it learns from its latest.
    warm_up
        Moves before the first update, 1,000 by default.
    exploration
        `Exploration`: ε by steps; by default it falls from 1 to 0.04 in 4,000 steps.
    round_steps, updates
        Moves in a round, and updates after them: 16 and 16 by default.
    target_rate
        τ in (0, 1]: how far the target network goes towards the network at each update, 0.01 by default. With 1 it is
        the network as it was before the round.
    double
        Double Q-learning, True by default; otherwise y = r + γ max Q'(s', a').
    seed
        Seed of the parameters, the game and everything random; None (default) draws one.

    Attributes
    ----------
    net, game, memory
        The network, the game, and the `ReplayMemory`.
    n_steps, n_updates
        Moves and updates so far.

    Raises InvalidInput for what does not fit, MissingExtra for a game that is not installed.

    Mnih et al. 2015; van Hasselt et al. 2016; Lillicrap et al. 2016 for θ'.

    >>> import glassnet as gn
    >>> net = gn.Network([gn.Flatten(), gn.Dense(16, "relu"), gn.Dense(3)])
    >>> deep_q = gn.reinforcement.DeepQ(net, gn.reinforcement.Pong(), warm_up=50, seed=0)
    >>> curve = deep_q.learn(200)
    >>> deep_q.n_steps, deep_q.n_updates, len(deep_q.memory)
    (200, 160, 200)
    """

    def __init__(
        self,
        net: Network,
        game: Any,
        *,
        discount: float = 0.99,
        optimizer: "OptimizerLike" = ADAM,
        batch_size: int = 64,
        memory: int = 50_000,
        warm_up: int = 1_000,
        exploration: Exploration = EXPLORATION,
        round_steps: int = 16,
        updates: int = 16,
        target_rate: float = 0.01,
        double: bool = True,
        seed: int | None = None,
    ):
        if not isinstance(exploration, Exploration):
            raise InvalidInput(f"`exploration` must be an Exploration(start, end, steps), got {brief(exploration)}.")
        self.net, self.exploration, self.double = net, exploration, check_flag(double, "double")
        self.discount, self.target_rate = share(discount, "discount"), rate(target_rate, "target_rate")
        self.batch_size, self.warm_up = whole_number(batch_size, "batch_size"), whole_number(warm_up, "warm_up")
        self.round_steps, self.updates = whole_number(round_steps, "round_steps"), whole_number(updates, "updates")
        self.memory = ReplayMemory(whole_number(memory, "memory"))
        self.game, self.seed = game_of(game), seed_of(seed)
        self.rng = np.random.default_rng(self.seed)
        self.n_steps = self.n_updates = 0
        self.begin_game(self.seed)
        self.n_actions = fitting(net, self.game, self._state, self.seed)
        self._target = Network(net.layers, dtype=net.dtype, engine=net.engine_name)
        self._target.build(np.shape(self._state), seed=0)
        self._follow(1.0)
        self._values = net.predictor()  # of a state; those of many are faster by `predict`
        self._training = self._begin(optimizer_of(optimizer))

    def _begin(self, optimizer: UpdateRule) -> "Training":
        """A training that is held open, of the first state until the first round puts others in its place."""
        rows = self.updates * self.batch_size
        X, y = np.repeat(np.asarray(self._state, float)[np.newaxis], rows, axis=0), np.zeros((rows, self.n_actions))
        settings: dict[str, Any] = {"batch_size": self.batch_size, "shuffle": False, "seed": self.seed}
        loss = QError(reduction="mean_of_rows")
        training = self.net.training(X, y, loss=loss, optimizer=optimizer, **settings)
        self.net.loss = None  # which is of no use with other rows, and which files do not know
        return training

    def _follow(self, share: float) -> None:
        """The target network goes a share of the way to the network."""
        for theirs, ours in ((self._target.parameters, self.net.parameters), (self._target.state, self.net.state)):
            theirs += np.asarray(share, theirs.dtype) * (ours - theirs)

    def begin_game(self, seed: int | None = None) -> None:
        """Begin a new game, whatever becomes of the present one."""
        self._state, self._return = state_of(begun(self.game, seed)), 0.0

    def act(self, state: Any) -> int:
        """The action that the network thinks is worth most, or a random one with probability ε."""
        if self.rng.random() < self.exploration.at(self.n_steps):
            return int(self.rng.integers(self.n_actions))
        return int(self._values(state).argmax())

    def move(self) -> float | None:
        """Make one move and remember it; gives the return of the game if that ended it."""
        state, action = self._state, self.act(self._state)
        self._state, reward, ended, broken_off = moved(self.game, action)
        self.memory.add(state, action, reward, self._state, ended)
        self.n_steps, self._return = self.n_steps + 1, self._return + reward
        if not (ended or broken_off):
            return None
        total = self._return
        self.begin_game()
        return total

    def targets(self, moves: Transitions) -> Array:
        """The y of moves: rewards, and what the best action afterwards is worth."""
        following = np.ascontiguousarray(moves.next_states, self.net.dtype)
        of_target = self._target.predict(following)
        best = double_values(self.net.predict(following), of_target) if self.double else best_values(of_target)
        return bellman_targets(moves, best, self.discount)

    def update(self) -> float:
        """Train on batches from the memory; gives their mean loss."""
        moves = self.memory.draw(self.updates * self.batch_size, self.rng)
        self._training.hold(moves.states, action_targets(moves.actions, self.targets(moves), self.n_actions))
        self.n_updates += self.updates
        loss = next(self._training).loss
        self._follow(1 - (1 - self.target_rate) ** self.updates)
        return loss

    def learn(
        self,
        steps: int,
        *,
        check_every: int = 2_500,
        check_games: int = 10,
        goal: float | None = None,
        listener: Callable[[Check], Any] | None = None,
    ) -> LearningCurve:
        """Play and learn for a number of steps; gives the returns of the games.

        Every now and then it plays some games without random actions, by the target network. That of the best check is
        what the network has in the end.

        Parameters
        ----------
        steps
            How many moves.
        check_every
            After how many steps it plays these games, 2,500 by default, and at the end.
        check_games
            How many games these are, 10 by default.
        goal
            The mean return of these games with which it ends early; None (default) never does.
        listener
            Called with each `Check`, its `step` and `mean_return`, when it is made: `print`, for instance.

        Raises InvalidInput for numbers below 1, a listener that cannot be called, and a game that gives a state or a
        reward that is none.
        """
        last, curve = self.n_steps + whole_number(steps, "steps"), LearningCurve()
        check_every, check_games = whole_number(check_every, "check_every"), whole_number(check_games, "check_games")
        check_goal(goal)
        check_listener(listener)
        next_check, best = self.n_steps + check_every, self._kept()
        while self.n_steps < last and not (goal is not None and curve.reached(goal)):
            moves = min(self.round_steps, last - self.n_steps)
            for _ in range(moves):
                curve.add(self.n_steps + 1, self.move())
            state_of(self.memory.latest(moves).next_states)
            if self.n_steps >= self.warm_up:
                self.update()
            if self.n_steps >= min(next_check, last):
                next_check += check_every
                if self._check(curve, check_games):
                    best = self._kept()
                if listener is not None:
                    listener(curve.checks[-1])
        self.net.parameters[...], self.net.state[...] = best
        return curve

    def _kept(self) -> tuple[Array, Array]:
        """The target network as it is now: its parameters and its state."""
        return self._target.parameters.copy(), self._target.state.copy()

    def _check(self, curve: LearningCurve, n_games: int) -> bool:
        """Play some games without random actions, and begin a new one; whether none before were better."""
        check = Check(self.n_steps, float(play(self.game, self._target, n_games).mean()))
        better = not curve.checks or check.mean_return >= curve.best.mean_return
        curve.checks.append(check)
        self.begin_game()
        return better
