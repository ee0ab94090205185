"""Temporary files of a process: removed when it ends, never by a forked child."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

_there: dict[str, int] = {}  # paths, each with the process that it belongs to


def claim(path: "str | Path") -> None:
    """It belongs to this process, and is removed at its end at the latest."""
    _there[str(path)] = os.getpid()


def disown(path: "str | Path") -> None:
    """Never remove this path here."""
    _there.pop(str(path), None)


def own_folder(inside: "str | Path", prefix: str) -> Path:
    """A new folder that belongs to this process; OSError if it cannot be made."""
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=inside))
    claim(folder)
    return folder


def remove(path: "str | Path") -> None:
    """Remove a file or a folder that belongs to this process; nothing if it does not, or is gone."""
    if _there.get(str(path)) != os.getpid():
        return
    if os.path.isdir(path):
        shutil.rmtree(path, ignore_errors=True)
    elif os.path.lexists(path):
        os.unlink(path)
    disown(path)


@atexit.register
def remove_all() -> None:
    """Remove all that belongs to this process."""
    for path in list(_there):
        try:
            remove(path)
        except OSError:  # the disk is gone: so is what lay there
            disown(path)
