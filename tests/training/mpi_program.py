"""A program for mpiexec: what each rank trains is printed by rank 0, or one of the ranks fails as it is told.

Usage: mpi_program.py bits | fail KIND RANK EPOCH FOLDER
"""

import hashlib
import os
import resource
import signal
import sys
from typing import Any

import numpy as np
from mpi4py import MPI

import glassnet as gn
from glassnet.engine.ranks.stretches import bounds, pairs
from glassnet.training.ranks.mpi import MpiCommunicator

COMM = MPI.COMM_WORLD
RNG = np.random.default_rng(0)
X = RNG.normal(size=(900, 8)).astype(np.float32)
Y = RNG.integers(0, 3, 900)
LAYERS: list[gn.Layer] = [gn.Dense(12, "relu"), gn.Dropout(0.2), gn.Dense(3, "softmax")]


def fit(**more: Any) -> str:
    net = gn.Network(LAYERS, engine="compiled")
    settings: dict[str, Any] = {"epochs": 3, "batch_size": 600, "seed": 0, "metrics": ["accuracy"], "validation": 0.2}
    history = net.fit(X, Y, loss="cross_entropy", communicator=COMM, **settings | more)
    numbers = [history[name] for name in history.names() if name != "seconds"]
    return hashlib.blake2b(net.parameters.tobytes() + repr(numbers).encode(), digest_size=12).hexdigest()


def same_everywhere(found: str) -> str:
    assert COMM.allgather(found) == [found] * COMM.size
    return found


def check_messages() -> None:
    """What is sent arrives whole, short or long: a buffer must live until its operation ends."""
    comm = MpiCommunicator(COMM)
    for n in (5, 20_000):
        whole = np.arange(n, dtype="u4") + 1
        ends = bounds(n, comm.size)
        low, high = ends[comm.rank], ends[comm.rank + 1]
        parts = [4 * (b - a) for a, b in pairs(ends)]
        own = np.zeros_like(whole)
        own[low:high] = whole[low:high]
        filled, received = own.copy(), np.zeros((comm.size, high - low), "u4")
        comm.sum(own)
        comm.complete(filled.view(np.uint8), parts)
        comm.exchange(whole.view(np.uint8), parts, received.reshape(-1).view(np.uint8), [parts[comm.rank]] * comm.size)
        assert (own == whole).all() and (filled == whole).all() and (received == whole[low:high]).all()
        assert comm.gather(whole.tobytes()) == [whole.tobytes()] * comm.size


class Failing:
    """A listener that ends this rank in its way after an epoch."""

    def __init__(self, kind: str, rank: int, epoch: int):
        self.kind, self.rank, self.epoch = kind, rank, epoch

    def __call__(self, epoch: gn.Epoch) -> None:
        if COMM.rank != self.rank or epoch.number != self.epoch:
            return
        if self.kind == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if self.kind == "full":  # no file may grow: as on a full disk
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
            return
        raise ValueError("something of my own")


def main() -> None:
    if sys.argv[1] == "bits":
        check_messages()
        found = [same_everywhere(fit()), same_everywhere(fit(stop=gn.EarlyStopping(patience=1), mixup=0.3))]
        if COMM.rank == 0:
            print(*found)
        return
    kind, rank, epoch, folder = sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), sys.argv[5]
    epochs = 20 if kind == "full" else 100_000
    same_everywhere(fit(epochs=epochs, checkpoint=folder, listeners=[Failing(kind, rank, epoch)]))
    if COMM.rank == 0:
        print("done")


if __name__ == "__main__":
    main()
