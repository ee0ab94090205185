"""A ball, two paddles and 24 × 24 pixels: a game to be learned from its screen."""

from typing import Any

import numpy as np

from glassnet.calls import answered
from glassnet.formulas.elementary import Array
from glassnet.reinforcement.checks import action_of

SIZE, HALF = 24, 2  # pixels of the screen; a paddle reaches so far from its middle
SLOPES = np.array([-1.0, -0.5, 0.0, 0.5, 1.0])  # of the ball, pixels down for each to the side
POINTS, LONGEST, SLOW = 5, 500, 0.3  # of a game; moves until it is broken off; pixels a frame of the left paddle


def within(value: float, low: float, high: float) -> float:
    """The value, or the end of the range that it is beyond; ten times as fast as np.clip for a single number."""
    return min(max(value, low), high)


@answered
class Pong:
    """Game of a ball and two paddles, seen as 24 × 24 pixels. Actions: 0 stay, 1 up, 2 down.

    A state is (24, 24, 2), 1 where a pixel is lit: the screen now and one move before, so that one sees where the ball
    flies. The player's paddle is on the right, and where the ball hits it says how steeply it flies on. The left one
    follows a ball that comes, more slowly, and sends it back at a slope drawn at random: otherwise a flat ball would go
    to and fro for ever. Who misses the ball loses a point: a reward of −1 or 1. A game has five points.

    >>> game = Pong()
    >>> screens, _ = game.reset(seed=0)
    >>> screens.shape, int(screens[:, 23, 0].sum()), game.step(1)[1]
    ((24, 24, 2), 5, 0.0)
    """

    n_actions = 3

    def __init__(self) -> None:
        self.rng = np.random.default_rng()
        self.reset()

    def reset(self, *, seed: int | None = None) -> tuple[Array, dict[str, Any]]:
        """Begin a game: (screens, nothing else)."""
        self.rng = self.rng if seed is None else np.random.default_rng(seed)
        self.points = self.moves = 0
        self.left = self.right = (SIZE - 1) / 2
        self.serve()
        self.screen = self.drawn()
        return np.stack([self.screen, self.screen], axis=-1), {}

    def serve(self) -> None:
        """A new ball flies from the middle to the player."""
        self.x, self.y = SIZE / 2, self.rng.uniform(4, SIZE - 5)
        self.dx, self.dy = 1.0, float(self.rng.choice(SLOPES))

    def step(self, action: int) -> tuple[Array, float, bool, bool, dict[str, Any]]:
        """One move, of two frames: (screens, reward, whether the game is over, whether it was broken off, nothing)."""
        shift = (0, -1, 1)[action_of(action, self.n_actions)]
        before, reward = self.screen, sum(self.frame(shift) for _ in range(2))
        self.moves, self.screen = self.moves + 1, self.drawn()
        return np.stack([self.screen, before], axis=-1), reward, self.points >= POINTS, self.moves >= LONGEST, {}

    def frame(self, shift: int) -> float:
        """The paddles and the ball move on; the reward if someone missed it."""
        self.right = within(self.right + shift, HALF, SIZE - 1 - HALF)
        if self.dx < 0:
            self.left += within(within(self.y, HALF, SIZE - 1 - HALF) - self.left, -SLOW, SLOW)
        self.x, self.y = self.x + self.dx, self.y + self.dy
        if not 0 <= self.y <= SIZE - 1:  # off the upper or the lower edge
            self.y, self.dy = within(self.y, 0, SIZE - 1), -self.dy
        return self.at_paddles()

    def at_paddles(self) -> float:
        """Turn the ball where it meets a paddle; the reward if it is missed."""
        paddle, reward = (self.right, -1.0) if self.dx > 0 else (self.left, 1.0)
        if 1 < self.x < SIZE - 2:
            return 0.0
        if abs(self.y - paddle) > HALF + 0.5:
            self.points += 1
            self.serve()
            return reward
        self.dx, self.dy = -self.dx, float(SLOPES[self.slope()])
        return 0.0

    def slope(self) -> int:
        """Which of the slopes the ball takes from a paddle: at the player's by where it hits, at the left by chance."""
        if self.dx < 0:
            return int(self.rng.integers(len(SLOPES)))
        return int(within(round(self.y - self.right) + len(SLOPES) // 2, 0, len(SLOPES) - 1))

    def drawn(self) -> Array:
        """The screen, (24, 24): the ball and the paddles are lit."""
        screen = np.zeros((SIZE, SIZE), np.uint8)
        for column, middle in ((0, self.left), (SIZE - 1, self.right)):
            screen[round(middle) - HALF : round(middle) + HALF + 1, column] = 1
        screen[round(self.y), min(max(round(self.x), 0), SIZE - 1)] = 1
        return screen
