"""A training run as programs: one that computes the loss and the gradient of a tile, and one that updates."""

import ctypes
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from glassnet.engine.compiled.codegen import kernels
from glassnet.engine.compiled.codegen.lowering import connect, lower, lowering_of
from glassnet.engine.compiled.codegen.max_norm import max_norm
from glassnet.engine.compiled.loss_kernels import add_loss, add_loss_gradient
from glassnet.engine.compiled.prediction import Prediction
from glassnet.engine.compiled.program import MOST_KEYS, Program, block_of
from glassnet.engine.compiled.runtime import worker_pool as team
from glassnet.engine.compiled.runtime.slots import AHEAD, CHANGES, DIVISOR, LOSS, ORDER, RATE, STEP, TOTAL
from glassnet.engine.compiled.thread_count import threads_for, threads_for_steps
from glassnet.engine.compiled.tiles import MOST_SLICES, Cut, Tile, check_tiles, cut_of, multiply_adds, shares_weights
from glassnet.engine.compiled.work import Work
from glassnet.engine.engine import NonFinite
from glassnet.engine.job import Job, Samples
from glassnet.engine.objective import Total
from glassnet.engine.passes import Passes
from glassnet.engine.ranks.reduction import Ranks
from glassnet.formulas.clipping import ClipNorm, ClipValue
from glassnet.formulas.elementary import Array
from glassnet.formulas.syntax.reader import Untranslatable
from glassnet.formulas.update_rules import LBFGS
from glassnet.layers.layer import loss_step

UPDATE_WORK = 32  # multiply-adds that the update of a parameter is like, as it waits for memory
MANY = 1 << 20  # passes, more than any call has
FEW_GROUPS = 4  # up to which each has memory of its own
CLIPS = {ClipNorm: "clip_norm", ClipValue: "clip_value"}


class CompiledJob:
    """A job as programs, with the plain numbers that the loops read."""

    def __init__(self, loops: Any, job: Job):
        self.loops = loops
        layout, batch = job.plan.layout, min(job.plan.n_rows, job.capacity)
        self.cut, n_sums = cut, _ = division(job)
        n_tiles = -(-batch // cut.tile)
        self.most_tasks = min(cut.groups, n_tiles) if cut.groups else cut.slices
        self.step_work, self.steps = 3 * multiply_adds(layout, batch), -(-job.capacity // batch)
        self.size = threads_for(3 * multiply_adds(layout, job.capacity), self.most_tasks)
        most = self.size_for(MANY)
        self.n_groups = max(n_sums, 1)  # at most in a batch
        sums = room_for_sums(job, n_sums)
        few = n_tiles <= FEW_GROUPS and not shares_weights(layout)  # whose tiles stay in the caches when reused
        own = cut.groups > 0 and few  # a tile for each group, whose gradient is the group's sum
        gradients = [job.plan.gradients] if sums is None else [*sums] if own else [None] * most
        self.programs: list[Program] = []
        tiles: list[Tile] = []
        widths = [int(np.prod(array.shape[1:], dtype=int)) for array in job.data.arrays()]
        keys = np.zeros(MOST_KEYS * sum(1 for _ in layout.walk()), np.uint64)
        wanted = gradients if cut.groups else gradients[:1]
        tile_rows, n_apart = min(batch, cut.tile), 1 if most == 1 else len(wanted)
        check_tiles(layout, tile_rows, job.plan.parameters.dtype, training=True, n_tiles=n_apart)
        for gradient in wanted:
            tile = Tile(
                layout,
                job.plan.parameters,
                widths,
                tile_rows,
                training=True,
                gradients=gradient,
                state=job.plan.state,
                sharing=tiles[0] if tiles and most == 1 else None,
            )
            self.programs.append(gradient_program(job, tile, cut, keys))
            tiles.append(tile)
        self.updates = update_program(job, tiles[0], sums)
        self.work = Work(tiles, self.programs, cut, self.updates, None if own else sums, own and sums is not None)
        self.sums, self.tile_gradient = sums, tiles[0].plan.gradients  # their addresses are in the programs
        mean, random = job.objective.loss.reduction != "sum", random_source(job, self.programs[0])
        each = job.objective.values_a_row * (job.objective.n_steps if job.data.weights is None else 1)
        self.work.of_batches(mean, each, job.accumulate, weighed_steps(job), random)
        self.work.cells.append((job.rule, "learning_rate", self.work.live[RATE:].ctypes.data))
        self.work.follow(job.changing)
        self.one = np.zeros((1, 2))  # the sums of one epoch
        self.vectors = [job.plan.parameters, job.plan.state]
        self.data: Samples | None = None  # whose addresses the table holds

    def size_for(self, passes: int) -> int:
        """How many threads a call with so many passes over the data is worth."""
        return max(self.size, threads_for_steps(self.step_work, passes * self.steps, self.most_tasks))

    @property
    def keys_a_batch(self) -> int:
        """How many keys for random numbers each batch takes."""
        return self.programs[0].n_keys

    @contextmanager
    def reading(self, keys: Array | None) -> Iterator[None]:
        """Have batches take keys that were drawn ahead; None for new ones."""
        self.work.table[AHEAD] = 0 if keys is None else keys.ctypes.data
        try:
            yield
        finally:
            self.work.table[AHEAD] = 0

    def prepare(self, job: Job) -> None:
        """No epochs, which compiles the loop itself."""
        self.loops.epochs(self.table(job), 0, 0, job.plan.n_rows, 0, 0)

    def epoch(self, job: Job, order: Array | None, rate: float) -> float:
        """One pass over the data; gives the loss. The job holds this object, so it is passed in: no circle."""
        self.work.table[CHANGES] = job.changing.table.ctypes.data
        if job.mixture is not None:
            self.work.mix(job.mixture)
        if not self._epochs(job, order, job.n_rows(order), rate, self.one):
            raise NonFinite(job.step + 1, float(self.work.live[LOSS]))
        return self.total(job, *self.one[0].tolist())

    def epochs(self, job: Job, passes: Passes, measured: Prediction | None) -> int:
        """Passes over the data, in one call; gives how many were made before a loss that is not finite."""
        self.table(job)
        try:
            self.work.follow_passes(passes, None if measured is None else measured.work, self.vectors)
            done = self._epochs(job, passes.orders, len(job.data), passes.rate, passes.sums)
        finally:
            self.work.forget_passes()
            self.data = None
        if measured is not None and passes.held_out is not None:
            passes.held_losses /= measured.divisor(passes.held_out.samples)
        return done

    def _epochs(self, job: Job, orders: Array | None, n: int, rate: float, sums: Array) -> int:
        live, epochs, batch, where = self.work.live, self.loops.epochs, job.plan.n_rows, sums.ctypes.data
        live[RATE], live[STEP] = rate, job.step
        size = self.size_for(len(sums))
        done = self._call(job, orders, size, lambda table, queue: epochs(table, queue, n, batch, len(sums), where))
        job.step = int(live[STEP])
        return int(done)

    def gradient(self, job: Job) -> float:
        """The gradient of all rows in the plan; gives the loss."""
        gradient, n = self.loops.gradient, len(job.data)
        self._call(job, None, self.size, lambda table, queue: gradient(table, queue, n))
        return self.total(job, float(self.work.live[TOTAL]), float(self.work.live[DIVISOR]))

    def table(self, job: Job, order: Array | None = None) -> int:
        """The address of the interpreter's table for rows in an order, or as they lie."""
        if self.data is not job.data:  # NumPy takes a microsecond to say where an array lies
            self.work.read(job.data.arrays(), job.outputs)
            self.data = job.data
        self.work.table[ORDER] = 0 if order is None else order.ctypes.data
        return self.work.address

    def _call(self, job: Job, order: Array | None, size: int, call: Callable[[int, int], Any]) -> Any:
        table = self.table(job, order)
        return team.together(size, self.loops, self.work, lambda queue: call(table, queue))

    def total(self, job: Job, total: float, divisor: float) -> float:
        """Leave the sums of a pass in the job; gives the loss."""
        job.total = Total(job.objective.loss)
        job.total.add(total, divisor)
        return job.total.loss


def division(job: Job) -> tuple[Cut, int]:
    """How a batch is cut, and how many groups have sums: none where one tile gives the gradient of an update."""
    batch = min(job.plan.n_rows, job.capacity)
    cut = cut_of(job.plan.layout, batch)
    n_tiles = -(-batch // cut.tile)
    return cut, 0 if n_tiles == 1 and job.accumulate == 1 else min(cut.groups, n_tiles) or 1


def make_room(job: Job, ranks: Ranks) -> None:
    """Have all ranks make room for the sums of their groups, at the same time."""
    cut, n_sums = division(job)
    if cut.groups and n_sums:
        ranks.make_room(n_sums, job.plan.layout.n_parameters, job.plan.gradients.dtype)


def room_for_sums(job: Job, n_sums: int) -> Array | None:
    """A row for the sum of each group; on ranks, of those that are computed here."""
    if job.ranks is not None and job.ranks.own is not None:
        return job.ranks.own
    return np.zeros((n_sums, job.plan.layout.n_parameters), job.plan.gradients.dtype) if n_sums else None


def weighed_steps(job: Job) -> int:
    """How many steps of its sequences have weights, where what follows the last that counts is left out; else 0.

    Where outputs of all steps are wanted, none is left out.
    """
    layout, n_steps = job.plan.layout, job.objective.n_steps
    whole = job.data.weights is None or job.outputs is not None or layout.output_shape[:-1] != (n_steps,)
    if whole or any(node.output_shape[:1] != (n_steps,) or len(node.output_shape) != 2 for node in layout.walk()):
        return 0
    return n_steps if all(lowering_of(node.layer).can_stop_early(node.layer) for node in layout.walk()) else 0


def random_source(job: Job, p: Program) -> tuple[Array, int, int]:
    """(the keys to be drawn before each step, the address of the generator's function, that of its state)."""
    if not p.n_keys:
        return p.keys[:0], 0, 0
    assert job.plan.rng is not None
    bits = job.plan.rng.bit_generator.ctypes
    return p.keys[: p.n_keys], ctypes.cast(bits.next_uint64, ctypes.c_void_p).value or 0, bits.state_address


def gradient_program(job: Job, tile: Tile, cut: Cut, keys: Array) -> Program:
    """Forward, loss and backward."""
    p = Program(job.plan.parameters.dtype, tile.plan.n_rows, cut.slices, keys, block_of(tile.plan.n_rows))
    connect(tile.steps)
    lower("forward", p, tile.steps)
    last = loss_step(tile.steps)
    add_loss(p, job.objective, last.slices, tile.Y, tile.weights)
    add_loss_gradient(p, job.objective, last.slices, tile.Y, tile.weights)
    lower("backward_from_scores" if job.objective.loss.output_activation else "backward", p, [last])
    lower("backward", p, tile.steps[-2::-1])
    p.end_part()
    return p


def update_program(job: Job, tile: Tile, sums: Array | None) -> Program:
    """Gradients of tiles and of groups summed up; penalty, clipping, decay, the rule; and what keeps off denormals."""
    p = Program(job.plan.parameters.dtype, UPDATE_WORK, MOST_SLICES)
    parameters, gradients = job.plan.parameters, job.plan.gradients
    p.product("copy", [tile.plan.gradients, gradients], gradients.size)
    p.end_part()
    p.product("add_to", [tile.plan.gradients, gradients], gradients.size)
    p.end_part()
    if sums is not None:
        p.product("sum", [sums, gradients], gradients.size)
    p.end_part()
    if not isinstance(job.rule, LBFGS):  # which takes the gradient and steps by itself
        add_update(p, job, parameters, gradients)
    p.end_part()
    for vector in (*job.memory, *([job.average] if job.averaging else [])):
        p.product("flush", [vector], vector.size)
    p.end_part()
    return p


def add_update(p: Program, job: Job, parameters: Array, gradients: Array) -> None:
    """Penalty, clipping, decay, the update rule, and the average of the parameters."""
    layout = job.plan.layout
    decaying = [(part, of, *job.penalties_of(of)) for part, of in layout.pieces(apart=True, size=2**62)]
    for part, _, penalty, _ in decaying:
        if penalty is not None:
            w, g, size = parameters[part], gradients[part], parameters[part].size
            if penalty.divided:
                p.add(kernels.penalty_value(penalty, p.dtype), [w], size, settings=penalty)
            p.add(kernels.penalty_slope(penalty, p.dtype), [w, g], size, settings=penalty)
    if job.clip is not None:
        if type(job.clip) not in CLIPS:
            raise Untranslatable(f"{job.clip} has no kernel")
        p.product(CLIPS[type(job.clip)], [gradients], gradients.size, settings=job.clip)
    for part, of, _, decay in decaying:
        if decay is not None and (decay.weight_decay or job.changing.holds(decay, "weight_decay")):
            arrays = [parameters[part], np.array([of.learning_rate_factor])]
            p.product("decay", arrays, parameters[part].size, settings=decay)
    for part, of in layout.pieces(apart=False, size=2**62):
        arrays = [vector[part] for vector in (parameters, gradients, *job.memory)]
        factors = np.array([of.learning_rate_factor * of.multiplier, of.multiplier])
        made = kernels.update(job.rule, p.dtype, of.multiplier != 1.0)
        p.add(made, [*arrays, factors], arrays[0].size, settings=job.rule)
    for bound, W in job.bounded:
        p.add(max_norm(p.dtype), [W], W.shape[1], inputs=W.shape[0], settings=bound)
    if job.averaging is not None:
        made = kernels.average(job.averaging, p.dtype)
        p.add(made, [job.average, parameters], parameters.size, settings=job.averaging)
