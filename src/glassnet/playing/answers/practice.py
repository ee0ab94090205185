"""Practice: a number of the backward pass is hidden, somebody computes it, and hears which factor was wrong."""

from itertools import count
from typing import Any

import numpy as np

from glassnet.errors import InvalidInput
from glassnet.playing.answers.questions import why
from glassnet.playing.naming import dense_layers, weight_name
from glassnet.playing.simulation import Simulation

CLOSE = 0.01  # of the answer: factors are shown rounded
TRIES = 30
DIGITS = 4


class Practice:
    """Questions about one row and one weight, from the network as it is when they are asked."""

    def __init__(self, seed: int = 0):
        self.rng, self.numbers = np.random.default_rng(seed), count(1)
        self.question: dict[str, Any] | None = None
        self.value, self.factors = 0.0, dict[str, float]()

    def ask(self, simulation: Simulation) -> dict[str, Any]:
        """A question: the factors of the chain rule are given, their product is wanted."""
        for _ in range(TRIES):
            layer, index, row = self.chosen(simulation)
            answer = why(simulation, layer, "W", index, row)
            self.factors = {each["name"]: round_to(each["values"][0]) for each in answer["factors"]}
            self.value = float(np.prod(list(self.factors.values())))
            if self.value and np.isfinite(self.value):
                break
        else:
            raise InvalidInput(
                "all gradients that were tried are 0 or not finite here: train a little, or draw new parameters."
            )
        weight = weight_name(simulation, layer, *index)
        text = f"Row {row}: what is ∂ℓ/∂w for the {weight}? Multiply the factors of the chain rule."
        given = [{"name": name, "value": value} for name, value in self.factors.items()]
        self.question = {"id": next(self.numbers), "text": text, "html": "", "given": given, "kind": "product"}
        return self.question

    def chosen(self, simulation: Simulation) -> tuple[int, list[int], int]:
        """A layer, a place in its weights, and a row that is trained on, at random."""
        nodes = simulation.net.built()[0].nodes
        layer = int(self.rng.choice(dense_layers(simulation)))
        shape = nodes[layer].places["W"].parameter.shape
        return layer, [int(self.rng.integers(n)) for n in shape], int(self.rng.integers(len(simulation.rows.y)))

    def check(self, answer: float, question: int) -> dict[str, Any]:
        """Whether an answer is right; if not, which factor was left out or has another sign."""
        if self.question is None or self.question["id"] != question:
            raise InvalidInput("that question is no longer open: ask for a new one.")
        if is_close(answer, self.value):
            return {"right": True, "text": f"Right: {self.value:.4g}.", "value": self.value}
        wrong = self.wrong_factor(answer)
        return {"right": False, **wrong}

    def wrong_factor(self, answer: float) -> dict[str, Any]:
        """What the answer tells about how it was found; the value stays hidden."""
        if is_close(answer, -self.value):
            return {"text": "The size is right, the sign is not: look at the factors below 0."}
        for name, value in self.factors.items():
            if value and is_close(answer, self.value / value) and value != 1:
                return {"text": f"The factor {name} is missing.", "wrong_factor": name}
            if is_close(answer, self.value * value) and value != 1:
                return {"text": f"The factor {name} is there twice.", "wrong_factor": name}
        if is_close(answer, sum(self.factors.values())):
            return {"text": "That is the sum of the factors: the chain rule multiplies them."}
        return {"text": "That is not their product: multiply them one after the other."}


def round_to(value: float, digits: int = DIGITS) -> float:
    """A number as it is shown."""
    return float(f"{value:.{digits}g}")


def is_close(a: float, b: float) -> bool:
    """Whether two numbers are the same but for rounding."""
    return abs(a - b) <= CLOSE * max(abs(b), 1e-12)
