"""What an optimiser remembers from one training to the next."""

from typing import TYPE_CHECKING

from glassnet.calls import answered
from glassnet.errors import InvalidInput
from glassnet.formulas.elementary import Array

if TYPE_CHECKING:
    from glassnet.engine.job import Job


@answered
class OptimizerState:
    """What an optimizer remembers between trainings: its vectors, step count and learning rate.

    Empty at first. Pass it as `optimizer_state`: training continues from what it holds and leaves the new state in it.
    So data that arrive bit by bit are trained on as if they had come at once.

    Attributes
    ----------
    optimizer
        The name of the update rule; None before the first training.
    step, learning_rate
        The number of updates so far; the rate of the next update, unless a schedule sets it.
    vectors
        One for each name in the rule's `memory`, each as long as the network's parameters, (n_parameters,).

    >>> import glassnet as gn
    >>> iris = gn.datasets.iris()
    >>> net = gn.Network([gn.Dense(6, "tanh"), gn.Dense(3, "softmax")])
    >>> state = gn.OptimizerState()
    >>> for _ in range(20):
    ...     history = net.fit(iris.X, iris.y, loss="cross_entropy", epochs=1, optimizer_state=state, seed=0)
    >>> state.optimizer, state.step
    ('adam', 100)
    """

    def __init__(self) -> None:
        self.optimizer: str | None = None
        self.step, self.learning_rate = 0, 0.0
        self.vectors: list[Array] = []

    def __repr__(self) -> str:
        return f"OptimizerState({self.optimizer or 'empty'}, {self.step} steps)"

    def begin(self, job: "Job") -> float:
        """Copy the state into a job and return the learning rate. The state changes with the first epoch."""
        if self.optimizer is None:
            return float(job.rule.learning_rate)
        if self.optimizer != job.rule.name:
            raise InvalidInput(f"the optimizer_state is from {self.optimizer}, not from {job.rule.name}.")
        if any(vector.shape != mine.shape for vector, mine in zip(self.vectors, job.memory, strict=True)):
            raise InvalidInput(
                f"the optimizer_state is for {self.vectors[0].size} parameters; the network has "
                f"{job.plan.parameters.size}."
            )
        for vector, mine in zip(self.vectors, job.memory, strict=False):
            mine[...] = vector
        job.step = self.step
        return self.learning_rate

    def keep(self, job: "Job", rate: float) -> None:
        """Store the state of a job after an epoch."""
        self.optimizer, self.vectors, self.step, self.learning_rate = job.rule.name, job.memory, job.step, rate
