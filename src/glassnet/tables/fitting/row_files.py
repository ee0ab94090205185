"""Encoded rows kept in files, each of which holds a random share of them, so that reading one after the other mixes."""

import itertools
import re
import shutil
import weakref
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from glassnet.engine.machine.memory_size import readable_bytes
from glassnet.errors import GlassnetError
from glassnet.files import own
from glassnet.files.atomic import CannotWrite, make_folder
from glassnet.files.lock import InUse, Lock
from glassnet.formulas.elementary import Array
from glassnet.training.blocks.source import Blocks

MOST_FILES = 256  # beyond that they become larger
USUAL_BYTES = 1 << 26  # of a file: what is trained on at a time
FILES_IN_MEMORY = 10  # how many files the memory is to hold, with targets as the network reads them


class RowsLost(GlassnetError):
    """Encoded rows that are missing or changed."""


def hold_for_rows(inside: Path) -> Lock:
    """The lock on `rows`, or where that is at work `rows-2`, …, of a folder; what a killed training left is removed."""
    found: list[Lock] = []
    for number in itertools.count(1):
        name = "rows" if number == 1 else f"rows-{number}"
        if found and not (inside / name).exists():
            return found[0]
        lock = Lock(inside / f"{name}.lock", str)
        with suppress(InUse):
            lock.acquire()
            if is_own(inside / name):
                shutil.rmtree(inside / name, ignore_errors=True)
                found.append(lock)
            else:
                lock.release()
    raise AssertionError


def is_own(folder: Path) -> bool:
    """Whether the folder is empty, or holds only rows of an earlier run."""
    if folder.is_symlink() or not folder.exists():
        return not folder.is_symlink()
    return folder.is_dir() and all(re.fullmatch(r"[Xyw]\d+", file.name) for file in folder.iterdir())


class RowFiles:
    """Rows of X (float32, `width` numbers), y and, where they are `weighed`, weights, in a folder of their own.

    A network reads y as `n_outputs` numbers. The lock beside the folder is held for it.

    Raises CannotWrite where the disk has no room for them.
    """

    def __init__(
        self,
        lock: Lock,
        n_rows: int,
        width: int,
        memory: int,
        rng: "np.random.Generator",
        weighed: bool = False,
        n_outputs: int = 1,
    ):
        self.lock, self.weighed = lock, weighed
        self.n_rows = n_rows
        self.width = width
        self.rng = rng
        inside, self.folder = lock.path.parent, lock.path.with_suffix("")
        make_folder(self.folder)
        own.claim(self.folder)
        self.remove_files = weakref.finalize(self, own.remove, self.folder)
        size = n_rows * (4 * width + (16 if weighed else 8))
        free = shutil.disk_usage(inside).free
        if size > free:
            self.remove()
            raise CannotWrite(
                f"the encoded rows take {readable_bytes(size)}, but only {readable_bytes(free)} are free in "
                f"{inside}: put the run on a larger disk."
            )
        read = size + 4 * n_rows * n_outputs
        self.n_files = int(np.clip(-(-read // min(USUAL_BYTES, max(1, memory // FILES_IN_MEMORY))), 1, MOST_FILES))
        self.dtype = np.dtype(np.int64)
        self.written: Counter[int] = Counter()  # how many rows each file has

    def add(self, X: Array, y: Array, weights: Array | None = None) -> None:
        """Put each row into a file drawn for it."""
        files = self.rng.integers(self.n_files, size=len(y))
        self.dtype = y.dtype
        try:
            for k in np.unique(files).tolist():
                self.written[k] += int((files == k).sum())
                for name, values in zip(self._names, (X, y, weights), strict=False):
                    with (self.folder / f"{name}{k}").open("ab") as file:
                        file.write(np.asarray(values)[files == k].tobytes())
        except OSError as error:
            self.remove()
            raise CannotWrite(f"could not write the encoded rows into {self.folder}: {error.strerror}.") from error

    @property
    def _names(self) -> str:
        """What each file holds, by the first letter of its name."""
        return "Xyw" if self.weighed else "Xy"

    def blocks(self) -> Blocks:
        """The rows as training data, one file at a time: to read it takes a hundredth of what training on it does."""
        return Blocks(self._read, self.n_rows, -(-self.n_rows // self.n_files), ahead=False)

    def _read(self) -> Iterator[tuple[Any, ...]]:
        for k in sorted(self.written):
            yield self._file(k)

    def _file(self, k: int) -> tuple[Any, ...]:
        try:
            X = np.fromfile(self.folder / f"X{k}", np.float32)
            y = np.fromfile(self.folder / f"y{k}", self.dtype)
            weights = [np.fromfile(self.folder / f"w{k}")] if self.weighed else []
        except OSError as error:
            raise RowsLost(f"the encoded rows in {self.folder} can no longer be read: {error.strerror}.") from error
        if len(X) != self.written[k] * self.width or any(len(each) != self.written[k] for each in (y, *weights)):
            raise RowsLost(
                f"the encoded rows in {self.folder} were changed: file {k} has {len(y)} rows with {len(X)} numbers, "
                f"but {self.written[k]} rows of {self.width} were written."
            )
        return X.reshape(-1, self.width), y, *weights

    def remove(self) -> None:
        """Remove the files."""
        self.remove_files()
        self.lock.release()
