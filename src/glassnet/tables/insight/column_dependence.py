"""What is predicted over the values of a column of a table: partial dependence."""

from typing import Any

import numpy as np

from glassnet.errors import InvalidInput
from glassnet.formulas.elementary import Array
from glassnet.insight.dependence import MOST_ROWS, Dependence, JointDependence, dependence, joint_dependence
from glassnet.tables.encoding.column_encoders import ColumnEncoder, DateColumn, Levels, NumberColumn
from glassnet.tables.pipeline import TablePipeline
from glassnet.tables.values.frames import as_frame, check_column, nearest
from glassnet.tables.values.objects import plain

LEVELS_KNOWN = 10_000  # rows from which the values of a column are taken


def column_dependence(
    model: TablePipeline, frame: Any, column: str, rows: int = MOST_ROWS, seed: int = 0
) -> Dependence:
    """The partial dependence of a model's outputs on a column, over rows of a data frame.

    Categories are texts; dates count in days since 1970. Raises InvalidInput for what is not a column of the model.
    """
    frame = known_rows(frame, seed)
    given, place = values_of(model, frame, column), model.encoder.places[column]
    X, dates = model.encoder.transform(frame), has_dates(model, column)
    return dependence(model.outputs_of, X, place, given, rows=rows, seed=seed, dates=dates)


def joint_column_dependence(
    model: TablePipeline, frame: Any, columns: tuple[str, str], seed: int = 0
) -> JointDependence:
    """The partial dependence on two columns at once."""
    frame = known_rows(frame, seed)
    first, second = (values_of(model, frame, column) for column in columns)
    places = model.encoder.places[columns[0]], model.encoder.places[columns[1]]
    X, dates = model.encoder.transform(frame), (has_dates(model, columns[0]), has_dates(model, columns[1]))
    return joint_dependence(model.outputs_of, X, places, (first, second), seed=seed, dates=dates)


def has_dates(model: TablePipeline, column: str) -> bool:
    """Whether the model reads a column as dates."""
    return isinstance(encoder_of(model, column), DateColumn)


def known_rows(frame: Any, seed: int) -> Any:
    """The rows from which the values of columns are taken."""
    frame = as_frame(frame)
    return frame[np.sort(np.random.default_rng(seed).permutation(len(frame))[:LEVELS_KNOWN])]


def encoder_of(model: TablePipeline, column: str) -> ColumnEncoder:
    """The encoder of a column; refused if the model does not read it."""
    encoders = {encoder.name: encoder for encoder in model.encoder.encoders}
    if column not in encoders:
        reason = model.encoder.dropped.get(column)
        why = f": it was dropped, as it {reason}" if reason else nearest(column, encoders)
        raise InvalidInput(f"the model does not read a column {column!r}{why}.")
    return encoders[column]


def values_of(model: TablePipeline, frame: Any, column: str) -> Array:
    """A column as numbers, NaN where one is missing, or as texts, "" where one is missing."""
    encoder = encoder_of(model, column)
    check_column(frame, column)
    series = plain(frame[column])
    if isinstance(encoder, NumberColumn):
        given = np.asarray(encoder.values(series))
        there = ~np.isnan(given)
    else:
        assert isinstance(encoder, Levels)
        given = np.array([text or "" for text in encoder.texts(series)], np.str_)
        there = given != ""
    if not there.any():
        raise InvalidInput(f"the column {column!r} has no value in these rows.")
    return given
