"""What a bootstrap draws: rows, or whole groups of them; of very many a sample that stands for all."""

import math
from dataclasses import dataclass

import numpy as np

from glassnet.formulas.elementary import Array

MOST_ROWS, LEAST_GROUPS = 20_000, 200


@dataclass(frozen=True, eq=False)
class Units:
    """The rows that are looked at, the number of what each is drawn with, and how many rows it stands for.

    `n_all` is how many units there are, of which more may be than are looked at.
    """

    rows: Array
    codes: Array
    weights: Array
    n_all: int

    @property
    def n(self) -> int:
        """How many are looked at, and drawn."""
        return int(self.codes.max()) + 1

    @property
    def are_sampled(self) -> bool:
        """Whether there are more rows than are looked at."""
        return bool(self.n < self.n_all or (self.weights != 1).any())

    @property
    def narrowing(self) -> float:
        """√(units looked at / units), by which an interval of all is narrower (the m out of n bootstrap)."""
        return math.sqrt(self.n / self.n_all)


def units_of(n_rows: int, groups: Array | None, seed: int) -> Units:
    """Each row is a unit, or each group.

    Of more than `MOST_ROWS` rows as many are looked at: whole groups, but all of up to `LEAST_GROUPS`, of each of which
    then an equal share of rows stands for the others.
    """
    codes = np.arange(n_rows) if groups is None else np.unique(groups, return_inverse=True)[1]
    n_all, rng = int(codes.max()) + 1, np.random.default_rng(seed)
    if n_rows <= MOST_ROWS:
        return Units(np.arange(n_rows), codes, np.ones(n_rows), n_all)
    chosen = rng.permutation(n_all)[: max(LEAST_GROUPS, MOST_ROWS * n_all // n_rows)]
    rows = np.flatnonzero(np.isin(codes, chosen))
    numbers = np.unique(codes[rows], return_inverse=True)[1]
    kept, weights = thinned(numbers, rng)
    return Units(rows[kept], numbers[kept], weights, n_all)


def thinned(codes: Array, rng: np.random.Generator) -> tuple[Array, Array]:
    """(the places of about `MOST_ROWS` rows, some of each unit, how many rows each stands for)."""
    sizes = np.bincount(codes)
    kept = np.ceil(sizes * min(1.0, MOST_ROWS / len(codes))).astype(int)
    order = rng.permutation(len(codes))
    order = order[np.argsort(codes[order], kind="stable")]
    place = np.arange(len(codes)) - np.repeat(np.cumsum(sizes) - sizes, sizes)  # within its unit
    rows = np.sort(order[place < np.repeat(kept, sizes)])
    return rows, (sizes / kept)[codes[rows]]
