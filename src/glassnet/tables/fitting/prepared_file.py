"""Rows of a table larger than memory: read in chunks, encoded once into files, trained on block by block."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from glassnet.extras import require
from glassnet.formulas.elementary import Array
from glassnet.tables.encoding.encoder import TableEncoder
from glassnet.tables.encoding.found_columns import find_in_rows
from glassnet.tables.encoding.several_targets import n_outputs
from glassnet.tables.encoding.target import has_value
from glassnet.tables.encoding.telling_levels import judged_by
from glassnet.tables.fitting.file_scan import LEFT_OUT, TEST, TRAIN, VALIDATION, FileScan, kept
from glassnet.tables.fitting.own_rows import TABLE, USES, alike, check_own_rows, named, notes_on, rows_at
from glassnet.tables.fitting.prepared_rows import PreparedRows
from glassnet.tables.fitting.request import TableRequest
from glassnet.tables.fitting.row_files import RowFiles, hold_for_rows
from glassnet.tables.fitting.weights import check_some, column_weights
from glassnet.tables.reading.chunks import each
from glassnet.tables.reading.local_table import LocalTable
from glassnet.tables.splits.held_apart import reader_for
from glassnet.tables.values.frames import as_frame, as_series


def encoder_of(scan: FileScan, request: TableRequest) -> TableEncoder:
    """What the columns of the sample are, and which of their numbers are levels as well."""
    levels = None
    if request.recipe.levels:
        known = scan.target.encode(as_series(scan.sample[request.target]))
        levels = judged_by(scan.target, known)
    return TableEncoder.learn(scan.sample, [request.target], scan.columns, request.recipe.one_hot, levels)


def prepare_file(path: "str | Path | LocalTable", request: TableRequest, folder: Path, memory: int) -> PreparedRows:
    """Write the rows to train on into files; held-out and validation rows stay in memory."""
    request.check_whole_table()
    lock = hold_for_rows(folder)  # before the long reading
    files = None
    try:
        scan = FileScan(path, request, memory)
        encoder = encoder_of(scan, request)
        n_rows, width = int((scan.roles == TRAIN).sum()), len(encoder.feature_names)
        is_weighed = request.weight is not None or scan.factors is not None
        files = RowFiles(lock, n_rows, width, memory, scan.rng, is_weighed, n_outputs(scan.target))
        tests, validation = write_rows(files, encoded(scan, encoder, request))
        own = {use: rows for use in USES if (rows := own_rows(scan, request, use)) is not None}
        if "test" in own:
            tests = [kept(own["test"][:, needed_of(encoder, request)], slice(None), scan.formats)]
        if "validation" in own:
            validation = [encoded_rows(own["validation"], scan, encoder, request)]
    except BaseException:  # Ctrl-C too leaves no rows behind
        if files is not None:
            files.remove()
        lock.release()
        raise
    X, y, weights = (np.concatenate(arrays) for arrays in zip(*validation, strict=True))
    return PreparedRows(
        encoder,
        scan.target,
        request.target,
        data=(files.blocks(),),
        validation=(X, y),
        weights=weights if is_weighed else None,
        test=as_frame(require("polars", "tables", "a table").concat(tests, how="vertical_relaxed")),
        n_train=n_rows + len(y),
        n_without_target=scan.n_without_target,
        seed=scan.seed,
        file_notes=scan.pieces.notes,
        columns=scan.options,
        found=find_in_rows(scan.sample, scan.columns, encoder),
        split_notes=(*scan.notes, *scan.split_notes, *notes_on_each(own, request)),
        test_groups=groups_of(own["test"], scan, request) if "test" in own else scan.groups,
        test_rows=None if "test" in own else np.flatnonzero(scan.roles == TEST),
        own_validation="validation" in own,
        files=files,
    )


def write_rows(files: RowFiles, pieces: "Iterator[EncodedPiece]") -> tuple[list[Any], list[tuple[Array, Array, Array]]]:
    """Write the rows to train on, some of which must count; gives those to test on, and X, y, weights to validate."""
    tests, validation, total = [], [], 0.0
    for rows in pieces:
        tests.append(rows.test)
        validation.append(rows.of(VALIDATION))
        files.add(*(train := rows.of(TRAIN)))
        total += float(train[2].sum())
    check_some(np.array(total))
    return tests, validation


class EncodedPiece(NamedTuple):
    """A piece of a file: its rows that have a target, encoded, with what each is for; those to test on as they are."""

    X: Array
    y: Array
    weights: Array
    role: Array
    test: Any

    def of(self, role: int) -> tuple[Array, Array, Array]:
        """X, y and weights of the rows that are for something."""
        rows = self.role == role
        return self.X[rows], self.y[rows], self.weights[rows]


def encoded(scan: FileScan, encoder: TableEncoder, request: TableRequest) -> Iterator[EncodedPiece]:
    """All rows of a file, piece by piece."""
    above, needed = 0, needed_of(encoder, request)

    def read(frame: Any) -> tuple[Any, Array, Array, Array]:
        nonlocal above
        role = scan.roles[above : above + len(frame)]
        above += len(frame)
        return frame, encoder.transform(frame), role, weights_in(frame, role, scan, request)

    for frame, X, role, weights in each(scan.pieces, read):
        test = kept(frame[:, needed], np.flatnonzero(role == TEST), scan.formats)
        known = np.flatnonzero(role != LEFT_OUT)
        y = scan.target.encode(frame[request.target][known]) if len(known) else np.zeros(0, np.intp)
        weights = weights[known] if scan.factors is None else weights[known] * scan.factors[y]
        yield EncodedPiece(X[known], y, weights, role[known], test)


def weights_in(frame: Any, role: Array, scan: FileScan, request: TableRequest) -> Array:
    """The weights of the rows of a piece by their column, which must be there in rows that are not held out."""
    if request.weight is None:
        return np.ones(len(frame))
    counted = (role == TRAIN) | (role == VALIDATION)
    return column_weights(frame[request.weight], scan.formats[request.weight], counted)


def needed_of(encoder: TableEncoder, request: TableRequest) -> list[str]:
    """The columns that held-out rows keep."""
    return [*encoder.columns, request.target]


def own_rows(scan: FileScan, request: TableRequest, use: str) -> Any:
    """Rows of one's own that have a target, with the columns of the file, as they stand there; None without any."""
    if (given := getattr(request, use)) is None:
        return None
    like = as_frame(next(iter(scan.pieces)))
    frame = alike(as_frame(rows_at(given)), like, f"the {use} rows{named(given)}", scan.options)
    there = has_value(frame[request.target], scan.formats[request.target])
    check_own_rows(np.where(there, USES[use], TABLE), {use: given}, request.target)
    return frame.to_native().filter(there)


def encoded_rows(
    frame: Any, scan: FileScan, encoder: TableEncoder, request: TableRequest
) -> tuple[Array, Array, Array]:
    """X, y and weights of rows of one's own."""
    y = scan.target.encode(as_frame(frame)[request.target])
    weights = weights_in(frame, np.full(len(frame), VALIDATION), scan, request)
    return encoder.transform(frame), y, weights if scan.factors is None else weights * scan.factors[y]


def groups_of(frame: Any, scan: FileScan, request: TableRequest) -> Array | None:
    """The group numbers of rows of one's own; None where rows are held out one by one."""
    if (reader := reader_for(request.group, None, scan.formats)) is None:
        return None
    reader.add(frame[request.group])
    return reader.values()


def notes_on_each(own: Mapping[str, Any], request: TableRequest) -> Iterator[str]:
    """What one's own rows are for."""
    source = np.concatenate([np.zeros(0, np.intp), *(np.full(len(rows), USES[use]) for use, rows in own.items())])
    return notes_on(source, {use: getattr(request, use) for use in own})
