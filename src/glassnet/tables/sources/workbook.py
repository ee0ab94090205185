"""A sheet of a workbook (Excel, LibreOffice): where its table begins, and its cells as columns."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from glassnet.errors import InvalidInput, first_line
from glassnet.extras import require
from glassnet.tables.reading.layout import column_names
from glassnet.tables.sources.cells import Cell, columns_of
from glassnet.tables.values.frames import listed, nearest
from glassnet.tables.values.objects import as_text

if TYPE_CHECKING:
    import polars as pl

Rows = list[list[Cell]]
LOOK = 50  # rows that the names of the columns may be in


class Sheet(NamedTuple):
    """A data frame, and what was found that is not usual, in words."""

    frame: "pl.DataFrame"
    notes: tuple[str, ...]


def read_sheet(path: Path, sheet: str | None, shown: str) -> Sheet:
    """The table in a sheet: the one named, else the first that holds anything; InvalidInput where there is none."""
    calamine = require("python_calamine", "excel", "reading a workbook")
    try:
        with calamine.load_workbook(path) as workbook:
            name, rows, notes = chosen(workbook, sheet, shown)
            rows, filled = with_merged(rows, workbook.get_sheet_by_name(name).merged_cell_ranges or ())
    except calamine.CalamineError as error:
        raise InvalidInput(f"{shown} is a workbook that cannot be read ({first_line(error)[:200]}).") from error
    table = f"sheet {name!r} of {shown}"
    top = names_row(rows)
    places = [place for place in range(len(rows[top])) if any(row[place] is not None for row in rows[top:])]
    body = [[row[place] for place in places] for row in rows[top + 1 :]]
    if not body:
        raise InvalidInput(f"{table} has column names but no rows.")
    names = column_names(
        table, ["" if rows[top][place] is None else as_text(rows[top][place]) or "" for place in places]
    )
    above = [str(cell) for row in rows[:top] for cell in row if cell is not None]
    if above:
        notes += (f"the cells above the column names are skipped ({listed([text[:40] for text in above], 2)})",)
    if any(row > top for row in filled):
        notes += ("each cell of a merged range below the names has the value of the range",)
    frame, read = columns_of(names, body)
    return Sheet(frame, notes + read)


def chosen(workbook: Any, sheet: str | None, shown: str) -> tuple[str, Rows, tuple[str, ...]]:
    """The name of the sheet, its rows without empty ones at the end, and a note where there was a choice."""
    names = list(workbook.sheet_names)
    if sheet is not None and sheet not in names:
        raise InvalidInput(f"{shown} has no sheet {sheet!r}{nearest(sheet, names)}; its sheets are {listed(names)}.")
    for name in names if sheet is None else [sheet]:
        if rows := filled_rows(workbook.get_sheet_by_name(name).to_python(skip_empty_area=False)):
            several = sheet is None and len(names) > 1
            return name, rows, (f"the sheet {name!r} of {len(names)}",) if several else ()
    raise InvalidInput(f"{shown} is empty." if sheet is None else f"sheet {sheet!r} of {shown} is empty.")


def filled_rows(cells: Sequence[Sequence[Any]]) -> Rows:
    """The cells, None for empty ones, without empty rows at the end."""
    rows = [[(cell.strip() or None) if isinstance(cell, str) else cell for cell in row] for row in cells]
    while rows and not any(cell is not None for cell in rows[-1]):
        rows.pop()
    return rows


def with_merged(rows: Rows, ranges: Sequence[Any]) -> tuple[Rows, set[int]]:
    """The rows with the value of a merged range in each of its cells but in its first row, and the rows that changed.

    A title that is merged over several columns stays one cell, so that it is not taken for the names of the columns.
    """
    changed = set()
    for (first, left), (last, right) in ranges:
        value = rows[first][left] if first < len(rows) else None
        for row in range(first, min(last + 1, len(rows))):
            for column in range(left, right + 1):
                if value is not None and row > first and rows[row][column] is None:
                    rows[row][column] = value
                    changed.add(row)
    return rows, changed


def names_row(rows: Rows) -> int:
    """The row with the names of the columns: the first that has as many cells as most of the rows.

    Rows that are less than half as full stand above it: titles, dates of the export, headings of several columns; and
    so does what an empty row follows.
    """
    counts = [sum(cell is not None for cell in row) for row in rows]
    usual = Counter(count for count in counts if count).most_common(1)[0][0]
    most = max(usual, max(counts[:LOOK]) // 2)
    full = [row for row, count in enumerate(counts) if 2 * count > most]
    return next((row for row in full if row + 1 < len(rows) and counts[row + 1]), full[0])
