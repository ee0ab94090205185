"""What is known of a large file before its rows are encoded: target, columns, and the use of each row."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet.errors import InvalidInput
from glassnet.extras import require
from glassnet.formulas.elementary import Array
from glassnet.tables.encoding.column_kinds import NUMBERS_ROWS, Column, formats_of_types, in_polars
from glassnet.tables.encoding.target import ClassTarget, has_value, learn_target
from glassnet.tables.encoding.task import find_task
from glassnet.tables.fitting.request import TableRequest
from glassnet.tables.fitting.weights import factors_by_class, without_weights
from glassnet.tables.reading.chunks import PIECE_BYTES, Pieces
from glassnet.tables.reading.local_table import LocalTable
from glassnet.tables.reading.memory import text_bytes
from glassnet.tables.reading.totals import end_of_rows, notes_on_end
from glassnet.tables.splits.guess import guessed_splits
from glassnet.tables.splits.held_apart import columns_beside, reader_for, rule_of, split_notes
from glassnet.tables.splits.rule import SplitRule
from glassnet.tables.splits.split_columns import SplitReader
from glassnet.tables.values.column_options import ColumnOptions
from glassnet.tables.values.frames import as_series, check_column
from glassnet.tables.values.text_format import TextFormat
from glassnet.training.inputs.splitting import largest_remainders

if TYPE_CHECKING:
    import narwhals as nw

MOST_HELD_OUT = 100_000  # rows for the result, and as many to choose the epoch: more would not help
MOST_LEARNED_FROM = 200_000  # rows from which columns are learned
MOST_CLASSES = 10_000
KEPT_SHARE, LEAST_KEPT = 0.05, 10_000  # of the memory, and rows
PIECES_SHARE, SMALLEST_PIECE = 0.01, 1 << 20
TRAIN, TEST, VALIDATION = range(3)
LEFT_OUT = -1  # a row without a target


class FileScan:
    """A file scanned in chunks, for its types and its values.

    roles      what each row is for: TRAIN, TEST, VALIDATION (the shares of the recipe, 100,000 rows each at most, or
               none where there are rows of one's own), or LEFT_OUT
    sample     a data frame of up to 200,000 rows that are not held out for the result
    target     the classes of all rows, or the scale of the numbers in the sample
    formats    how the texts of each column are read
    options    what was said of the columns
    columns    what each of the others is; n_without_target counts the rows that have none
    factors    how much the rows of each class count; None for all alike
    groups     group numbers of the rows that are held out for the result; None where these are held out one by one
    """

    def __init__(self, path: "str | Path | LocalTable", request: TableRequest, memory: int):
        polars = require("polars", "tables", "a table")
        target_name, recipe = request.target, request.recipe
        unread = checked_pieces(path, request, memory)
        self.options = options = request.columns.on(unread.columns, target_name)
        self.pieces = pieces = unread.read_by(options)
        self.seed, self.rng = recipe.seed_and_split()
        written = pieces.formats(target_name)
        n, most = pieces.n_rows, rows_within(memory, pieces)
        n_test, _ = held_out_of(n, request, most)
        n_sampled = min(n, min(MOST_LEARNED_FROM, most) * n // (n - n_test))  # some will be held out
        sampled = np.sort(self.rng.choice(n, n_sampled, replace=False))
        found = FirstPass(pieces, request, sampled, written, options)
        classes, there, self.n_without_target = found.classes, found.there, found.n_without_target
        self.notes = found.notes
        n_known = int(there.sum())
        self.formats, form = found.formats, found.formats[target_name]
        if not n_known:
            raise InvalidInput(f"the target {target_name!r} has no value in any of {n:,} rows.")
        distinct = form.read(as_series(classes.distinct)).to_native()
        seen = found.sample[target_name].filter(there[sampled])
        values = polars.concat([seen.to_frame(), distinct.to_frame()], how="vertical_relaxed").to_series()
        task = find_task(as_series(values), options.task(target_name, request.task), form)
        request.check_task(task)  # before all rows are encoded
        n_test, n_validation = held_out_of(n_known, request, most)
        self.roles = np.full(n, LEFT_OUT, np.int8)
        labels, reader = classes.codes(task, target_name), found.reader
        rule = rule_of(reader, there, labels)
        share = share_out if rule.at_random else held_apart
        self.roles[there] = known_roles = share(rule, n_test, n_validation, self.rng)
        self.groups = None if rule.groups is None else rule.groups[known_roles == TEST]
        self.split_notes = split_notes(
            reader if (known_roles != TRAIN).any() else None,
            rule,
            *(np.flatnonzero(known_roles == use) for use in (TEST, VALIDATION)),
        )
        self.sample = found.sample.filter(there[sampled] & (self.roles[sampled] != TEST))
        self.target = learn_target(self.sample if task == "regression" else values.to_frame(), target_name, task, form)
        columns = columns_beside(self.sample.drop(target_name), found.formats, options, reader)
        columns = tuple(numbering(column) if column.name in found.numbering else column for column in columns)
        self.columns = without_weights(columns, request.weight)
        self.factors = factors_of(request, self.target, classes.distinct, labels, known_roles)
        if reader is None:
            known = self.target.encode(as_series(self.sample[target_name]))
            self.split_notes = guessed_splits(self.sample.drop(target_name), self.columns, known, n_known)


def factors_of(request: TableRequest, target: Any, distinct: Any, labels: Any, roles: Array) -> Array | None:
    """How much the rows of each class count, by those that are not held out; None for all alike."""
    if request.class_weight is None or not isinstance(target, ClassTarget):
        return None
    numbers = target.encode(as_series(distinct))[labels[roles != TEST]]
    return factors_by_class(request.class_weight, target, np.bincount(numbers, minlength=len(target.classes)))


def checked_pieces(path: "str | Path | LocalTable", request: TableRequest, memory: int) -> Pieces:
    """The file in chunks that suit the memory; refused where it lacks columns that were named."""
    polars = require("polars", "tables", "a table")
    pieces = Pieces(path, piece_bytes=int(np.clip(PIECES_SHARE * memory, SMALLEST_PIECE, PIECE_BYTES)))
    request.check_one_target(pieces.columns, "a file that is read in chunks")
    check_column(polars.DataFrame(schema=pieces.columns), request.target, "target column")
    request.check_split_column(polars.DataFrame(schema=pieces.columns))
    return pieces


def kept(frame: Any, rows: Any, formats: Mapping[str, TextFormat]) -> Any:
    """Some rows of a data frame of texts, read by their formats, so that they take little memory."""
    polars = require("polars", "tables", "a table")
    read = in_polars(frame[rows], formats)
    return read.with_columns(polars.col(polars.String) + "")  # a copy: `some` keeps the texts of all rows


def numbering(column: Column) -> Column:
    """A column that is dropped as it numbers the rows."""
    return replace(column, kind="identifier", reason=column.reason or NUMBERS_ROWS)


def rows_within(memory: int, pieces: Pieces) -> int:
    """Number of rows to keep in memory at a time: as text a twentieth of it, but at least 10,000."""
    return max(LEAST_KEPT, int(KEPT_SHARE * memory * pieces.n_rows / text_bytes(pieces.path)))


def held_out_of(n: int, request: TableRequest, most: int) -> tuple[int, int]:
    """How many of n rows are held out for the result and for validation, each at most `most`; none beside own rows."""
    recipe = request.recipe
    n_test = min(int(n * recipe.test + 0.5), MOST_HELD_OUT, most) if request.test is None else 0
    n_validation = 0
    if request.validation is None:
        n_validation = min(int((n - n_test) * recipe.validation + 0.5), MOST_HELD_OUT, most)
    wanted = (request.test is None) + (request.validation is None)
    if n_test + n_validation >= n or (n_test > 0) + (n_validation > 0) < wanted:
        raise InvalidInput(f"{n} rows are too few to hold out {recipe.test:g} and {recipe.validation:g} of them.")
    return n_test, n_validation


def held_apart(rule: SplitRule, n_test: int, n_validation: int, rng: "np.random.Generator") -> Any:
    """Assign each row its use, in whole groups or by time."""
    roles = np.full(rule.n, TRAIN, np.int8)
    rest = np.arange(rule.n)
    if n_test:
        rest, held = rule.hold_out(n_test / rule.n, rng, leave=2)
        roles[held] = TEST
    if n_validation:
        roles[rest[rule.of(rest).hold_out(n_validation / len(rest), rng)[1]]] = VALIDATION
    return roles


def share_out(rule: SplitRule, n_test: int, n_validation: int, rng: "np.random.Generator") -> Any:
    """Assign each row its use, given its class; every class keeps its share, and a row to train on."""
    codes = rule.labels
    assert codes is not None
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
                f"the target {name!r} has more than {MOST_CLASSES:,} classes, the limit for a file read in chunks."
            )
        return np.concatenate(self.found)


class FirstPass:
    """The findings of a pass over all rows.

    sample     the rows with the numbers `sampled`, as they stand in the file
    formats    of all columns: of texts as given, of others by their type
    classes    the values of the target in the rows that have one
    there      which rows have one
    numbering  the columns that number the rows
    reader     the groups or the times of the rows, or None
    notes      what is told of the rows at the end
    """

    def __init__(
        self,
        pieces: Pieces,
        request: TableRequest,
        sampled: Any,
        written: Mapping[str, TextFormat],
        options: ColumnOptions,
    ):
        polars = require("polars", "tables", "a table")
        self.classes, self.formats, target_name = Classes(), dict(written), request.target
        self.reader: SplitReader | None = None
        guessed = [name for name in pieces.columns if not (options.kind(name) or options.reason(name))]
        self.numbering = [name for name in guessed if name != target_name]
        samples, there, row, self.n_without_target = [], [], 0, 0
        end = end_of_rows(pieces.n_rows, request.skip_last)
        for frame in pieces:
            self.formats |= {} if row else formats_of_types(frame, written, options)
            known = has_value(frame[target_name], self.formats[target_name])
            inside = np.arange(row, row + len(frame)) < end
            self.n_without_target += int((inside & ~known).sum())
            there.append(inside & known)
            self.reader = self.reader or reader_for(request.group, request.time, self.formats)
            if self.reader is not None:
                self.reader.add(frame[self.reader.name])
            first, last = np.searchsorted(sampled, (row, row + len(frame)))
            samples.append(kept(frame, sampled[first:last] - row, self.formats))
            self.classes.add(frame[target_name].filter(there[-1]))
            self._numbering(frame, row)
            row += len(frame)
        self.notes = notes_on_end(frame, row, request.skip_last)
        self.sample, self.there = polars.concat(samples, how="vertical_relaxed"), np.concatenate(there)

    def _numbering(self, frame: "nw.DataFrame[Any]", before: int) -> None:
        """Keep the columns that go on counting."""
        for rows in (frame[:2], frame):  # most columns are ruled out by two rows
            read = ((name, self.formats[name].read(as_series(rows[name]))) for name in self.numbering)
            self.numbering = [name for name, series in read if numbers_rows(series, before)]


def numbers_rows(column: Any, before: int) -> bool:
    """Whether whole numbers count the rows, from 0 or 1 in the first row of all; `before` rows came before these."""
    if not column.dtype.is_integer() or column.null_count():
        return False
    values = column.to_numpy().astype(np.int64)
    return bool(values[0] - before in (0, 1) and (np.diff(values) == 1).all())
