"""Runs `glassnet train` on a file of four times the memory that may still be taken; a test starts it as a process.

python beyond_memory.py FOLDER MEMORY: the file is written into the folder, and trained on with `--memory MEMORY`.
"""

import resource
import sys
from pathlib import Path

import numpy as np

from glassnet.cli import main

SMALL, LARGE = 14_000, 360_000  # rows
WIDTH, NOTE, PART = 10, 800, 40_000  # columns of numbers, letters of a note, rows that differ


def table(path, n):
    """Rows of numbers, each with a long note and a label; gives the bytes of the file."""
    X = np.random.default_rng(0).normal(size=(PART, WIDTH))
    notes = (f"note {k:05}" * (NOTE // 10) for k in range(PART))
    rows = [",".join([*map(repr, x.tolist()), note, "ab"[int(x[0] > x[1])]]) for x, note in zip(X, notes, strict=True)]
    with path.open("w") as file:
        print(*(f"x{k}" for k in range(WIDTH)), "note", "label", sep=",", file=file)
        for start in range(0, n, PART):
            print(*rows[: n - start], sep="\n", file=file)
    return path.stat().st_size


def train(path, memory):
    """The exit status of the command."""
    options = {
        "target": "label",
        "epochs": 1,
        "hidden": 16,
        "memory": memory,
        "out": path.with_suffix(""),
    }
    sys.argv = ["glassnet", "train", str(path), *(str(part) for o, v in options.items() for part in (f"--{o}", v))]
    try:
        main()
    except SystemExit as end:
        return end.code
    return 0


def taken():
    """Bytes of data that the process has taken."""
    return int(Path("/proc/self/statm").read_text().split()[5]) * resource.getpagesize()


def run(folder, memory):
    """Warm up on a small file, set the limit, see that it holds, and train."""
    small, large = folder / "small.csv", folder / "large.csv"
    table(small, SMALL)
    size = table(large, LARGE)
    assert train(small, "1MB") == 0
    resource.setrlimit(resource.RLIMIT_DATA, (taken() + size // 4,) * 2)
    try:
        large.read_bytes()
    except MemoryError:
        return train(large, memory)
    return "the limit does not hold"


if __name__ == "__main__":
    sys.exit(run(Path(sys.argv[1]), sys.argv[2]))
