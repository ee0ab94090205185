"""Several passes over the rows in one call of an engine: what they read, and what each of them leaves."""

import numpy as np

from glassnet.engine.job import Job, Samples
from glassnet.engine.layout import Layout
from glassnet.engine.objective import Objective
from glassnet.engine.plan import Plan, PredictionPlans
from glassnet.formulas.elementary import Array
from glassnet.formulas.losses import Loss


class HeldOut:
    """Rows that are measured and not trained on: by plans of (layout, parameters, state), and a loss."""

    def __init__(self, plans: PredictionPlans, built: tuple[Layout, Array, Array], samples: Samples, loss: Loss):
        self.plans, self.built, self.samples = plans, built, samples
        self.objective = Objective.of(loss, samples.Y, built[1].dtype)

    @property
    def plan(self) -> Plan:
        """The plan of this thread."""
        return self.plans.of(*self.built)


class Passes:
    """Some passes over the rows of a job.

    `orders` (passes, rows) has the order of the rows in each, None for all as they lie; `rate` is the learning rate of
    the first, and `changes` (passes, steps, fields) what the job's schedules say. `keys` (passes, keys of a pass) are
    those that random layers take, batch by batch; None where they are drawn as they are needed.

    Each pass leaves in `sums` (the sum of the loss, what a mean divides it by), in `outputs` those of the rows where
    the job wants them, in `held_losses` and `held_outputs` what is measured of the rows held out, and in `vectors`
    copies of the parameters and the state.
    """

    def __init__(
        self,
        job: Job,
        n_passes: int,
        rate: float,
        orders: Array | None,
        changes: Array,
        held_out: HeldOut | None,
        keys: Array | None = None,
    ):
        plan, self.keys = job.plan, keys
        self.rate, self.orders, self.changes, self.held_out = rate, orders, changes, held_out
        self.sums = np.empty((n_passes, 2))
        self.vectors = [np.empty((n_passes, v.size), v.dtype) for v in (plan.parameters, plan.state)]
        self.outputs = None if job.outputs is None else np.empty((n_passes, *job.outputs.shape), job.outputs.dtype)
        held = None if held_out is None else held_out.samples.Y
        self.held_losses = np.empty(n_passes)
        self.held_outputs = None if held is None else np.empty((n_passes, *held.shape), held.dtype)

    def __len__(self) -> int:
        return len(self.sums)

    def order(self, number: int) -> Array | None:
        """The order of the rows in one pass."""
        return None if self.orders is None else self.orders[number]
