"""The gradients of several batches summed up: one update as of one batch with the rows of all of them."""

import numpy as np

from glassnet.engine.objective import Objective
from glassnet.formulas.elementary import Array


class Accumulation:
    """Every `every` batches, or at the end of the epoch, there is an update."""

    def __init__(self, every: int, n_rows: int, weights: Array | None, objective: Objective, gradient: Array):
        self.every, self.n_rows, self.weights, self.gradient = every, n_rows, weights, gradient
        self.objective = objective
        self.sum = np.empty_like(gradient)

    def divisor(self, number: int, order: Array | None, n: int) -> float:
        """What a mean over all batches of the update divides by, for batch 0, 1, … of n rows."""
        first = number // self.every * self.every * self.n_rows
        rows = slice(first, min(first + self.every * self.n_rows, n))
        weights = None if self.weights is None else self.weights[rows if order is None else order[rows]]
        return self.objective.divisor(rows.stop - rows.start, weights)

    def add(self, number: int, n: int) -> bool:
        """Count the gradient of a batch; True where the sum is complete, which then takes the gradient's place."""
        if number % self.every == 0:
            self.sum[...] = self.gradient
        else:
            self.sum += self.gradient
        complete = (number + 1) % self.every == 0 or (number + 1) * self.n_rows >= n
        if complete:
            self.gradient[...] = self.sum
        return complete
