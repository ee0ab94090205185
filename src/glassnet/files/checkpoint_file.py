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
    return read_described(path, KEY, FORMAT_VERSION, "checkpoint")
