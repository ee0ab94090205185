"""The folder of a run: taken by one run at a time, and never overwritten by accident."""

import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

from glassnet.cli.console import tell
from glassnet.errors import InvalidInput
from glassnet.files.atomic import CannotWrite, check_room, make_folder, no_folder
from glassnet.files.lock import InUse, Lock
from glassnet.files.model_file import MODEL
from glassnet.files.target_runs import TARGETS
from glassnet.training.checkpoints.settings import files_in

LEAST_ROOM = 1 << 16  # bytes that must be free before a run starts
LOOK_EVERY = 0.5  # seconds between looks while waiting for another run
RESULTS = (MODEL, "history.json", "report.md", TARGETS)  # what a run leaves


@contextmanager
def output_folder(folder: Path) -> Iterator[None]:
    """Make a folder for output and check its free space; if it stays empty, it is removed again."""
    made = [path for path in (folder, *folder.parents) if not path.exists()]
    make_folder(folder)
    try:
        check_room(folder, LEAST_ROOM)
        yield
    finally:
        remove_empty(made)


def remove_empty(folders: Sequence[Path]) -> None:
    """Remove those of some folders, the innermost first, that nothing is in."""
    for path in folders:
        with suppress(OSError):  # something is in it
            path.rmdir()


@contextmanager
def run_folder(folder: Path, wait: bool = False) -> Iterator[Path]:
    """An output folder for one run at a time; if another holds it, wait or raise InUse."""
    with output_folder(folder), held(lock_of(folder), wait):
        yield folder


@contextmanager
def named_folder(folder: Path, force: bool) -> Iterator[Path]:
    """The folder that was asked for; an earlier run in it is overwritten only by `force`."""
    with run_folder(folder):
        if force:
            end_run(folder)
        else:
            check_new(folder)
        yield folder


@contextmanager
def numbered_folder(first: Path) -> Iterator[Path]:
    """A folder that was not there before: `first`, or else the first of runs/houses-2, runs/houses-3, … that is free.

    Each is taken by being made, so that of two runs that start at the same moment each has its own.
    """
    made = [path for path in first.parents if not path.exists()]
    folder = next(path for path in numbered(first) if is_made(path))
    if folder != first:
        tell(f"{first} is there already: this run is written to {folder}")
    try:
        with run_folder(folder):
            yield folder
    finally:
        remove_empty([folder, *made])


def numbered(first: Path) -> Iterator[Path]:
    """runs/houses, runs/houses-2, runs/houses-3, …"""
    yield first
    yield from (first.with_name(f"{first.name}-{number}") for number in count(2))


def has_checkpoints(folder: Path) -> bool:
    """Whether a network of a run, which may be one of several, has left a checkpoint in the run's folder."""
    place = folder / "checkpoints"
    return any(files_in(str(each)) for each in (place, *place.glob("network-*")))


def is_made(folder: Path) -> bool:
    """Make a folder; False if it is there already, InvalidInput if an unfinished run in it waits to be continued."""
    try:
        folder.mkdir(parents=True)
    except FileExistsError:
        if has_checkpoints(folder) and not in_use(folder):  # a look takes the lock, which a new run needs
            check_finished(folder)
        return False
    except OSError as error:
        raise CannotWrite(f"could not make the folder {folder}: {no_folder(folder, error)}.") from error
    return True


def in_use(folder: Path) -> bool:
    """Whether another run is working in a folder."""
    if not (folder / "run.lock").exists():
        return False
    try:
        with lock_of(folder):
            return False
    except InUse:
        return True


@contextmanager
def held(lock: Lock, wait: bool) -> Iterator[None]:
    """Hold a lock, waiting until it is free if `wait`."""
    said = False
    while True:
        try:
            lock.acquire()
            break
        except InUse as busy:
            if not wait:
                raise
            if not said:
                tell(f"waiting: {busy}")
            said = True
            time.sleep(LOOK_EVERY)
    try:
        yield
    finally:
        lock.release()


def lock_of(folder: Path) -> Lock:
    """The lock that lets only one run at a time use a folder."""
    busy = "{} is the folder of a run that {} is working on: wait until it ends, or name another folder with --out."
    return Lock(folder / "run.lock", lambda holder: busy.format(folder, holder))


def check_new(folder: Path) -> None:
    """Refuse a folder that holds a run."""
    check_finished(folder)
    if any((folder / name).exists() for name in RESULTS):
        raise InvalidInput(
            f"{folder} holds a run already: name another folder with --out, or overwrite the run with --force."
        )


def check_finished(folder: Path) -> None:
    """Refuse the folder of an unfinished run."""
    if has_checkpoints(folder):
        raise InvalidInput(
            f"{folder} holds an unfinished run: continue it with glassnet train --resume {folder}, "
            "or name another folder for a new one with --out."
        )


def end_run(folder: Path) -> None:
    """Remove what a finished run no longer needs."""
    shutil.rmtree(folder / "checkpoints", ignore_errors=True)
    (folder / "run.json").unlink(missing_ok=True)
