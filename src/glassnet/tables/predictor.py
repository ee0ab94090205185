"""Prediction of raw rows one by one, as a small service makes it for each request."""

import threading
from typing import Any

import numpy as np

from glassnet.calls import answered
from glassnet.errors import InvalidInput
from glassnet.formulas.elementary import Array
from glassnet.tables.calibration.intervals import ErrorInterval, widened
from glassnet.tables.encoding.column_encoders import Outputs
from glassnet.tables.encoding.row_encoder import RowEncoder
from glassnet.tables.encoding.target import ClassTarget
from glassnet.tables.encoding.value_encoders import each_row
from glassnet.tables.network_outputs import mean
from glassnet.tables.pipeline import TablePipeline
from glassnet.tables.values.plain_tables import is_row

MOST_MARGINS = 64  # that are kept


class RowBuffer(threading.local):
    """The encoded row of one thread."""

    def __init__(self, n_inputs: int):
        self.X = np.zeros((1, n_inputs), np.float32)


@answered
class TablePredictor:
    """Fast predictions for raw rows of a table, one at a time or a few, without any library of data frames.

    Made by `TableModel.predictor`. Called with a row, a mapping of column names to values or a tuple of the values of
    `columns`, it gives its class as it was written in the table, or its number; with a list of rows, an array (n,) of
    them. Values are read exactly as `TableModel.predict` reads them. Threads may share it.

    Raises InvalidInput as `predict` does: for a column that is not there, and for text where a number or a date was
    learned.

    >>> import glassnet as gn
    >>> iris = gn.datasets.iris().to_polars()
    >>> training = gn.TableTraining(iris, "species", recipe=gn.Recipe(epochs=20))
    >>> for epoch in training.epochs(): pass
    >>> predictor = training.model.predictor()
    >>> predictor((5.1, 3.5, 1.4, 0.2)), predictor(iris.row(60, named=True))
    ('setosa', 'versicolor')
    >>> predictor.outputs((5.1, 3.5, 1.4, 0.2)).shape
    (3,)
    """

    def __init__(self, model: TablePipeline):
        self._model, self._encode = model, RowEncoder(model.encoder)
        self._networks = [network.predictor() for network in model.networks]
        self._dtype = model.network.dtype
        self._buffer = RowBuffer(len(model.encoder.feature_names))
        self._margins: dict[float | None, float] = {}

    def __repr__(self) -> str:
        return f"TablePredictor({len(self.columns):,} columns → {self._model.target_name!r})"

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that a row must have, in the order of a tuple."""
        return self._model.encoder.columns

    def __call__(self, row: Any) -> Any:
        """The class or the number of a row, or an array of them for a list of rows."""
        outputs, target = self._outputs(self._encoded(row)), self._model.target
        if not isinstance(target, ClassTarget):
            return float(outputs[0, 0]) if is_row(row) else outputs[:, 0]
        numbers = self._model.decided(outputs)
        return target.classes[numbers[0]] if is_row(row) else target.decode(numbers)

    def outputs(self, row: Any) -> Array:
        """The probabilities of the classes (classes,), or the number (1,); for a list of n rows (n, …)."""
        outputs = self._outputs(self._encoded(row))
        return outputs[0] if is_row(row) else outputs

    def interval(self, row: Any, coverage: float | None = None) -> Array:
        """The interval of `TableModel.predict_interval` (2,): low and high; for a list of n rows (n, 2).

        Parameters
        ----------
        row
            A row, or a list of rows.
        coverage
            The probability that it holds a new row's number; 0.9 by default, or the one that was learned.

        Raises InvalidInput for classes, and as `predict_interval` does.
        """
        X = self._encoded(row)
        ends = self._ends(X, coverage)
        return ends[0] if is_row(row) else ends

    def _ends(self, X: Outputs, coverage: float | None) -> Array:
        interval = self._model.interval
        predictions = self._outputs(X)[:, 0]
        if not isinstance(interval, ErrorInterval) or isinstance(self._model.target, ClassTarget):
            return self._model.ends(X, predictions, coverage)
        if coverage not in self._margins:  # it takes a look at all errors
            if len(self._margins) == MOST_MARGINS:  # those who ask may ask for any
                self._margins.clear()
            self._margins[coverage] = interval.half_width(coverage)
        return widened(np.column_stack([predictions, predictions]), self._margins[coverage])

    def _encoded(self, row: Any) -> Outputs:
        if is_row(row):
            X = self._buffer.X
            X[0] = self._encode(row)
            return X
        if not isinstance(row, (list, np.ndarray)):
            raise InvalidInput(
                f"a predictor takes a row (a mapping or a tuple) or a list of rows, got {type(row).__name__}: a whole "
                "table is predicted by model.predict."
            )
        if not len(row):
            raise InvalidInput("the table has no rows.")
        return np.array([*each_row(self._encode, row)], np.float32)

    def _outputs(self, X: Outputs) -> Array:
        x = X.astype(self._dtype, copy=False)
        return mean([self._model.in_units(*network.outputs(x)) for network in self._networks])
