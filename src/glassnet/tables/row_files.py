"""Encoded rows kept in files, each of which holds a random share of them, so that reading one after the other mixes."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from glassnet.errors import InvalidInput
from glassnet.files.atomic import CannotWrite, make_folder
from glassnet.tables.memory import readable_bytes
from glassnet.training.blocks import Blocks

MOST_FILES = 256  # beyond that they become larger
USUAL_BYTES = 1 << 26  # of a file: what is trained on at a time
FILES_IN_MEMORY = 10  # how many files the memory is to hold


def check_own(folder: Path) -> None:
    """Refuse a folder that holds anything but rows of an earlier run, as it will be emptied."""
    strangers = [] if not folder.is_dir() else [f for f in folder.iterdir() if not re.fullmatch(r"[Xy]\d+", f.name)]
    if strangers or folder.is_symlink() or folder.is_file():
        raise InvalidInput(
            f"{folder} is where encoded rows are kept, but something else is there: choose another --out."
        )


class RowFiles:
    """Rows of X (float32, `width` numbers) and y in a folder of their own; what lay there before is removed.

    Raises CannotWrite where the disk has no room for them.
    """

    def __init__(self, folder: Path, n_rows: int, width: int, memory: int, rng: "np.random.Generator"):
        self.folder, self.n_rows, self.width, self.rng = folder, n_rows, width, rng
        check_own(folder)
        shutil.rmtree(folder, ignore_errors=True)
        make_folder(folder)
        size = n_rows * (4 * width + 8)
        free = shutil.disk_usage(folder).free
        if size > free:
            self.remove()
            raise CannotWrite(
                f"the encoded rows take {readable_bytes(size)}, but there are only {readable_bytes(free)} free in "
                f"{folder.parent}: put the run on a larger disk."
            )
        self.n_files = int(np.clip(-(-size // min(USUAL_BYTES, max(1, memory // FILES_IN_MEMORY))), 1, MOST_FILES))
        self.dtype = np.dtype(np.int64)
        self.written: set[int] = set()

    def add(self, X: Any, y: Any) -> None:
        """Put each row into a file drawn for it."""
        files = self.rng.integers(self.n_files, size=len(y))
        self.dtype = y.dtype
        try:
            for k in np.unique(files).tolist():
                self.written.add(k)
                for name, values in (("X", X), ("y", y)):
                    with (self.folder / f"{name}{k}").open("ab") as file:
                        file.write(values[files == k].tobytes())
        except OSError as error:
            self.remove()
            raise CannotWrite(f"could not write the encoded rows into {self.folder}: {error.strerror}.") from error

    def blocks(self) -> Blocks:
        """The rows as training data, one file at a time: to read it takes a hundredth of what training on it does."""
        return Blocks(self._read, self.n_rows, -(-self.n_rows // self.n_files), ahead=False)

    def _read(self) -> Iterator[tuple[Any, Any]]:
        for k in sorted(self.written):
            yield self._file(k)

    def _file(self, k: int) -> tuple[Any, Any]:
        try:
            X = np.fromfile(self.folder / f"X{k}", np.float32).reshape(-1, self.width)
            return X, np.fromfile(self.folder / f"y{k}", self.dtype)
        except OSError as error:
            raise InvalidInput(
                f"the encoded rows in {self.folder} cannot be read any more: {error.strerror}."
            ) from error

    def remove(self) -> None:
        """Remove the files."""
        shutil.rmtree(self.folder, ignore_errors=True)
