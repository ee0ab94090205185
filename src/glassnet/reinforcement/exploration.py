"""Exploration: how often a random action is tried rather than the best known one."""

import numpy as np

from glassnet.formulas.description import Description
from glassnet.formulas.elementary import Array
from glassnet.formulas.registry import require_number


class Exploration(Description):
    """Probability ε of a random action, which falls in a straight line and then stays.

    ε(t) = (1 − u) start + u end,    u = min(t / steps, 1).

    Parameters
    ----------
    start, end
        ε at the first step and in the end: 1.0 and 0.05 by default.
    steps
        After how many steps the end is reached: 10,000 by default.

    Raises InvalidInput for probabilities outside of [0, 1].

    >>> exploration = Exploration(1.0, 0.1, steps=100)
    >>> exploration.at(0), exploration.at(50), exploration.at(1000)
    (1.0, 0.55, 0.1)
    """

    start: float = 1.0
    end: float = 0.05
    steps: float = 10_000

    def __post_init__(self) -> None:
        for field in ("start", "end"):
            require_number(self, field, 0, np.nextafter(1.0, 2.0), open_low=False)
        require_number(self, "steps", 0)

    def at(self, step: int) -> float:
        """ε at a step."""
        u = min(step / self.steps, 1.0)
        return float((1 - u) * self.start + u * self.end)


def choose(values: Array, epsilon: float, rng: "np.random.Generator") -> int:
    """A random action with probability ε, or else the best; the first of several that are equally good."""
    if rng.random() < epsilon:
        return int(rng.integers(len(values)))
    return int(values.argmax())
