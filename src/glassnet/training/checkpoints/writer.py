"""Write the checkpoints of a run when they are due; if one cannot be written, warn and continue training."""

import json
import os
import re
import time
from pathlib import Path

from glassnet.calls import warn
from glassnet.errors import InvalidInput
from glassnet.files.atomic import CannotWrite
from glassnet.files.checkpoint_file import write_checkpoint
from glassnet.files.lock import Lock
from glassnet.training.checkpoints.history_table import table_of
from glassnet.training.checkpoints.reader import Saved, plain
from glassnet.training.checkpoints.run_state import State, state_of
from glassnet.training.checkpoints.settings import Checkpoint, files_in
from glassnet.training.history import History
from glassnet.training.loop.run import Run
from glassnet.training.loop.validated_run import ValidatedRun


class CheckpointWriter:
    """The checkpoints of one run. `latest` is a copy of what the run held after its last whole epoch."""

    def __init__(self, checkpoint: Checkpoint, run: Run, history: History, validated: ValidatedRun):
        self.checkpoint, self.run, self.history = checkpoint, run, history
        self.identity, self.saved = validated.identity, validated.saved
        self.latest = state_of(run)
        self.written, self.done = "", (0, 0)  # epochs, and rows of the next one
        self.said: int | None = None  # the epoch after which one could not be written, warned about once
        self.lock = lock_of(checkpoint)
        self.time = time.monotonic()  # of the last one written, or tried

    def begin(self) -> None:
        """Save the start of the run; InUse if another one is running here, CannotWrite if nothing can be written."""
        self.lock.acquire()
        check_place(self.checkpoint, self.saved)  # another one may have been here since
        self._write(self.latest)
        self._tidy(left_by_kills=True)

    def note(self) -> None:
        """An epoch is over: copy what the run holds."""
        self.latest = state_of(self.run)

    def go_on(self) -> None:
        """Training continues after an epoch: save the state after it, if that is due."""
        every = self.checkpoint.every
        if self._waited() or (every and self.latest.epoch - self.done[0] >= every):
            self._try(self.latest)

    def within(self) -> None:
        """Training continues after a part of an epoch: save the current state, if the minutes are over."""
        if self._waited():
            self._try(state_of(self.run))

    def _waited(self) -> bool:
        minutes = self.checkpoint.minutes
        return minutes is not None and time.monotonic() - self.time >= 60 * minutes

    def finish(self) -> None:
        """The run is over or was interrupted: save what is not saved yet."""
        if self.latest.epoch != self.done[0]:
            self._try(self.latest, over=True)

    def close(self) -> None:
        """Release the place for other runs."""
        self.lock.release()

    @property
    def last(self) -> str:
        """The newest existing checkpoint, if any."""
        return self.written if os.path.isfile(self.written) else ["", *files_in(self.checkpoint.path).values()][-1]

    def _try(self, state: State, over: bool = False) -> None:
        try:
            self._write(state)
            self._tidy()
        except CannotWrite as error:
            self.time = time.monotonic()
            if over or self.said != state.epoch:
                now = "Training is over" if over else "Training continues"
                last = f"its last checkpoint is {self.last}" if self.last else "none of its checkpoints is left"
                warn(f"{error} {now}; {last}.", RuntimeWarning)
            self.said = state.epoch

    def _write(self, state: State) -> None:
        names, table = table_of(self.history.epochs[: state.epoch])
        description = {"identity": self.identity, "numbers": state.numbers, "history": names}
        plainly = json.loads(json.dumps(description, default=plain))
        path = self.checkpoint.file(state.epoch, state.rows)
        write_checkpoint(path, {**state.arrays, "history": table}, plainly)
        self.written, self.done, self.time = path, (state.epoch, state.rows), time.monotonic()

    def _tidy(self, left_by_kills: bool = False) -> None:
        """Remove surplus files from the folder, and half-written ones of killed processes."""
        if self.checkpoint.is_file:
            return
        try:
            for file in [*self._old(), *(parts_in(self.checkpoint.path) if left_by_kills else ())]:
                os.unlink(file)
        except OSError as error:
            warn(f"could not remove an old checkpoint: {error}.", RuntimeWarning)

    def _old(self) -> list[str]:
        there = files_in(self.checkpoint.path)
        kept = [done for done in there if done <= self.done][-self.checkpoint.keep :]
        return [file for done, file in there.items() if done not in kept]


def lock_of(checkpoint: Checkpoint) -> Lock:
    """The lock that lets only one run at a time write checkpoints to a place."""
    path = checkpoint.path
    busy = (
        "{} is receiving the checkpoints of a training that {} is running: wait until it ends, or choose another path."
    )
    where = f"{path}.lock" if checkpoint.is_file else os.path.join(path, "run.lock")
    return Lock(Path(where), lambda holder: busy.format(path, holder))


def check_place(checkpoint: Checkpoint, saved: Saved | None) -> None:
    """Refuse a place that holds checkpoints of another run."""
    there = files_in(checkpoint.path)
    if there and not (saved and os.path.realpath(saved.path) in map(os.path.realpath, there.values())):
        raise InvalidInput(
            f"{Path(checkpoint.path)} holds a checkpoint of an earlier run: resume=True continues it, "
            "another path starts a new run."
        )


def parts_in(folder: str) -> list[str]:
    """Files that were being written when their process was killed."""
    return [os.path.join(folder, name) for name in os.listdir(folder) if re.fullmatch(r"\.[0-9a-f]{16}\.part", name)]
