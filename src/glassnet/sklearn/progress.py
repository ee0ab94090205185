"""What a fit remembers of its epochs: curves, scores, the best weights, and when there is no progress any more."""

from typing import Any

import numpy as np

from glassnet.errors import InvalidInput
from glassnet.formulas.elementary import Array
from glassnet.formulas.losses import Loss
from glassnet.network import Network
from glassnet.training.epoch import Epoch
from glassnet.training.metrics import Metric

TINY_RATE = 1e-6  # at which an adaptive learning rate is not lowered any more


def begin_curves(estimator: Any) -> None:
    """Empty curves and counters, for an estimator that begins anew."""
    e = estimator
    e.n_iter_, e.t_ = 0, 0
    e.loss_curve_ = []
    e._no_improvement_count = 0
    e.validation_loss_curve_ = None
    e.validation_scores_ = e.best_validation_score_ = None
    e.best_loss_ = np.inf


def begin_validation(estimator: Any, net: Network) -> None:
    """Room for what is measured on held-out rows, in the first fit that has some."""
    e = estimator
    if e.validation_scores_ is None:
        e.validation_scores_, e.validation_loss_curve_ = [], []
        e.best_validation_score_ = -np.inf
        e._best = (net.parameters.copy(), net.state.copy())
    if e.early_stopping:
        e.best_loss_ = None


class Scores:
    """The score of an epoch on held-out rows: the metric that was chosen, greater being better."""

    def __init__(self, chosen: Any, default: str):
        chosen = default if chosen is None else chosen
        self.metric = None if chosen == "loss" else Metric.of(chosen)

    @property
    def metrics(self) -> list[Metric]:
        """What is to be measured."""
        return [] if self.metric is None else [self.metric]

    def check(self, net: Network, X: Array, y: Array, weights: Array | None, loss: Loss) -> None:
        """Refuse a metric that is not defined on the held-out rows, as no epoch would be the best."""
        if self.metric is None:
            return
        measured = net.evaluate(X, y, loss=loss, metrics=self.metrics, sample_weight=weights)
        if np.isnan(measured[self.metric.name]):
            raise InvalidInput(
                f"early_stopping cannot go by {self.metric.name}, which is not defined (nan) on the {len(X)} "
                f"validation rows: each class must be among them; or take validation_metric='loss'."
            )

    def of(self, epoch: Epoch) -> float:
        """The score; losses and errors with a minus sign."""
        if self.metric is None:
            return -float(epoch.values["val_loss"])
        value = float(epoch.val_metrics[self.metric.name])
        return value if self.metric.higher_is_better else -value


def note(estimator: Any, loss: float, n_rows: int) -> None:
    """One more epoch with its loss, penalty included."""
    e = estimator
    e.n_iter_ += 1
    e.t_ += n_rows
    e.loss_ = loss
    e.loss_curve_.append(loss)
    if e.verbose:
        print(f"Iteration {e.n_iter_}, loss = {loss:.8f}")


def note_validation(estimator: Any, score: float, loss: float | None, net: Network) -> float:
    """What was measured on held-out rows; gives the best score before that."""
    e = estimator
    before = float(e.best_validation_score_)
    e.validation_scores_.append(score)
    e.validation_loss_curve_.append(loss)
    if e.verbose:
        print(f"Validation score: {score:f}")
    if score > before:
        e.best_validation_score_ = score
        if e.early_stopping:
            for kept, now in zip(e._best, (net.parameters, net.state), strict=True):
                kept[...] = now
    return before


def count(estimator: Any, best_score: float | None) -> bool:
    """Count epochs without progress; whether there were more than `n_iter_no_change` of them in a row.

    Progress is a loss below the best by at least `tol`, or where a best score is given, a score above it by as much.
    """
    e = estimator
    if best_score is not None:
        stuck = e.validation_scores_[-1] < best_score + e.tol
    else:
        best = np.inf if e.best_loss_ is None else e.best_loss_  # None after early stopping
        stuck = e.loss_ > best - e.tol
        e.best_loss_ = min(best, e.loss_)
    e._no_improvement_count = e._no_improvement_count + 1 if stuck else 0
    return bool(e._no_improvement_count > e.n_iter_no_change)


def next_rate(estimator: Any, epoch: Epoch, stuck: bool) -> bool:
    """Set the learning rate of the epoch to come; gives whether training is to end."""
    e = estimator
    what = "Validation score" if e.early_stopping else "Training loss"
    said = f"{what} did not improve more than tol={e.tol:f} for {e.n_iter_no_change} consecutive epochs."
    adaptive = e.solver == "sgd" and e.learning_rate == "adaptive"
    if e.solver == "sgd" and e.learning_rate == "invscaling":
        epoch.learning_rate = e.learning_rate_init / (e.t_ + 1) ** e.power_t
    if not stuck:
        return False
    lower = adaptive and epoch.learning_rate > TINY_RATE
    if lower:
        epoch.learning_rate /= 5.0
        e._no_improvement_count = 0
    if e.verbose:
        small = " Learning rate too small." if adaptive else ""
        print(f"{said} Setting learning rate to {epoch.learning_rate:f}" if lower else f"{said}{small} Stopping.")
    return not lower
