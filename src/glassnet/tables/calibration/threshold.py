"""The probability from which a row counts as the second of two classes."""

from typing import Literal

import numpy as np

from glassnet.errors import InvalidInput, brief
from glassnet.formulas.elementary import Array
from glassnet.formulas.registry import is_number, is_one_of
from glassnet.training.ranking import counts_from_above

Threshold = float | Literal["auto"]
AUTO: Literal["auto"] = "auto"
CHOOSES = ("accuracy", "balanced_accuracy", "f1")  # metrics that a threshold is chosen by


def check_threshold(given: object) -> Threshold | None:
    """A probability in (0, 1), "auto", or None."""
    if given is None or is_one_of(given, [AUTO]):
        return given  # type: ignore[return-value]
    if not is_number(given) or not 0 < given < 1:
        raise InvalidInput(f"threshold must be a probability in (0, 1), 'auto' or None, got {brief(given)}.")
    return float(given)


def check_chosen(threshold: Threshold | None, metric: str, classes: tuple[str, ...]) -> None:
    """Refuse a threshold of other than two classes, and one that is chosen by a metric that does not depend on it."""
    if threshold is None:
        return
    if len(classes) != 2:
        raise InvalidInput(f"threshold={threshold!r} is for two classes, but the target has {len(classes)}.")
    if threshold == AUTO and metric not in CHOOSES:
        raise InvalidInput(
            f"threshold='auto' is the best by the metric, but {metric} does not depend on a threshold: "
            f"use {', '.join(CHOOSES[:-1])} or {CHOOSES[-1]}."
        )


def best_threshold(p: Array, truth: Array, metric: str, weights: Array | None = None) -> float:
    """The threshold by which the metric of rows is the best; the nearest to ½ of equally good ones.

    p (n,) are probabilities of the second class, `truth` (n,) says which rows are of it. A threshold lies in the middle
    between two probabilities, so that neither is near it.

    >>> round(best_threshold(np.array([0.1, 0.2, 0.3, 0.4]), np.array([0, 0, 1, 1]), "f1"), 9)
    0.25
    """
    positive = np.asarray(truth, bool)
    right, wrong = counts_from_above(positive, p, np.ones(len(p)) if weights is None else weights)
    levels = np.unique(p)[::-1]
    above, below = np.append(1.0, levels), np.append(levels, 0.0)
    thresholds = np.clip(0.5 * (above + below), 1e-9, 1 - 1e-9)
    scores = scores_of(metric, right, wrong)
    best = np.flatnonzero(scores >= scores.max() - 1e-12)
    return float(thresholds[best[np.abs(thresholds[best] - 0.5).argmin()]])


def scores_of(metric: str, right: Array, wrong: Array) -> Array:
    """The metric for each number of rows from above that count as the second class."""
    yes, no = right[-1], wrong[-1]
    if metric == "f1":
        return 2 * right / np.maximum(right + wrong + yes, 1e-300)
    if metric == "accuracy" or not yes or not no:
        return (right + no - wrong) / (yes + no)
    return 0.5 * (right / yes + (no - wrong) / no)
