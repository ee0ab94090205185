"""How much of a whole each rank has."""

import itertools
from collections.abc import Iterator, Sequence


def bounds(n: int, size: int) -> list[int]:
    """Where the shares of so many ranks begin, and the end of the last: as equal as can be.

    >>> bounds(7, 3)
    [0, 2, 4, 7]
    """
    return [n * rank // size for rank in range(size + 1)]


def pairs(ends: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Each stretch between two ends that follow on each other."""
    return itertools.pairwise(ends)
