"""Prediction as a program, with or without the loss."""

from typing import Any

import numpy as np

from glassnet.engine.compiled.codegen.lowering import connect, lower
from glassnet.engine.compiled.loss_kernels import add_loss
from glassnet.engine.compiled.program import Program, block_of
from glassnet.engine.compiled.runtime import worker_pool as team
from glassnet.engine.compiled.thread_count import threads_for
from glassnet.engine.compiled.tiles import NARROW_TILE, Cut, Tile, check_tiles, multiply_adds
from glassnet.engine.compiled.work import MOST_TASKS, Work
from glassnet.engine.job import Samples
from glassnet.engine.objective import Objective
from glassnet.engine.plan import MOST_VALUES, Plan, rows_at_a_time
from glassnet.formulas.elementary import Array

MOST_PLANS = 16  # of the largest that predictions have, in memory together


def forward_program(tile: Tile, objective: Objective | None = None) -> Program:
    """The layers as in prediction, and the loss if there is an objective."""
    p = Program(tile.plan.parameters.dtype, tile.plan.n_rows, block=block_of(tile.plan.n_rows))
    connect(tile.steps)
    lower("predict", p, tile.steps)
    if objective is not None:
        add_loss(p, objective, tile.last, tile.Y, tile.weights)
    p.end_part()
    return p


class Prediction:
    """The forward pass over any number of rows, tile by tile; tiles are shared out over threads."""

    def __init__(self, loops: Any, plan: Plan, objective: Objective | None = None, weighted: bool = False):
        self.loops, self.layout, self.parameters, self.objective = loops, plan.layout, plan.parameters, objective
        self.state = plan.state
        n_inputs, n_outputs = (int(np.prod(shape)) for shape in (plan.layout.input_shape, plan.layout.output_shape))
        self.widths = [n_inputs] if objective is None else [n_inputs, n_outputs, objective.n_steps][: 2 + weighted]
        self.tile = rows_at_a_time(plan.layout, NARROW_TILE)
        check_tiles(self.layout, self.tile, self.parameters.dtype, training=False)
        self.tiles: list[Tile] = []
        self.programs: list[Program] = []
        self._grow(1)
        self.most = max(1, MOST_PLANS * MOST_VALUES // max(1, self.tiles[0].plan.values.size))

    def _grow(self, size: int) -> None:
        """Memory for as many workers; a machine may have more than any call is worth."""
        for _ in range(len(self.tiles), size):
            tile = Tile(self.layout, self.parameters, self.widths, self.tile, training=False, state=self.state)
            self.tiles.append(tile)
            self.programs.append(forward_program(tile, self.objective))
        self.work = Work([*self.tiles], [*self.programs], Cut(self.tile, MOST_TASKS, 1))

    def run(self, X: Array, out: Array) -> None:
        """Write the outputs for all rows of X."""
        self._run([X], out)

    def measure(self, data: Samples, out: Array) -> float:
        """Write the outputs, and give the loss."""
        return self._run(data.arrays(), out) / self.divisor(data)

    def divisor(self, data: Samples) -> float:
        """What the sum of the loss over rows is divided by."""
        assert self.objective is not None
        loss = self.objective.loss
        if loss.reduction == "sum":
            return 1.0
        return self.objective.divisor(len(data), data.weights) or 1.0

    def size(self, n_rows: int) -> int:
        """How many threads so many rows are worth."""
        return threads_for(multiply_adds(self.layout, n_rows), min(-(-n_rows // self.tile), self.most))

    def _run(self, arrays: list[Array], out: Array) -> float:
        n = len(out)
        if (size := self.size(n)) > len(self.tiles):
            self._grow(size)
        table, forward = self.work.read(arrays, out), self.loops.forward
        return float(team.together(size, self.loops, self.work, lambda queue: forward(table, queue, n)))
