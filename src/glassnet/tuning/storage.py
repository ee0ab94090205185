"""Where the trials of a study are kept: a journal, an SQLite file, or a PostgreSQL server."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypedDict, Unpack

from glassnet.errors import InvalidInput, brief
from glassnet.extras import require
from glassnet.files.atomic import check_writable, make_folder
from glassnet.files.lines import cut_half_line
from glassnet.tables.sources.source import SERVERS
from glassnet.training.inputs.checks import check_flag
from glassnet.tuning.database import DatabaseStorage
from glassnet.tuning.network_disk import network_disk
from glassnet.tuning.workers import Worker, WorkerLike

if TYPE_CHECKING:
    from optuna.storages import BaseStorage

JOURNAL, NAME = "study.journal", "glassnet"
SQLITE = "sqlite:///"
WORKERS = ".workers"  # the folder of locks beside a file


class SharedStudy(TypedDict, total=False):
    """Where a study is that several workers share; `tune` explains it."""

    storage: str | Path | None
    study: str | None
    join: bool


NOT_SHARED: dict[str, Any] = {"storage": None, "study": None, "join": False}


class StudyPlace(Protocol):
    """A place of a study."""

    study_name: str

    @property
    def shown(self) -> str:
        """As messages have it."""

    @property
    def elsewhere(self) -> str:
        """What to do where another study is there."""

    def check(self) -> None:
        """Refuse a place that does not answer, or cannot be written, before any work."""

    def opened(self) -> "AbstractContextManager[tuple[WorkerLike, BaseStorage]]":
        """This process as a worker, and the storage; all is closed at the end."""


class JournalPlace:
    """A file to which each worker writes what it does, on a disk of this machine."""

    def __init__(self, file: Path, workers: Path, shown: Path, name: str = NAME, elsewhere: str = "another folder"):
        self.file, self.workers, self.shown, self.study_name = file, workers, str(shown), name
        self.elsewhere = f"choose {elsewhere}"

    @classmethod
    def in_folder(cls, folder: Path) -> "JournalPlace":
        """That of the folder of a search."""
        return cls(folder / JOURNAL, folder / "workers", folder)

    def check(self) -> None:
        """Refuse a file that cannot be written; its folder may be made later."""
        check_file(self.file)

    @contextmanager
    def opened(self) -> "Iterator[tuple[WorkerLike, BaseStorage]]":
        """The process holds a lock in the folder of workers, which others see."""
        optuna = require("optuna", "tune", "a search for hyper-parameters")
        make_folder(self.file.parent)
        with Worker(self.workers) as worker:
            if not worker.others():
                cut_half_line(self.file)  # as a full disk leaves it
            # the lock that is Optuna's own is a file, which a killed process leaves behind
            backend = optuna.storages.journal.JournalFileBackend(str(self.file), worker.writing)
            yield worker, optuna.storages.JournalStorage(backend)


class SQLitePlace:
    """An SQLite file on a disk of this machine."""

    def __init__(self, file: Path, name: str = NAME):
        self.file, self.shown, self.study_name = file, str(file), name
        self.elsewhere = "choose another file"
        if (kind := network_disk(file)) is not None:
            raise InvalidInput(
                f"{file} is on a network disk ({kind}), where SQLite's locks fail and two machines that write to the "
                "file break it: use --storage postgresql://host/database, or a disk of this machine."
            )

    def check(self) -> None:
        """Refuse a file that cannot be written; its folder may be made later."""
        check_file(self.file)

    @contextmanager
    def opened(self) -> "Iterator[tuple[WorkerLike, BaseStorage]]":
        """As with a journal, the process holds a lock beside the file."""
        optuna = require("optuna", "tune", "a search for hyper-parameters")
        make_folder(self.file.parent)
        with Worker(Path(f"{self.file}{WORKERS}")) as worker:
            with worker.turn:
                storage = optuna.storages.RDBStorage(
                    f"{SQLITE}{self.file.absolute()}", engine_kwargs={"connect_args": {"timeout": 60}}
                )
            try:
                yield worker, storage
            finally:
                storage.scoped_session.remove()
                storage.engine.dispose()


def check_file(file: Path) -> None:
    """Refuse a file that cannot be written."""
    if file.parent.exists():
        check_writable(file)


def place_of(storage: object, name: str | None = None) -> StudyPlace:
    """The place that a storage is named by: a journal, the folder of a search, sqlite:///FILE or postgresql://….

    >>> place_of("runs/study.journal").shown, place_of("postgresql://ada:secret@host/studies").shown
    ('runs/study.journal', "the study 'glassnet' in postgresql://ada@host/studies")
    """
    if not isinstance(storage, (str, Path)) or not str(storage).strip():
        raise InvalidInput(f"storage must be a journal file or a URL such as postgresql://…, got {brief(storage)}.")
    given, named = str(storage), name or NAME
    scheme = given.partition("://")[0] if "://" in given else ""
    if scheme in SERVERS:
        return DatabaseStorage(given, named)
    if given.startswith(SQLITE) and len(given) > len(SQLITE):
        return SQLitePlace(Path(given.removeprefix(SQLITE)), named)
    if scheme:
        raise InvalidInput(
            "--storage takes a journal file, such as study.journal, sqlite:///FILE, or postgresql://host/database; got "
            f"{scheme}://…."
        )
    path = Path(given)
    if path.is_dir():
        return JournalPlace(path / JOURNAL, path / "workers", path, named, "another file")
    return JournalPlace(path, Path(f"{path}{WORKERS}"), path, named, "another file")


def shared_place(folder: Any, **shared: Unpack[SharedStudy]) -> tuple[StudyPlace | None, bool]:
    """(the place of a shared study, whether to join it)."""
    storage, study, join = shared.get("storage"), shared.get("study"), check_flag(shared.get("join", False), "join")
    check_place(folder, storage, study, join)
    return None if storage is None else place_of(storage, study), join


def check_place(folder: Any, storage: Any, study: str | None, join: bool) -> None:
    """Refuse what does not fit together."""
    if storage is None and join:
        raise InvalidInput(
            "--join works on a search that is kept in a storage: name it with --storage, as the process that began it "
            "did."
        )
    if storage is None and study is not None:
        raise InvalidInput("--study names a study in a storage: name that with --storage.")
    if folder is not None and storage is not None:
        raise InvalidInput("a search is kept in a folder or in a storage: leave one of them out.")
