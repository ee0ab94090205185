"""Training on a table larger than memory: read in pieces, encoded once into files, trained on block by block."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from glassnet.errors import InvalidInput
from glassnet.extras import require
from glassnet.tables.columns import NUMBERS_ROWS
from glassnet.tables.encoder import TableEncoder
from glassnet.tables.frames import as_frame, check_column
from glassnet.tables.memory import text_bytes
from glassnet.tables.pieces import PIECE_BYTES, Pieces
from glassnet.tables.recipe import Recipe
from glassnet.tables.row_files import RowFiles
from glassnet.tables.target import Target, find_task, learn_target
from glassnet.tables.training import TableTraining
from glassnet.training.settings import streams

MOST_HELD_OUT = 100_000  # rows for the result, and as many to choose the epoch: more would tell no more
MOST_LEARNED_FROM = 200_000  # rows from which columns are learned
MOST_CLASSES = 10_000
KEPT_SHARE, LEAST_KEPT = 0.05, 10_000  # of the memory, and rows
PIECES_SHARE, SMALLEST_PIECE = 0.01, 1 << 20
TRAIN, TEST, VALIDATION = range(3)


class StreamedTraining(TableTraining):
    """`TableTraining` on a CSV or Parquet file of any size.

    The file is read three times in pieces: for the types of its columns; for what is learned about them, from a random
    sample of 200,000 rows that are not held out (a category that is in none of them counts as unseen, the classes of
    the target are those of all rows); and to encode it into `folder`/rows, which takes 4 bytes a row and input, is
    shuffled, and is removed when the epochs have ended. Held out, and chosen for validation, are the shares of the
    recipe, but no more than 100,000 rows each. `memory`, in bytes, bounds how much of the table is held at a time;
    Python and the libraries take some 300 MB beside it.
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
        pieces = Pieces(path, piece_bytes=int(np.clip(PIECES_SHARE * memory, SMALLEST_PIECE, PIECE_BYTES)))
        if target_name not in pieces.columns:
            check_column(
                require("polars", "tables", "a table").DataFrame(schema=pieces.columns), target_name, "target column"
            )
        _, self.seed = streams(recipe.seed)
        rng = np.random.default_rng(self.seed).spawn(4)[3]  # the network draws from the first three
        roles, sampled = share_out(pieces.n_rows, recipe, rng, rows_within(memory, pieces))
        sample, classes, numbering = look_through(pieces, target_name, sampled)
        target = target_of(sample, classes, target_name, task)
        recipe.chosen_metric(target.task)  # before all rows are encoded
        encoder = TableEncoder.learn(sample, [target_name], numbering, recipe.one_hot)
        self.n_train = int((roles != TEST).sum())
        self.files = RowFiles(folder / "rows", int((roles == TRAIN).sum()), len(encoder.feature_names), memory, rng)
        try:
            self._encode(pieces, roles, encoder, target, target_name)
            self._begin(recipe, encoder, target, target_name, checkpoint, resume)
        except BaseException:  # Ctrl-C too leaves no rows behind
            self.files.remove()
            raise

    def _encode(self, pieces: Pieces, roles: Any, encoder: TableEncoder, target: Target, target_name: str) -> None:
        """Rows to train on into files; those held out and for validation stay in memory."""
        tests, validation = [], []
        for frame, role in beside(pieces, roles):
            tests.append(frame[np.flatnonzero(role == TEST)])
            X, y = encoder.transform(frame), target.encode(frame[target_name])
            validation.append((X[role == VALIDATION], y[role == VALIDATION]))
            self.files.add(X[role == TRAIN], y[role == TRAIN])
        self.test = as_frame(require("polars", "tables", "a table").concat(tests))
        self._validation = tuple(np.concatenate(arrays) for arrays in zip(*validation, strict=True))
        self._rows = (self.files.blocks(),)

    def epochs(self) -> Any:
        """Train as `TableTraining.epochs` does; at the end the files are removed."""
        try:
            yield from super().epochs()
        finally:
            self.files.remove()


def beside(pieces: Pieces, values: Any) -> Iterator[tuple[Any, Any]]:
    """Each piece with the values of its rows."""
    start = 0
    for frame in pieces:
        yield frame, values[start : start + len(frame)]
        start += len(frame)


def rows_within(memory: int, pieces: Pieces) -> int:
    """How many rows may stay in memory at a time, as text a twentieth of it, but 10,000 in any case."""
    return max(LEAST_KEPT, int(KEPT_SHARE * memory * pieces.n_rows / text_bytes(pieces.path)))


def share_out(n: int, recipe: Recipe, rng: "np.random.Generator", most: int) -> tuple[Any, Any]:
    """(what each row is for, whether the columns are learned from it); each of them at most `most` rows."""
    n_test = min(int(n * recipe.test + 0.5), MOST_HELD_OUT, most)
    n_validation = min(int((n - n_test) * recipe.validation + 0.5), MOST_HELD_OUT, most)
    if not 0 < n_test + n_validation < n or not n_test or not n_validation:
        raise InvalidInput(f"{n} rows are too few to hold out {recipe.test:g} and {recipe.validation:g} of them.")
    order = rng.permutation(n)
    roles, sampled = np.full(n, TRAIN, np.int8), np.zeros(n, bool)
    roles[order[:n_test]] = TEST
    roles[order[n_test : n_test + n_validation]] = VALIDATION
    sampled[order[n_test : n_test + min(MOST_LEARNED_FROM, most)]] = True
    return roles, sampled


def look_through(pieces: Pieces, target_name: str, sampled: Any) -> tuple[Any, Any, dict[str, str]]:
    """(the sampled rows, the different values of the target in all rows as far as they may be classes, row numbers)."""
    polars = require("polars", "tables", "a table")
    samples, distinct, row = [], None, 0
    numbering = [name for name in pieces.columns if name != target_name]
    for frame, chosen in beside(pieces, sampled):
        column = frame[target_name]
        gone = ~column.is_finite().fill_null(False) if column.dtype.is_float() else column.is_null()
        if gone.any():
            first = row + int(np.argmax(gone.to_numpy())) + 1
            raise InvalidInput(f"the target {target_name!r} is missing in row {first}: remove such rows or fill them.")
        samples.append(frame[np.flatnonzero(chosen)])
        if distinct is None or len(distinct) <= MOST_CLASSES:
            distinct = (column if distinct is None else polars.concat([distinct, column])).unique(maintain_order=True)
        numbering = [name for name in numbering if numbers_rows(frame[name], row)]
        row += len(frame)
    return polars.concat(samples), distinct, dict.fromkeys(numbering, NUMBERS_ROWS)


def target_of(sample: Any, distinct: Any, name: str, task: str | None) -> Target:
    """The target: the task and the classes from the values of all rows, the scale of its numbers from the sample."""
    polars = require("polars", "tables", "a table")
    values = polars.DataFrame({name: polars.concat([sample[name], distinct])})
    if find_task(values[name], task) == "regression":
        return learn_target(sample, name, "regression")
    if len(distinct) > MOST_CLASSES:
        raise InvalidInput(f"the target {name!r} has more than {MOST_CLASSES:,} classes, the most of a file in pieces.")
    return learn_target(values, name, "classification")


def numbers_rows(column: Any, before: int) -> bool:
    """Whether whole numbers count the rows, from 0 or 1 in the first row of all; `before` rows came before these."""
    if not column.dtype.is_integer() or column.null_count():
        return False
    values = column.to_numpy().astype(np.int64)
    return bool(values[0] - before in (0, 1) and (np.diff(values) == 1).all())
