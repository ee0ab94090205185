"""What trials are compared by: the validation loss, or the metric that was asked for."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import isfinite

from glassnet.tables.distributions.score_metric import SCORES
from glassnet.tables.fitting.training import TableTraining
from glassnet.tables.judging.verdict import named
from glassnet.training.epoch import Epoch
from glassnet.training.metrics import Metric

LOSS = "loss"


@dataclass(frozen=True)
class Measure:
    """A value of each epoch on its validation rows, the best of which is that of a trial."""

    metric: str = LOSS

    @classmethod
    def of_training(cls, base: TableTraining) -> "Measure":
        """What chooses the epoch where a metric was asked for; else the loss."""
        return cls() if base.recipe.metric is None else cls(base.chosen_by)

    @property
    def name(self) -> str:
        """As in a history: "val_loss", "val_f1"."""
        return f"val_{self.metric}"

    @property
    def in_words(self) -> str:
        """ "validation loss", "validation F1"."""
        return f"validation {named(self.metric)}"

    @property
    def higher(self) -> bool:
        """Whether higher is better."""
        return self.metric != LOSS and self.metric not in SCORES and Metric.of(self.metric).higher_is_better

    def of(self, epoch: Epoch) -> float:
        """The value of an epoch."""
        return epoch.values[self.name]

    def put(self, epoch: Epoch, value: float) -> None:
        """Let an epoch have another value."""
        if self.metric == LOSS:
            epoch.val_loss = value
        else:
            epoch.val_metrics = {**epoch.val_metrics, self.metric: value}

    def best(self, values: Iterable[float]) -> float | None:
        """The best of the finite values; None where there is none."""
        found = [value for value in values if isfinite(value)]
        return None if not found else max(found) if self.higher else min(found)
