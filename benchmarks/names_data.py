"""The names that the networks of `benchmarks.names` learn, split as in the lectures that they come from."""

import random
from pathlib import Path
from typing import Any

import numpy as np

FILE = Path(__file__).parents[2] / "shared" / "data" / "sequences" / "names.txt"
BATCH, CONTEXT, SYMBOLS = 32, 3, 27  # "." is code 0, and begins and ends every name


def names() -> tuple[list[str], list[str]]:
    """(those to learn from, those to judge by): 80 % and 10 %; the last 10 % are for a test."""
    found = FILE.read_text().split()
    random.seed(42)
    random.shuffle(found)
    return found[: int(0.8 * len(found))], found[int(0.8 * len(found)) : int(0.9 * len(found))]


def coded(name: str) -> list[int]:
    """The letters as 1…26."""
    return [ord(letter) - 96 for letter in name]


def windows(chosen: list[str]) -> tuple[Any, Any]:
    """(three letters each, the one that follows), for networks that see no more."""
    rows = []
    for name in chosen:
        codes = [0] * CONTEXT + coded(name) + [0]
        rows += [codes[k : k + CONTEXT + 1] for k in range(len(name) + 1)]
    table = np.array(rows)
    return table[:, :CONTEXT], table[:, CONTEXT]


def sequences(chosen: list[str], steps: int = 16) -> tuple[Any, Any]:
    """(the letters of each name, the next one at each step); −1 behind its end."""
    X, y = np.zeros((len(chosen), steps), int), np.full((len(chosen), steps), -1)
    for row, name in enumerate(chosen):
        codes = coded(name)
        X[row, 1 : len(codes) + 1] = codes
        y[row, : len(codes) + 1] = [*codes, 0]
    return X, y


def samples(model: str, chosen: list[str]) -> tuple[Any, Any]:
    """What a model reads."""
    return windows(chosen) if model == "mlp" else sequences(chosen)
