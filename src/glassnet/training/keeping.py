"""Writing the checkpoints of a run when they are due; one that cannot be written is said, and training goes on."""

import json
import os
import re
import time
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from glassnet.errors import InvalidInput
from glassnet.files.atomic import CannotWrite, make_folder
from glassnet.files.checkpoint_file import write_checkpoint
from glassnet.training.checkpoint import Checkpoint, files_in
from glassnet.training.history import History
from glassnet.training.loop import Run
from glassnet.training.records import table_of
from glassnet.training.resuming import Saved, plain
from glassnet.training.state import State, state_of


class Keeper:
    """The checkpoints of one run. `latest` is a copy of what the run held after its last whole epoch."""

    def __init__(self, checkpoint: Checkpoint, run: Run, history: History, identity: Mapping[str, Any]):
        self.checkpoint, self.run, self.history, self.identity = checkpoint, run, history, identity
        self.latest = state_of(run)
        self.written, self.done = "", (0, 0)  # epochs, and rows of the next one
        self.said: int | None = None  # after which epoch one could not be written, which is said once

    def check(self, saved: Saved | None) -> None:
        """Refuse a place that holds checkpoints of another run."""
        path = Path(self.checkpoint.path)
        there = files_in(self.checkpoint.path)
        if there and not (saved and os.path.realpath(saved.path) in map(os.path.realpath, there.values())):
            raise InvalidInput(
                f"{path} holds a checkpoint of an earlier run: resume=True goes on from it, another path begins anew."
            )

    def begin(self) -> None:
        """Write down where the run begins; CannotWrite where nothing can be written."""
        path = Path(self.checkpoint.path)
        make_folder(path.parent if self.checkpoint.is_file else path)
        self._write(self.latest)
        self._tidy(left_by_kills=True)

    def note(self) -> None:
        """An epoch is over: copy what the run holds."""
        self.latest = state_of(self.run)

    def go_on(self) -> None:
        """Training goes on after an epoch: write what the run held after it, if that is due."""
        every = self.checkpoint.every
        if self._waited() or (every and self.latest.epoch - self.done[0] >= every):
            self._try(self.latest)

    def within(self) -> None:
        """Training goes on after a part of an epoch: write what the run holds if the minutes are over."""
        if self._waited():
            self._try(state_of(self.run))

    def _waited(self) -> bool:
        minutes = self.checkpoint.minutes
        return minutes is not None and time.monotonic() - self.time >= 60 * minutes

    def finish(self) -> None:
        """The run is over, or was interrupted: write what is not written yet."""
        if self.latest.epoch != self.done[0]:
            self._try(self.latest, over=True)

    def _try(self, state: State, over: bool = False) -> None:
        try:
            self._write(state)
            self._tidy()
        except CannotWrite as error:
            self.time = time.monotonic()
            if over or self.said != state.epoch:
                now = "Training is over" if over else "Training goes on"
                warnings.warn(f"{error} {now}; its last checkpoint is {self.written}.", RuntimeWarning, stacklevel=2)
            self.said = state.epoch

    def _write(self, state: State) -> None:
        names, table = table_of(self.history.epochs[: state.epoch])
        description = {"identity": self.identity, "numbers": state.numbers, "history": names}
        plainly = json.loads(json.dumps(description, default=plain))
        path = self.checkpoint.file(state.epoch, state.rows)
        write_checkpoint(path, {**state.arrays, "history": table}, plainly)
        self.written, self.done, self.time = path, (state.epoch, state.rows), time.monotonic()

    def _tidy(self, left_by_kills: bool = False) -> None:
        """Remove files of a folder that are more than are kept, and what killed processes left half written."""
        if self.checkpoint.is_file:
            return
        try:
            for file in [*self._old(), *(parts_in(self.checkpoint.path) if left_by_kills else ())]:
                os.unlink(file)
        except OSError as error:
            warnings.warn(f"could not remove an old checkpoint: {error}.", RuntimeWarning, stacklevel=3)

    def _old(self) -> list[str]:
        there = files_in(self.checkpoint.path)
        kept = [done for done in there if done <= self.done][-self.checkpoint.keep :]
        return [file for done, file in there.items() if done not in kept]


def parts_in(folder: str) -> list[str]:
    """Files that were being written when their process was killed."""
    return [os.path.join(folder, name) for name in os.listdir(folder) if re.fullmatch(r"\.[0-9a-f]{16}\.part", name)]
