"""How well a score ranks rows: true and false positives from the highest score down, and the areas of both curves."""

import numpy as np

from glassnet.formulas.elementary import Array


def counts_from_above(truth: Array, score: Array, w: Array) -> tuple[Array, Array]:
    """(true positives, false positives): the weight of both among the rows at or above each score, the highest first.

    `truth` is boolean, all are (n,); level rows come together, and both begin with 0, so their shape is (levels + 1,).

    >>> counts_from_above(np.array([True, False, True]), np.array([0.9, 0.5, 0.5]), np.ones(3))
    (array([0., 1., 2.]), array([0., 0., 1.]))
    """
    order = np.argsort(-score, kind="stable")
    ranked = score[order]
    last = np.flatnonzero(np.append(ranked[1:] != ranked[:-1], True))  # of its level
    counts = (np.cumsum((w * of)[order])[last] for of in (truth, ~truth))
    right, wrong = (np.append(0.0, count) for count in counts)
    return right, wrong


def area(right: Array, wrong: Array) -> float:
    """∫ TPR d(FPR) by trapezoids, so level rows count half; NaN without positive or without negative rows."""
    both = right[-1] * wrong[-1]
    return float(0.5 * (right[1:] + right[:-1]) @ np.diff(wrong) / both) if both else float("nan")


def precision(right: Array, wrong: Array) -> Array:
    """The share of positive rows among those at or above each score; rows without weight have none: 0."""
    return right[1:] / np.maximum(right[1:] + wrong[1:], np.finfo(np.float64).tiny)


def average_precision(right: Array, wrong: Array) -> float:
    """Σ (Rₖ − Rₖ₋₁) Pₖ, the precision at each score times the recall it adds; NaN without positive rows."""
    return float(np.diff(right) @ precision(right, wrong) / right[-1]) if right[-1] else float("nan")
