"""What a model says of the rows of a request: classes with their probabilities, or numbers with their intervals."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from glassnet.errors import InvalidInput
from glassnet.formulas.elementary import Array
from glassnet.network import Network
from glassnet.serving.rows import NetworkRows, Rows, TableRows
from glassnet.serving.unusual import Unusual, unusual_in, warnings_of, watches
from glassnet.tables.calibration.intervals import COVERAGE, QuantileInterval
from glassnet.tables.encoding.target import ClassTarget
from glassnet.tables.model import TableModel
from glassnet.tables.model_checks import check_finite

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

    def warm_up(self) -> None:
        """Compile and allocate what a prediction needs, so that the first client waits for nothing."""


class TablePredictions:
    """The predictions of a model of a table: just those of its `predict` and `predict_interval`."""

    def __init__(self, model: TableModel):
        self.model, self.predictor, self.watching = model, model.predictor(), watches(model)
        self.rows = TableRows(model.encoder.columns, (*model.encoder.dropped, *model.id_columns, model.target_name))

    def predict(self, given: Rows, coverage: float | None = None) -> Predicted:
        """The predictions for rows, with what is unusual about them."""
        self.check_coverage(coverage)
        outputs, target = self.predictor.outputs(given), self.model.target
        unusual = unusual_in(self.watching, given)
        if isinstance(target, ClassTarget):
            chosen = [target.classes[number] for number in self.model.decided(outputs).tolist()]
            return Predicted(chosen, target.names, outputs, unusual=unusual)
        interval, numbers = self.model.interval, outputs[:, 0].tolist()
        if interval is None:
            return Predicted(numbers, unusual=unusual)
        usual = interval.coverage if isinstance(interval, QuantileInterval) else COVERAGE
        ends, told = self.predictor.interval(given, coverage), usual if coverage is None else coverage
        return Predicted(numbers, ends=ends, coverage=told, unusual=unusual)

    def check_coverage(self, coverage: float | None) -> None:
        """Refuse a coverage of what has no intervals."""
        if coverage is None:
            return
        if isinstance(coverage, bool) or not isinstance(coverage, (int, float)) or not 0 < coverage < 1:
            raise InvalidInput('"coverage" must be a probability in (0, 1), such as 0.9.')
        if isinstance(self.model.target, ClassTarget) or self.model.interval is None:
            raise InvalidInput('"coverage" is for intervals, which this model has not: leave it out.')

    def warm_up(self) -> None:
        """Compile and allocate what a prediction needs."""
        self.predictor.outputs([(None,) * len(self.model.encoder.columns)])


class NetworkPredictions:
    """The predictions of a bare network: its outputs."""

    def __init__(self, network: Network):
        self.network, self.predictor, self.rows = network, network.predictor(), NetworkRows()
        layout = network.built()[0]
        self.shape, self.coded = layout.input_shape, bool(layout.codes)

    def predict(self, given: list[Any], coverage: float | None = None) -> Predicted:
        """The outputs for each row."""
        if coverage is not None:
            raise InvalidInput('"coverage" is for intervals, which a bare network has not: leave it out.')
        X = as_inputs(given, self.shape)
        with np.errstate(over="ignore"):  # an infinite input is told below
            outputs, whole = self.predictor.outputs(np.asarray(X, self.network.dtype, order="C"))
        if self.coded or not whole:  # what is wrong is said with the numbers that came
            outputs = self.predictor(X)
            check_finite(outputs)
        return Predicted(outputs.tolist())

    def warm_up(self) -> None:
        """Compile and allocate what a prediction needs."""
        self.predictor.outputs(np.zeros((1, *self.shape), self.network.dtype))  # which may be padding alone


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
