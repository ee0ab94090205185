"""The model file: safetensors arrays with a JSON description; `docs/model-file.md` writes the format down."""

import json
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet.errors import InvalidInput, ModelFileError
from glassnet.formulas.elementary import Array

if TYPE_CHECKING:  # reading is needed for a first prediction, and does without it
    from pathlib import Path

FORMAT_VERSION = 1
DTYPES = ("float32", "float64")


def write_model(path: "str | Path", arrays: Mapping[str, Array], description: Mapping[str, Any]) -> "Path":
    """Write arrays and what describes them, whole or not at all."""
    from safetensors.numpy import save

    from glassnet.files.atomic import write_whole

    for name, array in arrays.items():
        if not np.isfinite(array).all():
            raise InvalidInput(
                f"array {name!r} holds numbers that are not finite: there is nothing worth saving to {path}."
            )
    about = {"format_version": FORMAT_VERSION, **description}
    metadata = {"glassnet": json.dumps(about, allow_nan=False, ensure_ascii=False)}  # with one key, bytes repeat
    contiguous = {name: np.ascontiguousarray(array) for name, array in arrays.items()}  # a view would reload scrambled
    return write_whole(path, save(contiguous, metadata=metadata))


def read_model(path: "str | Path") -> tuple[dict[str, Array], dict[str, Any]]:
    """(arrays, description) of a model file; one clear ModelFileError for anything else."""
    arrays, description = read_arrays(path, "glassnet", FORMAT_VERSION, "model file")
    for name, array in arrays.items():
        if array.dtype not in DTYPES:
            raise ModelFileError(f"{path}: array {name!r} holds {array.dtype}, expected {' or '.join(DTYPES)}.")
        if not np.isfinite(array).all():
            raise ModelFileError(f"{path}: array {name!r} holds numbers that are not finite.")
    return arrays, description


def read_arrays(path: "str | Path", key: str, newest: int, kind: str) -> tuple[dict[str, Array], dict[str, Any]]:
    """(arrays, description) of a safetensors file with its description under `key`, of a version up to `newest`."""
    from safetensors import SafetensorError, safe_open

    if not os.path.isfile(path):
        raise ModelFileError(
            f"{path} is {'a folder' if os.path.isdir(path) else 'not there'}: expected a glassnet {kind}."
        )
    try:
        with safe_open(path, framework="numpy") as file:
            description = _description(path, file.metadata() or {}, key, newest)
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError, TypeError) as error:
        raise ModelFileError(f"{path} is not a {kind}, or it is cut off: {error}.") from error
    return arrays, description


def _description(path: "str | Path", metadata: Mapping[str, str], key: str, newest: int) -> dict[str, Any]:
    if key not in metadata:
        what = "a file of another kind" if any(k.startswith("glassnet") for k in metadata) else "not one"
        raise ModelFileError(f"{path} is a safetensors file, but {what} that glassnet wrote.")
    try:
        description = json.loads(metadata[key])
    except (ValueError, RecursionError) as error:
        raise ModelFileError(f"{path}: its description is not valid JSON.") from error
    if not isinstance(description, dict):
        raise ModelFileError(f"{path}: its description is not a JSON object.")
    version = description.get("format_version")
    if type(version) is not int or not 1 <= version <= newest:
        raise ModelFileError(
            f"{path} has format version {version!r}; this glassnet reads up to {newest}: pip install --upgrade glassnet"
        )
    return description
