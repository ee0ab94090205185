"""The ranges that the values of a program have on rows, by which 8 bits are laid out."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from glassnet.errors import InvalidInput
from glassnet.exports.evaluating import run
from glassnet.exports.program import Program
from glassnet.exports.running.case import case_of_table
from glassnet.formulas.elementary import Array
from glassnet.tables.pipeline import TablePipeline
from glassnet.tables.reading.chunks import each

AT_ONCE = 4096  # rows
Ranges = dict[str, tuple[Array, Array]]


def ranges_of(model: Any, program: Program, frames: Iterable[Any]) -> Ranges:
    """(the least, the largest) number of each entry of each value, on all rows of data frames or arrays."""
    found: Ranges = {}
    for rows, plain in inputs(model, program, frames):
        for name, values in run(program, rows, plain).items():
            low, high = found.get(name, (np.inf, -np.inf))
            found[name] = np.minimum(values.min(axis=0), low), np.maximum(values.max(axis=0), high)
    if not found:
        raise InvalidInput("int8 needs rows to measure the ranges of activations on, but there are none in these.")
    for step in program.steps:
        if step.out.dtype == "float32" and not np.isfinite(found[step.out.name]).all():
            raise InvalidInput(f"the value {step.out.name} is not finite on the rows that int8 is laid out by.")
    return found


def inputs(
    model: Any, program: Program, frames: Iterable[Any]
) -> Iterator[tuple[Array | None, Sequence[Sequence[Any]]]]:
    """What comes in, in pieces: rows of numbers, or a list for each column."""
    if isinstance(model, TablePipeline):
        for plain in each(frames, lambda frame: columns_of(model, program, frame)):
            for k in range(0, len(plain[0]), AT_ONCE):
                yield None, [column[k : k + AT_ONCE] for column in plain]
        return
    for rows in frames:
        model.predict(rows)  # refuses what are no rows of this network
        whole = np.asarray(rows, np.float32)
        for k in range(0, len(whole), AT_ONCE):
            yield whole[k : k + AT_ONCE], ()


def columns_of(model: TablePipeline, program: Program, frame: Any) -> Sequence[Sequence[Any]]:
    """The columns of a data frame as the model reads them."""
    model.encoder.transform(frame)  # refuses what is no table of this model
    return case_of_table(program, Path(), model.encoder, frame).plain
