"""What is measured after each epoch: metrics of the rows that were trained on, and of those held out."""

from collections.abc import Callable, Sequence

from glassnet.engine.job import Job
from glassnet.formulas.elementary import Array
from glassnet.training.epoch import Epoch
from glassnet.training.metrics import Metric, measure

Validate = Callable[[], tuple[float, dict[str, float]]]


class Measuring:
    """The metrics of a run; `y` is as the user gave it. `validate` measures the rows that are held out."""

    def __init__(self, metrics: Sequence[Metric], y: Array, validate: Validate | None):
        self.metrics = metrics
        self.y = y
        self.validate = validate

    def measure(self, job: Job, epoch: Epoch) -> None:
        """Write what is measured into the record of an epoch; `job` has the outputs of the rows trained on, if any."""
        if job.outputs is not None:
            epoch.metrics = measure(self.metrics, self.y, job.outputs, job.data.weights)
        if self.validate is not None:
            epoch.val_loss, epoch.val_metrics = self.validate()

    def names(self, job: Job) -> set[str]:
        """The names of what the record of an epoch holds."""
        names = {"loss", *(metric.name for metric in self.metrics)}
        of_training = {"loss"} if job.outputs is None else names
        return of_training | (set() if self.validate is None else {f"val_{name}" for name in names})
