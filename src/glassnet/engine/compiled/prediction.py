"""Prediction as a program, with or without the loss."""

from typing import Any

import numpy as np

from glassnet.engine.compiled.lowering import lower
from glassnet.engine.compiled.program import Program, add_loss, values_a_row
from glassnet.engine.job import Samples
from glassnet.engine.objective import Objective
from glassnet.engine.plan import Plan
from glassnet.formulas.elementary import Array


class Prediction:
    """The forward pass of a plan over any number of rows. The rows are read where they lie."""

    def __init__(self, loops: Any, plan: Plan, objective: Objective | None = None, weighted: bool = False):
        self.loops, self.plan, self.objective = loops, plan, objective
        dtype = plan.parameters.dtype
        steps = plan.steps(plan.n_rows)
        marker, Y, weights = np.zeros((1, *plan.layout.input_shape), dtype), np.zeros((1, 1), dtype), np.zeros(1, dtype)
        steps[0].slices.X = marker  # its address stands for that of the rows, which the loop puts in its place
        program = Program(dtype)
        lower("predict", program, steps)
        forward = len(program)
        if objective is not None:
            add_loss(program, objective, steps[-1].slices, Y, weights if weighted else None)
        self.program, self.kept = program.compiled(), program.kept
        self.parts = np.array([forward, len(program)])
        self.places = np.argwhere(self.program[1] == marker.ctypes.data)
        loss_arrays = self.program[1][forward] if objective is not None else np.zeros(0, np.int64)
        self.y_place = [
            int(np.flatnonzero(loss_arrays == a.ctypes.data)[0]) for a in (Y, weights) if a.ctypes.data in loss_arrays
        ]
        self.last = steps[-1].slices.A
        self.live = np.zeros(8)

    def run(self, X: Array, out: Array) -> None:
        """Write the outputs for all rows of X."""
        self._run(X, out, np.zeros((0, 3), np.int64))

    def measure(self, data: Samples, out: Array) -> float:
        """Write the outputs, and give the loss."""
        assert self.objective is not None
        loss, rows = self.objective.loss, data.arrays()[1:]
        words = [a.itemsize // 4 * int(np.prod(a.shape[1:], dtype=int)) for a in rows]
        measured = [[p, a.ctypes.data, w] for p, a, w in zip(self.y_place, rows, words, strict=True)]
        total = self._run(data.X, out, np.array(measured))
        each = values_a_row(loss, out.shape[1])
        share = len(data) if data.weights is None else float(data.weights.sum(dtype=np.float64))
        return total / (share * each or 1.0) if loss.reduction == "mean" else total

    def _run(self, X: Array, out: Array, measured: Array) -> float:
        size = X.itemsize // 4
        inputs = (X.ctypes.data, size * int(np.prod(X.shape[1:], dtype=int)), self.places)
        outputs = (self.last.ctypes.data, out.ctypes.data, size * out.shape[1])
        n = self.plan.n_rows
        return float(self.loops.predict(self.program, self.parts, inputs, outputs, len(X), n, measured, self.live))
