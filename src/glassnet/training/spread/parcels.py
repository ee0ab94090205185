"""What is sent to workers, and what they are asked to do."""

from collections.abc import Callable, Generator, Sequence
from typing import Any, NamedTuple, Protocol

from glassnet.formulas.elementary import Array

BUNDLES_PER_JOB = 4  # so that a job that is done early finds more to do, and none is too small to be worth sending


class Parcel(NamedTuple):
    """What a worker is given: a task, which is its own, and arrays that several parcels may share."""

    task: Any
    arrays: tuple[Array, ...]


Work = Callable[..., Any]  # (threads, task, *arrays) -> what comes back


class Spread(Protocol):
    """Workers in other processes: `jobs` parcels are worked on at a time, each with at least `threads` threads."""

    jobs: int
    threads: int

    def run(self, work: Work, parcels: Sequence[Parcel]) -> Generator[tuple[int, Any]]:
        """(number of the parcel, what came back of it), in the order in which they end."""
        ...


def bundles(n: int, jobs: int, threads: int) -> list[range]:
    """n fits in bundles: each keeps the threads of a worker busy, and no job waits long for the last.

    >>> bundles(3, 2, 1), bundles(6, 2, 8)
    ([range(0, 1), range(1, 2), range(2, 3)], [range(0, 3), range(3, 6)])
    >>> [len(each) for each in bundles(100, 2, 1)]
    [13, 13, 13, 13, 13, 13, 13, 9]
    """
    size = max(1, min(-(-n // jobs), max(threads, -(-n // (BUNDLES_PER_JOB * jobs)))))
    return [range(start, min(start + size, n)) for start in range(0, n, size)]
