"""The run of several targets: a folder with a run for each, and a file that lists them."""

from pathlib import Path
from typing import Any

from glassnet.errors import ModelFileError
from glassnet.files.json_text import read_json
from glassnet.files.schema import checked

TARGETS = "targets.json"  # which folders hold the models of several targets


def holds_targets(folder: Path) -> bool:
    """Whether a folder is the run of several targets."""
    return (folder / TARGETS).is_file()


def target_runs(folder: Path) -> dict[str, Path]:
    """The run of each target, by its name; ModelFileError for a list that cannot be read."""
    index = folder / TARGETS
    try:
        content: dict[str, Any] = checked(read_json(index.read_bytes()), dict[str, Any])
        places: dict[str, str] = checked(content.get("targets"), dict[str, str])
    except (OSError, ValueError) as error:
        raise ModelFileError(f"{index} does not list targets: {str(error).rstrip('.')}.") from error
    return {name: folder / Path(place).name for name, place in places.items()}
