"""The forward pass over a few rows as a program with one call from Python."""

import math
from typing import Any

from glassnet.engine.compiled.prediction import forward_program
from glassnet.engine.compiled.tiles import Cut, Tile, check_tiles
from glassnet.engine.compiled.work import Work
from glassnet.engine.plan import Plan
from glassnet.formulas.elementary import Array


class RowPredictor:
    """A tile of one sample, which is a plain row; not for two threads at once."""

    def __init__(self, loops: Any, plan: Plan):
        self.loop = loops.predict_rows
        n_inputs = math.prod(plan.layout.input_shape)
        check_tiles(plan.layout, 1, plan.parameters.dtype, training=False)
        tile = Tile(plan.layout, plan.parameters, [n_inputs], 1, training=False, state=plan.state)
        self.work = Work([tile], [forward_program(tile)], Cut(1, 1, 1))
        self.table = self.work.read([tile.rows[0].reshape(1, -1)[:, :n_inputs]], None)

    def __call__(self, x: Array, out: Array) -> bool:
        """Write the outputs for x into `out`; False where x, or one of them, is not finite."""
        found: bool = self.loop(self.table, x, out)
        return found
