"""The rows that train and validate each network, as a splitter of scikit-learn or an iterable chooses them."""

from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.model_selection import GroupKFold, StratifiedGroupKFold, check_cv

from glassnet.errors import InvalidInput, brief
from glassnet.formulas.elementary import Array
from glassnet.sklearn.rows.counted import Counted
from glassnet.tables.splits.rule import Sides


def splits_of(cv: Any, y: ArrayLike, groups: ArrayLike | None, counted: Counted, classes: bool) -> list[Sides]:
    """The rows to train on and those to validate on of each network, among the rows that count."""
    n = len(np.asarray(y))
    given = cv
    try:
        if isinstance(cv, Integral) and groups is not None:  # scikit-learn's folds of a number ignore groups
            cv = StratifiedGroupKFold(cv) if classes else GroupKFold(cv)
        splitter = check_cv(cv, np.asarray(y), classifier=classes)
        found = [(rows_in(train, n), rows_in(test, n)) for train, test in splitter.split(np.zeros((n, 1)), y, groups)]
    except (TypeError, ValueError) as error:  # what splitters say of groups, classes and numbers of rows
        raise InvalidInput(f"cv={brief(given)} cannot divide {n} rows: {str(error).rstrip('.')}.") from error
    places = np.full(n, -1)
    places[counted.rows] = np.arange(len(counted.rows))
    sides = [(kept(places[train]), kept(places[test])) for train, test in found]
    if not sides:
        raise InvalidInput(
            f"cv={brief(given)} gives no rows to train on: it must give at least one pair of row numbers."
        )
    for number, pair in enumerate(sides, 1):
        check_sides(number, pair)
    return sides


def rows_in(given: Any, n: int) -> Array:
    """Row numbers, from numbers or a mask of n rows."""
    rows = np.asarray(given)
    if rows.dtype == bool and rows.shape == (n,):
        return np.flatnonzero(rows)
    if rows.ndim != 1 or (rows.dtype.kind not in "iu" and len(rows)):
        raise ValueError(f"expected row numbers, got {brief(given)}")
    if len(rows) and not (rows.min() >= 0 and rows.max() < n):
        raise ValueError(f"it names row {int(rows.max() if rows.max() >= n else rows.min())}")
    return rows.astype(np.intp)


def kept(places: Array) -> Array:
    """Without rows that do not count."""
    return np.unique(places[places >= 0])


def check_sides(number: int, sides: Sides) -> None:
    """Refuse a split without rows on a side, or with a row on both."""
    for rows, use in zip(sides, ("train", "validate"), strict=True):
        if not len(rows):
            raise InvalidInput(f"split {number} of cv has no rows to {use} on.")
    if len(both := np.intersect1d(*sides)):
        raise InvalidInput(f"split {number} of cv has {len(both)} rows to train on that also validate.")
