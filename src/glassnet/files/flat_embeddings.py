"""Networks of files from before sequences, in which an embedding gave the vectors of its columns side by side.

The description of such an embedding has no `padding`. Today its vectors are apart, so a layer that puts them side by
side comes behind it, and the numbers of the layers after that one in the names of arrays rise by one.
"""

from collections.abc import Mapping
from typing import Any

from glassnet.formulas.elementary import Array

FLATTEN = {"name": "flatten"}


def with_flatten(layers: list[Any], arrays: Mapping[str, Array]) -> tuple[list[Any], Mapping[str, Array]]:
    """Descriptions of layers and arrays by name, with what is missing behind embeddings of earlier files."""
    return _flattened(layers, arrays, "")


def _flattened(layers: list[Any], arrays: Mapping[str, Array], prefix: str) -> tuple[list[Any], Mapping[str, Array]]:
    found: list[Any] = []
    for layer in layers:
        number = len(found)
        inner = layer.get("layers") if isinstance(layer, dict) else None
        if isinstance(inner, list) and layer.get("name") == "columns":
            parts = []
            for k, part in enumerate(inner):  # side by side, none of them moves another
                [each], arrays = _chain(part, arrays, f"{prefix}{number}.{k}.")
                parts.append(each)
            found.append({**layer, "layers": parts})
        else:
            several, arrays = _chain(layer, arrays, f"{prefix}{number}.")
            found += several
            if is_flat(layer):
                arrays = _moved(arrays, prefix, number)
                found.append(FLATTEN)
    return found, arrays


def _chain(layer: Any, arrays: Mapping[str, Array], prefix: str) -> tuple[list[Any], Mapping[str, Array]]:
    """A layer with what is inside it."""
    inner = layer.get("layers") if isinstance(layer, dict) else None
    if not isinstance(inner, list):
        return [layer], arrays
    inside, arrays = _flattened(inner, arrays, prefix)
    return [{**layer, "layers": inside}], arrays


def is_flat(layer: Any) -> bool:
    """Whether this describes an embedding of an earlier file."""
    return isinstance(layer, dict) and layer.get("name") == "embedding" and "padding" not in layer


def _moved(arrays: Mapping[str, Array], prefix: str, behind: int) -> Mapping[str, Array]:
    """The names of the arrays of layers behind one, with a number more."""

    def name_of(name: str) -> str:
        number, _, rest = name.removeprefix(prefix).partition(".")
        if not name.startswith(prefix) or not number.isdecimal() or int(number) <= behind:
            return name
        return f"{prefix}{int(number) + 1}.{rest}"

    return {name_of(name): array for name, array in arrays.items()}
