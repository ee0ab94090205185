"""The rows that count in a fit: their targets, weights and groups."""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils.validation import _check_sample_weight

from glassnet.errors import InvalidInput
from glassnet.formulas.elementary import Array
from glassnet.tables.splits.split_columns import GroupReader
from glassnet.tables.values.frames import as_series
from glassnet.tables.values.text_format import TextFormat
from glassnet.training.inputs.splitting import Rows

if TYPE_CHECKING:
    from typing import Any

    import narwhals as nw

LEAST_ROWS = 4  # of which one chooses the epoch


class Counted(NamedTuple):
    """The rows that count: as they lie in what was given (`rows`), and their table, targets, weights and groups."""

    rows: Rows
    frame: "nw.DataFrame[Any]"
    y: Array
    weights: Array | None
    groups: Array | None


def counted(
    frame: "nw.DataFrame[Any]",
    y: Array,
    sample_weight: ArrayLike | None,
    groups: ArrayLike | None = None,
    end: int | None = None,
) -> Counted:
    """The rows with a weight above 0, up to an `end`; refused if they are too few."""
    n = len(frame)
    if len(y) != n:
        raise InvalidInput(f"expected a target for each row of X: X has {n} rows, y has {len(y)} values.")
    if n < LEAST_ROWS:
        raise InvalidInput(f"expected {LEAST_ROWS} rows or more, got n_samples = {n}.")
    numbers = None if groups is None else group_numbers(groups, n)
    if sample_weight is None and end in (None, n):
        return Counted(np.arange(n), frame, y, None, numbers)
    weights = _check_sample_weight(sample_weight, frame.to_native())
    rows = np.flatnonzero(weights[:end])
    if len(rows) < LEAST_ROWS:
        raise InvalidInput(f"expected {LEAST_ROWS} rows or more with a sample_weight above 0, got {len(rows)}.")
    some = None if sample_weight is None else weights[rows]
    return Counted(rows, frame[rows], y[rows], some, None if numbers is None else numbers[rows])


def group_numbers(groups: ArrayLike, n: int) -> Array:
    """The group of each of n rows as a number; a missing one is a group of its own."""
    series = as_series(groups)
    if len(series) != n:
        raise InvalidInput(f"expected a group for each row of X: X has {n} rows, groups has {len(series)} values.")
    reader = GroupReader("groups", TextFormat(missing="empty"))
    reader.add(series)
    numbers = reader.values()
    if numbers.max() == 0:
        raise InvalidInput(f"groups has one value in all {n} rows, so that no rows can be held out to validate on.")
    return numbers
