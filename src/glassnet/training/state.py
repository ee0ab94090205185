"""Everything that a training run holds between epochs and their parts: what checkpoints write and resuming puts back.

What a run is to remember gets a line in `arrays_of` or in `numbers_of`; nothing else has to know of it.
"""

import copy
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from glassnet.errors import InvalidInput
from glassnet.formulas.elementary import Array
from glassnet.training.loop import Run
from glassnet.training.underway import rows_of_part


def arrays_of(run: Run, underway: bool) -> dict[str, Array]:
    """Every array that epochs change, by name; `underway` within one, when the outputs of its rows are held too."""
    job = run.job
    return {
        "parameters": job.plan.parameters,
        "state": job.plan.state,
        "average": job.average,
        **{f"memory.{name}": vector for name, vector in zip(job.rule.memory, job.memory, strict=True)},
        **({} if run.order is None else {"order": run.order}),
        **({"outputs": job.outputs} if underway and job.outputs is not None else {}),
        **{f"last_good.start.{k}": vector for k, vector in enumerate(run.safe.start)},
        **{f"last_good.before.{k}": vector for k, vector in enumerate(run.safe.before)},
        **{f"best.{k}": vector for k, vector in enumerate(run.stopping.best)},
    }


def numbers_of(run: Run) -> dict[str, tuple[Any, str]]:
    """(owner, attribute) of everything else that epochs change, by name; the values are what JSON can hold."""
    return {
        "epoch": (run, "number"),
        "learning_rate": (run, "rate"),
        "schedules": (run.scheduled, "state"),
        "step": (run.job, "step"),
        "underway": (run.underway, "state"),
        "random_state": (run, "random_state"),
        "stopping": (run.stopping, "state"),
    }


class State(NamedTuple):
    """A copy of all that a run holds."""

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
    """What a run holds now, copied."""
    arrays = {name: array.copy() for name, array in arrays_of(run, run.underway.rows > 0).items()}
    return State(arrays, {name: copy.deepcopy(getattr(*place)) for name, place in numbers_of(run).items()})


def put_back(run: Run, state: State) -> None:
    """Make a run hold a state; InvalidInput, and nothing changed, where the arrays do not fit."""
    held, places = arrays_of(run, state.rows > 0), numbers_of(run)
    shapes = [{name: (a.shape, a.dtype) for name, a in arrays.items()} for arrays in (held, state.arrays)]
    if shapes[0] != shapes[1] or places.keys() != state.numbers.keys():
        raise InvalidInput(f"it holds {sorted([*state.arrays, *state.numbers])}, expected {sorted([*held, *places])}")
    if run.order is not None and not np.array_equal(np.sort(state.arrays["order"]), np.arange(len(run.order))):
        raise InvalidInput("its order of the rows is none")  # which compiled loops would read memory by
    size, n = (rows_of_part(run.job), len(run.job.data)) if run.stream is None else (run.job.room, run.stream.n_rows)
    if state.rows % size or 0 < n <= state.rows:  # n is 0 where nobody knows
        raise InvalidInput(f"the {state.rows} rows that are done of its epoch are no whole parts")
    if not all(np.isfinite(array).all() for name, array in state.arrays.items() if not name.startswith("memory.")):
        raise InvalidInput("it holds parameters that are not finite")
    for name, array in held.items():
        array[...] = state.arrays[name]
    for name, (owner, attribute) in places.items():
        setattr(owner, attribute, state.numbers[name])
