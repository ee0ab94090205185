"""Ranks that are threads of one process: what several compute, without MPI."""

import threading
from collections.abc import Callable
from typing import Any

import numpy as np

from glassnet.formulas.elementary import Array
from glassnet.training.ranks.common import is_common


class Meeting:
    """Where the threads meet: each leaves something, and all read what all have left."""

    def __init__(self, size: int, shares: bool = True):
        self.barrier = threading.Barrier(size, timeout=300)
        self.left: list[Any] = [None] * size
        self.said, self.shares = "", shares


class ThreadCommunicator:
    """The communicator of one of these threads."""

    def __init__(self, meeting: Meeting, rank: int, size: int):
        self.meeting, self.rank, self.size, self.neighbours = meeting, rank, size, size

    def gather(self, value: Any) -> list[Any]:
        self.meeting.left[self.rank] = value
        self.meeting.barrier.wait()
        found = [*self.meeting.left]
        self.meeting.barrier.wait()
        return found

    def exchange(self, send: Array, send_counts: list[int], receive: Array, receive_counts: list[int]) -> None:
        ends = np.cumsum(send_counts)
        mine = [send[end - count : end].copy() for end, count in zip(ends, send_counts, strict=True)]
        came = [parts[self.rank] for parts in self.gather(mine)]
        assert [len(each) for each in came] == receive_counts
        receive[...] = np.concatenate(came)

    def complete(self, vector: Array, counts: list[int]) -> None:
        ends = np.cumsum(counts)
        own = vector[ends[self.rank] - counts[self.rank] : ends[self.rank]].copy()
        vector[...] = np.concatenate(self.gather(own))

    def sum(self, vector: Array) -> None:
        vector[...] = np.sum(self.gather(vector.copy()), axis=0, dtype=vector.dtype)

    def share(self, n_bytes: int) -> Array | None:
        if not self.meeting.shares:
            return None
        memory: Array = self.gather(np.zeros(n_bytes, np.uint8) if self.rank == 0 else None)[0]
        return memory

    def wait(self) -> None:
        self.meeting.barrier.wait()

    def abort(self, sentence: str, status: int) -> None:
        self.meeting.said = self.meeting.said or sentence
        self.meeting.barrier.abort()


def on_threads(size: int, function: Callable[[ThreadCommunicator], Any], shares: bool = True) -> list[Any]:
    """What a function of a communicator gives on each of so many threads, or the error that it raises there."""
    meeting = Meeting(size, shares)
    results: list[Any] = [None] * size

    def run(rank: int) -> None:
        try:
            results[rank] = function(ThreadCommunicator(meeting, rank, size))
        except BaseException as error:
            results[rank] = error
            if not is_common(error):
                meeting.barrier.abort()

    threads = [threading.Thread(target=run, args=(rank,)) for rank in range(size)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def results_of(size: int, function: Callable[[ThreadCommunicator], Any], shares: bool = True) -> list[Any]:
    """The same, where nothing may go wrong: the first error is raised."""
    results = on_threads(size, function, shares)
    errors = [each for each in results if isinstance(each, BaseException)]
    for error in sorted(errors, key=lambda each: isinstance(each, threading.BrokenBarrierError)):
        raise error
    return results
