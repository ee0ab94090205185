"""MPI as a communicator: its operations are waited for by looking, so that signals are heard and no wait is endless."""

import functools
import os
import pickle
import socket
import sys
import time
from types import TracebackType
from typing import Any

import numpy as np

from glassnet.calls import cached_property
from glassnet.errors import InvalidInput, brief
from glassnet.formulas.elementary import Array
from glassnet.training.ranks.common import is_common
from glassnet.training.ranks.shared_memory import shared_memory

PATIENCE = 1800.0  # seconds that a rank waits for the others: rank 0 may draw a figure or write to a slow disk
EAGER = 0.5  # seconds of a wait that are spent looking; then it sleeps between two looks
NAP = 0.001  # seconds
SIZE, SLOT = 8, 512  # bytes of a number, and of a short message with its size


def is_mpi(given: object) -> bool:
    """Whether an object is a communicator of mpi4py."""
    return all(hasattr(given, name) for name in ("Dup", "Get_rank", "Get_size", "Ialltoallv", "Iallgatherv"))


class MpiCommunicator:
    """A communicator of mpi4py, in a copy of its own, so that no message meets one of the program around it."""

    def __init__(self, given: Any):
        if not is_mpi(given):
            raise InvalidInput(f"communicator must be one of mpi4py, such as MPI.COMM_WORLD, got {brief(given)}.")
        self.rank, self.size = given.Get_rank(), given.Get_size()
        self.mpi = given.Dup()
        end_all_with_one(self)

    @cached_property
    def neighbours(self) -> int:
        """How many ranks may run on the same cores of the same machine as this one."""
        cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
        places = self.gather((socket.gethostname(), cores))
        return places.count(places[self.rank])

    def gather(self, value: Any) -> list[Any]:
        """The values of all ranks, in their order."""
        sent = np.frombuffer(pickle.dumps(value), np.uint8)
        slots = self._slots(sent)
        sizes = slots[:, :SIZE].copy().view(np.int64)[:, 0]
        if sizes.max() <= SLOT - SIZE:
            return [pickle.loads(slot[SIZE : SIZE + size].tobytes()) for slot, size in zip(slots, sizes, strict=True)]
        received = np.empty(sizes.sum(), np.uint8)
        counts = sizes.tolist()
        self._wait(self.mpi.Iallgatherv(sent, [received, counts]), sent, received, counts)
        ends = np.cumsum(sizes)
        return [pickle.loads(received[end - size : end].tobytes()) for end, size in zip(ends, sizes, strict=True)]

    def _slots(self, sent: Array) -> Array:
        """Of each rank the size of what it sends, and all of that if it is short: one message for both."""
        own, slots = np.zeros(SLOT, np.uint8), np.empty((self.size, SLOT), np.uint8)
        own[:SIZE].view(np.int64)[0] = sent.size
        own[SIZE : SIZE + sent.size] = sent[: SLOT - SIZE]
        self._wait(self.mpi.Iallgather(own, slots), own, slots)
        return slots

    def exchange(self, send: Array, send_counts: list[int], receive: Array, receive_counts: list[int]) -> None:
        """Send each rank its stretch of bytes, and receive one from each."""
        buffers = [send, send_counts], [receive, receive_counts]
        self._wait(self.mpi.Ialltoallv(*buffers), *buffers)

    def complete(self, vector: Array, counts: list[int]) -> None:
        """Fill in the stretches of a vector of bytes, of which each rank holds its own."""
        start = sum(counts[: self.rank])
        own = vector[start : start + counts[self.rank]].copy()
        self._wait(self.mpi.Iallgatherv(own, [vector, counts]), own, vector, counts)

    def sum(self, vector: Array) -> None:
        """Put the sum of the vectors of all ranks in the place of each."""
        own = vector.copy()
        self._wait(self.mpi.Iallreduce(own, vector), own, vector)

    def share(self, n_bytes: int) -> Array | None:
        """Memory of so many bytes that all ranks see; None where they are on several machines, or there is no room."""
        return shared_memory(self, n_bytes)

    def wait(self) -> None:
        """Wait until all ranks wait."""
        self._wait(self.mpi.Ibarrier())

    def abort(self, sentence: str, status: int) -> None:
        """Say a sentence, and end all ranks at once."""
        sys.stdout.flush()
        os.write(2, f"glassnet: rank {self.rank}: {sentence}\n".encode())
        self.mpi.Abort(status)

    def _wait(self, request: Any, *held: Any) -> None:
        """Wait for an operation; the core is left to others between two looks.

        Its buffers are `held` until then: mpi4py lets some of them go, and others would write there in the meantime.
        """
        if request.Test():
            return
        began = time.monotonic()
        while not request.Test():
            waited = time.monotonic() - began
            if waited > PATIENCE:
                self.abort(f"the other ranks did not answer within {PATIENCE:g} seconds.", 1)
            if waited > EAGER:
                time.sleep(NAP)
            else:
                yield_core()


def yield_core() -> None:
    """Let others have the core for a moment: `sleep(0)` would take 50 µs on Linux, in which no message moves."""
    getattr(os, "sched_yield", functools.partial(time.sleep, 0))()


def end_all_with_one(communicator: MpiCommunicator) -> None:
    """Have an error that nobody catches end all ranks: a Python that ends alone would wait for the others for ever."""
    before = sys.excepthook
    if getattr(before, "ends_all", False):
        return

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if not is_common(error):
            before(kind, error, trace)
            communicator.abort(f"{kind.__name__}: {error}", 1)
        elif communicator.rank == 0:
            before(kind, error, trace)

    hook.ends_all = True  # type: ignore[attr-defined]
    sys.excepthook = hook
