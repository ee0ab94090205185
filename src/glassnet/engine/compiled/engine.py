"""The compiled engine: the same plans, formulas and random numbers as the NumPy engine, a whole epoch in one call."""

import functools
import threading
from collections.abc import Callable, Hashable
from contextlib import nullcontext
from typing import Any

import numba
from numba.core.errors import NumbaError

from glassnet.calls import warn
from glassnet.engine.compiled.codegen import lowering_columns, lowering_features
from glassnet.engine.compiled.codegen.cache import load_file
from glassnet.engine.compiled.codegen.ensembles import lowering as lowering_ensembles
from glassnet.engine.compiled.codegen.sequences import lowering as lowering_sequences
from glassnet.engine.compiled.compiled_job import CompiledJob, make_room
from glassnet.engine.compiled.prediction import Prediction
from glassnet.engine.compiled.rank_steps import RankSteps
from glassnet.engine.compiled.row_predictor import RowPredictor
from glassnet.engine.compiled.windows import lowering as lowering_windows
from glassnet.engine.engine import Engine, one_by_one
from glassnet.engine.job import Job, Samples
from glassnet.engine.machine.forking import renew_after_fork
from glassnet.engine.machine.threads import limited
from glassnet.engine.objective import Objective
from glassnet.engine.overflow import finite
from glassnet.engine.passes import Passes
from glassnet.engine.plan import Plan
from glassnet.errors import InvalidInput
from glassnet.formulas.elementary import Array
from glassnet.formulas.losses import Loss
from glassnet.formulas.syntax.reader import Untranslatable

# So that their layers are known.
LOWERED = (lowering_columns, lowering_features, lowering_windows, lowering_sequences, lowering_ensembles)
FEW = 16  # rows, which are predicted one by one with less around them
EPOCH = "epoch"  # the use of a job that has its programs


class CompiledEngine:
    """Runs whole epochs and predictions as programs; `fallback` runs a network with something that has no kernel."""

    name = "compiled"
    trains_side_by_side = True
    trains_on_ranks = True

    def __init__(self, fallback: Engine) -> None:
        self.fallback = fallback
        self.loops = load_file("interpreter")
        self.renew_locks()
        renew_after_fork(self)

    def renew_locks(self) -> None:
        """At the beginning, and in a forked child."""
        self.making = threading.Lock()  # two threads would compile the same kernels twice

    def describe(self) -> dict[str, Any]:
        """The compiler's version."""
        return {"numba": numba.__version__}

    def prepare(self, job: Job) -> None:
        """Compile the epochs of a job, or load them from the disk."""
        found = self._compiled(job)
        if found is None:
            self.fallback.prepare(job)
        else:
            found.prepare(job)

    def _compiled(self, job: Job) -> CompiledJob | None:
        """The programs of a job; with ranks they use the threads that these leave each other."""
        with nullcontext() if job.ranks is None else limited(job.ranks.threads()):
            if job.ranks is not None and EPOCH not in job.made:
                make_room(job, job.ranks)  # not while the lock is held: ranks may be threads of one process
            found: CompiledJob | None = self._made(job, EPOCH, CompiledJob, job)
        return found

    def epoch(self, job: Job, order: Array | None, rate: float) -> float:
        """One pass over the rows of an order; gives the loss. Raises NonFinite as the NumPy engine does."""
        found = self._compiled(job)
        if found is not None and job.ranks is not None:
            return RankSteps(found, job, job.ranks).epoch(order, rate)
        return self.fallback.epoch(job, order, rate) if found is None else found.epoch(job, order, rate)

    def epochs(self, job: Job, passes: Passes) -> int:
        """Several passes over the rows, in one call where one thread does all of it: see `Engine`."""
        found, held, measured = self._compiled(job), passes.held_out, None
        if job.ranks is not None:
            return one_by_one(self, job, passes)
        if found is None:
            return self.fallback.epochs(job, passes)
        with found.reading(passes.keys):
            if held is not None:
                measured = self._evaluation(held.plan, held.samples, held.objective)
                if measured is None or found.size > 1 or measured.size(len(held.samples)) > 1:
                    return one_by_one(self, job, passes)
            return int(found.epochs(job, passes, measured))

    def keys_a_batch(self, job: Job) -> int | None:
        """How many keys for random numbers a batch takes, which may be drawn ahead; None where NumPy has no such."""
        found = self._compiled(job)
        return self.fallback.keys_a_batch(job) if found is None else found.keys_a_batch

    def gradient(self, job: Job) -> float:
        """The gradient over all rows as one batch, in the plan; gives the loss."""
        found = self._compiled(job)
        if found is not None and job.ranks is not None:
            return RankSteps(found, job, job.ranks).whole()
        return self.fallback.gradient(job) if found is None else found.gradient(job)

    def predict(self, plan: Plan, X: Array, out: Array) -> bool:
        """Write the outputs for all rows of X into `out`; False where one of them is not finite."""
        few = self._few(plan) if len(X) <= FEW else None
        if few is not None:
            return few(X, out)
        found = self._made(plan, "predict", Prediction, plan)
        if found is None:
            return self.fallback.predict(plan, X, out)
        found.run(X, out)
        return finite(out)

    def row_predictor(self, plan: Plan) -> Callable[[Array, Array], bool]:
        """A function that writes the outputs for x into an array, as the NumPy engine's does, in one call."""
        return self._few(plan) or self.fallback.row_predictor(plan)

    def _few(self, plan: Plan) -> RowPredictor | None:
        found: RowPredictor | None = self._made(plan, "few", lambda loops: RowPredictor(load_file("row_loop"), plan))
        return found

    def evaluate(self, plan: Plan, data: Samples, objective: Objective, out: Array) -> float:
        """Write the outputs into `out`, and give the loss over all rows, both as in prediction."""
        found = self._evaluation(plan, data, objective)
        return self.fallback.evaluate(plan, data, objective, out) if found is None else float(found.measure(data, out))

    def _evaluation(self, plan: Plan, data: Samples, objective: Objective) -> Prediction | None:
        weighted = data.weights is not None
        use = key_of(objective.loss), weighted
        found: Prediction | None = self._made(plan, use, Prediction, plan, objective, weighted)
        return found

    def _made(self, owner: Job | Plan, use: Hashable, kind: object, *given: object) -> Any:
        """What was compiled for a use of a job or a plan, made at the first time; None where it cannot be."""
        if use not in owner.made:
            with self.making:
                owner.made[use] = self._make(kind, *given)
        return owner.made[use]

    def _make(self, kind: Any, *given: Any) -> Any:
        try:
            return kind(self.loops, *given)
        except (Untranslatable, NumbaError) as reason:
            said = str(reason).strip().splitlines()[0]
            if any(isinstance(each, Job) and each.ranks is not None for each in given):
                raise InvalidInput(
                    f"a communicator needs the compiled engine, which cannot train this network: {said}."
                ) from reason
            tell_fallback(said)
            return None


class Same:
    """An object that is equal to itself alone."""

    def __init__(self, it: object):
        self.it = it

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and self.it is other.it

    def __hash__(self) -> int:
        return id(self.it)


def key_of(loss: Loss) -> Hashable:
    """What a loss is found by: its class and fields, or where a field cannot be hashed, itself."""
    try:
        hash(loss)
    except TypeError:
        return Same(loss)
    return loss


@functools.cache
def tell_fallback(reason: str) -> None:
    """Say once for each reason that a network runs on NumPy."""
    warn(f"this network runs on the NumPy engine: {reason}.", RuntimeWarning)
