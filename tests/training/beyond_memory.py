"""Trains on a table that is four times the memory which may still be taken; started by a test in a process of its own.

python beyond_memory.py KIND ENGINE FOLDER: KIND is "blocks" (the limit is on all addresses), or "map" of float32 or
"wide" of float64 (the limit is on data, as a map of a file takes addresses but no memory).
"""

import resource
import sys
from pathlib import Path

import numpy as np

import glassnet as gn

N, M, PART = 800_000, 40, 10_000  # 128 MB


def dtype_of(kind):
    """That of the files."""
    return np.dtype("d" if kind == "wide" else "f")


def table(kind, folder):
    """The table as two files."""
    with open(folder / "X", "wb") as X_file, open(folder / "y", "wb") as y_file:
        for seed in range(N // PART):
            X = np.random.default_rng(seed).normal(size=(PART, M)).astype(dtype_of(kind))
            X_file.write(X.tobytes())
            y_file.write((X[:, :2].sum(axis=1)).tobytes())


def parts(folder, n=N):
    """The rows of the files, some at a time."""
    with open(folder / "X", "rb") as X_file, open(folder / "y", "rb") as y_file:
        for _ in range(n // PART):
            yield np.fromfile(X_file, "f", PART * M).reshape(PART, M), np.fromfile(y_file, "f", PART)


def taken(kind):
    """Bytes that the process has taken of what is limited."""
    pages = Path("/proc/self/statm").read_text().split()
    return int(pages[0 if kind == "blocks" else 5]) * resource.getpagesize()


def data(kind, folder, n=N):
    """What `fit` is given."""
    if kind == "blocks":
        return [gn.Blocks(lambda: parts(folder, n), block_rows=20_000)]
    maps = [np.memmap(folder / name, dtype_of(kind), "r", shape=shape) for name, shape in (("X", (N, M)), ("y", (N,)))]
    return [m[:n] for m in maps]


def train(kind, engine, folder, n=N):
    """The loss of each epoch."""
    net = gn.Network([gn.Dense(16, "relu"), gn.Dense(1)], engine=engine)
    return net.fit(*data(kind, folder, n), loss="squared_error", batch_size=256, epochs=2, seed=0)["loss"]


def main(kind, engine, folder):
    """Warm up on a few rows, set the limit, see that it holds, and train."""
    table(kind, folder)
    train(kind, engine, folder, 2 * PART)
    limit = resource.RLIMIT_AS if kind == "blocks" else resource.RLIMIT_DATA
    size = N * M * dtype_of(kind).itemsize
    resource.setrlimit(limit, (taken(kind) + size // 4,) * 2)
    try:
        np.fromfile(folder / "X", dtype_of(kind))
    except MemoryError:
        print(*train(kind, engine, folder))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
