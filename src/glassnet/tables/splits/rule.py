"""What a split of rows respects: the shares of classes, whole groups, or the order of time."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from glassnet.formulas.elementary import Array
from glassnet.tables.splits.latest import latest, time_blocks
from glassnet.tables.splits.whole_groups import whole_groups
from glassnet.training.inputs.splitting import Rows, split_rows

Sides = tuple[Rows, Rows]  # the rows to learn from, and those held out


@dataclass(frozen=True)
class SplitRule:
    """How n rows may be divided; every split of them is made here: test, validation and folds.

    labels  class numbers (n,), whose shares are kept on both sides, as far as groups allow; or None
    groups  group numbers (n,): all rows of a group lie on one side; or None
    times   numbers (n,): the held-out rows are the latest, and rows of one time lie on one side; or None

    >>> rule = SplitRule(6, times=np.array([5, 3, 1, 1, 4, 2]))
    >>> rule.hold_out(0.3, np.random.default_rng(0))
    (array([1, 2, 3, 5]), array([0, 4]))
    """

    n: int
    labels: Array | None = None
    groups: Array | None = None
    times: Array | None = None

    @property
    def at_random(self) -> bool:
        """Whether rows are drawn one by one."""
        return self.groups is None and self.times is None

    def of(self, rows: Rows) -> Self:
        """The rule for some of the rows."""
        parts = (None if part is None else part[rows] for part in (self.labels, self.groups, self.times))
        return type(self)(len(rows), *parts)

    def hold_out(self, share: float, rng: "np.random.Generator", leave: int = 1) -> Sides:
        """Hold about a share of the rows out; so many groups or times, at least, are left to learn from."""
        if self.times is not None:
            held = latest(self.times, share, leave)
        elif self.groups is not None:
            held = whole_groups(self.groups, share, rng, self.labels, leave)
        else:
            return split_rows(self.n, share, rng, self.labels)
        return np.setdiff1d(np.arange(self.n), held), held

    def folds(self, k: int, rng: "np.random.Generator") -> list[Sides]:
        """Divide the rows into k folds, each of which is held out once.

        By time each of k blocks is held out from those before it, and the first of k + 1 blocks never is.
        """
        if self.times is not None:
            blocks = time_blocks(self.times, k + 1)
            return [(np.sort(np.concatenate(blocks[: i + 1])), blocks[i + 1]) for i in range(k)]
        every = np.arange(self.n)
        return [(np.setdiff1d(every, held), held) for held in self.parts(k, 1 / k, rng)]

    def parts(self, n: int, share: float, rng: "np.random.Generator") -> list[Rows]:
        """n disjoint parts of `share` of the rows each, or smaller ones where n × share is above 1.

        By time there is one such part, the latest rows: it is given n times.
        """
        if self.times is not None:
            return [self.hold_out(share, rng)[1]] * n
        found: list[Rows] = []
        left, n_parts = np.arange(self.n), max(n, round(1 / share)) if n > 1 else 1 / share
        for k in range(n):
            if n_parts - k <= 1:
                return [*found, left]
            rest, held = self.of(left).hold_out(1 / (n_parts - k), rng, max(1, n - k - 1))
            found.append(left[held])
            left = left[rest]
        return found
