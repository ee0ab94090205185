"""The least loss of a constant prediction: what a network must beat to have learned anything."""

import numpy as np

from glassnet.formulas.elementary import Array
from glassnet.formulas.losses import Loss

HALVINGS = 80  # of the interval that holds the best constant: to the last bit


def loss_of_constant(loss: Loss, Y: Array, weights: Array | None = None) -> float:
    """The loss, as `reduction` says, of the one prediction that is best for all rows of Y (n, outputs)."""
    return loss_of_scores(loss, constant_on(loss, Y, weights), Y, weights)


def constant_on(loss: Loss, Y: Array, weights: Array | None = None) -> Array:
    """The scores (or predictions) of the constant that is best for rows Y."""
    return best_scores(loss, *each_row(Y, weights))


def loss_of_scores(loss: Loss, scores: Array, Y: Array, weights: Array | None = None) -> float:
    """The loss of the same scores for all rows."""
    Y, w = each_row(Y, weights)
    values = w * loss.value(np.broadcast_to(scores, Y.shape), Y, *loss.columns(Y.shape[1]))
    divisor = 1 if loss.reduction == "sum" else float(w.sum()) * loss.count(values.shape[1])
    return float(values.sum() / (divisor or 1.0))


def each_row(Y: Array, weights: Array | None) -> tuple[Array, Array]:
    """Targets with a row for each sample, or for each step of it, and a weight for each row, (rows, 1)."""
    rows = Y.reshape(-1, Y.shape[-1]).astype(np.float64)
    return rows, np.ones((len(rows), 1)) if weights is None else weights.reshape(-1, 1).astype(np.float64)


def best_scores(loss: Loss, Y: Array, w: Array) -> Array:
    """The best constant z (or p) for each output: from the shares for a loss of scores, else by a search."""
    mean = np.clip((w * Y).sum(axis=0) / (w.sum() or 1.0), 1e-12, None)
    if loss.output_activation in ("softmax", "exponential"):
        return np.log(mean)
    if loss.output_activation == "sigmoid":
        mean = np.minimum(mean, 1 - 1e-12)
        return np.log(mean / (1 - mean))
    return _searched(loss, Y, w)


def _searched(loss: Loss, Y: Array, w: Array) -> Array:
    """Where the summed gradient of each output changes its sign, by bisection: right for every convex loss."""
    low, high = Y.min(axis=0), Y.max(axis=0)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        gradient = loss.gradient(np.broadcast_to(middle, Y.shape), Y, *loss.columns(Y.shape[1]))
        rising = (w * gradient).sum(axis=0) > 0
        low, high = np.where(rising, low, middle), np.where(rising, middle, high)
    return (low + high) / 2
