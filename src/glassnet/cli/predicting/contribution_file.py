"""The file of contributions: what each column contributed to the prediction for each row of a table."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from glassnet.cli.options.kept import beside
from glassnet.cli.predicting.prediction_file import prediction_file
from glassnet.extras import require
from glassnet.tables.insight.contributions import class_number, contributions
from glassnet.tables.model import TableModel
from glassnet.tables.reading.chunks import each

SOME = 256  # rows that are explained together


def write_contributions(
    model: TableModel, frames: Any, background: Any, of: str | None, out: Path
) -> tuple[int, float]:
    """Write a line for each row of data frames, whole or not at all; gives (their number, the largest error).

    A line has the ids, the prediction, what is explained of it (for classes a probability), the baseline, and the
    contribution of each column, which are the difference of these two.
    """
    n_rows, error = 0, 0.0
    with prediction_file(out) as take:
        for parts in each(frames, lambda frame: [*explained(model, frame, background, of)]):
            for frame, how_far in parts:
                take(frame)
                n_rows, error = n_rows + len(frame), max(error, how_far)
    return n_rows, error


def explained(model: TableModel, frame: Any, background: Any, of: str | None) -> Iterator[tuple[Any, float]]:
    """(the lines for some rows, the largest error) one after the other."""
    for rows in frame.iter_slices(SOME):
        ids = rows.select([name for name in model.id_columns if name in rows.columns])
        found, error = lines_of(model, rows, background, of)
        yield beside(ids, found, "rename the id column"), error


def lines_of(model: TableModel, rows: Any, background: Any, of: str | None) -> tuple[Any, float]:
    """(the columns beside the ids for some rows, the largest error)."""
    polars = require("polars", "tables", "writing contributions")
    found = contributions(model, rows, background)
    columns = {"prediction": model.predict(rows)}
    if found.classes:
        chosen = np.array(found.chosen) if of is None else np.full(len(rows), class_number(of, found.classes))
        places = np.arange(len(rows))
        values, explained = found.values[places, :, chosen], found.predictions[places, chosen]
        baseline = np.asarray(found.baseline)[chosen]
    else:
        values, explained, baseline = found.values, found.predictions, np.full(len(rows), float(found.baseline))
    columns |= {"explained": explained, "baseline": baseline}
    columns |= {f"contribution of {name}": values[:, k] for k, name in enumerate(found.columns)}
    return polars.DataFrame(columns), found.error
