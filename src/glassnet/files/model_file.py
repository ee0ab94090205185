"""The model file: safetensors arrays with a JSON description; `docs/model-file.md` writes the format down."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from glassnet.errors import InvalidInput, ModelFileError, brief
from glassnet.files.described_arrays import Found, read_described, write_described
from glassnet.formulas.elementary import Array

if TYPE_CHECKING:
    from pathlib import Path

FORMAT_VERSION = 2
KEY = "glassnet"
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


def model_in(path: "str | Path", build: Callable[[Mapping[str, Array], Mapping[str, Any]], Model]) -> Model:
    """Build a model from the arrays and the description in a file; ModelFileError if that fails."""
    try:
        return build(*read_model(path))
    except ModelFileError:
        raise
    except WRONG as error:
        raise ModelFileError(f"{path} does not describe a model: {error}") from error
    except MemoryError as error:
        raise ModelFileError(f"{path} needs more memory than is available.") from error
