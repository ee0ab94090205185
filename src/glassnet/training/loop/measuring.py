"""What is measured after each epoch: metrics of the rows that were trained on, and of those held out."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from glassnet.engine.engine import Engine
from glassnet.engine.job import Job
from glassnet.engine.passes import HeldOut, Passes
from glassnet.formulas.elementary import Array
from glassnet.training.epoch import Epoch
from glassnet.training.metrics import Metric, measure, measure_each


class Measuring:
    """The metrics of a run; `y` is as the user gave it, as is `held_y` of the rows held out, where there are any."""

    def __init__(
        self,
        metrics: Sequence[Metric],
        y: Array,
        engine: Engine,
        held_out: HeldOut | None = None,
        held_y: Array | None = None,
    ):
        self.metrics, self.y, self.engine = metrics, y, engine
        self.held_out, self.held_y = held_out, held_y

    def measure(self, job: Job, epoch: Epoch) -> None:
        """Write what is measured into the record of an epoch; `job` has the outputs of the rows trained on, if any."""
        if job.outputs is not None:
            epoch.metrics = measure(self.metrics, self.y, job.outputs, job.data.weights)
        if (held := self.held_out) is not None and self.held_y is not None:
            outputs = np.empty_like(held.samples.Y)
            epoch.val_loss = self.engine.evaluate(held.plan, held.samples, held.objective, outputs)
            epoch.val_metrics = measure(self.metrics, self.held_y, outputs, held.samples.weights)

    def measure_each(self, job: Job, passes: Passes) -> dict[str, list[Any]]:
        """What `measure` writes into the records of several epochs, by the names of their fields."""
        found: dict[str, list[Any]] = {}
        if passes.outputs is not None:
            found["metrics"] = measure_each(self.metrics, self.y, passes.outputs, job.data.weights)
        if (held := self.held_out) is not None and passes.held_outputs is not None and self.held_y is not None:
            found["val_loss"] = passes.held_losses.tolist()
            found["val_metrics"] = measure_each(self.metrics, self.held_y, passes.held_outputs, held.samples.weights)
        return found

    def names(self, job: Job) -> set[str]:
        """The names of what the record of an epoch holds."""
        names = {"loss", *(metric.name for metric in self.metrics)}
        of_training = {"loss"} if job.outputs is None else names
        return of_training | (set() if self.held_out is None else {f"val_{name}" for name in names})
