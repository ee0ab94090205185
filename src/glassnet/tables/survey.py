"""What is known of a large file before its rows are encoded: target, columns, and what each row is for."""

from pathlib import Path
from typing import Any

import numpy as np

from glassnet.errors import InvalidInput, WrongRow
from glassnet.extras import require
from glassnet.tables.columns import NUMBERS_ROWS
from glassnet.tables.frames import check_column
from glassnet.tables.memory import text_bytes
from glassnet.tables.pieces import PIECE_BYTES, Pieces
from glassnet.tables.recipe import Recipe
from glassnet.tables.target import find_task, learn_target
from glassnet.training.settings import streams
from glassnet.training.splitting import largest_remainders

MOST_HELD_OUT = 100_000  # rows for the result, and as many to choose the epoch: more would tell no more
MOST_LEARNED_FROM = 200_000  # rows from which columns are learned
MOST_CLASSES = 10_000
KEPT_SHARE, LEAST_KEPT = 0.05, 10_000  # of the memory, and rows
PIECES_SHARE, SMALLEST_PIECE = 0.01, 1 << 20
TRAIN, TEST, VALIDATION = range(3)


class Survey:
    """A file looked through in pieces, for its types and for its values.

    roles      what each row is for: TRAIN, TEST or VALIDATION; the shares of the recipe, 100,000 rows each at most
    sample     a data frame of up to 200,000 rows that are not held out for the result
    target     the classes of all rows, or the scale of the numbers in the sample
    numbering  {column that numbers the rows: the reason to leave it out}
    """

    def __init__(self, path: "str | Path", target_name: str, task: str | None, recipe: Recipe, memory: int):
        piece_bytes = int(np.clip(PIECES_SHARE * memory, SMALLEST_PIECE, PIECE_BYTES))
        self.pieces = pieces = Pieces(path, piece_bytes=piece_bytes)
        if target_name not in pieces.columns:
            frame = require("polars", "tables", "a table").DataFrame(schema=pieces.columns)
            check_column(frame, target_name, "target column")
        _, self.seed = streams(recipe.seed)
        self.rng = np.random.default_rng(self.seed).spawn(4)[3]  # the network draws from the first three
        n, most = pieces.n_rows, rows_within(memory, pieces)
        n_test, n_validation = held_out_of(n, recipe, most)
        n_looked_at = min(n, min(MOST_LEARNED_FROM, most) * n // (n - n_test))  # some will be held out
        looked_at = np.sort(self.rng.choice(n, n_looked_at, replace=False))
        sample, classes, self.numbering = look_through(pieces, target_name, looked_at)
        values = sample[target_name].clone().append(classes.distinct)  # which changes what it is called on
        task = find_task(values, task)
        recipe.chosen_metric(task)  # before all rows are encoded
        self.roles = share_out(classes.codes(task, target_name), n_test, n_validation, self.rng)
        self.sample = sample.filter(self.roles[looked_at] != TEST)
        self.target = learn_target((self.sample if task == "regression" else values.to_frame()), target_name, task)


def rows_within(memory: int, pieces: Pieces) -> int:
    """How many rows may stay in memory at a time, as text a twentieth of it, but 10,000 in any case."""
    return max(LEAST_KEPT, int(KEPT_SHARE * memory * pieces.n_rows / text_bytes(pieces.path)))


def held_out_of(n: int, recipe: Recipe, most: int) -> tuple[int, int]:
    """How many of n rows are held out for the result and for validation; each of them at most `most`."""
    n_test = min(int(n * recipe.test + 0.5), MOST_HELD_OUT, most)
    n_validation = min(int((n - n_test) * recipe.validation + 0.5), MOST_HELD_OUT, most)
    if not 0 < n_test + n_validation < n or not n_test or not n_validation:
        raise InvalidInput(f"{n} rows are too few to hold out {recipe.test:g} and {recipe.validation:g} of them.")
    return n_test, n_validation


def share_out(codes: Any, n_test: int, n_validation: int, rng: "np.random.Generator") -> Any:
    """What each row is for, given the class of each; every class keeps its share, and a row to train on."""
    counts, by_class = np.bincount(codes), np.argsort(codes, kind="stable")
    tests = largest_remainders(counts, n_test / len(codes), n_test)
    validations = largest_remainders(counts - tests, n_validation / (len(codes) - n_test), n_validation)
    roles, start = np.full(len(codes), TRAIN, np.int8), 0
    for count, test, validation in zip(counts.tolist(), tests.tolist(), validations.tolist(), strict=True):
        chosen = by_class[start + rng.choice(count, test + validation, replace=False)]
        roles[chosen[:test]], roles[chosen[test:]] = TEST, VALIDATION
        start += count
    return roles


class Classes:
    """The different values of a target, and which of them each row has, as far as they may be classes."""

    def __init__(self) -> None:
        self.distinct: Any = None
        self.n_rows = 0
        self.found: list[Any] = []

    def add(self, column: Any) -> None:
        """Look at the next rows of the target."""
        polars = require("polars", "tables", "a table")
        self.n_rows += len(column)
        if self.distinct is None or len(self.distinct) <= MOST_CLASSES:
            known = [] if self.distinct is None else [self.distinct]
            self.distinct = polars.concat([*known, column]).unique(maintain_order=True)  # so numbers stay as they were
            numbered = self.distinct.to_frame().with_row_index("its number")
            joined = column.to_frame().join(numbered, on=column.name, how="left", maintain_order="left")
            self.found.append(joined["its number"].to_numpy().astype(np.int16))

    def codes(self, task: str, name: str) -> Any:
        """A number for the class of each row; the same for all where numbers are predicted."""
        if task == "regression":
            return np.zeros(self.n_rows, np.int16)
        if len(self.distinct) > MOST_CLASSES:
            raise InvalidInput(
                f"the target {name!r} has more than {MOST_CLASSES:,} classes, the most of a file in pieces."
            )
        return np.concatenate(self.found)


def look_through(pieces: Pieces, target_name: str, looked_at: Any) -> tuple[Any, Classes, dict[str, str]]:
    """(the rows with these numbers, the values of the target in all rows, the columns that number the rows)."""
    polars = require("polars", "tables", "a table")
    samples, classes, row = [], Classes(), 0
    numbering = [name for name in pieces.columns if name != target_name]
    for frame in pieces:
        column = frame[target_name]
        gone = ~column.is_finite().fill_null(False) if column.dtype.is_float() else column.is_null()
        if gone.any():
            first = row + int(np.argmax(gone.to_numpy())) + 1
            raise WrongRow(f"the target {target_name!r} is missing", first, ": remove such rows or fill them.")
        start, end = np.searchsorted(looked_at, (row, row + len(frame)))
        samples.append(frame[looked_at[start:end] - row])
        classes.add(column)
        numbering = [name for name in numbering if numbers_rows(frame[name], row)]
        row += len(frame)
    return polars.concat(samples), classes, dict.fromkeys(numbering, NUMBERS_ROWS)


def numbers_rows(column: Any, before: int) -> bool:
    """Whether whole numbers count the rows, from 0 or 1 in the first row of all; `before` rows came before these."""
    if not column.dtype.is_integer() or column.null_count():
        return False
    values = column.to_numpy().astype(np.int64)
    return bool(values[0] - before in (0, 1) and (np.diff(values) == 1).all())
