"""The checkpoint file: every array of a training run with a JSON description; `docs/recovery.md` writes it down."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from glassnet.files.described_arrays import Found, read_described, write_described
from glassnet.formulas.elementary import Array

FORMAT_VERSION = 2
KEY = "glassnet_checkpoint"


def write_checkpoint(path: str | Path, arrays: Mapping[str, Array], description: Mapping[str, Any]) -> Path:
    """Write arrays and their description, completely or not at all."""
    return write_described(path, arrays, KEY, FORMAT_VERSION, description)


def read_checkpoint(path: str | Path) -> Found:
    """(arrays, description) of a checkpoint file; one clear ModelFileError for anything else."""
    arrays, description = read_described(path, KEY, FORMAT_VERSION, "checkpoint")
    return arrays, with_padding(description)


def with_padding(value: Any) -> Any:
    """A description in which each embedding says its padding, which none had before there were sequences."""
    if isinstance(value, list):
        return [with_padding(each) for each in value]
    if not isinstance(value, dict):
        return value
    found = {name: with_padding(each) for name, each in value.items()}
    return {**found, "padding": found.get("padding")} if found.get("name") == "embedding" else found
