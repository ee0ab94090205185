"""A table of one's own on the playground: read as `glassnet train` reads it, encoded by columns."""

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from glassnet.errors import InvalidInput
from glassnet.formulas.elementary import Array
from glassnet.playing.rows import Rows
from glassnet.playing.scene import MOST_ROWS, DataOfScene
from glassnet.tables.encoding.found_columns import FoundColumn
from glassnet.tables.encoding.target import ClassTarget
from glassnet.tables.fitting.prepared_rows import PreparedRows, prepare_frame
from glassnet.tables.fitting.recipe import Recipe
from glassnet.tables.fitting.request import TableRequest
from glassnet.tables.reading.local_table import LocalTable
from glassnet.tables.reading.read import TableFile, read_file
from glassnet.tables.reading.read_options import NOTHING_KNOWN, ReadOptions
from glassnet.tables.sources.containers import WORKBOOK, container
from glassnet.tables.sources.fetching import fetched
from glassnet.tables.sources.source import Source
from glassnet.tables.values.column_options import ColumnOptions

MOST_INPUTS = 500
MOST_CLASSES = 50
USUAL = 0.2  # what is held out before a share of 0 is given back


@dataclass(frozen=True, eq=False)
class OwnTable:
    """A table that was opened: its data frame, what was found about the file, and what it is called."""

    name: str
    file: TableFile

    @classmethod
    def of_path(cls, path: Path) -> "OwnTable":
        """The table in a file; InvalidInput where there is none."""
        return cls(path.name, read_whole(path))

    @classmethod
    def of_content(cls, name: str, content: bytes) -> "OwnTable":
        """The table in a file that a page sent; of its name only the ending counts."""
        ending = "".join(Path(name).suffixes[-2:])[:20]
        safe = "".join(sign for sign in ending if sign.isalnum() or sign == ".")
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"table{safe}"
            path.write_bytes(content)
            try:
                found = read_whole(path)
            except InvalidInput as error:
                raise InvalidInput(str(error).replace(str(path), name[:100])) from None
        return cls(name[:100], found)

    @property
    def columns(self) -> list[str]:
        """The names of all columns."""
        return [str(name) for name in self.file.frame.columns]

    def prepared(self, asked: DataOfScene) -> PreparedRows:
        """The rows as the table's encoder gives them, a share held out."""
        target = asked.target or self.columns[-1]
        recipe = Recipe(test=asked.held_out or USUAL, one_hot=MOST_INPUTS, seed=asked.seed % 2**63)
        request = TableRequest(target, recipe=recipe, columns=ColumnOptions(kinds=asked.kinds))
        if several := request.on(self.columns).also:
            raise InvalidInput(
                f"the playground shows one target of a table at a time, got {1 + len(several)}: name one, change it "
                "on the page; a run of several targets, which glassnet train writes, opens with all of them."
            )
        return prepare_frame(self.sample(asked.seed), request, self.file.notes, self.file.decimal_comma)

    def sample(self, seed: int) -> Any:
        """The data frame, or as many rows of it as a playground holds, drawn by the seed."""
        frame = self.file.frame
        return frame if frame.height <= MOST_ROWS else frame.sample(MOST_ROWS, seed=seed % 2**63)

    def open(self, asked: DataOfScene) -> tuple[Rows, list[dict[str, Any]], str]:
        """(the rows, what was found of each column, what is to be told)."""
        if asked.derived:
            raise InvalidInput("derived inputs are for the bundled sets: compute a column in your own table.")
        prepared = self.prepared(asked)
        names = prepared.encoder.feature_names
        if len(names) > MOST_INPUTS:
            raise InvalidInput(
                f"{self.name} has {len(names):,} inputs, the playground shows {MOST_INPUTS} at most: drop columns."
            )
        X, y = prepared.data
        classes = classes_of(prepared)
        decode = None if isinstance(prepared.target, ClassTarget) else prepared.target.decode
        held = held_out(prepared)
        rows = Rows(as_floats(X), flat(y), *held, tuple(names), classes, prepared.target_name, unscaled=decode)
        if not asked.held_out:
            rows = replace(rows, X=rows.all[0], y=rows.all[1], X_held=rows.X[:0], y_held=rows.y[:0])
        return rows, [described(each) for each in prepared.found], self.told(prepared)

    def told(self, prepared: PreparedRows) -> str:
        """What was guessed about the file, in a sentence or two."""
        n = self.file.frame.height
        drawn = (f"{MOST_ROWS:,} of its {n:,} rows were drawn",) if n > MOST_ROWS else ()
        scaled = () if isinstance(prepared.target, ClassTarget) else ("the target is standardised",)
        without = prepared.n_without_target
        missing = (f"{without:,} rows without a target are left out",) if without else ()
        notes = "; ".join((*prepared.file_notes, *drawn, *missing, *scaled))
        return f"{self.name}: the target is {prepared.target_name!r}" + (f"; {notes}." if notes else ".")


def read_whole(path: Path, known: ReadOptions = NOTHING_KNOWN) -> TableFile:
    """The table in a file, or in the first sheet with cells of a workbook."""
    if not (path.is_file() and container(path) == WORKBOOK):
        return read_file(LocalTable(path, known=known))
    with fetched(Source(str(path))) as local:
        return read_file(local)


def held_out(prepared: PreparedRows) -> tuple[Array, Array]:
    """Inputs and targets of the rows that are held out."""
    y = prepared.target.encode(prepared.test[prepared.target_name])
    return as_floats(prepared.encoder.transform(prepared.test)), flat(y)


def classes_of(prepared: PreparedRows) -> tuple[str, ...] | None:
    """The classes by name; None for numbers."""
    if not isinstance(prepared.target, ClassTarget):
        return None
    if len(prepared.target.names) > MOST_CLASSES:
        raise InvalidInput(
            f"the target has {len(prepared.target.names)} classes, the playground shows {MOST_CLASSES} at most."
        )
    return prepared.target.names


def described(column: FoundColumn) -> dict[str, Any]:
    """What the page is told about a column."""
    about = {"name": column.name, "kind": column.kind, "inputs": column.inputs, "values": column.values}
    return {**about, "missing": column.missing, "dropped": column.dropped or None}


def as_floats(X: Any) -> Array:
    """Inputs as the network takes them."""
    return np.ascontiguousarray(X, np.float32)


def flat(y: Any) -> Array:
    """Targets, one a row."""
    found: Array = np.asarray(y)
    return found.reshape(len(found)) if found.dtype.kind in "iu" else found.reshape(len(found)).astype(np.float64)
