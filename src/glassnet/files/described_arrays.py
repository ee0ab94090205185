"""Arrays with a JSON description in a safetensors file: what model files and checkpoints have in common."""

import json
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet.errors import ModelFileError, brief, shortened
from glassnet.files.checksum import FORM, NONE, is_intact, with_checksum
from glassnet.files.json_text import read_json
from glassnet.files.renamed_fields import with_names_of_today
from glassnet.files.schema import checked
from glassnet.formulas.elementary import Array

if TYPE_CHECKING:  # reading is needed for a first prediction, and does without it
    from pathlib import Path

READ_BY = {"glassnet": ": a model, which gn.load reads", "glassnet_forecaster": ": a forecaster, which gn.load reads"}
Found = tuple[dict[str, Array], dict[str, Any]]


def write_described(
    path: "str | Path", arrays: Mapping[str, Array], key: str, version: int, description: Mapping[str, Any]
) -> "Path":
    """Write arrays and their description under `key`, with a checksum, completely or not at all."""
    from safetensors.numpy import save

    from glassnet.files.atomic import write_whole
    from glassnet.files.paths import as_path

    path = as_path(path)

    about = {"checksum": NONE, "format_version": version, **description}
    contiguous = {name: np.ascontiguousarray(array) for name, array in arrays.items()}  # a view would reload scrambled
    text = with_checksum(json.dumps(about, allow_nan=False, ensure_ascii=False), contiguous)
    checked(read_json(text), dict[str, Any])  # what could not be read back is not written
    return write_whole(path, save(contiguous, metadata={key: text}))  # with one key, bytes repeat


def read_described(path: "str | Path", key: str, newest: int, kind: str) -> Found:
    """(arrays, description) of a safetensors file with its description under `key`, of a version up to `newest`.

    One ModelFileError for what is not there, no such file, cut off, or changed since it was written.
    """
    from safetensors import SafetensorError, safe_open

    if not os.path.isfile(path):
        raise ModelFileError(
            f"{path} is {'a folder' if os.path.isdir(path) else 'not there'}: expected a glassnet {kind}."
        )
    try:
        with safe_open(path, framework="numpy") as file:
            text = _text(path, file.metadata() or {}, key)
            description = _description(path, text, newest)
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError, TypeError, AttributeError, UnicodeError) as error:
        raise ModelFileError(f"{path} is not a {kind}, or it is truncated: {shortened(str(error), 200)}.") from error
    _check_intact(path, text, arrays, description)
    return arrays, description


def _text(path: "str | Path", metadata: Mapping[str, str], key: str) -> str:
    if key not in metadata:
        own = next((k for k in metadata if k.startswith("glassnet")), None)
        what, which = ("not one", "") if own is None else ("a file of another kind", READ_BY.get(own, ""))
        raise ModelFileError(f"{path} is a safetensors file, but {what} that glassnet wrote{which}.")
    if len(metadata) > 1:
        other = next(name for name in metadata if name != key)
        raise ModelFileError(f"{path} has {brief(other)} in its metadata; only {key!r} is known.")
    return metadata[key]


def _description(path: "str | Path", text: str, newest: int) -> dict[str, Any]:
    try:
        description = read_json(text)
    except ValueError as error:
        raise ModelFileError(f"{path}: its description is not valid JSON: {error}.") from error
    if not isinstance(description, dict):
        raise ModelFileError(f"{path}: its description is not a JSON object.")
    version = description.pop("format_version", None)
    if type(version) is not int or not 1 <= version <= newest:
        raise ModelFileError(
            f"{path} has format version {brief(version)}; this glassnet reads up to {newest}: "
            "pip install --upgrade glassnet"
        )
    return with_names_of_today(description, version)


def _check_intact(path: "str | Path", text: str, arrays: Mapping[str, Array], description: dict[str, Any]) -> None:
    if "checksum" not in description:  # of another writer
        return
    given = description.pop("checksum")
    if not (isinstance(given, str) and FORM.fullmatch(given) and is_intact(text, arrays, given)):
        raise ModelFileError(f"{path} is damaged: its checksum does not match. Restore it from a copy.")
