"""A study on a PostgreSQL server, which workers on any number of machines share."""

import secrets
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import blake2b
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

from glassnet.errors import InvalidInput
from glassnet.extras import require
from glassnet.tables.sources.source import Source
from glassnet.tuning.trial_marks import NOBODY, WORKER, put_back

if TYPE_CHECKING:
    from optuna import Study, Trial
    from optuna.storages import RDBStorage

PATIENCE = 20  # seconds for a server that does not answer
BEAT, SILENCE = 15, 60  # seconds between two signs of life of a trial, and without one until it counts as lost
LOCK = "SELECT pg_advisory_xact_lock({})"  # until the transaction ends, also by the death of its process


class DatabaseStorage:
    """Where the trials of a study are: the tables that Optuna makes in a database."""

    def __init__(self, url: str, name: str):
        self.source, self.study_name = Source(url), name

    @property
    def elsewhere(self) -> str:
        """What to do where another study is there."""
        return "choose another name with --study"

    @property
    def shown(self) -> str:
        """The place in a message, with the name of the study."""
        return f"the study {self.study_name!r} in {self.source.shown}"

    @contextmanager
    def opened(self) -> "Iterator[tuple[DatabaseWorker, RDBStorage]]":
        """This process as a worker, and the storage; connections are closed at the end, whatever happens."""
        with self.answering():
            storage = self._connected()
            try:
                yield DatabaseWorker(storage, self.study_name), storage
            finally:
                storage.scoped_session.remove()
                storage.engine.dispose()

    def check(self) -> None:
        """Refuse a server that does not answer, before any work."""
        with self.answering():
            self._connection().close()

    def _connection(self) -> Any:
        psycopg, place = require("psycopg", "cluster", "a search on several machines"), self.source.place
        patience = {} if "connect_timeout=" in place else {"connect_timeout": PATIENCE}
        return psycopg.connect(place, **patience)  # what the URL leaves open is as libpq finds it

    def _connected(self) -> "RDBStorage":
        optuna = require("optuna", "cluster", "a search on several machines")
        with self._connection() as connection, warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            connection.execute(LOCK.format(key("tables")))  # two processes would make the same tables
            return optuna.storages.RDBStorage(
                "postgresql+psycopg://",
                engine_kwargs={"creator": self._connection, "pool_pre_ping": True},
                heartbeat_interval=BEAT,
                grace_period=SILENCE,
                heartbeat_stale_trial_callback=put_back,
            )

    @contextmanager
    def answering(self) -> Iterator[None]:
        """What the server or the network says in an error, in one sentence."""
        optuna = require("optuna", "cluster", "a search on several machines")
        psycopg = require("psycopg", "cluster", "a search on several machines")
        of_alchemy = require("sqlalchemy.exc", "cluster", "a search on several machines").SQLAlchemyError
        try:
            yield
        except (optuna.exceptions.StorageInternalError, of_alchemy, psycopg.Error) as error:
            raise InvalidInput(f"the storage {self.source.shown} does not answer: {self._reason(error)}.") from None

    def _reason(self, error: BaseException) -> str:
        """The line of the server or the network, below what the layers above made of it."""
        while (cause := getattr(error, "orig", None) or error.__cause__) is not None:
            error = cause
        lines = [line for line in str(error).splitlines() if line.strip()] or [type(error).__name__]
        said = next((line for line in lines if "failed: " in line), lines[0])
        said = said.rpartition("failed: ")[2].removeprefix("FATAL:").strip()
        return self.source.without_secrets(said)[:300].rstrip(".")


class DatabaseWorker:
    """A process that works on a study in a database; its trials give signs of life while it trains."""

    def __init__(self, storage: "RDBStorage", study_name: str):
        self.storage, self.name, self._key = storage, f"worker-{secrets.token_hex(8)}", key(study_name)

    @property
    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait until no other worker is in its turn: what is read in it stays true until its end."""
        with self.storage.engine.begin() as connection:
            connection.exec_driver_sql(LOCK.format(self._key))
            yield

    def draw(self, n_trials: int) -> int:
        """What its suggestions are drawn by beside the seed; the first worker of a study has no other number."""
        return secrets.randbits(31) if n_trials else 0

    def begin(self, study: "Study") -> "Trial":
        """A new trial with the name on it; one without it was begun in a turn that a kill ended."""
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Heartbeat of storage")  # it begins below
            trial = study.ask()
        self.storage.record_heartbeat(trial._trial_id)
        trial.set_user_attr(WORKER, self.name)
        return trial

    @contextmanager
    def at(self, trial: "Trial") -> Iterator[None]:
        """Give signs of life of a trial, from a thread, while it is trained."""
        done = Event()

        def beat() -> None:
            while not done.wait(BEAT):
                try:
                    self.storage.record_heartbeat(trial._trial_id)
                except Exception:  # the training meets the same when it reports its next epoch
                    continue

        thread = Thread(target=beat, daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()

    def take_back(self, study: "Study") -> None:
        """Trials without signs of life become failed ones, and are put back into the queue; in one's turn only."""
        from optuna.exceptions import ExperimentalWarning
        from optuna.storages import fail_stale_trials
        from optuna.trial import TrialState

        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ExperimentalWarning)
            fail_stale_trials(study)
        for trial in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
            if trial.user_attrs.get(WORKER, NOBODY) == NOBODY:
                study.tell(trial.number, state=TrialState.FAIL)
                put_back(study, trial)


def key(name: str) -> int:
    """The number by which PostgreSQL knows a lock."""
    return int.from_bytes(blake2b(f"glassnet {name}".encode(), digest_size=8).digest(), "big", signed=True)
