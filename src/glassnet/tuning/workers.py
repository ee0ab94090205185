"""Who is at work in a folder: each process holds a lock, which the system takes from it however it ends."""

import secrets
import sqlite3
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

from glassnet.files.atomic import make_folder
from glassnet.tuning.trial_marks import NOBODY, WORKER, put_back

if TYPE_CHECKING:
    from optuna import Study, Trial

PATIENCE = 60.0  # seconds to wait for a lock that others hold for moments only


class Lock:
    """Held by one at a time, from `acquire` to `release` or the death of its process."""

    def __init__(self, path: Path):
        self.path = path

    def acquire(self, patience: float = PATIENCE) -> bool:
        """Hold it; sqlite3.OperationalError if another one goes on holding it. SQLite knows how on every system."""
        self._connection = sqlite3.connect(self.path, timeout=patience, isolation_level=None)
        try:
            self._connection.execute("PRAGMA journal_mode = MEMORY")  # no extra journal file
            self._connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError:
            self._connection.close()
            raise
        return True

    def release(self) -> None:
        """Release the lock."""
        self._connection.close()

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.release()


class WorkerLike(Protocol):
    """A process that works on a study, wherever this is kept.

    What is read of the study in its `turn` stays true until that ends. In it, trials of workers that have died are
    taken back, and the next one begins; `at` is around the training of a trial. `draw` says by what, beside the seed,
    its suggestions differ from those of others, where a study has so many trials.
    """

    @property
    def name(self) -> str:
        """A name that no other worker has."""

    @property
    def turn(self) -> AbstractContextManager[object]:
        """Wait until no other worker is in its turn."""

    def draw(self, n_trials: int) -> int:
        """A number for the suggestions of this worker."""

    def take_back(self, study: "Study") -> None:
        """Fail the trials of workers that have died, and put them back into the queue, once."""

    def begin(self, study: "Study") -> "Trial":
        """A new trial with the name on it."""

    def at(self, trial: "Trial") -> AbstractContextManager[object]:
        """While a trial is trained."""


class Worker:
    """A process at work in a folder, from `with` to its end or its death.

    `with worker.turn:` waits until no other one is in its turn: what is read in it stays true until its end. `writing`
    is the lock of what they all write.
    """

    def __init__(self, folder: Path):
        self.folder, self.name = make_folder(folder), f"worker-{secrets.token_hex(8)}"
        self.turn, self.writing = Lock(folder / "turn"), Lock(folder / "writing")
        self._life = Lock(folder / self.name)

    def __enter__(self) -> Self:
        self._life.acquire()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._life.release()
        self._life.path.unlink(missing_ok=True)

    def at_work(self, name: str) -> bool:
        """Whether the worker of this name, in the same folder, lives."""
        if name == self.name:
            return True
        if not (path := self.folder / name).exists():
            return False
        try:
            (life := Lock(path)).acquire(patience=0)
        except sqlite3.OperationalError:
            return True
        life.release()
        path.unlink(missing_ok=True)
        return False

    def draw(self, n_trials: int) -> int:
        """How many others there are: a second process draws others."""
        return self.others()

    def begin(self, study: "Study") -> "Trial":
        """A new trial with the name on it; one without it was begun in a turn that a kill ended."""
        trial = study.ask()
        trial.set_user_attr(WORKER, self.name)
        return trial

    def at(self, trial: "Trial") -> AbstractContextManager[object]:
        """Nothing is needed: the system knows whether this process lives."""
        return nullcontext()

    def take_back(self, study: "Study") -> None:
        """Trials whose process has died become failed ones, and are put back into the queue; in one's turn only."""
        from optuna.trial import TrialState

        for trial in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
            if self.at_work(trial.user_attrs.get(WORKER, NOBODY)):
                continue
            study.tell(trial.number, state=TrialState.FAIL)
            put_back(study, trial)

    def others(self) -> int:
        """How many others there are."""
        return sum(self.at_work(path.name) for path in self.folder.glob("worker-*") if path.name != self.name)
