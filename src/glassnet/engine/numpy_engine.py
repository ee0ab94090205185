"""The reference engine: one NumPy call after the other, in the order of the derivation on paper."""

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet.engine.engine import NonFinite, one_by_one
from glassnet.engine.machine.blas import one_thread
from glassnet.engine.machine.quiet import quiet
from glassnet.engine.numpy_steps.passes import Whole
from glassnet.engine.numpy_steps.update import update
from glassnet.engine.overflow import finite
from glassnet.engine.plan import Plan, ranges
from glassnet.engine.prediction import Prediction, predicted
from glassnet.formulas.elementary import Array

if TYPE_CHECKING:  # what trains is imported where a training begins: a prediction does not need it
    from glassnet.engine.job import Job, Samples
    from glassnet.engine.numpy_steps.halves import Halves
    from glassnet.engine.objective import Objective
    from glassnet.engine.passes import Passes


class NumpyEngine:
    """Executes plans with NumPy alone; beyond an `Engine`, its single steps can be looked into."""

    name = "numpy"
    trains_side_by_side = False  # many small calls from two threads get into each other's way
    trains_on_ranks = False

    def describe(self) -> dict[str, Any]:
        """Nothing beyond NumPy's own version and BLAS, which are recorded of every training."""
        return {}

    def predict(self, plan: Plan, X: Array, out: Array) -> bool:
        """Write the outputs for all rows of X into `out`; False where one of them is not finite."""
        if "numpy" not in plan.made:
            plan.made["numpy"] = Prediction(plan)
        plan.made["numpy"].run(X, out)
        return finite(out)

    def row_predictor(self, plan: Plan) -> Callable[[Array, Array], bool]:
        """A function that writes the outputs for x, one sample or several, into an array.

        It gives False where x, and then nothing is written, or an output is not finite. It writes into the plan: not
        for two threads at once.
        """

        def run(x: Array, out: Array) -> bool:
            if not np.isfinite(x).all():
                return False
            return self.predict(
                plan, x.reshape(-1, *plan.layout.input_shape), out.reshape(-1, *plan.layout.output_shape)
            )

        return run

    def evaluate(self, plan: Plan, data: "Samples", objective: "Objective", out: Array) -> float:
        """Write the outputs into `out`, and give the loss over all rows, both as in prediction."""
        from glassnet.engine.objective import Total

        total = Total(objective.loss)
        with quiet(), one_thread():
            for rows in ranges(len(data), plan.n_rows):
                batch = data.rows(rows)
                last = predicted(plan, batch.X)
                out[rows] = last.A
                total.add(*objective.measure(last, batch.Y, batch.weights))
        return total.loss

    def forward(self, plan: Plan, batch: "Samples", objective: "Objective") -> tuple[float, float]:
        """Every array of the forward pass as in training; gives (sum of the loss, what a mean divides it by)."""
        return Whole(plan).forward(batch, objective)

    def backward(self, plan: Plan, batch: "Samples", objective: "Objective", divisor: float) -> None:
        """Every gradient, from the arrays that `forward` left in the plan."""
        Whole(plan).backward(batch, objective, divisor)

    def prepare(self, job: "Job") -> None:
        """The memory that its batches need; OutOfMemory where there is not enough."""
        ways_of(job)

    def epoch(self, job: "Job", order: Array | None, rate: float) -> float:
        """One pass over the rows of an order (None: all as they lie), one update a batch or several; gives the loss.

        Raises NonFinite at the first batch whose loss is not finite, before its update.
        """
        total = job.start_total()
        together, n = job.accumulation, job.n_rows(order)
        whole, halves = ways_of(job)
        with quiet(), one_thread():
            for number, (rows, batch) in enumerate(job.batches(order)):
                if number % job.accumulate == 0:
                    rate = job.start_step(number // job.accumulate, rate)
                way = whole if halves is None or len(batch) < halves.least else halves
                divisor = together.divisor(number, order, n) if together else None
                summed, own = way.both(batch, job.objective, divisor)
                if not math.isfinite(summed):
                    raise NonFinite(job.step + 1, summed)
                total.add(summed, own)
                if job.outputs is not None:
                    job.outputs[rows] = way.outputs(batch)
                if together is None or together.add(number, n):
                    total.sum += self.update(job, rate, job.objective.share(own if divisor is None else divisor))
        return total.loss

    def epochs(self, job: "Job", passes: "Passes") -> int:
        """Several passes over the rows: see `Engine`."""
        return one_by_one(self, job, passes)

    def keys_a_batch(self, job: "Job") -> int | None:
        """None where a layer is random: it draws for itself."""
        return None if any(node.layer.random for node in job.plan.layout.walk()) else 0

    def gradient(self, job: "Job") -> float:
        """The gradient over all rows as one batch, in the plan; gives the loss."""
        total = job.start_total()
        with quiet(), one_thread():
            whole, halves = ways_of(job)
            way = whole if halves is None or len(job.data) < halves.least else halves
            summed, divisor = way.both(job.data, job.objective)
        if job.outputs is not None:
            job.outputs[...] = way.outputs(job.data)
        total.add(summed, divisor)
        return total.loss

    def update(self, job: "Job", rate: float, share: float) -> float:
        """One step of the update rule, from the gradient that lies in the plan; `share` is that of the batch's loss.

        Gives the sum of the penalties that count as a part of the loss, before the step.
        """
        return update(job, rate, share)


def ways_of(job: "Job") -> "tuple[Whole, Halves | None]":
    """How its batches are computed, found out at the first; OutOfMemory where these find no room."""
    if "numpy" not in job.made:
        from glassnet.engine.numpy_steps.halves import ways_for

        job.plan.steps(min(job.plan.n_rows, job.capacity))
        job.made["numpy"] = ways_for(job.plan)
    made: tuple[Whole, Halves | None] = job.made["numpy"]
    return made
