"""Progress within an epoch: it runs in parts, and the run can be saved between them."""

from collections.abc import Sequence
from typing import Any

from glassnet.engine.job import Job
from glassnet.engine.objective import Total
from glassnet.formulas.losses import Loss

WORK = 1 << 36  # multiply-adds of a part forward, some seconds on two cores


def rows_of_part(job: Job) -> int:
    """How many rows a part has, whole updates; it follows from the sizes alone, so that no bit depends on the time."""
    update = job.plan.n_rows * job.accumulate
    return update * max(1, WORK // (update * max(1, job.plan.parameters.size)))


class EpochProgress:
    """Sums over the finished parts of an epoch; all 0 between epochs."""

    def __init__(self, loss: Loss):
        self.rows, self.total, self.seconds = 0, Total(loss), 0.0

    def add(self, rows: int, total: Total, seconds: float) -> None:
        """One more part is done."""
        self.rows += rows
        self.total.add(total.sum, total.divisor)
        self.seconds += seconds

    @property
    def state(self) -> Sequence[Any]:
        """[rows, sum of the loss, what it is divided by, seconds], as JSON holds it."""
        return [self.rows, self.total.sum, self.total.divisor, self.seconds]

    @state.setter
    def state(self, state: Sequence[Any]) -> None:
        self.rows, self.total.sum, self.total.divisor, self.seconds = state
