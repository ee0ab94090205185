"""What is wrong with new rows for a model: missing columns, unseen levels, values newly missing, drift."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from glassnet.errors import InvalidInput
from glassnet.formulas.elementary import Array
from glassnet.insight.diagnosis.finding import Diagnosis, Finding
from glassnet.insight.diagnosis.split import TwoKinds, drift_of
from glassnet.tables.encoding.column_encoders import Levels, NumberColumn
from glassnet.tables.encoding.encoder import TableEncoder
from glassnet.tables.pipeline import TablePipeline
from glassnet.tables.values.frames import as_frame, listed

SHARE = 0.05  # of the rows: fewer change a score by less than it varies
CHECKS = (
    "columns that are not there",
    "levels that were not in training",
    "values that were never missing in training",
)
DRIFT = "rows that differ from the training rows"


def diagnose_rows(model: TablePipeline, new: Any, train: Any = None) -> Diagnosis:
    """The findings about new rows, beside the training rows where these are given."""
    frame = as_frame(new)
    if not len(frame):
        raise InvalidInput("the table has no rows.")
    findings = [*missing_columns(model.encoder, frame), *strange_values(model.encoder, frame)]
    complete = {*model.encoder.columns} <= {*frame.columns}
    if train is not None and complete:
        findings += new_drift(model.encoder, as_frame(train), frame)
    made = (*CHECKS, DRIFT) if train is not None and complete else CHECKS
    return Diagnosis(tuple(findings), made, len(frame))


def missing_columns(encoder: TableEncoder, frame: Any) -> Iterator[Finding]:
    """Columns of the model that the table does not have."""
    lacking = [name for name in encoder.columns if name not in frame.columns]
    if lacking:
        yield Finding(
            "missing columns",
            "",
            f"{len(lacking)} of the {len(encoder.columns)} columns that the model was trained on are not there: "
            f"{listed(lacking)}.",
            "Without them the model cannot predict: it refuses such a table.",
            "Add or rename the columns, or train a model without them (--drop).",
        )


def strange_values(encoder: TableEncoder, frame: Any) -> Iterator[Finding]:
    """Columns in which many rows have a level that was never seen, or no value where training always had one."""
    for column in encoder.encoders:
        if column.name not in frame.columns:
            continue
        if isinstance(column, Levels):
            places = column.places(column.format.read(frame[column.name]))
            gone = places == len(column.levels)
            yield from unseen_levels(column, frame[column.name], places == -1)
        elif isinstance(column, NumberColumn):
            gone = np.isnan(column.values(frame[column.name]))
        if not column.missing and gone.mean() > SHARE:
            yield Finding(
                "values newly missing",
                repr(column.name),
                f"{gone.mean():.1%} of {len(gone):,} rows have no value of {column.name!r}; in training, all had one.",
                "A missing number is read as the median, a missing category as an unknown one: the model has learned "
                "nothing about such rows.",
                "Find out why they are missing now; train again with rows like these.",
            )


def unseen_levels(column: Levels, series: Any, unseen: Array) -> Iterator[Finding]:
    """Levels that the column did not have in training."""
    if unseen.mean() > SHARE:
        texts = dict.fromkeys(str(text) for text in series[np.flatnonzero(unseen)].to_list())
        yield Finding(
            "unseen levels",
            repr(column.name),
            f"{unseen.mean():.1%} of {len(unseen):,} rows have a level of {column.name!r} that is not among the "
            f"{len(column.levels):,} known from training: {listed([*texts])}.",
            "The model knows nothing about these levels and predicts as for any unknown one.",
            "Check the spelling; train again with rows that have them, or without the column.",
        )


def new_drift(encoder: TableEncoder, train: Any, new: Any) -> list[Finding]:
    """Whether the new rows can be told from the training rows."""
    names = encoder.feature_names
    rows = TwoKinds(encoder.transform(train), encoder.transform(new), encoder.codes, lambda k: repr(names[k]), 0)
    return [*drift_of(rows, "new rows")]
