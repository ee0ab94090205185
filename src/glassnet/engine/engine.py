"""What every engine does: the methods by which the rest of glassnet has plans executed and jobs trained."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

from glassnet.engine.plan import Plan
from glassnet.formulas.elementary import Array

if TYPE_CHECKING:
    from glassnet.engine.job import Job, Samples
    from glassnet.engine.objective import Objective
    from glassnet.engine.passes import Passes


class NonFinite(ArithmeticError):
    """The loss of a batch is not finite; `step` counts from 1."""

    def __init__(self, step: int, loss: float):
        super().__init__(step, loss)
        self.step, self.loss = step, loss


class Engine(Protocol):
    """Executes plans, which own the memory of a prediction, and jobs, which own that of a training.

    All engines give the same numbers to rounding, from the same random bits. What an engine makes of a plan or a job it
    keeps in that one's `made`, under a key of its own. It may use `machine.threads.available()` threads; the number
    must change no bit.
    """

    @property
    def name(self) -> str:
        """What `engine=` calls it."""
        ...

    @property
    def trains_side_by_side(self) -> bool:
        """Whether several trainings on threads of their own are faster than one after the other."""
        ...

    @property
    def trains_on_ranks(self) -> bool:
        """Whether it shares out a job that has `ranks` among them."""
        ...

    def describe(self) -> dict[str, Any]:
        """What is recorded of it beside its name, as JSON holds it: the versions of what it runs on."""
        ...

    def prepare(self, job: "Job") -> None:
        """Make ready what epochs of this job will need, so that the first takes no longer than the others."""
        ...

    def epoch(self, job: "Job", order: Array | None, rate: float) -> float:
        """One pass over the rows of an order (None: all as they lie), one update a batch or several; gives the loss.

        It counts `job.step`, leaves the sums in `job.total`, the outputs in `job.outputs` where these are wanted, and
        raises NonFinite at the first batch whose loss is not finite, before its update.
        """
        ...

    def epochs(self, job: "Job", passes: "Passes") -> int:
        """Make several passes, in as few calls as can be, each as `epoch` makes it and `evaluate` measures it.

        Gives how many were made: fewer where a loss is not finite.
        """
        ...

    def keys_a_batch(self, job: "Job") -> int | None:
        """How many keys for random numbers each batch takes from `Passes.keys`, 0 where nothing is random.

        None if its layers draw random numbers by themselves: then no passes are asked for that have keys.
        """
        ...

    def gradient(self, job: "Job") -> float:
        """The gradient over all rows as one batch, in the plan; gives the loss."""
        ...

    def predict(self, plan: Plan, X: Array, out: Array) -> bool:
        """Write the outputs for all rows of X into `out`; False where one of them is not finite."""
        ...

    def row_predictor(self, plan: Plan) -> Callable[[Array, Array], bool]:
        """A function that writes the outputs for x, one sample or several, into an array.

        It gives False where x, and then nothing is written, or an output is not finite. It writes into the plan: not
        for two threads at once.
        """
        ...

    def evaluate(self, plan: Plan, data: "Samples", objective: "Objective", out: Array) -> float:
        """Write the outputs into `out`, and give the loss over all rows, both as in prediction."""
        ...


def one_by_one(engine: Engine, job: "Job", passes: "Passes") -> int:
    """Make the passes in a call each; gives how many were made before a loss that is not finite."""
    table = job.changing.table
    try:
        for number in range(len(passes)):
            job.changing.table = passes.changes[number]
            engine.epoch(job, passes.order(number), passes.rate)
            keep(engine, job, passes, number)
    except NonFinite:
        return number
    finally:
        job.changing.table = table
    return len(passes)


def keep(engine: Engine, job: "Job", passes: "Passes", number: int) -> None:
    """Write down what one pass leaves."""
    passes.sums[number] = job.total.sum, job.total.divisor
    if passes.outputs is not None:
        passes.outputs[number] = job.outputs
    if (held := passes.held_out) is not None and passes.held_outputs is not None:
        out = passes.held_outputs[number]
        passes.held_losses[number] = engine.evaluate(held.plan, held.samples, held.objective, out)
    for copies, vector in zip(passes.vectors, (job.plan.parameters, job.plan.state), strict=True):
        copies[number] = vector
