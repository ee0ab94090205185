"""Rows of blocks kept in files by the first epoch, so that later ones need not make them again."""

import weakref
from collections.abc import Generator
from contextlib import closing
from pathlib import Path

import numpy as np

from glassnet.calls import warn
from glassnet.engine.job import Samples
from glassnet.files import own
from glassnet.files.atomic import CannotWrite, make_folder
from glassnet.formulas.elementary import Array


class RowCache:
    """Rows as the engine reads them, an array a file, in a folder of their own that is removed at the end.

    Raises CannotWrite where that folder cannot be made; where it has no room for all rows, that is a warning, and
    nothing is kept.
    """

    def __init__(self, folder: str, like: Samples):
        make_folder(Path(folder))
        try:
            self.own = own.own_folder(folder, "glassnet-rows-")
        except OSError as error:
            raise CannotWrite(f"rows cannot be kept in {folder}: {error.strerror}.") from error
        self.like, self.n_rows, self.failed = like, 0, False
        self.maps: list[Array] = []
        self.remove_files = weakref.finalize(self, own.remove, self.own)

    @property
    def paths(self) -> list[Path]:
        """The file of each array."""
        return [self.own / str(k) for k in range(len(self.like.arrays()))]

    def keeping(self, blocks: Generator[Samples, None, None]) -> Generator[Samples, None, None]:
        """The blocks of a whole epoch, each appended to the files on its way."""
        with closing(blocks):
            for rows in blocks:
                self._add(rows)
                yield rows
        self._finish()

    def _add(self, rows: Samples) -> None:
        if self.failed:
            return
        try:
            for path, array in zip(self.paths, rows.arrays(), strict=True):
                with path.open("ab") as file:
                    file.write(array.data)
        except OSError as error:
            self.failed = True
            self.remove_files()
            warn(
                f"rows cannot be kept in {self.own.parent}: {error.strerror}. They are generated again in each epoch.",
                RuntimeWarning,
            )
        self.n_rows += len(rows)

    def _finish(self) -> None:
        if not self.failed:
            shapes = [(self.n_rows, *array.shape[1:]) for array in self.like.arrays()]
            arrays = zip(self.paths, self.like.arrays(), shapes, strict=True)
            self.maps = [np.memmap(path, array.dtype, "r", shape=shape) for path, array, shape in arrays]

    def blocks(self, size: int) -> Generator[Samples, None, None]:
        """The rows in order, so many at a time, the last ones fewer."""
        rows = Samples(*map(np.asarray, self.maps))
        for start in range(0, self.n_rows, size):
            yield rows.rows(slice(start, start + size))

    def remove(self) -> None:
        """The training has ended."""
        self.maps = []
        self.remove_files()
