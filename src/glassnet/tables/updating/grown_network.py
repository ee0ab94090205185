"""A network that reads what an encoder gives after it has grown; what it read before, it predicts as before."""

import copy
import math
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from glassnet.engine.selection import check_engine
from glassnet.errors import InvalidInput, brief
from glassnet.formulas.elementary import Array
from glassnet.layers.activation import Activation
from glassnet.layers.columns import Columns
from glassnet.layers.dense import Dense
from glassnet.layers.dropout import Dropout
from glassnet.layers.embeddings.embedding import Embedding
from glassnet.layers.gaussian_noise import GaussianNoise
from glassnet.layers.layer import Layer
from glassnet.layers.scale import Scale
from glassnet.network import Network
from glassnet.tables.encoding.growth import Growth
from glassnet.training.inputs.splitting import Rows

Arrays = dict[str, Array]  # of one layer, by name
UNCHANGED = Activation("linear")


class Wider(NamedTuple):
    """A layer with more inputs, its arrays, where each output of the one before is among its own, and their number."""

    layer: Layer
    arrays: Arrays
    places: Rows
    width: int


def grown_network(network: Network, growth: Growth, engine: str = "auto") -> Network:
    """A copy of the network for the encoder after it has grown.

    A new input has weights 0 in the first `Dense` layer, as if it were not there, and a new code the vector of code 0,
    that of levels that were not seen: so at first, a new level is predicted as an unseen one.
    """
    layers: list[Layer] = []
    arrays: Arrays = {}
    width, places = len(growth.after.feature_names), growth.inputs
    for number, layer in enumerate(network.layers):
        own = arrays_in(network.arrays, f"{number}.")
        if isinstance(layer, Columns):
            wider = wider_columns(layer, own, places, width, growth)
        elif is_same(places, width):
            wider = Wider(layer, own, places, width)
        else:
            wider = wider_layer(layer, own, places, width)
        layers.append(wider.layer)
        arrays |= {f"{number}.{name}": array for name, array in wider.arrays.items()}
        places, width = wider.places, wider.width
    described = network.describe() | {"layers": [layer.describe() for layer in layers]}
    made = Network.from_description(described | {"input_shape": [len(growth.after.feature_names)]}, arrays)
    made.engine_name = check_engine(engine)
    return made


def arrays_in(arrays: Mapping[str, Array], prefix: str) -> Arrays:
    """The arrays whose names begin so, by the rest of their names; copies."""
    return {name.removeprefix(prefix): copy.copy(a) for name, a in arrays.items() if name.startswith(prefix)}


def is_same(places: Rows, width: int) -> bool:
    """Whether nothing has come between or behind."""
    return len(places) == width and bool((places == np.arange(width)).all())


def wider_layer(layer: Layer, arrays: Arrays, places: Rows, width: int) -> Wider:
    """A layer with more inputs; refused where it would not predict as before."""
    if isinstance(layer, Dense):
        W = np.zeros((width, layer.units), arrays["W"].dtype)
        W[places] = arrays["W"]
        return Wider(layer, arrays | {"W": W}, np.arange(layer.units), layer.units)
    if isinstance(layer, Scale):
        s = np.ones(width, arrays["s"].dtype)
        s[places] = arrays["s"]
        return Wider(layer, {"s": s}, places, width)
    if isinstance(layer, (Dropout, GaussianNoise)) or layer == UNCHANGED:
        return Wider(layer, arrays, places, width)
    raise InvalidInput(
        f"the network cannot take further inputs, as its layer {type(layer).__name__} comes before the first Dense: "
        "train a new model for rows with new levels."
    )


def wider_columns(layer: Columns, arrays: Arrays, places: Rows, width: int, growth: Growth) -> Wider:
    """The layers of columns with the columns where they are now; new ones are read as they are."""
    new = sorted({*range(width)} - {*places.tolist()})
    parts: list[tuple[list[int], Layer]] = []
    found: Arrays = {}
    at, taken = [], 0
    for number, (columns, inner) in enumerate(zip(layer.columns, layer.layers, strict=True)):
        own = arrays_in(arrays, f"{number}.")
        own_width = math.prod(inner.output_shape((len(columns),)))
        now = [int(places[column]) for column in columns]
        at.append(np.arange(own_width) + taken)
        if inner == UNCHANGED:
            now, new, own_width = now + new, [], own_width + len(new)
        elif changed := growth.coded_anew(columns):
            inner, own = wider_embedding(inner, own, changed, growth)
        parts.append((now, inner))
        found |= {f"{number}.{name}": array for name, array in own.items()}
        taken += own_width
    if new:
        parts.append((new, UNCHANGED))
    return Wider(Columns(*parts), found, np.concatenate(at), taken + len(new))


def wider_embedding(layer: Layer, arrays: Arrays, changed: list[int], growth: Growth) -> tuple[Layer, Arrays]:
    """The layer of a column with a vector for each new code, which begins as that of code 0."""
    if not isinstance(layer, Embedding) or len(changed) > 1:
        raise InvalidInput(
            f"the network cannot take further levels, as it reads their column through {brief(layer)}: train a new "
            "model for rows with new levels."
        )
    n_codes, before = growth.n_codes(changed[0]), growth.codes(changed[0])
    W = np.tile(arrays["W"][0], (n_codes, 1))
    W[before] = arrays["W"][: len(before)]
    return Embedding(n_codes, layer.dimensions, layer.weights, layer.learning_rate_factor), {"W": W}
