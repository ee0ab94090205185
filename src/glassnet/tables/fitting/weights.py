"""How much each row of a table counts: by a column of weights, and by its class."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal

import numpy as np

from glassnet.errors import InvalidInput, UnknownName, WrongRow, brief
from glassnet.formulas.elementary import Array
from glassnet.formulas.registry import is_number
from glassnet.tables.encoding.column_kinds import Column
from glassnet.tables.encoding.target import ClassTarget
from glassnet.tables.values.frames import as_series, family, to_numbers
from glassnet.tables.values.text_format import TextFormat

WEIGHS = "holds the weights of the rows"
ClassWeight = Literal["balanced"] | dict[str, float]


def check_class_weight(given: Any) -> ClassWeight | None:
    """ "balanced", a mapping from classes to numbers of at least 0, or None."""
    if given is None or (isinstance(given, str) and given == "balanced"):
        return given  # type: ignore[return-value]
    right = isinstance(given, Mapping) and given and all(is_number(w) and w >= 0 for w in given.values())
    if not right or not any(given.values()):
        raise InvalidInput(
            "class_weight must be 'balanced', or map classes to numbers of at least 0, such as {'yes': 5.0}, "
            f"got {brief(given)}."
        )
    return {str(name): float(weight) for name, weight in given.items()}


def column_weights(column: Any, form: TextFormat, counted: Array | None = None) -> Array:
    """The numbers of a column of weights; refused unless each is at least 0, at least in rows that are `counted`."""
    series = form.read(as_series(column))
    if family(series) != "number":
        raise InvalidInput(f"the weight column {series.name!r} must hold numbers, but holds {family(series)}.")
    weights = to_numbers(series)
    wrong = (~np.isfinite(weights) | (weights < 0)) & (True if counted is None else counted)
    if wrong.any():
        row = int(wrong.argmax())
        found = "missing" if np.isnan(weights[row]) else f"{weights[row]:g}"
        raise WrongRow(f"the weight column {series.name!r} is {found}", row + 1, ": weights are numbers of at least 0.")
    return weights


def class_factors(given: ClassWeight | None, target: Any, y: Array) -> Array | None:
    """The factor of each row, (n,), by its class number: classes that are not named count 1. None without any.

    Balanced ones are n / (classes × rows of the class), as scikit-learn has them.
    """
    if given is None or not isinstance(target, ClassTarget):
        return None
    return factors_by_class(given, target, np.bincount(y, minlength=len(target.classes)))[y]


def factors_by_class(given: ClassWeight, target: ClassTarget, counts: Array) -> Array:
    """The factor of each class, of which there are so many rows."""
    if isinstance(given, str):
        return counts.sum() / (np.count_nonzero(counts) * np.maximum(counts, 1))
    for name in given:
        if name not in target.names:
            raise UnknownName("class in class_weight", name, target.names)
    return np.array([given.get(name, 1.0) for name in target.names])


def without_weights(columns: tuple[Column, ...], weight: str | None) -> tuple[Column, ...]:
    """What the columns are; nothing is learned from the weights."""
    return tuple(replace(each, kind="unwanted", reason=WEIGHS) if each.name == weight else each for each in columns)


def row_weights(
    frame: Any, weight: str | None, form: TextFormat | None, class_weight: ClassWeight | None, target: Any, y: Array
) -> Array | None:
    """The weights of rows that are trained on, or None where all count alike."""
    weights = None if weight is None else column_weights(frame[weight], form or TextFormat())
    weights = combined(weights, class_factors(class_weight, target, y))
    check_some(weights)
    return weights


def combined(weights: Array | None, factors: Array | None) -> Array | None:
    """The product of two kinds of weights, of which None is all alike."""
    if weights is None or factors is None:
        return weights if factors is None else factors
    return weights * factors


def check_some(weights: Array | None) -> None:
    """Refuse weights that are all 0."""
    if weights is not None and not weights.any():
        raise InvalidInput("all rows to train on have weight 0: give some of them a weight above 0.")
