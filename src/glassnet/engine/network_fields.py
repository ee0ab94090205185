"""The description of a network in a file: which fields it has, and how large they may be."""

from collections.abc import Iterable
from typing import Annotated, Any, Literal, TypedDict

from glassnet.engine.layout import MOST_LAYERS
from glassnet.files.schema import SEED, Misfit, Within, checked

MOST_AXES = 31  # of a sample; NumPy's arrays have no more than 32 on every machine
LARGEST = 2**31 - 1  # of a shape
OBJECTS = 8  # at most in the description of a layer itself, activation, initialisers and schedules included

Described = dict[str, Any]  # an object with a name, which its family checks
Size = Annotated[int, Within(1, LARGEST)]


class NetworkFields(TypedDict):
    """What `Network.describe` gives."""

    layers: Annotated[list[Described], Within(1, MOST_LAYERS)]
    input_shape: Annotated[list[Size], Within(1, MOST_AXES)]
    dtype: Literal["float32", "float64"]
    loss: Described | None
    metrics: list[Described]
    trained_with: dict[str, Any]
    seed: Annotated[int, Within(0, SEED)] | None


def network_fields(description: object) -> NetworkFields:
    """The fields of a network's description; Misfit for anything else, before a layer is made."""
    if isinstance(description, dict):
        check_number_of_layers(description.get("layers"))
    found: NetworkFields = checked(description, NetworkFields, "network")
    return found


def check_number_of_layers(layers: object) -> None:
    """Refuse layers that hold more descriptions inside than those of a network."""
    left, n = [layers], 0
    while left:
        one = left.pop()
        n += isinstance(one, dict)
        if n > OBJECTS * MOST_LAYERS:
            raise Misfit(f"must describe at most {MOST_LAYERS:,} layers, including nested ones", "network.layers")
        left.extend(each for each in inside(one) if isinstance(each, (dict, list, tuple)))


def inside(value: object) -> Iterable[Any]:
    """What an object or a list holds."""
    return value.values() if isinstance(value, dict) else value if isinstance(value, (list, tuple)) else ()
