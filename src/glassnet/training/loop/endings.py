"""The stops of one run: what they remember, why it ended, and the best parameters."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from glassnet.errors import InvalidInput, brief
from glassnet.formulas.elementary import Array
from glassnet.training.stopping import Stop

if TYPE_CHECKING:
    from glassnet.training.epoch import Epoch


class Stopping:
    """The stops of one run with what they remember, and a copy of the best of the vectors that training changes."""

    def __init__(self, stops: Sequence[Stop], vectors: Sequence[Array], higher: Mapping[str, bool]):
        self.stops, self.vectors = stops, vectors
        self.memory = [stop.begin(higher) for stop in stops]
        self.keeper = next((k for k, stop in enumerate(stops) if getattr(stop, "restore_best", False)), None)
        self.best = [] if self.keeper is None else [vector.copy() for vector in vectors]
        self.ended: str | None = None  # why
        self.for_good = False  # whether a resumed run has ended too

    @property
    def best_epoch(self) -> int | None:
        """The epoch whose parameters are kept; None where none are."""
        return None if self.keeper is None else self.memory[self.keeper]["best_epoch"] or None

    @property
    def state(self) -> list[Any]:
        """JSON values: what the stops of the whole run remember, and why the run ended, if it did."""
        return [
            *(memory for stop, memory in zip(self.stops, self.memory, strict=True) if stop.of_run),
            self.ended if self.for_good else None,
        ]

    @state.setter
    def state(self, state: list[Any]) -> None:
        for k, memory in zip(self._of_run, state[:-1], strict=True):
            self.memory[k] = dict(memory)
        self.ended, self.for_good = state[-1], state[-1] is not None

    @property
    def _of_run(self) -> list[int]:
        return [k for k, stop in enumerate(self.stops) if stop.of_run]

    def check(self, state: list[Any], done: int) -> None:
        """Refuse a state that these stops cannot have after so many epochs."""
        if len(state) != len(self._of_run) + 1 or not (state[-1] is None or isinstance(state[-1], str)):
            raise InvalidInput(f"its stops remember {brief(state)}, this run has {len(self._of_run)} stops")
        for k, memory in zip(self._of_run, state[:-1], strict=True):
            self.stops[k].check_memory(memory, self.memory[k], done)

    def resume(self, done: int) -> None:
        """Ask every stop whether a run resumed after so many whole epochs continues."""
        for stop in self.stops:
            if self.ended is None and (reason := stop.reached_before(done)) is not None:
                self.ended = f"{stop.name}: {reason}"

    def look(self, epoch: "Epoch", vectors: Sequence[Array] | None = None) -> None:
        """Ask every stop after an epoch; all of them, so that each remembers it.

        `vectors` are those of the end of this epoch; none where they are as the epoch left them.
        """
        for stop, memory in zip(self.stops, self.memory, strict=True):
            reason = stop.reached(epoch, memory)
            if reason is not None and not self.for_good:
                self.ended, self.for_good = f"{stop.name}: {reason}", stop.of_run
        if self.best_epoch == epoch.number:
            for best, vector in zip(self.best, self.vectors if vectors is None else vectors, strict=True):
                best[...] = vector

    def restore(self) -> None:
        """Restore the best parameters, if they were kept."""
        if self.best_epoch:
            for best, vector in zip(self.best, self.vectors, strict=True):
                vector[...] = best
