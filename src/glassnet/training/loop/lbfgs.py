"""L-BFGS as a training loop: SciPy's optimiser in its own thread, one iteration per epoch."""

import itertools
import queue
import threading
import time
from collections.abc import Generator
from typing import Any

import numpy as np

from glassnet.engine.engine import NonFinite
from glassnet.engine.machine.blas import one_thread
from glassnet.extras import require
from glassnet.formulas.elementary import Array
from glassnet.training.epoch import Epoch
from glassnet.training.loop.divergence import first_not_finite
from glassnet.training.loop.run import Run, diverged


class WholeBatch:
    """Loss plus penalty and its gradient over all rows as SciPy wants them: of a float64 vector."""

    def __init__(self, run: Run):
        self.job, self.engine = run.job, run.engine
        self.loss = float("nan")  # as training reports it
        self.at = np.empty(0)  # the parameters that it was computed at

    def __call__(self, parameters: Array) -> tuple[float, Array]:
        """(loss + penalty, gradient) at the parameters."""
        self.job.plan.parameters[...] = parameters
        self.loss, self.at = self.engine.gradient(self.job), parameters.copy()
        uncounted = self._penalty()
        return self.loss + uncounted, self.job.plan.gradients.astype(np.float64)

    def _penalty(self) -> float:
        """The penalties that the loss does not count; those that it counts are added to it."""
        added, share = 0.0, self.job.objective.share(self.job.total.divisor)
        for piece in self.job.pieces:
            if piece.penalty is not None:
                factor = piece.penalty.factor(share)
                value = factor * float(piece.penalty.value(piece.p).sum())
                piece.g += factor * piece.penalty.slope(piece.p)
                self.loss += value if piece.penalty.divided else 0.0
                added += 0.0 if piece.penalty.divided else value
        return added


def lbfgs_epochs(run: Run) -> Generator[Epoch, None, None]:
    """One epoch per iteration; ends by itself when the gradient is below the rule's tolerance.

    SciPy's memory is in no checkpoint: where a run goes on, the iterations that are done are made again from its start.
    """
    require("scipy.optimize", "lbfgs", "L-BFGS")
    parameters, state = run.job.plan.parameters, run.job.plan.state
    accepted, accepted_state, done = parameters.copy(), state.copy(), run.number
    run.backup.restore(proven=True)  # the start of the run, as no epoch of it was kept there
    work = Worker(run)
    try:
        for number in itertools.count(1):
            started = time.perf_counter()
            found = work.next()
            if found is None:
                return
            if number <= done:
                continue
            run.job.step += 1
            if not np.isfinite(found[1]):
                parameters[...] = found[0]
                where = first_not_finite(run.job, None, 0)
                raise diverged(NonFinite(run.job.step, found[1]), number, run, where)
            parameters[...] = accepted[...] = found[0]
            accepted_state[...] = state
            yield run.record(number, found[1], run.job.rule.learning_rate, started)
    finally:
        work.stop()
        parameters[...] = accepted  # the line search may have left them elsewhere
        state[...] = accepted_state


class Worker:
    """SciPy calls back after each iteration and keeps its state on its stack; a thread makes an iterator of that."""

    def __init__(self, run: Run):
        self.run, self.stopped = run, False
        self.go: queue.SimpleQueue[bool] = queue.SimpleQueue()
        self.done: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self.thread = threading.Thread(target=self._minimize, daemon=True)
        self.thread.start()

    def next(self) -> tuple[Array, float] | None:
        """(parameters, loss) after one more iteration, or None at the end."""
        self.go.put(True)
        found = self.done.get()
        if isinstance(found, BaseException):
            raise found
        return found

    def stop(self) -> None:
        """End the thread, wherever it is between two iterations."""
        self.stopped = True
        self.go.put(False)
        self.thread.join()

    def _minimize(self) -> None:
        from scipy.optimize import minimize

        rule: Any = self.run.job.rule
        objective, end = WholeBatch(self.run), None
        try:
            self.go.get()
            if not self.stopped:
                start = self.run.job.plan.parameters.astype(np.float64)
                options = {
                    "maxiter": self.run.n_epochs or 10**9,
                    "maxfun": rule.max_evaluations or 10**9,
                    "maxcor": rule.pairs,
                    "gtol": rule.tolerance,
                    "ftol": rule.relative_tolerance,
                }
                with one_thread("scipy.optimize._lbfgsb"):
                    found = minimize(
                        objective,
                        start,
                        jac=True,
                        method="L-BFGS-B",
                        options=options,
                        callback=lambda x: self._iterated(x, objective),
                    )
                end = None if np.isfinite(found.fun) else (found.x, float(found.fun))  # SciPy ends silently
                ended = {"status": int(found.status), "message": str(found.message), "evaluations": int(found.nfev)}
                self.run.outcome["lbfgs"] = ended
            self.done.put(end)
        except BaseException as error:
            self.done.put(error)

    def _iterated(self, parameters: Array, objective: WholeBatch) -> None:
        if not np.array_equal(parameters, objective.at):  # the last evaluation of the line search was elsewhere
            objective(parameters)
        self.done.put((parameters.copy(), objective.loss))
        self.go.get()
        if self.stopped:
            raise StopIteration
