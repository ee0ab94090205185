"""Several columns of y: taken apart, each in a type of its own, and put side by side."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from glassnet.formulas.elementary import Array


def several_columns(y: Any) -> list[Array] | None:
    """The columns of y; None where it is a single one.

    >>> [column.dtype.kind for column in several_columns([["a", 1], ["b", 2]])]
    ['U', 'i']
    """
    whole = np.asarray(y, object) if isinstance(y, (list, tuple)) else np.asarray(y)
    return [in_one_type(column.tolist()) for column in whole.T] if whole.ndim == 2 and whole.shape[1] > 1 else None


def in_one_type(values: list[Any]) -> Array:
    """Values of one type as an array of it; of several types as they are, so that what is missing stays so."""
    return np.asarray(values) if len({*map(type, values)}) == 1 else np.asarray(values, object)


def side_by_side(columns: Sequence[Array]) -> Array:
    """Columns as one array; of objects where texts stand beside numbers, which keep their types so."""
    alike = len({column.dtype.kind in "US" for column in columns}) == 1
    return np.column_stack([column if alike else column.astype(object) for column in columns])
