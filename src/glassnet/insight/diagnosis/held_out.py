"""The loss on held-out rows, beside that of the constant that is best for the training rows."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from glassnet.formulas.elementary import Array
from glassnet.formulas.losses import Loss
from glassnet.insight.diagnosis.constant import constant_on, loss_of_scores
from glassnet.insight.one_step import OneStep
from glassnet.network import Network

PARTS = 10  # that the error of a mean is estimated from
MOST_ROWS = 2000


@dataclass(frozen=True)
class HeldOut:
    """The network's loss on held-out rows, the constant's, and the standard error of the former."""

    n_rows: int
    loss: float
    constant: float
    error: float


def measured_on(net: Network, loss: Loss, training: OneStep, X: Array, y: Any, class_weight: Any, seed: int) -> HeldOut:
    """Measure a network on held-out rows, at most `MOST_ROWS` of them."""
    rows = np.random.default_rng(seed).permutation(len(X))[:MOST_ROWS]
    X, y = X[rows], np.asarray(y)[rows]
    given: dict[str, Any] = {"loss": loss, "metrics": [], "class_weight": class_weight}
    parts = np.array_split(np.arange(len(X)), min(PARTS, len(X)))
    losses = [net.evaluate(X[part], y[part], **given)["loss"] for part in parts]
    whole = len(parts) if loss.reduction == "sum" else 1
    step = OneStep(net, X, y, loss, dtype=net.dtype, class_weight=class_weight)
    scores = constant_on(loss, training.data.Y, training.data.weights)
    return HeldOut(
        len(X),
        net.evaluate(X, y, **given)["loss"],
        loss_of_scores(loss, scores, step.data.Y, step.data.weights),
        float(whole * np.std(losses) / np.sqrt(len(losses))),
    )
