"""Leakage: held-out rows that also occur among the training rows, and a column that gives the target away."""

from collections.abc import Iterator

import numpy as np

from glassnet.formulas.elementary import Array
from glassnet.insight.diagnosis.evidence import Evidence
from glassnet.insight.diagnosis.finding import Finding

TWINS = 0.05  # of the held-out rows: fewer equal rows move a metric by less than it varies
OFTENER = 2.0  # than training rows have twins among themselves, as rows of a few categories do
COPIED = 0.98  # of equal rows with equal targets: rows that are equal by chance differ in it now and then
BY_CHANCE = 4.0  # times as many as equal rows in columns that were shuffled apart
GIVEN_AWAY = 0.99  # of the rows rightly classified from one column, or of the order of the targets
FEW_VALUES = 32  # of a column: each may have a class of its own
BOUNDARY_ROWS = 5  # more that must be right for a boundary between two classes, so that chance draws none
FEWEST_ROWS = 50  # of which a column could give the target away by chance


def equal_rows(evidence: Evidence) -> Iterator[Finding]:
    """Held-out rows with the inputs of a training row: more than the table has anyway, or copies with their target."""
    if evidence.held_out is None:
        return
    train, held = keys(evidence.X), keys(np.asarray(evidence.held_out[0], evidence.X.dtype))
    known, counts = np.unique(train, return_counts=True)
    there = np.isin(held, known)
    usual = float(counts[counts > 1].sum() / len(train))
    if there.mean() <= TWINS:
        return
    measured = f"{there.mean():.1%} of the {len(held):,} held-out rows also occur among the training rows"
    if there.mean() > OFTENER * usual:
        measured = f"{measured}; of the training rows, {usual:.1%} have a duplicate among themselves."
    elif evidence.held_out[1] is not None and are_copies(evidence, train, held, there):
        measured = f"{measured}, with the same target: the table holds copies of rows, which the split has parted."
    else:
        return
    yield Finding(
        "leakage: equal rows",
        "",
        measured,
        "The result on the held-out rows then shows how well the network remembers, not how well it predicts.",
        "Remove duplicate rows before splitting; keep rows of one person, day or device on one side.",
    )


def are_copies(evidence: Evidence, train: Array, held: Array, there: Array) -> bool:
    """Whether equal rows have equal targets too, and are more than columns drawn one by one would give."""
    assert evidence.held_out is not None
    y, other = (np.asarray(each).reshape(len(each), -1) for each in (evidence.y, evidence.held_out[1]))
    order = np.argsort(train, kind="stable")
    first = order[np.searchsorted(train, held[there], sorter=order)]
    if float(np.mean((y[first] == other[there]).all(axis=1))) < COPIED:
        return False
    rng, X = np.random.default_rng(evidence.seed), evidence.X.reshape(len(evidence.X), -1)
    drawn = np.column_stack([rng.permutation(column) for column in X.T])
    return float(np.isin(keys(drawn), train).mean()) < there.mean() / BY_CHANCE


def keys(X: Array) -> Array:
    """One value a row that is equal for equal rows."""
    rows = np.ascontiguousarray(X.reshape(len(X), -1)) + 0.0  # −0 is 0
    return rows.view(np.dtype((np.void, rows.dtype.itemsize * rows.shape[1]))).ravel()


def revealing_column(evidence: Evidence) -> Iterator[Finding]:
    """A column that alone says (nearly) all about the target."""
    X, y = evidence.X[evidence.rows], evidence.y[evidence.rows]
    if X.ndim != 2 or X.shape[1] < 2 or len(X) < FEWEST_ROWS or y.ndim > 2 or (y.ndim == 2 and y.shape[1] > 1):
        return
    classes = evidence.class_counts is not None
    scores = shares_right(X, y.ravel()) if classes else [order_kept(x, y.ravel()) for x in X.T]
    best = int(np.argmax(scores))
    if scores[best] > GIVEN_AWAY:
        what = (
            f"classifies {scores[best]:.1%} of the rows"
            if classes
            else f"orders the rows as y does ({scores[best]:.4f})"
        )
        yield Finding(
            "leakage: a column gives the target away",
            evidence.name_of(best),
            f"{evidence.name_of(best)} alone {what}.",
            "It may be computed from the target, or be known only after it; the network then learns little else.",
            "Ask whether it is known when a prediction is made. If not, leave it out.",
        )


def shares_right(X: Array, y: Array) -> Array:
    """For each column the share of rows rightly classified from it alone; 0 where one class is nearly all.

    A column of few values has the most frequent class of each; another is cut into bands of one class each, wherever
    these begin and end.
    """
    labels = np.unique(y, return_inverse=True)[1].ravel()
    most = np.bincount(labels).max() / len(labels)
    few = np.array([len(np.unique(x)) <= FEW_VALUES for x in X.T])
    right = np.zeros(X.shape[1])
    right[few] = [share_by_value(x, labels) for x in X.T[few]]
    if (~few).any():
        right[~few] = shares_in_bands(X[:, ~few], labels)
    return np.where(1 - right < (1 - most) / 10, right, 0.0)


def share_by_value(x: Array, labels: Array) -> float:
    """The share of rows that have the most frequent class of their value."""
    values, places = np.unique(x, return_inverse=True)
    table = np.zeros((len(values), labels.max() + 1))
    np.add.at(table, (places.ravel(), labels), 1)
    return float(table.max(axis=1).sum() / len(x))


def shares_in_bands(X: Array, labels: Array) -> Array:
    """For each column the share of rows that are right in the best bands of one class each.

    The bands of all columns are found at once, by dynamic programming over the rows in the order of each column: a
    boundary costs `BOUNDARY_ROWS` rows, and equal values stay in one band.
    """
    order = np.argsort(X, axis=0, kind="stable")
    values, classes = np.take_along_axis(X, order, axis=0), labels[order]
    every = np.arange(labels.max() + 1)
    best = np.zeros((X.shape[1], len(every)))  # by the class of the band that the last row is in
    bands = np.zeros_like(best)
    for row in range(len(X)):
        if row:
            last = best.argmax(axis=1)[:, None]
            other = np.take_along_axis(best, last, axis=1) - BOUNDARY_ROWS
            cut = (other > best) & (values[row] > values[row - 1])[:, None]
            bands = np.where(cut, np.take_along_axis(bands, last, axis=1) + 1, bands)
            best = np.where(cut, other, best)
        best += classes[row][:, None] == every
    last = best.argmax(axis=1)
    column = np.arange(len(last))
    return (best[column, last] + BOUNDARY_ROWS * bands[column, last]) / len(X)


def order_kept(x: Array, y: Array) -> float:
    """The rank correlation of Spearman, without its sign; 0 for a column with few values."""
    a, b = (np.argsort(np.argsort(v, kind="stable"), kind="stable").astype(np.float64) for v in (x, y))
    if len(np.unique(x)) <= FEW_VALUES:
        return 0.0
    return abs(float(np.corrcoef(a, b)[0, 1]))
