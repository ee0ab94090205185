"""Rows of a table larger than memory: read in chunks, encoded once into files, trained on block by block."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from glassnet.extras import require
from glassnet.formulas.elementary import Array
from glassnet.tables.encoding.encoder import TableEncoder
from glassnet.tables.encoding.found_columns import find_in_rows
from glassnet.tables.fitting.file_scan import LEFT_OUT, TEST, TRAIN, VALIDATION, FileScan, kept
from glassnet.tables.fitting.prepared_rows import PreparedRows
from glassnet.tables.fitting.request import TableRequest
from glassnet.tables.fitting.row_files import RowFiles, hold_for_rows
from glassnet.tables.reading.chunks import each
from glassnet.tables.reading.local_table import LocalTable
from glassnet.tables.values.frames import as_frame


def prepare_file(path: "str | Path | LocalTable", request: TableRequest, folder: Path, memory: int) -> PreparedRows:
    """Write the rows to train on into files; held-out and validation rows stay in memory."""
    request.check_whole_table()
    lock = hold_for_rows(folder)  # before the long reading
    files = None
    try:
        scan = FileScan(path, request, memory)
        encoder = TableEncoder.learn(scan.sample, [request.target], scan.columns, request.recipe.one_hot)
        n_rows, width = int((scan.roles == TRAIN).sum()), len(encoder.feature_names)
        files = RowFiles(lock, n_rows, width, memory, scan.rng)
        tests, validation = [], []
        for rows in encoded(scan, encoder, request.target):
            tests.append(rows.test)
            validation.append((rows.X[rows.role == VALIDATION], rows.y[rows.role == VALIDATION]))
            files.add(rows.X[rows.role == TRAIN], rows.y[rows.role == TRAIN])
    except BaseException:  # Ctrl-C too leaves no rows behind
        if files is not None:
            files.remove()
        lock.release()
        raise
    X, y = (np.concatenate(arrays) for arrays in zip(*validation, strict=True))
    return PreparedRows(
        encoder,
        scan.target,
        request.target,
        data=(files.blocks(),),
        validation=(X, y),
        test=as_frame(require("polars", "tables", "a table").concat(tests, how="vertical_relaxed")),
        n_train=n_rows + len(y),
        n_without_target=scan.n_without_target,
        seed=scan.seed,
        file_notes=scan.pieces.notes,
        columns=scan.options,
        found=find_in_rows(scan.sample, scan.columns, encoder),
        split_notes=scan.split_notes,
        test_rows=np.flatnonzero(scan.roles == TEST),
        files=files,
    )


class EncodedPiece(NamedTuple):
    """A piece of a file: its rows that have a target, encoded, with what each is for; those to test on as they are."""

    X: Array
    y: Array
    role: Array
    test: Any


def encoded(scan: FileScan, encoder: TableEncoder, target_name: str) -> Iterator[EncodedPiece]:
    """All rows of a file, piece by piece."""
    roles, needed = scan.roles, [*encoder.columns, target_name]
    for frame, X in each(scan.pieces, lambda frame: (frame, encoder.transform(frame))):
        role, roles = roles[: len(X)], roles[len(X) :]
        test = kept(frame[:, needed], np.flatnonzero(role == TEST), scan.formats)
        known = np.flatnonzero(role != LEFT_OUT)
        y = scan.target.encode(frame[target_name][known]) if len(known) else np.zeros(0)
        yield EncodedPiece(X[known], y, role[known], test)
