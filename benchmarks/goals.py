"""A goal: one sentence, the figure that decides it, and the bound that the figure is held against."""

from dataclasses import dataclass

from benchmarks.spread import Spread


@dataclass(frozen=True)
class Goal:
    """Met when the median of the measured figure is at least the bound, or at most where `at_most`."""

    sentence: str
    measured: Spread | None  # None: there is no measurement to judge by
    bound: float
    at_most: bool = False

    @property
    def met(self) -> bool:
        if self.measured is None:
            return False
        return self.measured.median <= self.bound if self.at_most else self.measured.median >= self.bound

    @property
    def unsure(self) -> bool:
        """Whether some rounds say yes and others no."""
        return self.measured is not None and self.measured.low < self.bound < self.measured.high

    def __str__(self) -> str:
        if self.measured is None:
            return f"Not measured: {self.sentence}"
        wanted = f"wanted at {'most' if self.at_most else 'least'} {self.bound:g}"
        verdict = "Met" if self.met else "Not met"
        doubt = ", within the spread" if self.unsure else ""
        return f"{verdict}: {self.sentence}: {self.measured}, {wanted}{doubt}"


def speedup(sentence: str, ratio: Spread | None, bound: float) -> Goal:
    """Another's time divided by ours must be at least the bound."""
    return Goal(f"{sentence} (their time / ours)", ratio, bound)


def unmet(goals: list[Goal]) -> str:
    """One line for each goal that is not met."""
    return "\n".join(str(goal) for goal in goals if not goal.met) or "All goals are met."


def summary(goals: list[Goal]) -> str:
    """How many are met."""
    return f"{sum(goal.met for goal in goals)} of {len(goals)} goals are met."
