"""Weights of classes, so that a rare class counts as much as it should: each row weighs as its class does."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from glassnet.engine.job import Samples
from glassnet.errors import InvalidInput, UnknownName, brief
from glassnet.formulas.elementary import Array
from glassnet.formulas.losses import Loss
from glassnet.training.inputs.arrays import as_numbers
from glassnet.training.inputs.prepared import Data, Part


def class_weights(given: object, loss: Loss, n_outputs: int, y: Array) -> Array:
    """A weight for each class: "balanced", a mapping (classes that it leaves out weigh 1) or a list in their order.

    Balanced weights are n / (classes × rows of the class), as scikit-learn has them, over the rows of y.
    """
    n = n_classes(loss, n_outputs)
    if isinstance(given, str):
        if given != "balanced":
            raise UnknownName("class_weight", given, ["balanced"])
        counts = count(loss, y, n)
        return np.where(counts > 0, counts.sum() / (np.count_nonzero(counts) * np.maximum(counts, 1e-300)), 1.0)
    if isinstance(given, Mapping):
        given = _of_mapping(given, n)
    try:
        weights = as_numbers(given, "class_weight").astype(np.float64)
    except InvalidInput:
        weights = np.empty(0)
    if weights.shape != (n,) or not np.isfinite(weights).all() or (weights < 0).any() or not weights.any():
        raise InvalidInput(
            f"class_weight must be 'balanced', or numbers of at least 0 for the classes 0…{n - 1}, not all 0: "
            f"a mapping or a list of {n}; got {brief(given)}."
        )
    return weights


def n_classes(loss: Loss, n_outputs: int) -> int:
    """How many classes a loss tells apart; refused for losses of numbers and of several yes-or-no outputs."""
    if loss.targets not in ("classes", "binary"):
        raise InvalidInput(f"class_weight is for classification; {loss.name} predicts numbers: use sample_weight.")
    if loss.targets == "binary" and n_outputs > 1:
        raise InvalidInput(f"class_weight needs one column of labels, not {n_outputs}: use sample_weight.")
    return n_outputs if loss.targets == "classes" else 2


def _of_mapping(given: Mapping[Any, Any], n: int) -> list[Any]:
    for label in given:
        if isinstance(label, bool) or not isinstance(label, (int, np.integer)) or not 0 <= label < n:
            raise InvalidInput(f"class_weight has a weight for class {label!r}, but the classes are 0…{n - 1}.")
    return [given.get(label, 1.0) for label in range(n)]


def count(loss: Loss, y: Array, n: int) -> Array:
    """How many rows each class has; a row of shares counts for each class with its share."""
    if loss.targets == "binary":
        return np.array([y.size - y.sum(dtype=np.float64), y.sum(dtype=np.float64)])
    return np.bincount(y, minlength=n).astype(np.float64) if y.ndim == 1 else y.sum(axis=0, dtype=np.float64)


def of_rows(weights: Array, loss: Loss, y: Array) -> Array:
    """The weight of each row, (n,): that of its class, or the mean over its shares."""
    if loss.targets == "binary":
        return weights[0] + (weights[1] - weights[0]) * y.ravel()
    return weights[y.astype(np.intp)] if y.ndim == 1 else y @ weights


def weigh(data: Data, loss: Loss, given: object) -> Data:
    """The data weighed by a `class_weight`, if one is given."""
    if given is not None and data[0].Y.ndim > 2:
        raise InvalidInput("class_weight is for one target a sample, not for one at each step: use sample_weight.")
    return data if given is None else weighed(data, loss, class_weights(given, loss, data[0].Y.shape[1], data[1]))


def weighed(data: Data, loss: Loss, weights: Array) -> Data:
    """The data with the weights of its rows multiplied by those of their classes."""
    samples, y = data
    rows = of_rows(weights, loss, y) * (1.0 if samples.weights is None else samples.weights)
    return Samples(samples.X, samples.Y, rows.astype(samples.X.dtype)), y


def weighed_part(part: Part, loss: Loss, weights: Array, name: str, some: bool = True) -> Part:
    """A part of such data; with `some`, refused if all its rows have weight 0."""
    made = Part(weighed(part.whole, loss, weights), part.rows)
    found = made.whole[0].weights
    if some and found is not None and not (found if part.rows is None else found[part.rows]).any():
        raise InvalidInput(f"all rows {name} have weight 0, from class_weight and sample_weight.")
    return made
