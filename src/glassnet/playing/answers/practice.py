"""Practice: a number of a training step is hidden, somebody computes it, and hears what was wrong."""

from itertools import count
from typing import Any

import numpy as np

from glassnet.errors import InvalidInput, UnknownName
from glassnet.playing.answers.exercise import Exercise
from glassnet.playing.answers.exercises import KINDS
from glassnet.playing.simulation import Simulation

TRIES = 30
ANY = "any"


class Practice:
    """Exercises on one row each, from the network as it is when they are set."""

    def __init__(self, seed: int = 0):
        self.rng, self.numbers = np.random.default_rng(seed), count(1)
        self.number = 0
        self.exercise: Exercise | None = None

    def ask(self, simulation: Simulation, kind: object = "product") -> dict[str, Any]:
        """An exercise of a kind, or of "any"."""
        if kind != ANY and kind not in KINDS:
            raise UnknownName("kind of exercise", str(kind), [ANY, *KINDS])
        for _ in range(TRIES):
            name = str(self.rng.choice(list(KINDS)) if kind == ANY else kind)
            if (found := KINDS[name][1](simulation, self.rng)) is not None:
                self.number, self.exercise = next(self.numbers), found
                return found.asked(self.number)
        raise InvalidInput(none_found(kind))

    def open(self, question: object) -> Exercise:
        """The exercise that somebody answers."""
        if self.exercise is None or question != self.number:
            raise InvalidInput("that question is no longer open: ask for a new one.")
        return self.exercise

    def check(self, answer: float, question: object) -> dict[str, Any]:
        """Whether an answer is right, with the derivation; if not, what it tells."""
        return self.open(question).verdict(answer)

    def solve(self, question: object) -> dict[str, Any]:
        """The answer, and how it is found."""
        return self.open(question).solution()


def none_found(kind: object) -> str:
    """What is said where no exercise of a kind can be set."""
    if kind == "delta":
        return (
            "no unit was found for this exercise: it needs a hidden layer whose units lead straight to six units or "
            "fewer, and a slope that is not 0."
        )
    if kind == "loss":
        return "this exercise is about the cross-entropy or the squared error of one output: choose another kind."
    return "all gradients that were tried are 0 or not finite here: train a little, or draw new parameters."
