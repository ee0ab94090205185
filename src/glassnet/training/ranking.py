"""How well a score ranks rows: true and false positives from the highest score down, and the areas of both curves."""

import numpy as np

from glassnet.formulas.elementary import Array


def counts_from_above(truth: Array, score: Array, w: Array) -> tuple[Array, Array]:
    """(true positives, false positives): the weight of both among the rows at or above each score, the highest first.

    `truth` is boolean, all are (n,); level rows come together, and both begin with 0, so their shape is (levels + 1,).

    >>> counts_from_above(np.array([True, False, True]), np.array([0.9, 0.5, 0.5]), np.ones(3))
    (array([0., 1., 2.]), array([0., 0., 1.]))
    """
    values, level = np.unique(-score, return_inverse=True)
    positive, negative = (np.bincount(level, w * of, len(values)) for of in (truth, ~truth))
    return np.cumsum(np.append(0.0, positive)), np.cumsum(np.append(0.0, negative))


def area(truth: Array, score: Array, w: Array) -> float:
    """∫ TPR d(FPR) by trapezoids, so level rows count half; NaN without positive or without negative rows."""
    right, wrong = counts_from_above(truth, score, w)
    both = right[-1] * wrong[-1]
    return float(0.5 * (right[1:] + right[:-1]) @ np.diff(wrong) / both) if both else float("nan")


def average_precision(truth: Array, score: Array, w: Array) -> float:
    """Σ (Rₖ − Rₖ₋₁) Pₖ, the precision at each score times the recall it adds; NaN without positive rows."""
    right, wrong = counts_from_above(truth, score, w)
    precision = right[1:] / np.maximum(right[1:] + wrong[1:], np.finfo(np.float64).tiny)
    return float(np.diff(right) @ precision / right[-1]) if right[-1] else float("nan")
