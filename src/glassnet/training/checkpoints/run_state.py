"""The whole state of a training run between epochs or parts of them, as checkpoints write and resuming restores it.

What a run is to remember gets a line in `arrays_of` or in `numbers_of`; nothing else has to know of it.
"""

import copy
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, NamedTuple, TypedDict

import numpy as np

from glassnet.errors import InvalidInput, brief
from glassnet.files.schema import Within
from glassnet.formulas.elementary import Array
from glassnet.training.checkpoints.random_state import check_random_state
from glassnet.training.epoch import Epoch
from glassnet.training.loop.run import Run
from glassnet.training.loop.schedule_values import ScheduledState


def arrays_of(run: Run, underway: bool) -> dict[str, Array]:
    """Every array that epochs change, by name; `underway` within one, when the outputs of its rows are held too."""
    job = run.job
    return {
        "parameters": job.plan.parameters,
        "state": job.plan.state,
        "average": job.average,
        **{f"memory.{name}": vector for name, vector in zip(job.rule.memory, job.memory, strict=True)},
        **({} if run.rows.order is None else {"order": run.rows.order}),
        **({"outputs": job.outputs} if underway and job.outputs is not None else {}),
        **{f"last_good.start.{k}": vector for k, vector in enumerate(run.backup.start)},
        **{f"last_good.before.{k}": vector for k, vector in enumerate(run.backup.before)},
        **{f"best.{k}": vector for k, vector in enumerate(run.stopping.best)},
    }


def numbers_of(run: Run) -> dict[str, tuple[Any, str]]:
    """(owner, attribute) of everything else that epochs change, by name; the values are JSON values."""
    return {
        "epoch": (run, "number"),
        "learning_rate": (run, "rate"),
        "schedules": (run.scheduled, "state"),
        "step": (run.job, "step"),
        "underway": (run.progress, "state"),
        "random_state": (run.rows, "random_state"),
        "stopping": (run.stopping, "state"),
    }


Count = Annotated[int, Within(0, 2**53)]
Positive = Annotated[float, Within(0)]


class Numbers(TypedDict):
    """The types of the values of `numbers_of` in a checkpoint of any run."""

    epoch: Count
    learning_rate: Positive
    schedules: ScheduledState
    step: Count
    underway: tuple[Count, float, Positive, Positive]
    random_state: dict[str, Any]
    stopping: list[dict[str, Any] | str | None]


class State(NamedTuple):
    """A copy of the whole state of a run."""

    arrays: Mapping[str, Array]
    numbers: Mapping[str, Any]

    @property
    def epoch(self) -> int:
        """How many epochs are done."""
        return int(self.numbers["epoch"])

    @property
    def rows(self) -> int:
        """How many rows of the next one are."""
        return int(self.numbers["underway"][0])


def state_of(run: Run) -> State:
    """Copy the current state of a run."""
    arrays = {name: array.copy() for name, array in arrays_of(run, run.progress.rows > 0).items()}
    return State(arrays, {name: copy.deepcopy(getattr(*place)) for name, place in numbers_of(run).items()})


def put_back(run: Run, state: State, epochs: Sequence[Epoch]) -> None:
    """Restore a state in a run; InvalidInput, with nothing changed, if it does not belong to this run."""
    held, places = arrays_of(run, state.rows > 0), numbers_of(run)
    check_arrays_of(run, held, state)
    check_numbers(run, places, state)
    check_records(run, epochs)
    for name, array in held.items():
        array[...] = state.arrays[name]
    for name, (owner, attribute) in places.items():
        setattr(owner, attribute, state.numbers[name])


def check_arrays_of(run: Run, held: Mapping[str, Array], state: State) -> None:
    """Refuse arrays that a run does not have, or cannot have."""
    for name, array in held.items():
        got = state.arrays.get(name)
        if got is None or (got.shape, got.dtype) != (array.shape, array.dtype):
            what = "no array of this name" if got is None else f"{got.dtype} of shape {got.shape}"
            raise InvalidInput(f"its array {name!r} must be {array.dtype} of shape {array.shape}, it holds {what}")
    for name in state.arrays:
        if name not in held:
            raise InvalidInput(f"it holds an array {brief(name)}, which this run does not have")
    if run.rows.order is not None and not np.array_equal(
        np.sort(state.arrays["order"]), np.arange(len(run.rows.order))
    ):
        raise InvalidInput("its row order is invalid")  # compiled loops use these as memory addresses
    if not all(np.isfinite(array).all() for name, array in state.arrays.items() if not name.startswith("memory.")):
        raise InvalidInput("it holds parameters that are not finite")
    layout = run.job.plan.layout
    layout.check_values(state.arrays["parameters"], state.arrays["state"])


def check_numbers(run: Run, places: Mapping[str, Any], state: State) -> None:
    """Refuse numbers that a run cannot have."""
    if places.keys() != state.numbers.keys():
        raise InvalidInput(f"it holds {sorted(state.numbers)}, expected {sorted(places)}")
    size, n = run.rows.part_rows if run.rows.stream is None else run.job.capacity, run.rows.n_rows
    if state.rows % size or 0 < n <= state.rows:  # n is 0 if unknown
        raise InvalidInput(f"it stopped after {state.rows} rows of an epoch, which is not a whole number of batches")
    run.scheduled.check(state.numbers["schedules"])
    run.stopping.check(state.numbers["stopping"], state.epoch)
    check_random_state(state.numbers["random_state"], run.rows.rng)


def check_records(run: Run, epochs: Sequence[Epoch]) -> None:
    """Refuse records of epochs that measured something other than this run measures."""
    for epoch in epochs[:1]:
        names = (set(epoch.values) | set(epoch.scheduled)) - {"learning_rate"}
        if names != (
            expected := run.measuring.names(run.job) | {f.name for f in run.scheduled.followers} - {"learning_rate"}
        ):
            raise InvalidInput(f"its history has {brief(sorted(names))}, this run measures {brief(sorted(expected))}")
