"""Folds of a table: which rows are held out from each of several trainings, and what makes that impossible."""

from dataclasses import dataclass

import numpy as np

from glassnet.errors import InvalidInput
from glassnet.tables.number_format import counted
from glassnet.tables.splits.rule import Sides, SplitRule
from glassnet.training.inputs.splitting import Rows


@dataclass(frozen=True)
class Fold:
    """One of n folds in one of several repetitions, numbered from 0; `number` None holds out no rows at all.

    >>> rest, held_out = Fold(5, 1).sides(SplitRule(10), 0)
    >>> len(rest), len(held_out), len(Fold(5, None).sides(SplitRule(10), 0)[1])
    (8, 2, 0)
    """

    n: int
    number: int | None
    repeat: int = 0

    def sides(self, rule: SplitRule, seed: int) -> Sides:
        """The rows to learn from, and those held out."""
        check_folds(rule, self.n)
        if self.number is None:
            return np.arange(rule.n), np.arange(0)
        return rule.folds(self.n, np.random.default_rng([seed, self.repeat]))[self.number]

    def divided(self, rule: SplitRule, share: float, seed: int, rng: "np.random.Generator") -> tuple[Rows, Rows, Rows]:
        """The `sides`, and the places among the first of a share that chooses the epoch (none: drawn later)."""
        rest, held_out = self.sides(rule, seed)
        chosen = np.arange(0) if rule.at_random else rule.of(rest).hold_out(share, rng)[1]
        return rest, held_out, chosen


def check_folds(rule: SplitRule, n: int) -> None:
    """Refuse more folds than rows, groups, times, or rows of a class."""
    if rule.times is not None:
        there, what = len(np.unique(rule.times)) - 2, "different times after the first two"
    elif rule.groups is not None:
        there, what = len(np.unique(rule.groups)), "groups"
    elif rule.labels is not None:
        there, what = int(np.unique(rule.labels, return_counts=True)[1].min()), "rows of the smallest class"
    else:
        there, what = rule.n // 2, "pairs of rows"
    if there < n:
        raise InvalidInput(
            f"{n} folds are too many: there are {max(there, 0)} {what} among {counted(rule.n, 'row')}, and each fold "
            f"needs one of its own."
        )
