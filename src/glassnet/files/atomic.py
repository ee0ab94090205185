"""Writing a file whole or not at all."""

import errno
import os
import stat
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

from glassnet.errors import GlassnetError, brief
from glassnet.files.own import claim, disown

PIECE = 1 << 16  # bytes that are written at a time to see whether there is room


class CannotWrite(GlassnetError, OSError):
    """The disk is full, the folder is read-only or gone, …; existing files are unchanged."""


def write_whole(path: str | Path, content: bytes) -> Path:
    """Write to a temporary file beside `path`, flush it to the disk, then put it in place in one move.

    A link stays a link, and an existing file keeps its mode. A pipe or a device is written to directly. Raises
    CannotWrite in one sentence; a file that was at `path` before is then unchanged.
    """
    write_together({Path(path): content})
    return Path(path)


def write_together(files: Mapping[Path, bytes]) -> None:
    """Write some files as `write_whole` does one: the first is put in place when all are on the disk."""
    with ExitStack() as stack:
        moves: list[tuple[Path, Callable[[], object]]] = []
        for path, content in files.items():
            with _in_words(path):
                if path.exists() and not path.is_file():
                    moves.append((path, partial(path.write_bytes, content)))  # a file in its place would reach nobody
                    continue
                target = Path(os.path.realpath(path))
                temporary = stack.enter_context(_beside(target))
                with temporary.open("xb") as file:  # never a file of someone else
                    file.write(content)
                _finish(temporary, target)
                moves.append((path, partial(os.replace, temporary, target)))
        for path, move in moves:
            with _in_words(path):
                move()


@contextmanager
def _in_words(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise CannotWrite(f"could not write {path}: {reason}. What was there before is unchanged.") from error


@contextmanager
def in_place_of(target: Path) -> Iterator[Path]:
    """The path of a file to fill, which takes the place of `target` in the end; it is removed after an error."""
    with _beside(target) as temporary:
        yield temporary
        _finish(temporary, target)
        os.replace(temporary, target)


@contextmanager
def _beside(target: Path) -> Iterator[Path]:
    """The path of a file of this process beside `target`, which is removed in the end if it is still there."""
    temporary = target.with_name(f".{os.urandom(8).hex()}.part")
    claim(temporary)
    try:
        yield temporary
    finally:
        temporary.unlink(missing_ok=True)
        disown(temporary)


def _finish(temporary: Path, target: Path) -> None:
    """Flush a file to the disk, with the mode of the one whose place it takes."""
    with temporary.open("rb+") as file:
        os.fsync(file.fileno())
    if target.exists():
        temporary.chmod(stat.S_IMODE(target.stat().st_mode))


def make_folder(folder: Path) -> Path:
    """The folder, made if it is not there; CannotWrite in one sentence."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CannotWrite(f"could not make the folder {folder}: {no_folder(folder, error)}.") from error
    return folder


def no_folder(folder: Path, error: OSError) -> str:
    """Why the folder could not be made."""
    if os.path.islink(folder) and not os.path.exists(folder):  # unlike those of Path, never an error
        return f"it is a link to {os.readlink(folder)}, which does not exist"
    return "there is a file of this name" if os.path.isfile(folder) else error.strerror or str(error)


def check_writable(path: Path) -> None:
    """Raise CannotWrite if a file cannot be written, before the work that fills it."""
    try:
        os.stat(path)
    except FileNotFoundError:
        pass
    except (OSError, ValueError) as error:  # too long a name, a null byte, a link to itself, a file where a folder is
        raise CannotWrite(
            f"could not write {brief(str(path))}: {getattr(error, 'strerror', None) or error}."
        ) from error
    if path.is_dir():
        raise CannotWrite(f"could not write {path}: it is a folder.")
    if path.is_file() or not path.exists():
        check_room(Path(os.path.realpath(path)).parent, 1)


def check_room(folder: Path, n_bytes: int) -> None:
    """Raise CannotWrite if so many bytes cannot be written into a folder; nothing is left there."""
    try:
        with tempfile.NamedTemporaryFile(prefix=".room-", dir=folder) as file:
            reserve(file.fileno(), n_bytes)
    except OSError as error:
        raise CannotWrite(f"could not write into {folder}: {error.strerror or error}.") from error


def reserve(file: int, n_bytes: int) -> None:
    """Reserve so many bytes on the disk for a file; OSError if they are not available."""
    try:
        os.posix_fallocate(file, 0, n_bytes)
    except (AttributeError, OSError) as error:  # not on every system, nor on every disk
        if isinstance(error, OSError) and error.errno not in (errno.EINVAL, errno.EOPNOTSUPP, errno.ENOSYS):
            raise
        for _ in range(0, n_bytes, PIECE):
            os.write(file, bytes(PIECE))
        os.fsync(file)
