"""The reference engine: one NumPy call after the other, in the order of the derivation on paper."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from glassnet.engine.denormals import FLUSH_EVERY, NEGLIGIBLE
from glassnet.engine.engine import NonFinite, one_by_one
from glassnet.engine.job import Job, Samples, ranges
from glassnet.engine.machine.blas import one_thread
from glassnet.engine.machine.quiet import quiet
from glassnet.engine.objective import Objective, Total
from glassnet.engine.overflow import finite
from glassnet.engine.passes import Passes
from glassnet.engine.plan import Plan
from glassnet.engine.prediction import Prediction, predicted
from glassnet.formulas.elementary import Array


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
            return self.predict(plan, x.reshape(-1, *plan.layout.input_shape), out.reshape(-1, out.shape[-1]))

        return run

    def evaluate(self, plan: Plan, data: Samples, objective: Objective, out: Array) -> float:
        """Write the outputs into `out`, and give the loss over all rows, both as in prediction."""
        total = Total(objective.loss)
        with quiet(), one_thread():
            for rows in ranges(len(data), plan.n_rows):
                batch = data.rows(rows)
                last = predicted(plan, batch.X)
                out[rows] = last.A
                total.add(*objective.measure(last, batch.Y, batch.weights))
        return total.loss

    def forward(self, plan: Plan, batch: Samples, objective: Objective) -> tuple[float, float]:
        """Every array of the forward pass as in training; gives (sum of the loss, what a mean divides it by)."""
        steps = plan.steps(len(batch))
        steps[0].slices.X = batch.X
        for layer, s in steps:
            layer.forward(s)
        return objective.measure(steps[-1].slices, batch.Y, batch.weights)

    def backward(self, plan: Plan, batch: Samples, objective: Objective, divisor: float) -> None:
        """Every gradient, from the arrays that `forward` left in the plan."""
        steps = plan.steps(len(batch))
        layer, last = steps[-1]
        objective.gradient(last, batch.Y, batch.weights, divisor)
        if objective.loss.output_activation:
            layer.backward_from_scores(last)
        else:
            layer.backward(last)
        for layer, s in steps[-2::-1]:
            layer.backward(s)

    def prepare(self, job: Job) -> None:
        """Make ready what epochs of this job will need, so that the first takes no longer than the others."""

    def epoch(self, job: Job, order: Array | None, rate: float) -> float:
        """One pass over the rows of an order (None: all as they lie), one update a batch or several; gives the loss.

        Raises NonFinite at the first batch whose loss is not finite, before its update.
        """
        job.total = total = Total(job.objective.loss)
        together, n = job.accumulation, job.n_rows(order)
        with quiet(), one_thread():
            for number, (rows, batch) in enumerate(job.batches(order)):
                if number % job.accumulate == 0:
                    rate = job.start_step(number // job.accumulate, rate)
                summed, divisor = self.forward(job.plan, batch, job.objective)
                if not math.isfinite(summed):
                    raise NonFinite(job.step + 1, summed)
                total.add(summed, divisor)
                if job.outputs is not None:
                    job.outputs[rows] = job.plan.steps(len(batch))[-1].slices.A
                divisor = together.divisor(number, order, n) if together else divisor
                self.backward(job.plan, batch, job.objective, divisor)
                if together is None or together.add(number, n):
                    total.sum += self.update(job, rate, job.objective.share(divisor))
        return total.loss

    def epochs(self, job: Job, passes: Passes) -> int:
        """Several passes over the rows: see `Engine`."""
        return one_by_one(self, job, passes)

    def gradient(self, job: Job) -> float:
        """The gradient over all rows as one batch, in the plan; gives the loss."""
        job.total = total = Total(job.objective.loss)
        with quiet(), one_thread():
            summed, divisor = self.forward(job.plan, job.data, job.objective)
            self.backward(job.plan, job.data, job.objective, divisor)
        if job.outputs is not None:
            job.outputs[...] = job.plan.steps(len(job.data))[-1].slices.A
        total.add(summed, divisor)
        return total.loss

    def update(self, job: Job, rate: float, share: float) -> float:
        """One step of the update rule, from the gradient that lies in the plan; `share` is that of the batch's loss.

        Gives the sum of the penalties that count as a part of the loss, before the step.
        """
        job.step += 1
        counted = 0.0
        for piece in job.pieces:
            if piece.penalty is not None:
                counted += float(piece.penalty.value(piece.p).sum()) if piece.penalty.divided else 0.0
                piece.g += piece.penalty.factor(share) * piece.penalty.slope(piece.p)
        if job.clip is not None:
            job.clip.apply(job.plan.gradients)
        for piece in job.pieces:
            own_rate = rate * piece.learning_rate_factor
            if piece.decay_source is not None and piece.decay_source.weight_decay:
                piece.p *= 1.0 - own_rate * piece.decay_source.weight_decay
            if piece.multiplier != 1.0:
                piece.g *= piece.multiplier
            after = job.rule.update(piece.p, piece.g, job.step, own_rate * piece.multiplier, *piece.memory)
            for old, new in zip((piece.p, *piece.memory), after, strict=True):
                if new is not old:
                    old[...] = new
        for bound, W in job.bounded:
            bound.apply(W)
        if job.averaging is not None:
            for piece in job.pieces:
                piece.average[...] = job.averaging.update(piece.average, piece.p, job.step)
        if job.step % FLUSH_EVERY == 0:
            for piece in job.pieces:
                for vector in piece.fading():
                    vector[np.abs(vector) < NEGLIGIBLE] = 0.0
        return counted
