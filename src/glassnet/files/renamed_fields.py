"""Renamed fields: the content of files of earlier formats, with the current names."""

from collections.abc import Mapping
from typing import Any

FACTOR = {"rate": "learning_rate_factor"}

# By the version that a file was written in: fields of what has a name, and what they are called since.
RENAMED_SINCE: dict[int, dict[str, dict[str, str]]] = {
    1: {
        "dense": {**FACTOR, "bias_rate": "bias_learning_rate_factor"},
        "embedding": FACTOR,
        "parametric": FACTOR,
        "periodic_embedding": FACTOR,
        "prelu": FACTOR,
        "scale": {**FACTOR, "decays": "penalize"},
    }
}


def with_names_of_today(value: object, version: int) -> Any:
    """A description that was written in some format version, its renamed fields under the names they have now."""
    for written in range(version, max(RENAMED_SINCE) + 1):
        value = _renamed(value, RENAMED_SINCE[written])
    return value


def _renamed(value: object, names: Mapping[str, Mapping[str, str]]) -> Any:
    if isinstance(value, list):
        return [_renamed(each, names) for each in value]
    if not isinstance(value, dict):
        return value
    kind = value.get("name")
    new = names.get(kind, {}) if isinstance(kind, str) else {}
    taken = value.keys() & new.values()  # no field may be there twice: the old one stays, and is refused as unknown
    return {
        field if (today := new.get(field, field)) in taken else today: _renamed(each, names)
        for field, each in value.items()
    }
