"""Memory that all ranks see, if they are on one machine: a file without a disk, which each of them maps."""

import mmap
import os
import secrets
import tempfile
from contextlib import suppress
from pathlib import Path

import numpy as np

from glassnet.engine.ranks.communicator import Communicator
from glassnet.files.atomic import reserve
from glassnet.formulas.elementary import Array

FOLDER = Path("/dev/shm")
MARK = 64  # bytes before the memory, by which a rank knows that it sees the file of rank 0, and not one of its machine


def shared_memory(communicator: Communicator, n_bytes: int) -> Array | None:
    """Memory of so many bytes, zeros at first; None where a rank is elsewhere, or the machine has no room for it."""
    mark = secrets.token_bytes(MARK)
    made = made_file(mark, n_bytes) if communicator.rank == 0 else None
    try:
        path, first = communicator.gather((made, mark))[0]
        found = None if path is None else mapped(path, first, n_bytes)
        return found if all(communicator.gather(found is not None)) else None
    finally:
        if made is not None:
            os.unlink(made)  # it lives on for those who have mapped it


def made_file(mark: bytes, n_bytes: int) -> str | None:
    """A file that begins with the mark; None without a place for it."""
    try:
        file, path = tempfile.mkstemp(prefix="glassnet-ranks-", dir=FOLDER)
    except OSError:
        return None
    try:
        reserve(file, MARK + n_bytes)  # or a write into memory that is not there would end the process
        os.pwrite(file, mark, 0)
    except OSError:
        os.unlink(path)
        return None
    finally:
        os.close(file)
    return path


def mapped(path: str, mark: bytes, n_bytes: int) -> Array | None:
    """The memory of the file at a path, if it begins with the mark."""
    with suppress(OSError, ValueError), open(path, "r+b") as file:
        memory = mmap.mmap(file.fileno(), MARK + n_bytes)
        if memory[:MARK] == mark:
            return np.frombuffer(memory, np.uint8)[MARK:]
    return None
