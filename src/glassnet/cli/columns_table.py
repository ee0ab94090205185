"""What was found of the columns of a table, as a table on the terminal."""

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from glassnet.drawing import one_line
from glassnet.tables.encoding.found_columns import HEADER, FoundColumn, target_cells
from glassnet.tables.model import TableModel

MOST_SHOWN = 20
WIDEST_NAME = 20


def columns_table(*models: TableModel) -> Table:
    """A row for each target and for each column; of many columns some, first those that are dropped."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    name, kind, values, missing, inputs = HEADER
    table.add_column(name, no_wrap=True, overflow="ellipsis", max_width=WIDEST_NAME, min_width=8)
    table.add_column(kind, no_wrap=True)
    table.add_column(values, overflow="fold", ratio=1)
    for number in (missing, inputs):
        table.add_column(number, justify="right", no_wrap=True)
    targets = (target_cells(model.target_name, model.target) for model in models)
    for cells in (*targets, *(column.cells for column in some_of(models[0].columns))):
        table.add_row(*map(Text, map(one_line, cells)))
    return table


def some_of(columns: Sequence[FoundColumn]) -> Sequence[FoundColumn]:
    """The columns that are shown, in their order."""
    if len(columns) <= MOST_SHOWN:
        return columns
    first = sorted(range(len(columns)), key=lambda place: expected(columns[place]))[:MOST_SHOWN]
    return [columns[place] for place in sorted(first)]


def expected(column: FoundColumn) -> int:
    """How little it surprises what became of a column: least what was dropped though nobody said so."""
    return 2 if column.kind in ("unwanted", "id") else 0 if column.dropped else 1


def rest_in_words(columns: Sequence[FoundColumn]) -> str:
    """What the table leaves out of many columns, and where it is; "" where nothing is."""
    n = len(columns) - MOST_SHOWN
    if n <= 0:
        return ""
    dropped = sum(bool(column.dropped) for column in columns) - sum(bool(c.dropped) for c in some_of(columns))
    of_them = f", {dropped:,} of them dropped" if dropped else ""
    return f"… and {n:,} more column{'s' if n > 1 else ''}{of_them}: report.md lists all {len(columns):,}"
