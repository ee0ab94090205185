"""Training on a table larger than memory: read in pieces, encoded once into files, trained on block by block."""

from pathlib import Path
from typing import Any

import numpy as np

from glassnet.extras import require
from glassnet.tables.encoding.encoder import TableEncoder
from glassnet.tables.fitting.file_scan import LEFT_OUT, TEST, TRAIN, VALIDATION, FileScan, kept
from glassnet.tables.fitting.recipe import Recipe
from glassnet.tables.fitting.row_files import RowFiles, hold_for_rows
from glassnet.tables.fitting.training import TableTraining
from glassnet.tables.reading.chunks import each
from glassnet.tables.values.frames import as_frame


class StreamedTraining(TableTraining):
    """Trains a model for a table in a file of any size, with the settings of `TableTraining`.

    The file is read in chunks, several times: for its layout and the types of its columns; to learn about them from a
    random sample of 200,000 rows that are not held out (a category that is in none of them counts as unseen; the
    classes of the target are those of all rows); and to encode it into `folder`/rows (`rows-2` where another training
    is at work there). That takes 4 bytes per row and input, is shuffled, and is removed when the epochs have ended. The
    held-out and the validation rows have the shares of the recipe, but at most 100,000 rows each.

    Parameters
    ----------
    path
        The file, of any kind that `read_table` reads.
    target_name
        The column to predict.
    task
        "classification" or "regression"; None (default) guesses it from the target.
    recipe
        The network and its training, a `Recipe`; `Recipe()` by default.
    checkpoint, resume
        As in `Network.training`; None by default.
    folder
        Where the encoded rows are kept during training.
    memory
        How much of the table is held at a time, in bytes; Python and the libraries take some 300 MB on top.

    Raises InvalidInput for a file or a target that cannot work.

    >>> import pathlib, tempfile
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> gn.datasets.iris().to_polars().write_csv(folder / "iris.csv")
    >>> training = gn.StreamedTraining(
    ...     folder / "iris.csv", "species", recipe=gn.Recipe(epochs=2), folder=folder, memory=2**30
    ... )
    >>> for epoch in training.epochs(): pass
    >>> training.model
    TableModel(classification of 'species' from 4 columns as 4 inputs, 137,823 parameters)
    """

    def __init__(
        self,
        path: "str | Path",
        target_name: str,
        task: str | None = None,
        recipe: Recipe | None = None,
        checkpoint: Any = None,
        resume: Any = None,
        *,
        folder: Path,
        memory: int,
    ):
        recipe = recipe or Recipe()
        lock = hold_for_rows(folder)  # before the long reading
        try:
            found = FileScan(path, target_name, task, recipe, memory)
            self.seed, roles, self.file_notes = found.seed, found.roles, found.pieces.notes
            self.n_without_target = found.n_without_target
            encoder = TableEncoder.learn(found.sample, [target_name], found.columns, recipe.one_hot)
            self.n_train = int(((roles == TRAIN) | (roles == VALIDATION)).sum())
            n_rows, width = int((roles == TRAIN).sum()), len(encoder.feature_names)
            self.files = RowFiles(lock, n_rows, width, memory, found.rng)
            self._encode(found, encoder, target_name)
            self._begin(recipe, encoder, found.target, target_name, checkpoint, resume)
        except BaseException:  # Ctrl-C too leaves no rows behind
            if hasattr(self, "files"):
                self.files.remove()
            lock.release()
            raise

    def _encode(self, found: FileScan, encoder: TableEncoder, target_name: str) -> None:
        """Rows to train on into files; those held out and for validation stay in memory."""
        tests, validation, roles = [], [], found.roles
        needed = [*encoder.columns, target_name]
        encoded = each(found.pieces, lambda frame: (frame, encoder.transform(frame)))
        for frame, X in encoded:
            role, roles = roles[: len(X)], roles[len(X) :]
            tests.append(kept(frame[:, needed], np.flatnonzero(role == TEST), found.formats))
            known = np.flatnonzero(role != LEFT_OUT)
            y = found.target.encode(frame[target_name][known]) if len(known) else np.zeros(0)
            X, role = X[known], role[known]
            validation.append((X[role == VALIDATION], y[role == VALIDATION]))
            self.files.add(X[role == TRAIN], y[role == TRAIN])
        self.test = as_frame(require("polars", "tables", "a table").concat(tests, how="vertical_relaxed"))
        self._validation = tuple(np.concatenate(arrays) for arrays in zip(*validation, strict=True))
        self._rows = (self.files.blocks(),)

    def epochs(self) -> Any:
        """Train as `TableTraining.epochs` does; at the end the files are removed."""
        try:
            yield from super().epochs()
        finally:
            self.files.remove()
