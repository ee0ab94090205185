"""An exported file with rows for it, and what it gave for them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from glassnet.errors import GlassnetError
from glassnet.exports.program import LevelInput, NumberInput, Program
from glassnet.formulas.elementary import Array
from glassnet.tables.encoding.column_encoders import Levels, NumberColumn
from glassnet.tables.encoding.column_kinds import read_as
from glassnet.tables.encoding.encoder import TableEncoder
from glassnet.tables.values.frames import as_frame


class CannotRun(GlassnetError, OSError):
    """The runtime of an export is not there, or ended with an error."""


@dataclass(frozen=True, eq=False)
class Case:
    """An exported file: its program, its path, and rows.

    `rows` are (n, inputs) for a network; for a table a list for each column, `plain` of numbers and of levels (None
    where missing), `given` as they were.
    """

    program: Program
    path: Path
    rows: Array | None = None
    plain: Sequence[Sequence[Any]] = ()
    given: dict[str, Sequence[Any]] | None = None

    @property
    def n_rows(self) -> int:
        """The number of rows."""
        return len(self.plain[0]) if self.rows is None else len(self.rows)


@dataclass(frozen=True, eq=False)
class Given:
    """What a file gave: values (n, outputs), the ends of intervals (n, 2) or None, numbers of classes (n,) or None."""

    values: Array
    ends: Array | None = None
    labels: Array | None = None


def case_of_table(program: Program, path: Path, encoder: TableEncoder, frame: Any) -> Case:
    """The rows of a data frame as a model reads them."""
    columns, given = as_frame(frame), {}
    read = read_as(columns, {each.name: each.format for each in encoder.encoders})
    by_name = {each.name: each for each in encoder.encoders}
    plain: list[Sequence[Any]] = []
    for step in program.inputs:
        assert isinstance(step, NumberInput | LevelInput)
        one, series = by_name[step.column], read[step.column]
        if isinstance(one, NumberColumn):
            plain.append(one.in_numbers(series).tolist())
        elif isinstance(one, Levels):
            plain.append([levels_or_none(one, place) for place in one.places(series)])
        given[step.column] = columns[step.column].to_list()
    return Case(program, path, plain=plain, given=given)


def levels_or_none(column: Levels, place: int) -> str | None:
    """A level; None for a missing value; a text that is not a level for an unknown one."""
    if place == len(column.levels):
        return None
    unknown = "unknown"
    while unknown in column.levels:
        unknown += "?"
    return column.levels[place] if place >= 0 else unknown


def split(values: Array, program: Program) -> Given:
    """Numbers (n, …) that a program wrote in a row: its outputs, the ends, the class."""
    n, outputs = program.outputs.value.size, program.outputs
    ends = values[:, n : n + 2] if outputs.interval is not None else None
    labels = values[:, n].astype(np.intp) if outputs.classes else None
    return Given(values[:, :n] / 2 ** (program.bits or 0), ends, labels)
