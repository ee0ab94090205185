"""The checkpoint file: every array of a training run with a JSON description; `docs/recovery.md` writes it down."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from glassnet.files.atomic import write_whole
from glassnet.files.model_file import read_arrays
from glassnet.formulas.elementary import Array

FORMAT_VERSION = 1
KEY = "glassnet_checkpoint"


def write_checkpoint(path: str | Path, arrays: Mapping[str, Array], description: Mapping[str, Any]) -> Path:
    """Write arrays and what describes them, whole or not at all."""
    from safetensors.numpy import save

    about = json.dumps({"format_version": FORMAT_VERSION, **description}, allow_nan=False, ensure_ascii=False)
    contiguous = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    return write_whole(path, save(contiguous, metadata={KEY: about}))


def read_checkpoint(path: str | Path) -> tuple[dict[str, Array], dict[str, Any]]:
    """(arrays, description) of a checkpoint file; one clear ModelFileError for anything else."""
    return read_arrays(path, KEY, FORMAT_VERSION, "checkpoint")
