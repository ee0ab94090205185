"""Training steps on several ranks: each computes its groups of tiles of a batch, and one sum of gradients is for all.

A batch is cut as on one process, so that with sums in order every bit is the same there; for fast sums it is cut finer
where there are more ranks than groups.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from glassnet.engine.compiled.codegen.cache import load_file
from glassnet.engine.compiled.compiled_job import CompiledJob
from glassnet.engine.compiled.runtime import worker_pool as team
from glassnet.engine.compiled.runtime.slots import CHANGES, LOSS, RATE, SPAN_STEP, STEP
from glassnet.engine.engine import NonFinite
from glassnet.engine.job import Job
from glassnet.engine.ranks.reduction import Ranks
from glassnet.formulas.elementary import Array


class RankSteps:
    """The steps of a compiled job, one call of compiled code after the other, with the other ranks between them."""

    def __init__(self, compiled: CompiledJob, job: Job, ranks: Ranks):
        self.compiled, self.job, self.ranks = compiled, job, ranks
        self.loops, self.work, self.cut = load_file("rank_steps"), compiled.work, compiled.cut
        self.gradient = job.plan.gradients
        self.room = np.zeros((0, self.gradient.size), self.gradient.dtype)  # gradients of tiles in slices

    def epoch(self, order: Array | None, rate: float) -> float:
        """One pass over the rows of an order; gives the loss."""
        job, live = self.job, self.work.live
        self.work.table[CHANGES] = job.changing.table.ctypes.data
        if job.mixture is not None:
            self.work.mix(job.mixture)
        live[RATE], live[STEP] = rate, job.step
        if job.outputs is not None:
            job.outputs[self._rows(order)] = 0
        table, total, divisor = self.compiled.table(job, order), 0.0, 0.0
        n, size = job.n_rows(order), job.plan.n_rows * job.accumulate
        for number, first in enumerate(range(0, n, size)):
            rows = min(size, n - first)
            share = self.loops.start_update(table, number, first, rows)
            live[LOSS] = summed = self._update(table, first, rows)
            if not np.isfinite(summed):
                raise NonFinite(job.step + 1, summed)
            divisor += share
            total += summed + self._call(lambda queue: self.loops.update(table, queue))
            job.step = int(live[STEP])
        if job.outputs is not None:
            outputs = job.outputs[self._rows(order)]
            self.ranks.merge(outputs)
            job.outputs[self._rows(order)] = outputs
        return self.compiled.total(job, total, divisor)

    def whole(self) -> float:
        """The gradient of all rows as one batch; gives the loss."""
        table, n = self.compiled.table(self.job), len(self.job.data)
        divisor = self.loops.start_update(table, 0, 0, n)
        return self.compiled.total(self.job, self._update(table, 0, n), divisor)

    def _rows(self, order: Array | None) -> Array | slice:
        return slice(None) if order is None else order

    def _update(self, table: int, first: int, n_rows: int) -> float:
        """The sum of the loss of the batches of one update, and their gradient."""
        batch, total = self.job.plan.n_rows, 0.0
        for start in range(first, first + n_rows, batch):
            rows = min(batch, first + n_rows - start)
            self.loops.start_batch(table, start // batch, start, rows)
            total += self._batch(table, start, rows, start == first)
            if self.ranks.is_ordered and not np.isfinite(total):
                return total
        return total if self.ranks.is_ordered else self.ranks.add_up(self.gradient, total)

    def _batch(self, table: int, first: int, n_rows: int, fresh: bool) -> float:
        """The loss of a batch, and its gradient: of all ranks, or before fast sums of this one."""
        n_tiles, n_groups = self._division(n_rows)
        low, high = self.ranks.share(n_groups)
        compute = self._groups if self.cut.groups else self._slices
        gradients, losses = compute(table, first, n_rows, n_tiles, n_groups, low, high)
        if self.ranks.is_ordered:
            return self.ranks.add_in_order(gradients, losses, n_groups, self.gradient, fresh)
        if fresh and low == high:
            self.gradient[...] = 0
        for row in gradients[: high - low]:
            if not np.shares_memory(row, self.gradient):
                np.copyto(self.gradient, row) if fresh else np.add(self.gradient, row, out=self.gradient)
            fresh = False
        return float(sum(losses))

    def _division(self, n_rows: int) -> tuple[int, int]:
        """Into how many tiles and groups a batch is cut; where there are slices, each tile is a group."""
        n_tiles = -(-n_rows // self.cut.tile)
        if not self.ranks.is_ordered:
            finest = -(-n_rows // int(self.work.table[SPAN_STEP]))
            n_tiles = min(max(n_tiles, self.ranks.size), finest)
        if not self.cut.groups:
            return n_tiles, n_tiles
        room = self.compiled.n_groups * (1 if self.ranks.is_ordered else self.ranks.size)
        return n_tiles, min(n_tiles, room)

    @property
    def _sums(self) -> Array:
        """A row for each group that is computed here."""
        sums = self.compiled.sums
        return self.gradient[np.newaxis] if sums is None else sums

    def _groups(
        self, table: int, first: int, n_rows: int, n_tiles: int, n_groups: int, low: int, high: int
    ) -> tuple[Array, list[float]]:
        if low < high:
            groups = self.loops.groups
            self._call(lambda queue: groups(table, queue, first, n_rows, n_tiles, n_groups, low, high))
        return self._sums, self.work.losses[: high - low].tolist()

    def _slices(
        self, table: int, first: int, n_rows: int, n_tiles: int, n_groups: int, low: int, high: int
    ) -> tuple[Array, list[float]]:
        if len(self.room) < high - low:
            self.room = np.empty((high - low, self.gradient.size), self.gradient.dtype)
        slices, losses = self.loops.slices, []
        for row, number in zip(self.room, range(low, high), strict=False):
            losses.append(self._call(lambda queue, k=number: slices(table, queue, first, n_rows, n_tiles, k)))
            row[...] = self.compiled.tile_gradient
        return self.room, losses

    def _call(self, call: Callable[..., Any]) -> float:
        return float(team.together(self.compiled.size, self.compiled.loops, self.work, call))
