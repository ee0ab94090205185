"""The cells of a sheet as columns: values that have a type in the sheet keep it, numbers in text cells are read."""

import datetime
from collections.abc import Sequence
from typing import TYPE_CHECKING

from glassnet.extras import require
from glassnet.tables.encoding.column_kinds import find_formats, read_as
from glassnet.tables.values.frames import as_series
from glassnet.tables.values.missing import MISSING
from glassnet.tables.values.text_format import TextFormat

if TYPE_CHECKING:
    import polars as pl

Cell = str | float | bool | datetime.date | datetime.time | datetime.timedelta | None


def columns_of(names: Sequence[str], rows: Sequence[Sequence[Cell]]) -> "tuple[pl.DataFrame, tuple[str, ...]]":
    """A data frame of the rows, and which columns had numbers in text cells, in words."""
    polars = require("polars", "tables", "a table")
    columns = {name: [row[place] for row in rows] for place, name in enumerate(names)}
    texts = {name: [cell if isinstance(cell, str) else None for cell in cells] for name, cells in columns.items()}
    written = polars.DataFrame(texts, schema=dict.fromkeys(names, polars.String))
    formats = find_formats(written, comma=True)  # a point would have made a number of the cell
    read = read_as(written, {name: form for name, form in formats.items() if form.type == "number"})
    notes, made = [], []
    for name, cells in columns.items():
        numbers = read[name].to_list() if name in read else None
        cells, note = numbers_read(cells, numbers, formats[name])
        notes += [f"{name}: {note}"] if note else []
        made.append(as_series(whole(cells)).to_native().alias(name))
    return polars.DataFrame(made), tuple(notes)


def numbers_read(cells: list[Cell], numbers: "list[float | None] | None", form: TextFormat) -> tuple[list[Cell], str]:
    """The cells of a column, with numbers in place of the texts that spell them, beside numbers with none missing."""
    typed = [cell for cell in cells if cell is not None and not isinstance(cell, str)]
    if any(isinstance(cell, bool) or not isinstance(cell, int | float) for cell in typed):
        return cells, ""
    if numbers is not None:
        both = zip(cells, numbers, strict=True)
        said = "; ".join(filter(None, ("numbers in text cells are read", form.note)))
        return [number if isinstance(cell, str) else cell for cell, number in both], said
    marks = {cell.lower() for cell in cells if isinstance(cell, str)}
    if typed and marks <= set(MISSING["marks"]):
        return [None if isinstance(cell, str) else cell for cell in cells], ""
    return cells, ""


def whole(cells: list[Cell]) -> list[Cell]:
    """Whole numbers as such, where a column has no others: a sheet knows only floats."""
    floats = [cell for cell in cells if isinstance(cell, float)]
    if not floats or not all(value.is_integer() and abs(value) < 2**53 for value in floats):
        return cells
    return [int(cell) if isinstance(cell, float) else cell for cell in cells]
