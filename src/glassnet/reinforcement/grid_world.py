"""A small world of squares: from the start to the goal, around walls and a fire."""

from collections.abc import Sequence
from typing import Any

from glassnet.calls import answered
from glassnet.errors import InvalidInput, brief
from glassnet.formulas.registry import is_number
from glassnet.reinforcement.checks import action_of, whole_number

WORLD = ("...G", ".#.F", "S...")  # that of Russell and Norvig's textbook, without its chance
ARROWS = "↑→↓←"
STEPS = ((-1, 0), (0, 1), (1, 0), (0, -1))
REWARDS = {"G": 1.0, "F": -1.0}


@answered
class GridWorld:
    """World of squares in which each step goes up, right, down or left: actions 0 to 3.

    A state is the number of a square, row by row from the upper left. Who walks into a wall or off the edge stays.

    Parameters
    ----------
    rows
        The squares of each row: "S" start, "." free, "#" wall, "G" goal (reward 1), "F" fire (reward −1); the last two
        end the game. By default ("...G", ".#.F", "S...").
    cost
        What each step costs that ends nowhere: a reward of −0.04 by default.
    longest
        After how many steps a game is broken off, 100 by default.

    Raises InvalidInput for rows of different lengths, unknown squares, and other than one start.

    >>> world = GridWorld()
    >>> state, _ = world.reset()
    >>> state, world.step(0)[:3]
    (8, (4, -0.04, False))
    """

    n_actions = 4

    def __init__(self, rows: Sequence[str] = WORLD, cost: float = -0.04, longest: int = 100):
        if (
            not isinstance(rows, (list, tuple))
            or not all(isinstance(row, str) for row in rows)
            or len({len(row) for row in rows}) != 1
        ):
            raise InvalidInput(f"GridWorld: `rows` must be strings of one length, such as {WORLD}, got {brief(rows)}.")
        if not is_number(cost):
            raise InvalidInput(f"GridWorld: `cost` must be a finite number, got {brief(cost)}.")
        self.rows, self.squares, self.cost = tuple(rows), "".join(rows), float(cost)
        self.longest = whole_number(longest, "longest")
        if unknown := set(self.squares) - set("S.#GF"):
            raise InvalidInput(f"GridWorld: squares must be S, ., #, G or F, got {sorted(unknown)[0]!r}.")
        if self.squares.count("S") != 1:
            raise InvalidInput(f"GridWorld: there must be one start S, got {self.squares.count('S')}.")
        self.width, self.state, self.n_steps = len(self.rows[0]), self.squares.index("S"), 0

    @property
    def n_states(self) -> int:
        """The number of squares, walls included."""
        return len(self.squares)

    @property
    def walked(self) -> list[int]:
        """The squares from which one can move: neither walls nor ends."""
        return [state for state, square in enumerate(self.squares) if square in "S."]

    def name(self, state: int) -> str:
        """A square as on a chess board: columns are letters, rows count from the bottom."""
        row, column = divmod(state, self.width)
        return f"{chr(ord('a') + column)}{len(self.rows) - row}"

    def after(self, state: int, action: int) -> tuple[int, float, bool]:
        """What a step leads to: (square, reward, whether the game is over)."""
        (row, column), (down, right) = divmod(state, self.width), STEPS[action]
        if 0 <= row + down < len(self.rows) and 0 <= column + right < self.width:
            there = (row + down) * self.width + column + right
            state = state if self.squares[there] == "#" else there
        square = self.squares[state]
        return state, REWARDS.get(square, self.cost), square in REWARDS

    def reset(self, *, seed: int | None = None) -> tuple[int, dict[str, Any]]:
        """Begin at the start; nothing is random here."""
        self.state, self.n_steps = self.squares.index("S"), 0
        return self.state, {}

    def step(self, action: int) -> tuple[int, float, bool, bool, dict[str, Any]]:
        """Take a step: (square, reward, whether the game is over, whether it was broken off, nothing else)."""
        self.state, reward, over = self.after(self.state, action_of(action, self.n_actions))
        self.n_steps += 1
        return self.state, reward, over, not over and self.n_steps >= self.longest, {}
