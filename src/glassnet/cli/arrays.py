"""Rows of numbers in a file, for networks without a table: arrays of NumPy, or CSV by position."""

import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from glassnet.errors import InvalidInput
from glassnet.formulas.elementary import Array

FORMS = "a .npy or .npz file, or CSV of numbers, a row a line and without other columns"
NAMED = ("X", "x")  # what rows are called in an .npz


def rows_in(data: str, network: Any) -> Array:
    """The rows in a file, in the shape that a network takes them."""
    path, shape = Path(data), network.built()[0].input_shape
    if not path.is_file():
        raise InvalidInput(f"there is no file {data}: rows for a bare network come from {FORMS}.")
    try:
        found = read(path)
    except (OSError, ValueError, EOFError, MemoryError, zipfile.BadZipFile) as error:
        reason = " ".join(str(error).split())[:120]
        raise InvalidInput(f"{data} does not hold rows of numbers ({reason}): expected {FORMS}.") from None
    if not np.issubdtype(found.dtype, np.number) and found.dtype != bool:
        raise InvalidInput(f"{data} holds {found.dtype}, but a network takes numbers.")
    if found.ndim == 2 and len(shape) > 1 and found.shape[1] == np.prod(shape):
        found = found.reshape(-1, *shape)  # a line of CSV is a row, whatever its shape
    if found.shape[1:] != shape or not len(found):
        expected = ", ".join(map(str, ("rows", *shape)))
        raise InvalidInput(f"{data} has the shape {found.shape}, but the network takes ({expected}).")
    return found


def read(path: Path) -> Array:
    """An array, by the ending of the file; nothing is unpickled."""
    suffix = path.suffix.lower()
    if suffix == ".npy":
        return np.asarray(np.load(path, allow_pickle=False))
    if suffix == ".npz":
        with np.load(path, allow_pickle=False) as arrays:
            name = next((each for each in NAMED if each in arrays), None) or only_one([*arrays])
            return np.asarray(arrays[name])
    return of_lines(path.read_text(encoding="utf-8-sig").splitlines())


def only_one(names: list[str]) -> str:
    """The name of the only array."""
    if len(names) != 1:
        raise ValueError(f"it has the arrays {', '.join(names) or 'none'}, none of which is called X")
    return names[0]


def of_lines(lines: list[str]) -> Array:
    """CSV of numbers; a first line of names is left out."""
    lines = [line for line in lines if line.strip()]
    if lines and not are_numbers(lines[0]):
        lines = lines[1:]
    return np.loadtxt(lines, delimiter=",", ndmin=2) if lines else np.zeros((0, 0))


def are_numbers(line: str) -> bool:
    """Whether a line holds numbers alone."""
    try:
        return [float(each) for each in line.split(",")] != []
    except ValueError:
        return False
