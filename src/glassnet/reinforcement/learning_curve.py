"""What a learner's games brought: the return of each, and of those played between to see how good it is."""

from dataclasses import dataclass, field

from glassnet.calls import answered


@dataclass(frozen=True)
class Check:
    """After how many steps games without random actions were played, and their mean return."""

    step: int
    mean_return: float


@answered
@dataclass(frozen=True)
class LearningCurve:
    """The games of a learner. Made by `DeepQ.learn`.

    Attributes
    ----------
    steps, returns
        Of each game that it learned from: the step at which it ended, and the sum of its rewards.
    checks
        Of the games played without random actions: steps, and the mean return.

    >>> curve = LearningCurve()
    >>> for step, total in enumerate([None, None, 3.0]):
    ...     curve.add(step, total)
    >>> curve.steps, curve.returns
    ([2], [3.0])
    """

    steps: list[int] = field(default_factory=list)
    returns: list[float] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)

    def add(self, step: int, total: float | None) -> None:
        """A move was made; `total` is the return of the game that it ended, if it did."""
        if total is not None:
            self.steps.append(step)
            self.returns.append(total)

    def reached(self, goal: float) -> bool:
        """Whether the last check reached a mean return."""
        return bool(self.checks) and self.checks[-1].mean_return >= goal

    @property
    def best(self) -> Check:
        """The best check; of several the last."""
        return max(self.checks, key=lambda check: (check.mean_return, check.step))
