"""`coefs_` and `intercepts_`: views of a network's parameters, which whatever is put in their place is written to."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from glassnet.errors import InvalidInput
from glassnet.formulas.elementary import Array
from glassnet.network import Network
from glassnet.sklearn.architecture import dense_places


def views(net: Network) -> tuple[list[Array], list[Array]]:
    """(weights, biases) of each layer, to be read and written."""
    arrays, places = net.arrays, dense_places(net.layers)
    return [arrays[f"{k}.W"] for k in places], [arrays[f"{k}.b"] for k in places]


def write(given: Sequence[ArrayLike], own: Sequence[Array], name: str) -> None:
    """Copy arrays into a network's own; refused if they do not fit."""
    shapes = [array.shape for array in own]
    if len(given) != len(own) or [np.shape(array) for array in given] != shapes:
        came = [np.shape(array) for array in given]
        raise InvalidInput(f"{name} must hold arrays of the shapes {shapes}, got {came}.")
    for array, mine in zip(given, own, strict=True):
        if array is not mine:
            mine[...] = array


def same(given: Sequence[ArrayLike], own: Sequence[Array]) -> bool:
    """Whether a list holds the very arrays of a network."""
    return len(given) == len(own) and all(a is b for a, b in zip(given, own, strict=True))
