"""Whether the single values of a number tell more than its size, as codes and the amounts of a form do."""

import numpy as np

from glassnet.formulas.elementary import Array
from glassnet.tables.encoding.several_targets import ClassTargets, Targets
from glassnet.tables.encoding.target import ClassTarget
from glassnet.tables.values.frames import Floats

LEAVES = 16  # of the tree: as many steps as a number has waves
LEAST_ROWS = 5  # of a leaf
MOST_SHARE = 0.1  # of values to rows: each value has ten rows on average
FOLDS = 5
CLEARLY = 4.0  # standard errors: among thousands of columns, chance alone hardly reaches it
LEAST_GAIN = 0.005  # of the squared error
MOST_ROWS, MOST_CLASSES = 100_000, 100  # that are looked at


def judged_by(target: Targets, y: Array) -> Floats:
    """What levels are judged by, (n, columns): the standardised numbers, or of each class whether it is there.

    Of several targets of classes it is the first, of many classes the most frequent ones.
    """
    if not isinstance(target, ClassTarget | ClassTargets):
        return np.asarray(y, np.float64).reshape(len(y), -1)
    codes = (y if isinstance(target, ClassTarget) else y[:, 0]).astype(np.intp)
    counts = np.bincount(codes)
    known = np.argsort(-counts, kind="stable")[: 1 if len(counts) == 2 else MOST_CLASSES]
    return np.asarray(codes[:, None] == known, np.float64)


def tell_more(x: Floats, Y: Floats, seed: int = 0) -> bool:
    """Whether means of Y for each value of x predict other rows clearly better than a tree of 16 leaves on x.

    That is by more than four standard errors and half a percent of the squared error, over five folds. Only numbers of
    more than 16 values count, and of at most a tenth as many as rows; rows where x is NaN are left out. A value that
    the other folds do not hold is predicted by the mean of all, so that sizes which are alike count for the tree.

    >>> rng = np.random.default_rng(0)
    >>> x = rng.integers(40, size=2000).astype(float)
    >>> by_value, by_size = rng.normal(size=(40, 1))[x.astype(int)], x[:, None] / 40
    >>> tell_more(x, by_value), tell_more(x, by_size + rng.normal(size=(2000, 1)))
    (True, False)
    """
    rng = np.random.default_rng(seed)
    there = np.flatnonzero(~np.isnan(x))
    there = there if len(there) <= MOST_ROWS else np.sort(rng.choice(there, MOST_ROWS, replace=False))
    values, level = np.unique(x[there], return_inverse=True)
    n, n_levels, Y = len(there), len(values), Y[there]
    if not LEAVES < n_levels <= MOST_SHARE * n or not may_tell_more(level, Y, n_levels):
        return False
    fold = rng.permutation(n) % FOLDS
    errors, better = np.empty(n), np.empty(n)
    for number in range(FOLDS):
        held = fold == number
        sums, counts = totals(level[~held], Y[~held], n_levels)
        tree = leaf_means(sums, counts)
        means = np.where(counts[:, None] > 0, sums / np.maximum(counts, 1)[:, None], Y[~held].mean(axis=0))
        errors[held] = squares(Y[held] - tree[level[held]])
        better[held] = errors[held] - squares(Y[held] - means[level[held]])
    gain = float(better.mean())
    return bool(gain > LEAST_GAIN * errors.mean() and gain > CLEARLY * better.std() / np.sqrt(n))


def may_tell_more(level: Array, Y: Floats, n_levels: int) -> bool:
    """Whether the means fit the rows that they are of clearly better than a tree, which is soon found."""
    sums, counts = totals(level, Y, n_levels)
    means = sums / counts[:, None]
    gain = float((counts * squares(means - leaf_means(sums, counts))).sum())
    error = float((Y**2).sum() - (counts * squares(means)).sum()) + gain
    return gain > error * LEAST_GAIN / 2  # other rows may show more: a tree of fewer rows is worse


def totals(level: Array, Y: Floats, n_levels: int) -> tuple[Floats, Floats]:
    """(the sums of Y, the numbers of rows) of each level."""
    sums = [np.bincount(level, column, n_levels) for column in Y.T]
    return np.column_stack(sums), np.bincount(level, minlength=n_levels).astype(np.float64)


def squares(differences: Floats) -> Floats:
    """The sum of squares of each row."""
    return np.asarray((differences**2).sum(axis=1))


def leaf_means(sums: Floats, counts: Floats) -> Floats:
    """For each of the ordered levels the mean of its leaf in a regression tree, which splits where that gains most."""
    n_levels = len(counts)
    before = np.vstack([np.zeros((1, sums.shape[1])), np.cumsum(sums, axis=0)])
    rows = np.concatenate([[0.0], np.cumsum(counts)])

    def explained(low: Array | int, high: Array | int) -> Floats:
        return squares(np.atleast_2d(before[high] - before[low])) / np.maximum(rows[high] - rows[low], 1)

    def best(low: int, high: int) -> tuple[float, int, int, int]:
        """(the gain, the first level of the leaf, that of its second half, its end)."""
        at = np.arange(low + 1, high)
        at = at[(rows[at] - rows[low] >= LEAST_ROWS) & (rows[high] - rows[at] >= LEAST_ROWS)]
        if not len(at):
            return 0.0, low, low, high
        gains = explained(low, at) + explained(at, high) - explained(low, high)
        return float(gains.max()), low, int(at[gains.argmax()]), high

    leaves = [best(0, n_levels)]
    while len(leaves) < LEAVES and max(leaves)[0] > 0:
        leaf = max(leaves)
        leaves.remove(leaf)
        leaves += [best(leaf[1], leaf[2]), best(leaf[2], leaf[3])]
    found = np.empty_like(sums)
    for _, low, _, high in leaves:
        found[low:high] = (before[high] - before[low]) / max(rows[high] - rows[low], 1)
    return found
