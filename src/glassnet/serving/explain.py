"""Explanations: how much each column of a row has contributed to its prediction."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from glassnet.errors import InvalidInput
from glassnet.extras import require
from glassnet.insight.path_gradients import integrated_gradients
from glassnet.network import Network
from glassnet.serving.predictions import as_inputs
from glassnet.serving.rows import Rows, Value
from glassnet.serving.served import Served
from glassnet.tables.encoding.target import ClassTarget
from glassnet.tables.model import TableModel


def explained(served: Served, given: Any) -> list[dict[str, Any]]:
    """A JSON object for each row: the prediction, the baseline, and the contributions that make up the difference."""
    if isinstance(served.model, Network):
        return of_network(served.model, given)
    return of_table(served.model, given, served.predictions.predict(given).predictions)


def of_table(model: TableModel, rows: Rows, predictions: list[Any]) -> list[dict[str, Any]]:
    """For each row, what each column contributes beside the typical row: a number, or one for each class."""
    found = [model.contributions(frame_of(model.encoder.columns, number, row)) for number, row in enumerate(rows, 1)]
    if isinstance(model.target, ClassTarget):
        names = model.target.names
        return [
            {
                "prediction": prediction,
                "baseline": dict(zip(names, np.ravel(each.baseline).tolist(), strict=True)),
                "contributions": {
                    column: dict(zip(names, values, strict=True))
                    for column, values in zip(each.columns, each.values[0].tolist(), strict=True)
                },
                "error": each.error,
            }
            for prediction, each in zip(predictions, found, strict=True)
        ]
    return [
        {
            "prediction": prediction,
            "baseline": each.baseline,
            "contributions": dict(zip(each.columns, each.values[0].tolist(), strict=True)),
            "error": each.error,
        }
        for prediction, each in zip(predictions, found, strict=True)
    ]


def frame_of(names: Sequence[str], number: int, row: tuple[Value, ...]) -> Any:
    """A row as a data frame, in which no other row has a say about the types of its columns."""
    polars = require("polars", "tables", "explaining rows of a table")
    values = [float(value) if isinstance(value, int) and not -(2**63) <= value < 2**63 else value for value in row]
    try:
        return polars.DataFrame({name: [value] for name, value in zip(names, values, strict=True)})
    except UnicodeEncodeError:
        raise InvalidInput(f"row {number} holds half of a surrogate pair, which is not text.") from None


def of_network(network: Network, rows: list[Any]) -> list[dict[str, Any]]:
    """For each row of inputs, what each contributes to each output, beside inputs that are all 0."""
    shape = network.built()[0].input_shape
    if len(shape) > 1:
        raise InvalidInput(f"explanations are for rows of numbers; this network reads {' × '.join(map(str, shape))}.")
    X = as_inputs(rows, shape)
    if not np.isfinite(X).all():
        raise InvalidInput("rows must hold finite numbers.")
    found = integrated_gradients(network, X, np.zeros((1, *shape)))
    return [
        {"prediction": outputs, "baseline": found.baseline.tolist(), "contributions": values, "error": found.error}
        for outputs, values in zip(network.predict(X).tolist(), found.values.tolist(), strict=True)
    ]
