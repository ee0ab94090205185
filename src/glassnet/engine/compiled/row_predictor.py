"""The forward pass over a few rows as a program with one call from Python."""

from typing import Any

import numpy as np

from glassnet.engine.compiled.lowering import lower
from glassnet.engine.compiled.program import Program
from glassnet.engine.plan import Plan
from glassnet.formulas.elementary import Array


class RowPredictor:
    """The kernels of a plan with all addresses in one table; not for two threads at once."""

    def __init__(self, loops: Any, plan: Plan):
        self.loop, self.plan = loops.predict_rows, plan
        dtype, steps = plan.parameters.dtype, plan.steps(plan.n_rows)
        self.X = steps[0].slices.X = np.zeros((plan.n_rows, *plan.layout.input_shape), dtype)
        program = Program(dtype)
        lower("predict", program, steps)
        self.live = np.zeros(8)
        self.kept, self.compiled = program.kept, program.compiled()
        self.table = np.concatenate([self._head(len(program), steps[-1].slices.A), self._rows().ravel()])

    def _head(self, n_kernels: int, A: Array) -> Array:
        features, words = self.X[0].size, self.X.itemsize // 4
        sizes = (words * features, words * A.shape[1])
        addresses = (self.X.ctypes.data, A.ctypes.data)
        return np.array([n_kernels, self.plan.n_rows, features, *addresses, *sizes], np.int64)

    def _rows(self) -> Array:
        addresses, arrays, ints, settings, fixed = self.compiled
        each = [
            [table.ctypes.data + table.strides[0] * k for k in range(len(table))] for table in (arrays, ints, settings)
        ]
        places = (addresses, each[0], fixed, each[1], each[2], [self.live.ctypes.data] * len(addresses))
        return np.array(places, np.int64).T

    def __call__(self, x: Array, out: Array) -> bool:
        """Write the outputs for x into `out`; False where x is not finite."""
        found: bool = self.loop(self.table, x, out)
        return found
