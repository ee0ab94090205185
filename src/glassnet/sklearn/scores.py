"""The score of an epoch on held-out rows: the metric that was chosen, greater being better."""

import numpy as np

from glassnet.errors import InvalidInput
from glassnet.formulas.elementary import Array
from glassnet.formulas.losses import Loss
from glassnet.network import Network
from glassnet.training.epoch import Epoch
from glassnet.training.metrics import Metric


class Scores:
    """The score of an epoch on held-out rows: the metric that was chosen, greater being better."""

    def __init__(self, chosen: str | Metric | None, default: str):
        chosen = default if chosen is None else chosen
        self.metric = None if chosen == "loss" else Metric.of(chosen)

    @property
    def metrics(self) -> list[Metric]:
        """The metrics to measure."""
        return [] if self.metric is None else [self.metric]

    def check(self, net: Network, X: Array, y: Array, weights: Array | None, loss: Loss) -> None:
        """Refuse a metric that is undefined on the held-out rows, as no epoch would be the best."""
        if self.metric is None:
            return
        measured = net.evaluate(X, y, loss=loss, metrics=self.metrics, sample_weight=weights)
        if np.isnan(measured[self.metric.name]):
            raise InvalidInput(
                f"early_stopping cannot use {self.metric.name}, which is undefined (nan) on the {len(X)} "
                f"validation rows: they must hold every class; otherwise use validation_metric='loss'."
            )

    def of(self, epoch: Epoch) -> float:
        """The score; losses and errors with a minus sign."""
        if self.metric is None:
            return -float(epoch.values["val_loss"])
        value = float(epoch.val_metrics[self.metric.name])
        return value if self.metric.higher_is_better else -value
