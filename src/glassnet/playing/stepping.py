"""A training made step by step, forward and back: what a playground moves through."""

import time
from bisect import bisect_left
from collections.abc import Sequence

from glassnet.errors import Diverged, InvalidInput
from glassnet.training.checkpoints.run_state import State, put_back, state_of
from glassnet.training.epoch import Epoch
from glassnet.training.loop.epochs import Training
from glassnet.training.loop.run import one_epoch

BYTES = 64_000_000  # of states that are kept to go back to
MOST_STATES = 2000
FIRST_PART, GROWTH = 8, 4  # updates; how many times as many as in the last part may be in the next


class Reached(Exception):
    """The step that was wanted is done; the epoch is not."""


class Stepping:
    """A training whose steps are made one at a time, each as in a whole epoch, and taken back.

    States of the run are kept in memory within a number of bytes, the more the fewer steps they lie back; what lies
    between them is computed again, to the same bits. `records` are those of the epochs that are done.

    >>> import glassnet as gn
    >>> iris = gn.datasets.iris()
    >>> net = gn.Network([gn.Dense(3, "softmax")])
    >>> steps = Stepping(net.training(iris.X, iris.y, loss="cross_entropy", batch_size=50, seed=0))
    >>> steps.go_to(4)
    >>> before, _ = net.parameters.copy(), steps.go_to(7)
    >>> steps.go_to(4)
    >>> steps.step, len(steps.records), bool((net.parameters == before).all())
    (4, 1, True)
    """

    def __init__(self, training: Training, most_bytes: int = BYTES):
        run = training._run
        if run.rows.stream is not None or run.job.mixture is not None:
            raise InvalidInput("a training with blocks or mixup cannot be made step by step.")
        self.run, self.training, self.records, self.most_bytes = run, training, list[Epoch](), most_bytes
        run.rows.in_updates()
        self.update_rows = run.rows.part_rows
        run.engine.prepare(run.job)
        self.states: list[tuple[int, State]] = []
        self.spacing = 1
        self.updates, self.seconds_an_update = FIRST_PART, 1e-9  # of the last part
        self.keep()

    @property
    def step(self) -> int:
        """How many updates are made."""
        return self.run.job.step

    @property
    def steps_an_epoch(self) -> int:
        """How many updates an epoch has."""
        return self.run.steps

    @property
    def loss(self) -> float | None:
        """The loss of the last batch, before its update; None before the first."""
        return self.run.job.total.loss if self.step else None

    @property
    def earliest(self) -> int:
        """The first step that can be gone back to."""
        return self.states[0][0]

    def go_to(self, step: int) -> None:
        """Go on, or back, to a step; Diverged where a loss on the way is not finite, with the last good step in place.

        Raises InvalidInput for a step below 0.
        """
        self.aim(step)
        while self.step < step:
            self.forward(step)

    def epoch(self) -> Epoch:
        """Go on to the end of this epoch, in one call of the engine; gives its record."""
        self.part(self.steps_an_epoch)
        return self.records[-1]

    def part(self, updates: int) -> bool:
        """Make so many updates in one call of the engine, fewer if the epoch ends before; whether it has ended."""
        rows, before, done, began = self.run.rows, self.step, len(self.records), time.perf_counter()
        updates = min(updates, self.steps_an_epoch)
        rows.part_rows = updates * self.update_rows
        try:
            self.forward(self.step + 1)
        finally:
            rows.part_rows = self.update_rows
        self.updates, self.seconds_an_update = updates, (time.perf_counter() - began) / (self.step - before)
        return len(self.records) > done

    def updates_in(self, seconds: float) -> int:
        """How many updates take about so long, by what the last ones took; at most four times as many as these."""
        return max(1, min(GROWTH * self.updates, int(seconds / self.seconds_an_update)))

    def aim(self, step: int) -> None:
        """Go back to the state that is kept before a step, if it lies back; InvalidInput for a step below 0."""
        if step < 0:
            raise InvalidInput(f"there is no step {step}: the training begins with step 0.")
        if step < self.step:  # to the step before, so that loss and gradients are those of the step
            self.put_back(max(0, bisect_left([kept for kept, _ in self.states], step) - 1))

    def towards(self, step: int, seconds: float) -> None:
        """Go on for about so long, at most to a step; its update comes alone: loss and gradients are its own."""
        if self.step < step:
            self.part(max(1, min(self.updates_in(seconds), step - 1 - self.step)))

    def forward(self, step: int) -> None:
        """Go on to a step, or to the end of the epoch if that comes first."""

        def between() -> None:
            self.keep()
            if self.step >= step:
                raise Reached

        number = self.run.number + 1
        try:
            epoch = one_epoch(self.run, number, between)
        except Reached:
            return
        except Diverged:
            self.run.rows.part_rows = self.update_rows
            self.leave(self.step)
            raise
        self.run.backup.keep()
        self.run.rate = self.run.scheduled.end(epoch, self.run.rate)
        self.records.append(epoch)
        self.keep()

    def keep(self) -> None:
        """Keep the state, unless one of a step shortly before is kept; where there are too many, every second goes."""
        if self.states and self.step - self.states[-1][0] < self.spacing:
            return
        self.states.append((self.step, state_of(self.run)))
        most = min(MOST_STATES, self.most_bytes // max(1, bytes_of(self.states[-1][1])))
        if len(self.states) > max(2, most):
            self.states = self.states[::2]
            self.spacing *= 2

    def leave(self, step: int) -> None:
        """Go back to the last step before one whose parameters gave a loss that is not finite."""
        self.put_back(max(0, bisect_left([kept for kept, _ in self.states], step) - 1))
        while self.step < step - 1:
            self.forward(step - 1)

    def put_back(self, place: int) -> None:
        """Restore a state that is kept, and forget those of later steps."""
        del self.states[place + 1 :]
        state = self.states[place][1]
        put_back(self.run, state, self.records[: state.epoch])
        self.run.job.plan.gradients[...] = 0.0  # until a step is made
        del self.records[state.epoch :]


def bytes_of(state: State) -> int:
    """The size of a state in memory."""
    arrays: Sequence[int] = [array.nbytes for array in state.arrays.values()]
    return sum(arrays)
