"""Writing a file whole or not at all."""

import os
import stat
from pathlib import Path

from glassnet.errors import GlassnetError


class CannotWrite(GlassnetError, OSError):
    """The disk is full, the folder is read-only or gone, …; what was there before is unchanged."""


def write_whole(path: str | Path, content: bytes) -> Path:
    """Write to a temporary file beside `path`, flush it to the disk, then put it in place in one move.

    A link stays a link, and an existing file keeps its mode. A pipe or a device is written to directly. Raises
    CannotWrite in one sentence; a file that was at `path` before is then unchanged.
    """
    path = Path(path)
    try:
        if path.exists() and not path.is_file():
            path.write_bytes(content)  # a pipe or a device: a file in its place would reach nobody
        else:
            _replace(Path(os.path.realpath(path)), content)
    except OSError as error:
        reason = error.strerror or str(error)
        raise CannotWrite(f"could not write {path}: {reason}. What was there before is unchanged.") from error
    return path


def _replace(target: Path, content: bytes) -> None:
    temporary = target.with_name(f".{os.urandom(8).hex()}.part")
    try:
        with temporary.open("xb") as file:  # never a file of someone else
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            temporary.chmod(stat.S_IMODE(target.stat().st_mode))
        os.replace(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)


def make_folder(folder: Path) -> Path:
    """The folder, made if it is not there; CannotWrite in one sentence."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CannotWrite(f"could not make the folder {folder}: {error.strerror}.") from error
    return folder
