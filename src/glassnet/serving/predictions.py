"""What a model says of the rows of a request: classes with their probabilities, or numbers with their intervals."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from glassnet.errors import InvalidInput, WrongRow
from glassnet.extras import require
from glassnet.formulas.elementary import Array
from glassnet.network import Network
from glassnet.serving.rows import Columns, NetworkRows, TableRows, Value
from glassnet.serving.unusual import Unusual, unusual_in, warnings_of, watches
from glassnet.tables.calibration.intervals import COVERAGE, ErrorInterval, QuantileInterval, margin, widened
from glassnet.tables.encoding.column_encoders import NumberColumn
from glassnet.tables.encoding.target import ClassTarget
from glassnet.tables.model import TableModel
from glassnet.tables.model_checks import check_finite

LONGEST_INTEGER = 2**63
NUMBERS = frozenset((int, float))


@dataclass(frozen=True)
class Predicted:
    """The predictions for rows: classes or numbers, and what there is beside them.

    predictions    a class (as in the table), a number, or of a bare network the list of its outputs, for each row
    probabilities  (n, classes), in the order of `classes`; None for numbers
    ends           (n, 2), low and high of intervals with a probability of `coverage`; None without
    unusual        what was unusual about the rows
    """

    predictions: list[Any]
    classes: tuple[str, ...] = ()
    probabilities: Array | None = None
    ends: Array | None = None
    coverage: float | None = None
    unusual: Sequence[Unusual] = field(default=())

    def answers(self) -> list[dict[str, Any]]:
        """A JSON object for each row."""
        found: list[dict[str, Any]] = [{"prediction": prediction} for prediction in self.predictions]
        if self.probabilities is not None:
            for one, row in zip(found, self.probabilities.tolist(), strict=True):
                one["probabilities"] = dict(zip(self.classes, row, strict=True))
        if self.ends is not None:
            for one, (low, high) in zip(found, self.ends.tolist(), strict=True):
                one["interval"] = {"low": low, "high": high, "coverage": self.coverage}
        for one, said in zip(found, warnings_of(self.unusual, len(found)), strict=True):
            one["warnings"] = said
        return found


class Predictions(Protocol):
    """What a service asks of a model, of whichever kind."""

    @property
    def rows(self) -> TableRows | NetworkRows:
        """Reads rows for the model."""

    def predict(self, given: Any, coverage: float | None = None) -> Predicted:
        """The predictions for what `rows` has read."""


class TablePredictions:
    """The predictions of a model of a table: just those of its `predict` and `predict_interval`."""

    def __init__(self, model: TableModel):
        self.model, self.watching = model, watches(model)
        self.rows = TableRows(model.encoder.columns, (*model.encoder.dropped, *model.id_columns, model.target_name))
        interval = model.interval  # whose usual width is found once
        self.margin = usual_margin(interval) if isinstance(interval, ErrorInterval) else None

    def predict(self, given: Columns, coverage: float | None = None) -> Predicted:
        """The predictions for rows, with what is unusual about them."""
        self.check_coverage(coverage)
        outputs, X = encoded_outputs(self.model, given)
        unusual = unusual_in(self.watching, given)
        if isinstance(self.model.target, ClassTarget):
            classes = self.model.target.classes
            chosen = [classes[number] for number in self.model.decided(outputs).tolist()]
            return Predicted(chosen, self.model.target.names, outputs, unusual=unusual)
        numbers, (ends, told) = outputs[:, 0], self._ends(X, outputs[:, 0], coverage)
        return Predicted(numbers.tolist(), ends=ends, coverage=told, unusual=unusual)

    def check_coverage(self, coverage: float | None) -> None:
        """Refuse a coverage of what has no intervals."""
        if coverage is None:
            return
        if isinstance(coverage, bool) or not isinstance(coverage, (int, float)) or not 0 < coverage < 1:
            raise InvalidInput('"coverage" must be a probability in (0, 1), such as 0.9.')
        if isinstance(self.model.target, ClassTarget) or self.model.interval is None:
            raise InvalidInput('"coverage" is for intervals, which this model has not: leave it out.')

    def _ends(self, X: Array, numbers: Array, coverage: float | None) -> tuple[Array | None, float | None]:
        interval, target = self.model.interval, self.model.target
        if interval is None or isinstance(target, ClassTarget):
            return None, None
        if coverage is None and self.margin is not None:
            return widened(np.column_stack([numbers, numbers]), self.margin), COVERAGE
        told = interval.coverage if isinstance(interval, QuantileInterval) else coverage
        return interval.ends(target, X, numbers, coverage), told


def usual_margin(interval: ErrorInterval) -> float:
    """How far the ends of intervals are from predictions where no coverage is asked for."""
    return margin(interval.errors, COVERAGE, interval.weights)


class NetworkPredictions:
    """The predictions of a bare network: its outputs."""

    def __init__(self, network: Network):
        self.network, self.predictor, self.rows = network, network.predictor(), NetworkRows()
        self.shape = network.built()[0].input_shape

    def predict(self, given: list[Any], coverage: float | None = None) -> Predicted:
        """The outputs for each row."""
        if coverage is not None:
            raise InvalidInput('"coverage" is for intervals, which a bare network has not: leave it out.')
        outputs = self.predictor(as_inputs(given, self.shape))
        if not np.isfinite(outputs).all():
            check_finite(outputs)  # which says in which row
        return Predicted(outputs.tolist())


def as_inputs(rows: list[Any], shape: tuple[int, ...]) -> Array:
    """Rows of a request as (n, *shape) numbers; InvalidInput names the first row of another shape."""
    expected = " × ".join(map(str, shape))
    for number, row in enumerate(rows, 1):
        if len(row) != shape[0]:
            raise InvalidInput(f"row {number} has {len(row)} values, expected {expected}.")
    try:
        found = np.array(rows, np.float64 if all_numbers(rows) else object)
    except (ValueError, OverflowError):
        found = np.zeros(0, object)
    if found.dtype == object or found.shape != (len(rows), *shape):
        raise InvalidInput(f"rows must be lists of {expected} numbers, got others: a text, null, or another length.")
    return found


def all_numbers(values: list[Any]) -> bool:
    """Whether (nested) lists hold numbers alone, truth values not among them."""
    types = set(map(type, values))
    return types <= NUMBERS or (types == {list} and all(map(all_numbers, values)))


def encoded_outputs(model: TableModel, columns: Columns) -> tuple[Array, Array]:
    """(outputs, encoded rows) of a model of a table for the columns of some rows.

    A row's answer does not depend on the rows beside it: where a column has texts in some rows and numbers in others,
    they are predicted apart.
    """
    groups = alike(columns)
    if len(groups) == 1:
        X = model.encoder.transform(frame_of(model, columns))
        return model.outputs_of(X), X
    encoded = [encoded_group(model, columns, rows) for rows in groups]
    X = np.empty((sum(map(len, groups)), encoded[0].shape[1]), encoded[0].dtype)
    for rows, part in zip(groups, encoded, strict=True):
        X[rows] = part
    return model.outputs_of(X), X


def encoded_group(model: TableModel, columns: Columns, rows: list[int]) -> Array:
    """Some of the rows, encoded; an error names the row by its number among all."""
    try:
        return model.encoder.transform(frame_of(model, {n: [v[row] for row in rows] for n, v in columns.items()}))
    except WrongRow as error:
        raise WrongRow(error.before, rows[error.row - 1] + 1, error.after) from None


def alike(columns: Columns) -> list[list[int]]:
    """The rows in groups in which no column mixes texts with numbers or truth values; one group where none does."""
    mixed = [values for values in columns.values() if len({kind_of(value) for value in values} - {""}) > 1]
    groups: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for row in range(len(next(iter(columns.values())))):
        groups[tuple(kind_of(values[row]) for values in mixed)].append(row)
    return [*groups.values()]


def kind_of(value: Value) -> str:
    """ "text", "truth" or "number"; "" for a missing value, which goes with any."""
    if value is None:
        return ""
    return "text" if isinstance(value, str) else "truth" if isinstance(value, bool) else "number"


def frame_of(model: TableModel, columns: Columns) -> Any:
    """The columns as a data frame."""
    polars = require("polars", "tables", "predicting rows of a table")
    numeric = {encoder.name for encoder in model.encoder.encoders if isinstance(encoder, NumberColumn)}
    found = []
    for name, values in columns.items():
        types = set(map(type, values)) - {type(None)}
        try:
            found.append(polars.Series(name, values, dtype_of(polars, types, values, name in numeric), strict=False))
        except UnicodeEncodeError:
            row = next(row for row, value in enumerate(values, 1) if not is_unicode(value))
            raise WrongRow(f"column {name!r} holds half of a surrogate pair", row, ", which is no text.") from None
    return polars.DataFrame(found)


def dtype_of(polars: Any, types: set[type], values: list[Value], numeric: bool) -> Any:
    """The type of a column with values of these types."""
    if str in types or not types:
        return polars.String if types or not numeric else polars.Float64
    if types == {bool}:
        return polars.Boolean
    if float in types or any(isinstance(v, int) and not -LONGEST_INTEGER <= v < LONGEST_INTEGER for v in values):
        return polars.Float64
    return polars.Int64


def is_unicode(value: Value) -> bool:
    """Whether UTF-8 can write a value: not half of a surrogate pair, which JSON can."""
    try:
        str(value).encode()
    except UnicodeEncodeError:
        return False
    return True
