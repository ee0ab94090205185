"""An exercise: numbers that are given, one that is wanted, and what wrong answers tell about how they were found."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

CLOSE = 0.01  # of the answer: the numbers given are rounded
DIGITS = 4


@dataclass(frozen=True)
class Mistake:
    """An answer that is wrong in a way that is known: what is said of it, and the factor that it is about."""

    value: float
    text: str
    factor: str | None = None


@dataclass(frozen=True)
class Exercise:
    """A question about numbers as they are shown; `value` is the answer, `derivation` how it is found, in lines.

    An answer is right within `tolerance`, by default a hundredth of it.
    """

    kind: str
    text: str
    given: dict[str, float]
    value: float
    derivation: Sequence[str]
    mistakes: Sequence[Mistake] = field(default_factory=list)
    otherwise: str = "That is not it: follow the derivation step by step."
    tolerance: float | None = None

    def is_right(self, answer: float) -> bool:
        """Whether an answer is right but for rounding."""
        return self.near(answer, self.value)

    def near(self, answer: float, value: float) -> bool:
        """Whether two numbers are the same but for rounding."""
        return abs(answer - value) <= (CLOSE * abs(value) if self.tolerance is None else self.tolerance) + 1e-12

    def asked(self, number: int) -> dict[str, Any]:
        """What the page shows."""
        given = [{"name": name, "value": value} for name, value in self.given.items()]
        return {"id": number, "text": self.text, "html": "", "given": given, "kind": self.kind}

    def solution(self) -> dict[str, Any]:
        """The answer, and how it is found."""
        return {"value": self.value, "derivation": list(self.derivation)}

    def verdict(self, answer: float) -> dict[str, Any]:
        """Whether an answer is right; if not, what it tells, while the value stays hidden."""
        if self.is_right(answer):
            return {"right": True, "text": f"Right: {self.value:.4g}.", **self.solution()}
        for mistake in self.mistakes:
            if not self.is_right(mistake.value) and self.near(answer, mistake.value):
                about = {} if mistake.factor is None else {"wrong_factor": mistake.factor}
                return {"right": False, "text": mistake.text, **about}
        return {"right": False, "text": self.otherwise}


def shown(value: float) -> float:
    """A number as it is shown, with four digits."""
    return float(f"{value:.{DIGITS}g}")


def written(value: float) -> str:
    """A number in a derivation, in brackets if it is below 0.

    >>> written(0.25), written(-1.5)
    ('0.25', '(−1.5)')
    """
    text = f"{value:.{DIGITS}g}".replace("-", "\N{MINUS SIGN}")
    return f"({text})" if value < 0 else text


def result(value: float) -> str:
    """A number at the end of a derivation."""
    return f"{value:.{DIGITS}g}".replace("-", "\N{MINUS SIGN}")
