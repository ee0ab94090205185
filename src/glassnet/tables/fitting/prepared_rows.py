"""Rows of a table as networks read them: held out, encoded, with all that was learned about the columns."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from glassnet.formulas.elementary import Array
from glassnet.tables.encoding.columns import find_formats, in_polars
from glassnet.tables.encoding.encoder import TableEncoder
from glassnet.tables.encoding.found_columns import FoundColumn, find_in_rows
from glassnet.tables.encoding.target import ClassTarget, NumberTarget, Target, has_value, learn_target, with_target
from glassnet.tables.fitting.own_rows import Own, check_own_rows, divided, notes_on, with_own_rows
from glassnet.tables.fitting.request import TableRequest
from glassnet.tables.fitting.row_files import RowFiles
from glassnet.tables.fitting.weights import row_weights, without_weights
from glassnet.tables.splits.folds import Fold
from glassnet.tables.splits.guess import guessed_splits
from glassnet.tables.splits.held_apart import columns_beside, reader_for, rule_of, split_notes
from glassnet.tables.splits.rule import SplitRule
from glassnet.tables.values.column_options import NOTHING_SAID, ColumnOptions
from glassnet.tables.values.frames import as_frame, check_column
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
    weights     how much each row of `data` counts, (n,); None for all alike
    test_groups group numbers of the held-out rows; None where these are held out one by one, and for rows in files
    rule        how the rows of `data` may be divided further; None for rows in files
    split_notes what is told of the rows that are held out
    test_rows   the numbers of the rows of `test` in the table; None for rows in files
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
    own = {"test": request.test, "validation": request.validation} if own is None else own
    frame, target_name, recipe = as_frame(frame), request.target, request.recipe
    check_column(frame, target_name, "target column")
    request.check_split_column(frame)
    options = request.columns.on(frame.columns, target_name)
    task = options.task(target_name, request.task)
    frame, source = with_own_rows(frame, own, options)
    formats = find_formats(frame, decimal_comma, target_name, options)
    reader = reader_for(request.group, request.time, formats)
    if reader is not None:
        reader.add(frame[reader.name])
    if frame.implementation.is_polars():  # which holds values of all types: the many looks below read no texts
        others = {name: form for name, form in formats.items() if name != target_name}
        frame = as_frame(in_polars(frame.to_native(), others))
    columns = without_weights(columns_beside(frame.drop(target_name), formats, options, reader), request.weight)
    known = has_value(frame[target_name], formats[target_name])
    frame, n_without_target = with_target(frame, target_name, formats[target_name])
    target = learn_target(frame, target_name, task, formats[target_name])
    request.check_task(target.task)
    request.check_classes(target)
    seed, rng = recipe.seed_and_split()
    encoded = target.encode(frame[target_name])
    labels = encoded if isinstance(target, ClassTarget) else None
    told = (
        ()
        if reader or any(given is not None for given in own.values())
        else guessed_splits(frame.drop(target_name), columns, encoded)
    )
    rule = rule_of(reader, known, labels)
    check_own_rows(source := source[known], own, target_name)
    shares = recipe.test, recipe.validation
    parts = divided(source, rule, shares, rng) if fold is None else fold.divided(rule, recipe.validation, seed, rng)
    rest, held_out, chosen = parts
    train, test = frame[rest], frame[held_out]
    if not isinstance(target, ClassTarget):
        target = NumberTarget.learn(train[target_name], target.format)  # mean and scale of training rows only
    encoder = TableEncoder.learn(train, [target_name], columns, recipe.one_hot)
    y = target.encode(train[target_name])
    weighed = request.weight, formats.get(request.weight or ""), request.class_weight
    return PreparedRows(
        encoder,
        target,
        target_name,
        data=(encoder.transform(train), y),
        validation=None,
        test=test,
        n_train=len(train),
        n_without_target=n_without_target,
        seed=seed,
        file_notes=tuple(file_notes),
        columns=options,
        found=find_in_rows(train, columns, encoder),
        train=train,
        chosen=chosen if len(chosen) else None,
        own_validation=own.get("validation") is not None,
        rule=rule.of(rest),
        test_rows=np.flatnonzero(known)[held_out],
        test_groups=None if rule.groups is None else rule.groups[held_out],
        weights=row_weights(train, *weighed, target, y),
        split_notes=(*told, *split_notes(reader, rule, held_out, rest[chosen]), *notes_on(source, own)),
    )
