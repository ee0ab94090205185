"""Where the rows of an estimator end: before totals, as in a training on a table."""

from typing import Any

from glassnet.extras import require
from glassnet.formulas.elementary import Array
from glassnet.sklearn.saving.in_files import free_name, plain
from glassnet.tables.reading.totals import without_totals
from glassnet.tables.values.column_options import ColumnOptions
from glassnet.training.inputs.checks import check_whole


def end_before_totals(
    frame: Any, y: Array, target: str, skip_last: int | None, options: ColumnOptions
) -> tuple[int, tuple[str, ...]]:
    """How many rows are no totals, in the columns or in y, and what is told of the others."""
    if skip_last is not None:
        check_whole(skip_last, "skip_last", 0)
    if y.ndim == 1:
        narwhals = require("narwhals", "tables", "a table")
        name, values = free_name(target, frame.columns), [plain(value) for value in y.tolist()]
        frame = frame.with_columns(narwhals.new_series(name, values, backend=frame.implementation))
    rows, said = without_totals(frame, skip_last, options.on(frame.columns))
    return len(rows), said
