"""Writing a file whole or not at all."""

import os
import tempfile
from pathlib import Path

from glassnet.errors import GlassnetError


class CannotWrite(GlassnetError, OSError):
    """The disk is full, the folder is read-only or gone, …; what was there before is unchanged."""


def write_whole(path: str | Path, content: bytes) -> Path:
    """Write to a temporary file beside `path`, flush it to the disk, then put it in place in one move.

    Raises CannotWrite in one sentence; a file that was at `path` before is then unchanged.
    """
    path = Path(path)
    temporary = None
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o666 & ~_umask())
        os.replace(temporary, path)
    except OSError as error:
        if temporary:
            Path(temporary).unlink(missing_ok=True)
        reason = error.strerror or str(error)
        raise CannotWrite(f"could not write {path}: {reason}. What was there before is unchanged.") from error
    return path


def make_folder(folder: Path) -> Path:
    """The folder, made if it is not there; CannotWrite in one sentence."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CannotWrite(f"could not make the folder {folder}: {error.strerror}.") from error
    return folder


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current
