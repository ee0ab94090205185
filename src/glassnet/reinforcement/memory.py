"""Replay memory: the last transitions of a game, from which a network learns in random order."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from glassnet.calls import answered
from glassnet.engine.machine.memory import lacking
from glassnet.errors import InvalidInput, brief
from glassnet.formulas.elementary import Array


class Transitions(NamedTuple):
    """n moves of a game: states (n, …) and what was done there, what it brought, what came next, whether it ended."""

    states: Array
    actions: Array
    rewards: Array
    next_states: Array
    ended: Array


@answered
class ReplayMemory:
    """Memory of the last moves of a game, which gives them back in random order.

    Successive moves of a game are nearly the same, and a network that learns only the latest forgets the others. Moves
    drawn at random from a long past are as different as the rows of a table.

    Parameters
    ----------
    capacity
        The most moves that it holds; then each new one takes the place of the oldest.

    Raises InvalidInput for a capacity below 1 and for a state of another shape than the first, OutOfMemory where there
    is no room for so many moves.

    Lin 1992; Mnih et al. 2015.

    >>> memory = ReplayMemory(2)
    >>> for number in range(3):
    ...     memory.add([number], action=0, reward=1.0, next_state=[number + 1], ended=number == 2)
    >>> moves = memory.latest(2)
    >>> len(memory), moves.states.tolist(), moves.ended.tolist()
    (2, [[1], [2]], [False, True])
    """

    def __init__(self, capacity: int):
        if not isinstance(capacity, (int, np.integer)) or isinstance(capacity, bool) or capacity < 1:
            raise InvalidInput(f"ReplayMemory: `capacity` must be a whole number of at least 1, got {brief(capacity)}.")
        self.capacity, self.n_added = int(capacity), 0
        self._moves: Transitions | None = None

    def __len__(self) -> int:
        return min(self.n_added, self.capacity)

    def __repr__(self) -> str:
        return f"ReplayMemory({self.capacity}) with {len(self)} moves"

    def add(self, state: ArrayLike, action: int, reward: float, next_state: ArrayLike, ended: bool) -> None:
        """Remember a move; `ended` is whether the game was over after it, so that nothing more could follow."""
        state, next_state = np.asarray(state), np.asarray(next_state)
        if self._moves is None:
            self._moves = self._empty(state)
        for each in (state, next_state):
            if each.shape != self._moves.states.shape[1:]:
                raise InvalidInput(f"a state must have shape {self._moves.states.shape[1:]}, got {each.shape}.")
        place = self.n_added % self.capacity
        for array, value in zip(self._moves, (state, action, reward, next_state, ended), strict=True):
            array[place] = value
        self.n_added += 1

    def _empty(self, state: Array) -> Transitions:
        states = (self.capacity, *state.shape)
        try:
            return Transitions(
                np.zeros(states, state.dtype),
                np.zeros(self.capacity, np.int64),
                np.zeros(self.capacity, np.float32),
                np.zeros(states, state.dtype),
                np.zeros(self.capacity, bool),
            )
        except (MemoryError, ValueError):
            remedy = f"let the memory hold fewer moves than {self.capacity:,}"
            raise lacking(2 * math.prod(states), state.dtype, remedy) from None

    def draw(self, n: int, rng: "np.random.Generator") -> Transitions:
        """n moves at random, each time from all of them: one may come twice."""
        self._refuse_empty()
        return self._at(rng.integers(len(self), size=n))

    def latest(self, n: int) -> Transitions:
        """The last n moves in the order in which they were made, fewer if it does not hold so many."""
        self._refuse_empty()
        return self._at(np.arange(self.n_added - min(n, len(self)), self.n_added) % self.capacity)

    def _refuse_empty(self) -> None:
        if not len(self):
            raise InvalidInput("the memory holds no moves yet: add some before any are drawn.")

    def _at(self, places: Array) -> Transitions:
        assert self._moves is not None
        return Transitions(*(array[places] for array in self._moves))
