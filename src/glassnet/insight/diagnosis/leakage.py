"""Leakage: held-out rows that stand among the training rows, and a column that gives the target away."""

from collections.abc import Iterator

import numpy as np

from glassnet.formulas.elementary import Array
from glassnet.insight.diagnosis.evidence import Evidence
from glassnet.insight.diagnosis.finding import Finding

TWINS = 0.05  # of the held-out rows: fewer equal rows move a metric by less than it varies
OFTENER = 2.0  # than training rows have twins among themselves, as rows of a few categories do
GIVEN_AWAY = 0.99  # of the rows rightly classified from one column, or of the order of the targets
BINS = 32  # of a column's values, at least BIN_ROWS rows each, so that chance fills none
BIN_ROWS = 10
FEWEST_ROWS = 50  # of which a column could give the target away by chance


def equal_rows(evidence: Evidence) -> Iterator[Finding]:
    """Held-out rows with the inputs of a training row, more than the table has equal rows anyway."""
    if evidence.held_out is None:
        return
    train, held = keys(evidence.X), keys(np.asarray(evidence.held_out[0], evidence.X.dtype))
    known, counts = np.unique(train, return_counts=True)
    share = float(np.isin(held, known).mean())
    usual = float(counts[counts > 1].sum() / len(train))
    if share > TWINS and share > OFTENER * usual:
        yield Finding(
            "leakage: equal rows", "",
            f"{share:.1%} of the {len(held):,} held-out rows stand among the training rows with the very same inputs; "
            f"of the training rows, {usual:.1%} have an equal one among themselves.",
            "The result on the held-out rows then says how well the network remembers, not how well it predicts.",
            "Remove rows that come twice before splitting; keep rows of one person, day or device on one side.",
        )  # fmt: skip


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
    score = share_right if classes else order_kept
    scores = [score(X[:, k], y.ravel()) for k in range(X.shape[1])]
    best = int(np.argmax(scores))
    if scores[best] > GIVEN_AWAY:
        what = (
            f"classifies {scores[best]:.1%} of the rows"
            if classes
            else f"orders the rows as y does ({scores[best]:.4f})"
        )
        yield Finding(
            "leakage: a column gives the target away", evidence.name_of(best),
            f"{evidence.name_of(best)} alone {what}.",
            "It may have been made from the target, or be known only after it; the network then learns nothing else.",
            "Ask whether it is known when a prediction is made. If not, leave it out.",
        )  # fmt: skip


def share_right(x: Array, y: Array) -> float:
    """The share of rows that the most frequent class of their bin is right for; 0 where one class is nearly all."""
    labels = np.unique(y, return_inverse=True)[1].ravel()
    most = np.bincount(labels).max() / len(labels)
    values = np.unique(x)
    if len(values) > BINS:
        values = np.unique(np.quantile(x, np.linspace(0, 1, min(BINS, len(x) // BIN_ROWS) + 1)[1:-1]))
    bins = np.searchsorted(values, x)
    table = np.zeros((len(values) + 1, labels.max() + 1))
    np.add.at(table, (bins, labels), 1)
    right = float(table.max(axis=1).sum() / len(x))
    return right if 1 - right < (1 - most) / 10 else 0.0


def order_kept(x: Array, y: Array) -> float:
    """The rank correlation of Spearman, without its sign; 0 for a column with few values."""
    a, b = (np.argsort(np.argsort(v, kind="stable"), kind="stable").astype(np.float64) for v in (x, y))
    if len(np.unique(x)) <= BINS:
        return 0.0
    return abs(float(np.corrcoef(a, b)[0, 1]))
