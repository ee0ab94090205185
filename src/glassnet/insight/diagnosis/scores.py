"""The scores of hidden units and the slopes of their activations, with a row for each sample, step or position."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from glassnet.formulas.activations import Activation
from glassnet.formulas.elementary import Array
from glassnet.insight.blackboard.naming import activation_of
from glassnet.insight.blackboard.rows import row_names
from glassnet.insight.layer_trace import TracedLayer

NO_SLOPE = ("linear", "binary_step")  # the same at each score, or 0 throughout


class Scores(NamedTuple):
    """The scores of a layer, which its formula calls Z or S, and its outputs A, (rows, units)."""

    name: str
    Z: Array
    A: Array


def scores_of(layer: TracedLayer) -> Scores | None:
    """What goes into the activation of a layer; None where it has none. Padding is left out."""
    if activation_of(layer) is None:
        return None
    name = "Z" if hasattr(layer, "Z") else "S"
    known = vars(layer) | layer.symbols
    Z, A = known[name], known["A"]
    return Scores(name, Z.reshape(-1, Z.shape[-1]), A.reshape(-1, A.shape[-1]))


def slopes_of(f: Activation, layer: TracedLayer, scores: Scores) -> Array | None:
    """f'(Z); None for an activation that has no slope of its own, such as softmax."""
    try:
        return f.slope(scores.Z, scores.A, *(one_row(getattr(layer, name), scores.Z) for name in f.learned))
    except NotImplementedError:
        return None


def one_row(learned: Array, Z: Array) -> Array:
    """What an activation has learned, for each row: a number a unit, or as many as a sample has entries."""
    if learned.size in (1, Z.shape[1]):
        return learned.reshape(-1)
    return np.tile(learned.reshape(-1, Z.shape[1]), (Z.size // learned.size, 1))


def hidden_slopes(layers: list[TracedLayer]) -> Iterator[tuple[TracedLayer, Scores, Array]]:
    """(layer, its scores, their slopes) of all layers but the last that have slopes."""
    for layer in layers[:-1]:
        f, scores = activation_of(layer), scores_of(layer)
        if f is None or scores is None or f.name in NO_SLOPE:
            continue
        slopes = slopes_of(f, layer, scores)
        if slopes is not None:
            yield layer, scores, slopes


def rows_in_words(layer: TracedLayer, n: int) -> str:
    """How many rows, steps or positions: "150 rows"."""
    kind = row_names(layer, n).kind
    return f"{n:,} {'rows' if kind == 'sample' else kind + 's'}"
