"""A lock that one process holds at a time: its file names the holder, and any end of the process releases it."""

import errno
import json
import os
import socket
import time
import weakref
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from glassnet.errors import InvalidInput
from glassnet.files import own
from glassnet.files.atomic import CannotWrite, make_folder

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

FAR = 1 << 30  # where Windows locks a byte: it lets nobody read what is locked
WITHOUT_LOCKS = {errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EINVAL}  # some network disks
TRIES = 100
_held: "weakref.WeakSet[Lock]" = weakref.WeakSet()


class InUse(InvalidInput):
    """Another training that is still running holds what this one needs."""


class Lock:
    """Held from `acquire` to `release`, which removes its file, or to the end of the process.

    The system's own lock on the file decides (flock, which NFS knows too), so what a killed process left is free, and
    two that start in the same moment cannot both have it. On a disk that knows no locks the process that stands in the
    file decides: it must not be alive on this machine.

    `busy` makes the sentence for when another one holds it, from words for who that is.
    """

    def __init__(self, path: Path, busy: Callable[[str], str]):
        self.path, self.busy = path, busy
        self._file: int | None = None

    def acquire(self) -> Self:
        """Take the lock; InUse if another process holds it, CannotWrite if its file cannot be written."""
        for _ in range(TRIES):
            if self._try():
                _held.add(self)
                own.claim(self.path)
                return self
        raise CannotWrite(f"could not write {self.path}: it keeps being removed.")

    def release(self) -> None:
        """Release the lock."""
        file, self._file = self._file, None
        if file is None:
            return
        _held.discard(self)
        own.disown(self.path)
        if fcntl is not None:  # while it is still held, so that it is nobody else's
            with suppress(OSError):
                self.path.unlink()
        os.close(file)
        if fcntl is None:
            with suppress(OSError):
                self.path.unlink()

    __del__ = release

    def __enter__(self) -> Self:
        return self.acquire()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.release()

    def let_go(self) -> None:
        """In a forked child: it stays with the parent."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _try(self) -> bool:
        """Try to take the lock; False if the file was removed in the meantime."""
        make_folder(self.path.parent)
        file = None
        try:
            file = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o644)
            if not taken(file):
                raise InUse(self.busy(in_words(holder(file))))
            if not os.path.samestat(os.fstat(file), os.stat(self.path)):
                return False
            write(file)
            file, self._file = None, file
        except FileNotFoundError:
            return False
        except OSError as error:
            if file is not None:
                self.path.unlink(missing_ok=True)  # an empty one, of a disk that is full
            raise CannotWrite(f"could not write {self.path}: {error.strerror}.") from error
        finally:
            if file is not None:
                os.close(file)
        return True


def taken(file: int) -> bool:
    """Take the system's lock on a file, if no other process has it."""
    try:
        if fcntl is not None:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        else:
            import msvcrt

            os.lseek(file, FAR, os.SEEK_SET)
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
    except OSError as error:
        return error.errno in WITHOUT_LOCKS and not alive(holder(file))
    return True


def write(file: int) -> None:
    """Put this process into the file."""
    now = time.strftime("%Y-%m-%d %H:%M:%S")
    content = json.dumps({"pid": os.getpid(), "host": socket.gethostname(), "since": now}).encode()
    os.ftruncate(file, 0)
    os.lseek(file, 0, os.SEEK_SET)
    os.write(file, content)


def holder(file: int) -> Mapping[str, Any]:
    """The process named in a file; empty if none can be read."""
    try:
        os.lseek(file, 0, os.SEEK_SET)
        found = json.loads(os.read(file, 4096))
        return found if isinstance(found, dict) and isinstance(found.get("pid"), int) else {}
    except (OSError, ValueError, RecursionError):
        return {}


def in_words(found: Mapping[str, Any]) -> str:
    """Who holds it, for a sentence.

    >>> in_words({"pid": 7, "host": "elsewhere", "since": "2026-01-31 12:00:00"})
    'process 7 on elsewhere (since 2026-01-31 12:00:00)'
    """
    if not found:
        return "another process"
    if found["pid"] == os.getpid() and found.get("host") == socket.gethostname():
        return "this very process"
    where = "" if found.get("host") == socket.gethostname() else f" on {str(found.get('host'))[:64]}"
    return f"process {found['pid']}{where} (since {str(found.get('since'))[:32]})"


def alive(found: Mapping[str, Any]) -> bool:
    """Whether the process named in a file may still be running; assumed on another machine."""
    if not found:
        return False
    if found.get("host") != socket.gethostname():
        return True
    if found["pid"] == os.getpid():
        return bool(_held)
    try:
        os.kill(found["pid"], 0)
    except PermissionError:
        return True
    except (OSError, OverflowError):
        return False
    return True


def leave_to_the_parent() -> None:
    """After a fork the child has copies of open files: it holds no lock."""
    for lock in list(_held):
        lock.let_go()
    _held.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=leave_to_the_parent)
