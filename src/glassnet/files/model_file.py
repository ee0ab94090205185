"""The model file: safetensors arrays with a JSON description; `docs/model-file.md` writes the format down."""

import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from glassnet.errors import InvalidInput, ModelFileError, brief
from glassnet.files.described_arrays import Found, read_described, write_described
from glassnet.formulas.elementary import Array

if TYPE_CHECKING:
    from pathlib import Path

FORMAT_VERSION = 2
MODEL = "model.safetensors"  # what it is called in the folder of a run
TOLD = 4  # runs that an error names
KEY, FORECASTER = "glassnet", "glassnet_forecaster"  # of a network or a table's model, and of a forecaster
DTYPES = ("float32", "float64")
WRONG = (InvalidInput, KeyError, TypeError, AttributeError, ValueError, ArithmeticError, IndexError, RecursionError)
Model = TypeVar("Model")


def write_model(path: "str | Path", arrays: Mapping[str, Array], description: Mapping[str, Any]) -> "Path":
    """Write arrays and their description, completely or not at all."""
    for name, array in arrays.items():
        if not np.isfinite(array).all():
            raise InvalidInput(f"array {name!r} holds numbers that are not finite: nothing was written to {path}.")
    return write_described(path, arrays, KEY, FORMAT_VERSION, description)


def read_model(path: "str | Path") -> Found:
    """(arrays, description) of a model file; one clear ModelFileError for anything else."""
    arrays, description = read_described(path, KEY, FORMAT_VERSION, "model file")
    for name, array in arrays.items():
        if array.dtype not in DTYPES:
            raise ModelFileError(f"{path}: array {brief(name)} holds {array.dtype}, expected {' or '.join(DTYPES)}.")
        if not np.isfinite(array).all():
            raise ModelFileError(f"{path}: array {brief(name)} holds numbers that are not finite.")
    return arrays, description


def model_file(path: "str | Path") -> "str | Path":
    """The model file that a path means: the file itself, or the one in the folder of a run."""
    if not os.path.isdir(path):
        return path
    file = os.path.join(path, MODEL)
    if os.path.isfile(file):
        return file
    raise ModelFileError(f"{path} is a folder without a {MODEL}: {instead_of_folder(path)}.")


def holds(path: "str | Path", key: str) -> bool:
    """Whether a file, or that in the folder of a run, is one of safetensors with a description under this key."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(model_file(path), framework="numpy") as file:
            return key in (file.metadata() or {})
    except (ModelFileError, SafetensorError, OSError, TypeError, AttributeError, UnicodeError):
        return False


def instead_of_folder(path: "str | Path") -> str:
    """What to do about a folder that holds no model, in words."""
    if os.path.isdir(os.path.join(path, "checkpoints")):
        return f"its run is unfinished; continue it with glassnet train --resume {path}"
    try:
        inside = sorted(os.listdir(path))
    except OSError as error:
        return f"it cannot be read ({error.strerror})"
    runs = [run for run in (os.path.join(path, name) for name in inside) if os.path.isfile(os.path.join(run, MODEL))]
    more = f" and {len(runs) - TOLD} more" if len(runs) > TOLD else ""
    return (
        f"it holds the runs {', '.join(runs[:TOLD])}{more}" if runs else "expected a model file or the folder of a run"
    )


def model_in(path: "str | Path", build: Callable[[Mapping[str, Array], Mapping[str, Any]], Model]) -> Model:
    """Build a model from the arrays and the description in a file or a run's folder; ModelFileError if that fails."""
    try:
        return build(*read_model(model_file(path)))
    except ModelFileError:
        raise
    except WRONG as error:
        raise ModelFileError(f"{path} does not describe a model: {error}") from error
    except MemoryError as error:
        raise ModelFileError(f"{path} needs more memory than is available.") from error
