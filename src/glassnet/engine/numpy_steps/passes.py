"""The forward and the backward pass of a batch through all layers, one after the other."""

from typing import TYPE_CHECKING

from glassnet.engine.plan import Plan
from glassnet.formulas.elementary import Array
from glassnet.layers.layer import loss_step

if TYPE_CHECKING:
    from glassnet.engine.job import Samples
    from glassnet.engine.objective import Objective


class Whole:
    """Both passes of all rows of a batch at once, in a plan."""

    def __init__(self, plan: Plan):
        self.plan = plan

    def both(self, batch: "Samples", objective: "Objective", divisor: float | None = None) -> tuple[float, float]:
        """Forward and backward, with what `forward` gives; `divisor` is what the gradient divides by instead."""
        summed, own = self.forward(batch, objective)
        self.backward(batch, objective, own if divisor is None else divisor)
        return summed, own

    def forward(self, batch: "Samples", objective: "Objective") -> tuple[float, float]:
        """Every array as in training; gives (the sum of the loss, what a mean divides it by)."""
        steps = self.plan.steps(len(batch))
        steps[0].slices.X = batch.X
        for layer, s in steps:
            layer.forward(s)
        return objective.measure(loss_step(steps).slices, batch.Y, batch.weights)

    def backward(self, batch: "Samples", objective: "Objective", divisor: float) -> None:
        """Every gradient, from the arrays that `forward` left."""
        steps = self.plan.steps(len(batch))
        layer, last = loss_step(steps)
        objective.gradient(last, batch.Y, batch.weights, divisor)
        if objective.loss.output_activation:
            layer.backward_from_scores(last)
        else:
            layer.backward(last)
        for layer, s in steps[-2::-1]:
            layer.backward(s)

    def outputs(self, batch: "Samples") -> Array:
        """Those of the last forward pass."""
        A: Array = self.plan.steps(len(batch))[-1].slices.A
        return A
