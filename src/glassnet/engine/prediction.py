"""Prediction with NumPy: in double precision, so that a row's outputs do not depend on the rows around it.

A product of matrices gives a row other last bits by its place among the rows, and others again alone. In double
precision these lie far below the last bit of float32, to which outputs are rounded at the end.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from glassnet.engine.machine import threads
from glassnet.engine.machine.blas import one_thread
from glassnet.engine.machine.quiet import quiet
from glassnet.engine.plan import Plan, ranges
from glassnet.formulas.elementary import Array, rounded_to

WORTH = 50_000_000  # multiply-adds from which on a second thread is worth starting
MOST_WORKERS = 16

DOUBLE = np.dtype(np.float64)


class Prediction:
    """The forward pass over any number of rows, in blocks of as many as the plan has, shared out over threads.

    It reads the parameters anew at each call. Not for two threads at once.
    """

    def __init__(self, plan: Plan):
        self.given = plan
        self.parameters, self.state = (vector.astype(DOUBLE, copy=False) for vector in (plan.parameters, plan.state))
        self.plans: list[Plan] = []

    def run(self, X: Array, out: Array) -> None:
        """Write the outputs for all rows of X into `out`."""
        if self.parameters is not self.given.parameters:
            np.copyto(self.parameters, self.given.parameters)
            np.copyto(self.state, self.given.state)
        blocks, size = ranges(len(X), self.given.n_rows), self._size(len(X))
        while len(self.plans) < size:
            self.plans.append(self._plan())
        with one_thread():
            if size == 1:
                through(self.plans[0], blocks, X, out)
            else:
                side_by_side(self.plans[:size], blocks, X, out)

    def _size(self, n_rows: int) -> int:
        """How many threads so many rows are worth."""
        if n_rows * self.given.layout.multiply_adds < WORTH:
            return 1
        return max(1, min(threads.available(), n_rows // self.given.n_rows, MOST_WORKERS))

    def _plan(self) -> Plan:
        given = self.given
        return Plan(given.layout, self.parameters, given.n_rows, training=False, state=self.state)


def predicted(plan: Plan, X: Array) -> Any:
    """The slices of the last layer after a prediction for as many rows as the plan has at most."""
    steps = plan.steps(len(X))
    steps[0].slices.X = X
    for layer, s in steps:
        layer.predict(s)
    return steps[-1].slices


def through(plan: Plan, blocks: Iterator[slice], X: Array, out: Array) -> None:
    """Write the outputs for some blocks of rows."""
    with quiet(), rounded_to(out.dtype):
        for rows in blocks:
            out[rows] = predicted(plan, X[rows].astype(plan.parameters.dtype, copy=False)).A


def side_by_side(plans: Sequence[Plan], blocks: Iterator[slice], X: Array, out: Array) -> None:
    """Write the outputs for all blocks: a thread for each plan takes one after the other."""
    from concurrent.futures import ThreadPoolExecutor  # not before: a few rows need no other thread

    left = iter(list(blocks))  # unlike a generator, threads may share it
    with ThreadPoolExecutor(len(plans), "glassnet") as pool:
        try:
            for done in [pool.submit(through, plan, left, X, out) for plan in plans]:
                done.result()
        finally:
            for _ in left:  # at an error, or Ctrl-C, none is begun any more
                pass
