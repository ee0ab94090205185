"""glassnet: an epoch of LeNet-5, by each engine."""

from typing import Any

import glassnet as gn
from benchmarks.images import BATCH, pictures
from benchmarks.peers import blas_threads
from benchmarks.worker import Call

threads = blas_threads


def lenet() -> list[Any]:
    """The layers."""
    return [
        gn.Conv2D(6, 5, "relu"), gn.MaxPool(2), gn.Conv2D(16, 5, "relu"), gn.MaxPool(2),
        gn.Flatten(), gn.Dense(120, "relu"), gn.Dense(84, "relu"), gn.Dense(10, "softmax"),
    ]  # fmt: skip


def epoch(n: int, engine: Any = "compiled") -> Call:
    """One epoch after the other of the same training."""
    X, y = pictures(n)
    net = gn.Network(lenet(), engine=engine)
    training = net.training(X, y, loss="cross_entropy", optimizer=gn.Adam(0.001), batch_size=BATCH, seed=0)
    return Call(lambda: next(training))


def epoch_numpy(n: int) -> Call:
    return epoch(n, "numpy")
