"""Q-learning with a table: a number for each state and action, each moved towards what was seen."""

from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet.calls import answered
from glassnet.formulas.elementary import Array
from glassnet.reinforcement.bellman import BellmanUpdate
from glassnet.reinforcement.checks import check_table, probability, row_of, seed_of, share, whole_number
from glassnet.reinforcement.checks import rate as rate_of
from glassnet.reinforcement.exploration import choose
from glassnet.reinforcement.game import begun, game_of, moved

if TYPE_CHECKING:
    from glassnet.reinforcement.grid_world import GridWorld


@answered
class QTable:
    """Table of what each action is worth in each state, learned from moves.

    Q(s, a) ← Q(s, a) + α (r + γ max Q(s', a') − Q(s, a)),    without the maximum where the game ended.

    Parameters
    ----------
    n_states, n_actions
        The shape of the table; all values begin at 0.
    rate
        α in (0, 1]: how far a value goes towards what was seen, 0.5 by default.
    discount
        γ in [0, 1): what a reward is worth that comes a step later, 0.9 by default.

    Attributes
    ----------
    values
        Q, (n_states, n_actions).

    Raises InvalidInput for numbers out of range.

    Watkins 1989.

    >>> table = QTable(n_states=2, n_actions=2)
    >>> print(table.update(0, 1, reward=1.0, next_state=1, ended=True))
    0.0000 + 0.5 · (1 + 0.9 · 0.0000 − 0.0000) = 0.5000
    """

    def __init__(self, n_states: int, n_actions: int, rate: float = 0.5, discount: float = 0.9):
        self.rate, self.discount = rate_of(rate, "rate"), share(discount, "discount")
        self.values: Array = np.zeros((whole_number(n_states, "n_states"), whole_number(n_actions, "n_actions")))

    def update(self, state: int, action: int, reward: float, next_state: int, ended: bool) -> BellmanUpdate:
        """Learn from a move; gives the numbers of the update."""
        following = 0.0 if ended else float(self.values[next_state].max())
        made = BellmanUpdate(float(self.values[state, action]), self.rate, reward, self.discount, following)
        self.values[state, action] = made.new_value
        return made

    def learn(
        self, game: Any, n_games: int, epsilon: float = 0.3, seed: int = 0
    ) -> list[tuple[int, int, BellmanUpdate]]:
        """Play games, a share ε of the moves at random; gives (state, action, update) of each move.

        Parameters
        ----------
        game
            A game whose states are numbers, such as `GridWorld`.
        n_games
            How many games.
        epsilon
            ε: the probability of a random move, 0.3 by default.
        seed
            Seed of what is random, 0 by default.

        Raises InvalidInput for less than one game, and for a game whose states or actions the table does not hold.
        """
        game, rng, made = game_of(game), np.random.default_rng(seed_of(seed)), []
        n_games, epsilon = whole_number(n_games, "n_games"), probability(epsilon, "epsilon")
        check_table(self.values, game)
        for number in range(n_games):
            state, over = row_of(begun(game, seed if number == 0 else None), self.values), False
            while not over:
                action = choose(self.values[state], epsilon, rng)
                following, reward, ended, broken_off = moved(game, action)
                following = row_of(following, self.values)
                made.append((state, action, self.update(state, action, reward, following, ended)))
                state, over = following, ended or broken_off
        return made


def exact_values(world: "GridWorld", discount: float = 0.9, tolerance: float = 1e-12) -> Array:
    """Q by value iteration: the Bellman equation as an assignment for all states and actions, until nothing changes."""
    values, change = np.zeros((world.n_states, world.n_actions)), 1.0
    while change > tolerance:
        before = values.copy()
        for state in world.walked:
            for action in range(world.n_actions):
                following, reward, ended = world.after(state, action)
                values[state, action] = reward + discount * (0.0 if ended else before[following].max())
        change = float(np.abs(values - before).max())
    return values
