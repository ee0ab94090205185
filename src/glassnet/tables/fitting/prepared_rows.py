"""Rows of a table as networks read them: held out, encoded, with all that was learned about the columns."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from glassnet.formulas.elementary import Array
from glassnet.tables.encoding.columns import find_columns, find_formats, in_polars
from glassnet.tables.encoding.encoder import TableEncoder
from glassnet.tables.encoding.found_columns import FoundColumn, find_in_rows
from glassnet.tables.encoding.target import ClassTarget, NumberTarget, Target, learn_target, with_target
from glassnet.tables.fitting.request import TableRequest
from glassnet.tables.fitting.row_files import RowFiles
from glassnet.tables.values.column_options import NOTHING_SAID, ColumnOptions
from glassnet.tables.values.frames import as_frame, check_column
from glassnet.training.inputs.splitting import split_rows


@dataclass(frozen=True)
class PreparedRows:
    """The data that a training on a table starts with, in memory or in files.

    data        what `Network.training` takes first: (X, y), or blocks of them
    validation  the rows that choose the epoch, (X, y); None for a share of `data`, drawn by the network
    test        a data frame: the rows held out for the result
    train       a data frame: the others; None where `files` hold them encoded
    n_train     how many of these there are, those for validation among them
    seed        of all that is drawn, as the recipe has it, or drawn for it
    columns     what was said of the columns
    found       what was found of each column but the target, in their order
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
    frame: Any, request: TableRequest, file_notes: Sequence[str] = (), decimal_comma: bool = False
) -> PreparedRows:
    """Hold rows of a data frame out, and encode the others by what is learned from them."""
    frame, target_name, recipe = as_frame(frame), request.target, request.recipe
    check_column(frame, target_name, "target column")
    options = request.columns.on(frame.columns, target_name)
    task = options.task(target_name, request.task)
    formats = find_formats(frame, decimal_comma, target_name, options)
    if frame.implementation.is_polars():  # which holds values of all types: the many looks below read no texts
        others = {name: form for name, form in formats.items() if name != target_name}
        frame = as_frame(in_polars(frame.to_native(), others))
    columns = find_columns(frame.drop(target_name), formats, options)
    frame, n_without_target = with_target(frame, target_name, formats[target_name])
    target = learn_target(frame, target_name, task, formats[target_name])
    request.check_task(target.task)
    seed, rng = recipe.seed_and_split()
    labels = target.encode(frame[target_name]) if isinstance(target, ClassTarget) else None
    rest, held_out = split_rows(len(frame), recipe.test, rng, labels)
    train, test = frame[rest], frame[held_out]
    if not isinstance(target, ClassTarget):
        target = NumberTarget.learn(train[target_name], target.format)  # mean and scale of training rows only
    encoder = TableEncoder.learn(train, [target_name], columns, recipe.one_hot)
    return PreparedRows(
        encoder,
        target,
        target_name,
        data=(encoder.transform(train), target.encode(train[target_name])),
        validation=None,
        test=test,
        n_train=len(train),
        n_without_target=n_without_target,
        seed=seed,
        file_notes=tuple(file_notes),
        columns=options,
        found=find_in_rows(train, columns, encoder),
        train=train,
    )
