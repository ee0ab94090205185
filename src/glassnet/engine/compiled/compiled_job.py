"""A training run as a program."""

from typing import Any

import numpy as np

from glassnet.engine.compiled import kernels
from glassnet.engine.compiled.interpreter import DIVISOR, LOSS, RATE, STEP, TOTAL
from glassnet.engine.compiled.lowering import lower
from glassnet.engine.compiled.program import Program, add_loss, values_a_row
from glassnet.engine.compiled.translate import Untranslatable
from glassnet.engine.job import Job, Samples
from glassnet.engine.numpy_engine import NonFinite
from glassnet.formulas.clipping import ClipNorm, ClipValue
from glassnet.formulas.elementary import Array

CLIPS = {ClipNorm: "clip_norm", ClipValue: "clip_value"}


class CompiledJob:
    """A job as a program, with the plain numbers that the loops read."""

    def __init__(self, loops: Any, job: Job, shuffled: bool):
        self.job, self.loops = job, loops
        plan, data = job.plan, job.data
        self.copied = shuffled or len(data) > plan.n_rows
        batch = job.buffer if self.copied else data
        self.steps = plan.steps(plan.n_rows)
        self.steps[0].slices.X = batch.X
        program, parts = Program(plan.parameters.dtype), []
        for add in (self.add_forward, self.add_loss, self.add_backward, self.add_update, self.add_flush):
            add(program, batch)
            parts.append(len(program))
        self.program, self.parts = program.compiled(), np.array(parts)
        self.kept = program.kept
        arrays = list(zip(data.arrays(), job.buffer.arrays(), strict=True))
        size = data.X.itemsize // 4
        self.sources = np.array([source.ctypes.data for source, _ in arrays])
        self.targets = np.array([target.ctypes.data for _, target in arrays])
        self.words = np.array([size * int(np.prod(source.shape[1:], dtype=int)) for source, _ in arrays])
        self.batch = batch
        last = self.steps[-1].slices.A
        outputs = 0 if job.outputs is None else job.outputs.ctypes.data
        self.outputs = (last.ctypes.data, outputs, size * last.shape[1])
        loss = job.objective.loss
        self.how = (self.copied, loss.reduction == "mean", values_a_row(loss, last.shape[1]))
        self.live = np.zeros(8)

    def add_forward(self, p: Program, batch: Samples) -> None:
        """Every layer, as in training."""
        lower("forward", p, self.steps)

    def add_loss(self, p: Program, batch: Samples) -> None:
        """The sum of the values."""
        add_loss(p, self.job.objective, self.steps[-1].slices, batch.Y, batch.weights)

    def add_backward(self, p: Program, batch: Samples) -> None:
        """The residual, and every layer backward."""
        objective, last = self.job.objective, self.steps[-1].slices
        loss = objective.loss
        weights, flag = (0, 0) if batch.weights is None else (batch.weights, 1)
        out = last.dZ if loss.link else last.dA
        made = kernels.residual(loss, len(objective.columns), p.dtype)
        p.add(made, [last.A, batch.Y, *objective.columns, out, weights], last.A.shape[1], flag=flag, settings=loss)
        lower("backward_from_scores" if loss.link else "backward", p, self.steps[-1:])
        lower("backward", p, self.steps[-2::-1])

    def add_update(self, p: Program, batch: Samples) -> None:
        """Penalty, clipping, decay and the update rule."""
        job = self.job
        stretches = job.plan.layout.pieces(apart=True, size=2**62)
        decaying = [part for part, decays in stretches if decays]
        if job.penalty is not None:
            for part in decaying:
                arrays = [job.plan.parameters[part], job.plan.gradients[part]]
                p.add(
                    kernels.penalty_slope(job.penalty, p.dtype), arrays, 1, settings=job.penalty, n_rows=arrays[0].size
                )
        if job.clip is not None:
            if type(job.clip) not in CLIPS:
                raise Untranslatable(f"{job.clip} has no kernel")
            g = job.plan.gradients
            p.product(CLIPS[type(job.clip)], [g], 1, settings=job.clip, n_rows=g.size)
        if getattr(job.rule, "weight_decay", 0.0):
            for part in decaying:
                weights = job.plan.parameters[part]
                p.product("decay", [weights], 1, settings=job.rule, n_rows=weights.size)
        arrays = [job.plan.parameters, job.plan.gradients, *job.memory]
        p.add(kernels.update(job.rule, p.dtype), arrays, 1, settings=job.rule, n_rows=job.plan.parameters.size)

    def add_flush(self, p: Program, batch: Samples) -> None:
        """What the rule remembers, kept off the denormal numbers."""
        for vector in self.job.memory:
            p.product("flush", [vector], 1, n_rows=vector.size)

    def run(self, order: Array, rate: float) -> float:
        """One epoch; gives the loss."""
        job, live = self.job, self.live
        weights = self.batch.weights if self.batch.weights is not None else np.zeros(0, job.data.X.dtype)
        live[RATE], live[STEP] = rate, job.step
        data = (self.sources, self.targets, self.words, order)
        n, batch = len(job.data), job.plan.n_rows
        done = self.loops.epoch(self.program, self.parts, data, self.outputs, n, batch, self.how, weights, live)
        job.step = int(live[STEP])
        if not done:
            raise NonFinite(job.step + 1, float(live[LOSS]))
        mean = self.how[1]
        return float(live[TOTAL] / (live[DIVISOR] or 1.0) if mean else live[TOTAL])
