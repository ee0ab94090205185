"""The least loss of a constant prediction: what a network must beat to have learned anything."""

import numpy as np

from glassnet.formulas.elementary import Array
from glassnet.formulas.losses import Loss

HALVINGS = 80  # of the interval that holds the best constant: to the last bit


def loss_of_constant(loss: Loss, Y: Array) -> float:
    """The loss, as `reduction` says, of the one prediction that is best for all rows of Y (n, outputs)."""
    Y = Y.astype(np.float64)
    scores = np.broadcast_to(best_scores(loss, Y), Y.shape)
    values = loss.value(scores, Y, *loss.columns(Y.shape[1]))
    return float(values.sum() if loss.reduction == "sum" else values.mean())


def best_scores(loss: Loss, Y: Array) -> Array:
    """The best constant z (or p) for each output: from the shares for a link, else by search between the targets."""
    mean = np.clip(Y.mean(axis=0), 1e-12, None)
    if loss.link in ("softmax", "exponential"):
        return np.log(mean)
    if loss.link == "sigmoid":
        mean = np.minimum(mean, 1 - 1e-12)
        return np.log(mean / (1 - mean))
    return _searched(loss, Y)


def _searched(loss: Loss, Y: Array) -> Array:
    """Where the summed residual of each output changes its sign, by bisection: right for every convex loss."""
    low, high = Y.min(axis=0), Y.max(axis=0)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        rising = loss.residual(np.broadcast_to(middle, Y.shape), Y, *loss.columns(Y.shape[1])).sum(axis=0) > 0
        low, high = np.where(rising, low, middle), np.where(rising, middle, high)
    return (low + high) / 2
