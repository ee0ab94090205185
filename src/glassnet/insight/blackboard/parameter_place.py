"""One parameter of a traced step, found by its layer, its name and its place, or refused in one sentence."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from glassnet.errors import InvalidInput, UnknownName
from glassnet.insight.layer_trace import TracedLayer, all_layers

SHORT = {"weight": "W", "bias": "b"}  # what parameters are called beside their own names


def layer_at(layers: Sequence[TracedLayer], path: str) -> TracedLayer:
    """The layer at a path; refused where there is none."""
    known = {each.path: each for each in all_layers(layers)}
    if path not in known:
        raise InvalidInput(f"there is no layer {path!r}; the layers are {', '.join(known)}.")
    return known[path]


def parameter_at(layer: TracedLayer, given: Mapping[str, Any]) -> tuple[str, tuple[int, ...]]:
    """(the parameter's name, the place in it) from `weight=(0, 2)`, `bias=1`, `gamma=0`; refused with what there is."""
    known = list(layer.layer.parameters(layer.input_shape))
    if not known:
        raise InvalidInput(f"layer {layer.path}, {layer.layer!r}, has no parameters of its own.")
    if len(given) != 1:
        raise InvalidInput(f"why takes one parameter and its index, such as {known[0]}=…, got {dict(given)!r}.")
    asked, place = next(iter(given.items()))
    name = SHORT.get(asked, asked)
    if name not in known:
        long = {short: word for word, short in SHORT.items()}
        raise UnknownName(f"parameter of layer {layer.path}", asked, [long.get(each, each) for each in known])
    shape = getattr(layer, name).shape
    numbers = place if isinstance(place, tuple) else (place,)
    whole = all(isinstance(k, (int, np.integer)) and not isinstance(k, bool) for k in numbers)
    if not whole or len(numbers) != len(shape) or not all(0 <= k < n for k, n in zip(numbers, shape, strict=True)):
        first, last = ((0,) * len(shape), tuple(n - 1 for n in shape)) if len(shape) > 1 else (0, shape[0] - 1)
        raise InvalidInput(
            f"{asked} must be an index of {name} in layer {layer.path}, from {first} to {last}, got {place!r}."
        )
    return name, tuple(int(k) for k in numbers)
