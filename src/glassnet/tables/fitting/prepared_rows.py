"""Rows of a table as networks read them: held out, encoded, with all that was learned about the columns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from glassnet.formulas.elementary import Array
from glassnet.tables.encoding.column_kinds import Column, find_formats, in_polars
from glassnet.tables.encoding.encoder import TableEncoder
from glassnet.tables.encoding.found_columns import FoundColumn, find_in_rows
from glassnet.tables.encoding.several_targets import Targets, together
from glassnet.tables.encoding.target import ClassTarget, NumberTarget, Target, learn_target, with_targets
from glassnet.tables.encoding.telling_levels import judged_by
from glassnet.tables.fitting.own_rows import Own, check_own_rows, divided, notes_on, with_own_rows
from glassnet.tables.fitting.request import TableRequest
from glassnet.tables.fitting.row_files import RowFiles
from glassnet.tables.fitting.weights import row_weights, without_weights
from glassnet.tables.reading.totals import without_totals
from glassnet.tables.seen_rows import SeenRows
from glassnet.tables.splits.folds import Fold
from glassnet.tables.splits.guess import guessed_splits
from glassnet.tables.splits.held_apart import columns_beside, reader_for, rule_of, split_notes
from glassnet.tables.splits.rule import SplitRule
from glassnet.tables.splits.split_columns import SplitReader
from glassnet.tables.values.column_options import NOTHING_SAID, ColumnOptions
from glassnet.tables.values.frames import as_frame, check_column
from glassnet.tables.values.text_format import TextFormat
from glassnet.training.inputs.splitting import Rows


@dataclass(frozen=True)
class PreparedRows:
    """The data that a training on a table starts with, in memory or in files.

    data        what `Network.training` takes first: (X, y), or blocks of them
    validation  the rows that choose the epoch, (X, y), where they are not among `data`
    chosen      the places of those rows in `data`; None without `validation` for a share, drawn by the network
    test        a data frame: the rows held out for the result
    train       a data frame: the others; None where `files` hold them encoded
    n_train     how many of these there are, those for validation among them
    seed        of all that is drawn, as the recipe has it, or drawn for it
    columns     what was said of the columns
    found       what was found of each column but the target, in their order
    own_validation
                whether these are rows of one's own, so that all networks of an ensemble have them
    weights     how much each row of `data` counts, (n,), of `validation` where that is there; None for all alike
    test_groups group numbers of the held-out rows; None where these are held out one by one
    rule        how the rows of `data` may be divided further; None for rows in files
    split_notes what is told of the rows that are held out
    test_rows   the numbers of the rows of `test` in the table; None for rows of one's own
    also        further targets of the same training, with their names; `whole` are the rows for all of them, where
                these are for one
    """

    encoder: TableEncoder
    target: Target
    target_name: str
    data: tuple[Any, ...]
    validation: tuple[Array, Array] | None
    test: Any
    n_train: int
    n_without_target: int
    seed: int
    file_notes: tuple[str, ...]
    columns: ColumnOptions = NOTHING_SAID
    found: tuple[FoundColumn, ...] = ()
    train: Any = None
    files: RowFiles | None = None
    chosen: Rows | None = None
    own_validation: bool = False
    rule: SplitRule | None = None
    test_groups: Array | None = None
    weights: Array | None = None
    split_notes: tuple[str, ...] = ()
    test_rows: Rows | None = None
    also: tuple[tuple[str, Target], ...] = ()
    whole: "PreparedRows | None" = None

    @property
    def targets(self) -> Targets:
        """What the network predicts."""
        return together((self.target, *(target for _, target in self.also)))

    @property
    def labels(self) -> Array | None:
        """The classes whose shares a hold-out keeps, of several targets those of the first; None for numbers."""
        y = self.in_memory()[1]
        if not isinstance(self.target, ClassTarget):
            return None
        return y[:, 0] if self.also else y

    def of(self, place: int) -> "PreparedRows":
        """The same rows for one of several targets."""
        if not self.also:
            return self
        X, y = self.data
        name, target = ((self.target_name, self.target), *self.also)[place]
        return replace(self, target_name=name, target=target, data=(X, y[:, place]), also=(), whole=self)

    def n_validation(self, share: float) -> int:
        """How many rows choose the epoch: `share` of them where the network draws them."""
        if self.validation is not None:
            return len(self.validation[1])
        return int(self.n_train * share + 0.5) if self.chosen is None else len(self.chosen)

    def in_memory(self) -> tuple[Array, Array]:
        """(X, y) that are not held out; of rows in files, those that choose the epoch."""
        if self.validation is not None:
            return self.validation
        X, y = self.data
        return X, y

    def seen(self) -> SeenRows | None:
        """Hashes of the rows that are not held out; None for rows in files, and for too many."""
        if self.files is not None:
            return None
        X, y = self.data
        return SeenRows.of(X, y if isinstance(self.target, ClassTarget) else self.target.decode(y))

    def close(self) -> None:
        """Remove the files."""
        if self.files is not None:
            self.files.remove()


def prepare_frame(
    frame: Any,
    request: TableRequest,
    file_notes: Sequence[str] = (),
    decimal_comma: bool = False,
    own: Own | None = None,
    fold: Fold | None = None,
) -> PreparedRows:
    """Hold rows of a data frame out, or those of a fold, and encode the others by what is learned from them.

    `own` has rows of one's own, "test" and "validation", in place of those files that the request names.
    """
    frame = as_frame(frame)
    request = request.on(frame.columns)
    own = {"test": request.test, "validation": request.validation} if own is None else own
    table, recipe = read_rows(frame, request, decimal_comma, own), request.recipe
    seed, rng = recipe.seed_and_split()
    encoded = table.target.encode(table.rows[request.target])
    rule = rule_of(table.reader, table.known, encoded if isinstance(table.target, ClassTarget) else None)
    shares = recipe.test, recipe.validation
    if fold is None:
        rest, held_out, chosen = divided(table.source, rule, shares, rng)
    else:
        rest, held_out, chosen = fold.divided(rule, recipe.validation, seed, rng)
    is_said = table.reader is not None or any(given is not None for given in own.values())
    guessed = () if is_said else guessed_splits(table.rows.drop(request.targets), table.columns, encoded)
    notes = (
        *table.notes,
        *guessed,
        *split_notes(table.reader, rule, held_out, rest[chosen]),
        *notes_on(table.source, own),
    )
    return PreparedRows(
        **learned(table, rest, request),
        validation=None,
        test=table.rows[held_out],
        n_train=len(rest),
        n_without_target=int((~table.known).sum()),
        seed=seed,
        file_notes=tuple(file_notes),
        columns=table.options,
        chosen=chosen if len(chosen) else None,
        own_validation=own.get("validation") is not None,
        rule=rule.of(rest),
        test_rows=None if own.get("test") is not None else np.flatnonzero(table.known)[held_out],
        test_groups=None if rule.groups is None else rule.groups[held_out],
        split_notes=notes,
    )


class ReadRows(NamedTuple):
    """A table whose columns are known, before rows are held out.

    rows     a data frame of the rows that have a target, texts read by their `formats`
    source   from which table each of them is: the table itself, or rows of one's own
    known    which rows of the whole table have a target
    reader   of the groups or times by which rows are held out
    notes    what is told of rows at the end
    target   the classes; of numbers the scale of all rows
    also     those of further targets
    """

    rows: Any
    source: Array
    known: Array
    options: ColumnOptions
    formats: Mapping[str, TextFormat]
    reader: SplitReader | None
    columns: tuple[Column, ...]
    target: Target
    also: tuple[Target, ...]
    notes: tuple[str, ...]


def read_rows(frame: Any, request: TableRequest, decimal_comma: bool, own: Own) -> ReadRows:
    """Find what the columns and the target are, in the whole table and in rows of one's own."""
    frame, name = as_frame(frame), request.target
    for each in request.targets:
        check_column(frame, each, "target column")
    request.check_split_column(frame)
    options = request.columns
    for each in request.targets:
        options = options.on(frame.columns, each)
    frame, notes = without_totals(frame, request.skip_last, options)
    frame, source = with_own_rows(frame, own, options)
    formats = find_formats(frame, decimal_comma, name, options)
    reader = reader_for(request.group, request.time, formats)
    if reader is not None:
        reader.add(frame[reader.name])
    if frame.implementation.is_polars():  # which holds values of all types: the many looks below read no texts
        others = {other: form for other, form in formats.items() if other not in request.targets}
        frame = as_frame(in_polars(frame.to_native(), others))
    columns = without_weights(columns_beside(frame.drop(request.targets), formats, options, reader), request.weight)
    rows, known = with_targets(frame, {each: formats[each] for each in request.targets})
    target, *also = (
        learn_target(rows, each, options.task(each, request.task), formats[each]) for each in request.targets
    )
    if also:
        request.check_alike((target, *also))
    request.check_task(target.task)
    request.check_classes(target)
    check_own_rows(source := source[known], own, name)
    return ReadRows(rows, source, known, options, formats, reader, columns, target, tuple(also), notes)


def learned(table: ReadRows, rest: Rows, request: TableRequest) -> dict[str, Any]:
    """The fields of `PreparedRows` that are learned from the rows that are not held out."""
    train = table.rows[rest]
    known = zip(request.targets, (table.target, *table.also), strict=True)
    (name, target), *also = [(each, learned_again(found, train[each])) for each, found in known]
    y: Array = target.encode(train[name])
    if also:
        y = np.column_stack([y, *(other.encode(train[each]) for each, other in also)])
    whole = together((target, *(other for _, other in also)))
    levels = judged_by(whole, y) if request.recipe.levels else None
    encoder = TableEncoder.learn(train, [*request.targets], table.columns, request.recipe.one_hot, levels)
    weighed = request.weight, table.formats.get(request.weight or ""), request.class_weight
    return {
        "encoder": encoder,
        "target": target,
        "target_name": name,
        "also": tuple(also),
        "train": train,
        "data": (encoder.transform(train), y),
        "weights": row_weights(train, *weighed, target, y),
        "found": find_in_rows(train, table.columns, encoder),
    }


def learned_again(target: Target, column: Any) -> Target:
    """The target with the mean and the scale of training rows only; classes are those of all rows."""
    return target if isinstance(target, ClassTarget) else NumberTarget.learn(column, target.format)
