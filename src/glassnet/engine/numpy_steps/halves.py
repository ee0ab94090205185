"""A large batch in two halves of its rows, each with arrays and a gradient of its own, so that two threads share it."""

import numpy as np

from glassnet.engine.job import Samples
from glassnet.engine.layout import Layout
from glassnet.engine.machine.helper import share
from glassnet.engine.numpy_steps.passes import Whole
from glassnet.engine.objective import Objective
from glassnet.engine.plan import Plan
from glassnet.formulas.elementary import Array

WORTH = 20_000_000  # multiply-adds a pass, from which on a batch is cut
A_NUMBER = 32  # multiply-adds that take as long as the formulas of a number that a layer writes
PIECE = 65536  # numbers that are summed up at a time
OWN = "glassnet.layers."


def ways_for(plan: Plan) -> "tuple[Whole, Halves | None]":
    """How batches are computed: whole, or in halves where they are large and no layer needs all rows at once."""
    whole, least = Whole(plan), least_of(plan.layout)
    return whole, Halves(whole, least) if plan.n_rows >= least and row_by_row(plan.layout) else None


def row_by_row(layout: Layout) -> bool:
    """Whether no layer looks at other rows, draws random numbers, or changes its state; layers of others may do so."""
    layers = [node.layer for node in layout.walk()]
    alike = not any(layer.whole_batch or layer.random for layer in layers) and layout.n_states == 0
    return alike and all(type(layer).__module__.startswith(OWN) for layer in layers)


def least_of(layout: Layout) -> int:
    """The fewest rows that are worth being cut."""
    return max(2, -(-WORTH // (layout.multiply_adds + A_NUMBER * layout.numbers_a_row)))


class Halves:
    """The first half is computed in the job's plan, which gets the sum of both gradients; the second beside it.

    Where a batch is cut depends on sizes alone; those of fewer rows than `least` are not worth it.
    """

    def __init__(self, whole: Whole, least: int):
        given = whole.plan
        self.first, self.least = whole, least
        self.second = Whole(Plan(given.layout, given.parameters, given.n_rows // 2, state=given.state))

    def both(self, batch: Samples, objective: Objective, divisor: float | None = None) -> tuple[float, float]:
        """See `Whole`."""
        own, parts, sums = objective.divisor(len(batch), batch.weights), self._parts(batch), [0.0, 0.0]

        def half(number: int) -> None:
            whole, rows = parts[number]
            sums[number], _ = whole.both(rows, objective, own if divisor is None else divisor)

        share(half, 2)
        self._add()
        return sums[0] + sums[1], own

    def _add(self) -> None:
        total, other = self.first.plan.gradients, self.second.plan.gradients

        def add(number: int) -> None:
            piece = slice(number * PIECE, (number + 1) * PIECE)
            total[piece] += other[piece]

        share(add, -(-total.size // PIECE))

    def outputs(self, batch: Samples) -> Array:
        """See `Whole`."""
        return np.concatenate([whole.outputs(rows) for whole, rows in self._parts(batch)])

    def _parts(self, batch: Samples) -> tuple[tuple[Whole, Samples], tuple[Whole, Samples]]:
        middle = -(-len(batch) // 2)
        return (self.first, batch.rows(slice(middle))), (self.second, batch.rows(slice(middle, len(batch))))
