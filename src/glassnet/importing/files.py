"""Files of other libraries: read whole, and one sentence for what is wrong with them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from glassnet.errors import MissingExtra, ModelFileError, OutOfMemory, first_line
from glassnet.files.model_file import WRONG


def whole_file(path: Path) -> bytes:
    """The bytes of a file; ModelFileError if there is none."""
    return beginning(path, -1)


def beginning(path: Path, n_bytes: int) -> bytes:
    """The first bytes of a file, all with −1."""
    if not path.is_file():
        raise ModelFileError(f"{path} is {'a folder' if path.is_dir() else 'not there'}: expected the file of a model.")
    try:
        with path.open("rb") as file:
            return file.read(n_bytes)
    except OSError as error:
        raise ModelFileError(f"{path} cannot be read: {first_line(error)}.") from error


@contextmanager
def refused(path: Path, kind: str) -> Iterator[None]:
    """ModelFileError, with the path, for whatever is wrong with a file that is read inside."""
    try:
        yield
    except (ModelFileError, MissingExtra, OutOfMemory):
        raise
    except (*WRONG, OSError, RuntimeError) as error:
        raise ModelFileError(f"{path} cannot be read as {kind}: {first_line(error)}.") from error
    except MemoryError as error:
        raise ModelFileError(f"{path} needs more memory than is available.") from error
