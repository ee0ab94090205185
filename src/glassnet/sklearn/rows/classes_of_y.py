"""The classes of a column of y, and the number of each row's class."""

import numpy as np

from glassnet.errors import InvalidInput
from glassnet.formulas.elementary import Array
from glassnet.sklearn.judging.judged import class_numbers
from glassnet.tables.encoding.target import ClassTarget


def classes_of(estimator: object, y: Array, known: Array | None = None) -> tuple[Array, ClassTarget, Array]:
    """(the classes, the target, the number of each row's class); refuses one class, and one class a row."""
    classes: Array = np.unique(y) if known is None else known
    numbers = class_numbers(y, classes)
    if len(classes) < 2:
        raise ValueError(f"{type(estimator).__name__} needs two classes, got only one class: {classes.tolist()}.")
    if known is None and len(classes) == len(y):
        raise InvalidInput(
            f"y has {len(y)} classes in {len(y)} rows: if every row is a class of its own, there is nothing to "
            f"learn; TabularRegressor predicts numbers."
        )
    return classes, ClassTarget(tuple(str(name) for name in classes)), numbers
