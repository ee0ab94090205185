"""The Bellman equation: what an action is worth is its reward, and what the best action is worth afterwards."""

from dataclasses import dataclass

import numpy as np

from glassnet.calls import answered
from glassnet.formulas.elementary import Array
from glassnet.reinforcement.memory import Transitions


def bellman_targets(moves: Transitions, next_values: Array, discount: float) -> Array:
    """r + γ V', (n,), where V' is what the best action is worth in the next state; r alone where the game ended.

    >>> moves = Transitions(*map(np.array, ([[0], [1]], [0, 1], [1.0, 1.0], [[1], [2]], [False, True])))
    >>> bellman_targets(moves, np.array([10.0, 10.0]), discount=0.5).tolist()
    [6.0, 1.0]
    """
    return moves.rewards + discount * np.where(moves.ended, 0.0, next_values)


def best_values(values: Array) -> Array:
    """max Q'(s', a'): in each row the largest value; where values are noisy, it is too large on average."""
    return values.max(axis=1)


def double_values(online: Array, target: Array) -> Array:
    """Double Q-learning: Q'(s', argmax Q(s', a')), what one network thinks of the action that the other would choose.

    The largest of several noisy values is mostly one whose error is positive. The errors of another network are others,
    so its value of that action is not too large for the same reason (van Hasselt et al. 2016).

    >>> double_values(np.array([[1.0, 2.0]]), np.array([[5.0, 3.0]])).tolist()
    [3.0]
    """
    return np.take_along_axis(target, online.argmax(axis=1)[:, np.newaxis], axis=1)[:, 0]


@answered
@dataclass(frozen=True)
class BellmanUpdate:
    """One update of a value, with all of its numbers.

    Q(s, a) ← Q(s, a) + α (r + γ max Q(s', a') − Q(s, a)),    without the maximum where the game ended.

    Made by `QTable.update`.

    Attributes
    ----------
    value, new_value
        Q(s, a) before and after.
    rate, discount
        α and γ.
    reward
        r.
    next_value
        max Q(s', a'), 0 where the game ended.

    >>> print(BellmanUpdate(value=0.5, rate=0.1, reward=1.0, discount=0.9, next_value=2.0))
    0.5000 + 0.1 · (1 + 0.9 · 2.0000 − 0.5000) = 0.7300
    """

    value: float
    rate: float
    reward: float
    discount: float
    next_value: float

    @property
    def target(self) -> float:
        """r + γ max Q(s', a')."""
        return self.reward + self.discount * self.next_value

    @property
    def error(self) -> float:
        """The target minus the value, known as the temporal-difference error."""
        return self.target - self.value

    @property
    def new_value(self) -> float:
        """The value after the update."""
        return self.value + self.rate * self.error

    def __str__(self) -> str:
        value, following, new = (signed(f"{v:.4f}") for v in (self.value, self.next_value, self.new_value))
        reward = signed(f"{self.reward:g}")
        return (
            f"{value} + {self.rate:g} · ({reward} + {self.discount:g} · {bracketed(following)} {minus(value)}) = {new}"
        )


def signed(number: str) -> str:
    """A number with the minus sign of print, and zero without a sign."""
    return number.lstrip("-") if not float(number) else number.replace("-", "−")


def bracketed(number: str) -> str:
    """A negative factor in brackets."""
    return f"({number})" if number.startswith("−") else number


def minus(number: str) -> str:
    """What is taken away, a negative number added."""
    return f"+ {number[1:]}" if number.startswith("−") else f"− {number}"
