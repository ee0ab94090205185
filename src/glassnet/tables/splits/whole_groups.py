"""Some of the groups of rows, which together have about a share of the rows and of each class."""

import numpy as np

from glassnet.errors import InvalidInput
from glassnet.formulas.elementary import Array
from glassnet.tables.number_format import counted
from glassnet.training.inputs.splitting import Rows

MOST_ORDERS = 100  # in which groups are tried
MOST_WORK = 10**6  # groups gone through in all of them
MOST_CELLS = 10**7  # numbers of rows by group and class, beyond which classes fall as they fall


def whole_groups(
    groups: Array, share: float, rng: "np.random.Generator", labels: Array | None = None, leave: int = 1
) -> Rows:
    """The rows of groups that together have about `share` of all rows, and of each class; `leave` groups stay out.

    Groups are put in many random orders; of each the first so many are looked at. Chosen are those whose counts of
    rows by class lie nearest to the share, and which leave every class at least one row if any do.

    >>> groups = np.repeat([0, 1, 2, 3, 4], 2)
    >>> whole_groups(groups, 0.4, np.random.default_rng(0), np.array([0, 0, 0, 1, 1, 1, 0, 1, 0, 0])).size
    4
    """
    names, numbers = np.unique(groups, return_inverse=True)
    if len(names) <= leave:
        raise InvalidInput(
            f"{counted(len(names), 'group')} among the rows to divide, but {leave + 1} or more are needed."
        )
    counts = class_counts(numbers, len(names), labels)
    best, chosen = np.inf, names[:0]
    for _ in range(int(np.clip(MOST_WORK // len(names), 1, MOST_ORDERS))):
        order = rng.permutation(len(names))
        misses = missed(counts[order], share)[: len(names) - leave]
        if misses.min() < best:
            best, chosen = misses.min(), order[: misses.argmin() + 1]
    return np.flatnonzero(np.isin(numbers, chosen))


def class_counts(numbers: Array, n_groups: int, labels: Array | None) -> Array:
    """How many rows each group has of each class, (groups, classes)."""
    codes = np.zeros(len(numbers), np.intp) if labels is None else np.unique(labels, return_inverse=True)[1]
    n_classes = int(codes.max()) + 1
    if n_groups * n_classes > MOST_CELLS:
        codes, n_classes = np.zeros_like(codes), 1
    return np.bincount(numbers * n_classes + codes, minlength=n_groups * n_classes).reshape(n_groups, n_classes)


def missed(counts: Array, share: float) -> Array:
    """By how many rows the first k groups miss the share, k = 1, 2, …; far more where a class has no other rows."""
    whole, taken = counts.sum(axis=0), counts.cumsum(axis=0)
    lost = (taken == whole).sum(axis=1)
    return np.abs(taken - share * whole).sum(axis=1) + lost * whole.sum()
