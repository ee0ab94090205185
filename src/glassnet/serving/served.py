"""A model as it is served: read once, with all that answers need, and replaced as a whole."""

import hashlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from glassnet.calls import cached_property
from glassnet.forecasting.forecaster import Forecaster
from glassnet.loading import load
from glassnet.network import Network
from glassnet.serving.forecasts import ServedForecaster, load_forecaster
from glassnet.serving.predictions import NetworkPredictions, Predictions, TablePredictions
from glassnet.serving.unusual import moment
from glassnet.tables.calibration.intervals import COVERAGE, QuantileInterval
from glassnet.tables.encoding.column_encoders import ColumnEncoder, DateColumn, Levels, NumberColumn
from glassnet.tables.encoding.found_columns import FoundColumn
from glassnet.tables.encoding.target import ClassTarget
from glassnet.tables.model import TableModel

MOST_LEVELS = 50  # of a column that are told; those of the others are too many to choose from


@dataclass(frozen=True)
class Served:
    """A model under its name.

    `weights` is the SHA-256 of its parameters, by which answers and clients tell one model from the next; `about` is
    the JSON description of what it reads and predicts.
    """

    name: str
    weights: str
    model: TableModel | Network
    predictions: Predictions
    about: dict[str, Any]

    @property
    def version(self) -> str:
        """The beginning of the hash, which answers carry."""
        return self.weights[:12]

    @cached_property
    def lists_a_row(self) -> int:
        """How many JSON lists or objects a row is made of."""
        shape = self.model.built()[0].input_shape if isinstance(self.model, Network) else ()
        return 1 + sum(int(np.prod(shape[:k])) for k in range(1, len(shape)))


AnyServed = Served | ServedForecaster


def load_served(path: Path, name: str) -> AnyServed:
    """Read a model file, and predict once so that the first client waits for nothing; ModelFileError for no model."""
    model = load(path)
    if isinstance(model, Forecaster):
        return load_forecaster(model, path, name)
    predictions: Predictions = TablePredictions(model) if isinstance(model, TableModel) else NetworkPredictions(model)
    predictions.warm_up()
    weights = hash_of(model)
    return Served(name, weights, model, predictions, {"name": name, "weights": weights, **about(model)})


def hash_of(model: TableModel | Network) -> str:
    """The SHA-256 of all arrays with their names, shapes and types, whatever else the file says."""
    found = hashlib.sha256()
    for name, array in sorted(model.arrays.items()):
        found.update(f"{name} {array.dtype} {array.shape};".encode())
        found.update(np.ascontiguousarray(array).tobytes())
    return found.hexdigest()


def about(model: TableModel | Network) -> dict[str, Any]:
    """What a model reads and predicts, as JSON values."""
    if isinstance(model, Network):
        layout = model.built()[0]
        return {"kind": "network", "input_shape": list(layout.input_shape), "output_shape": list(layout.output_shape)}
    found = {column.name: column for column in model.columns}
    columns = [dict(described(encoder, found.get(encoder.name))) for encoder in model.encoder.encoders]
    return {
        "kind": "table",
        "task": model.task,
        "target": model.target_name,
        "columns": columns,
        **({"classes": list(model.target.classes)} if isinstance(model.target, ClassTarget) else {}),
        **({"coverage": coverage_of(model)} if model.interval is not None else {}),
    }


def coverage_of(model: TableModel) -> float:
    """The probability of the intervals of a model where none is asked for."""
    return model.interval.coverage if isinstance(model.interval, QuantileInterval) else COVERAGE


def described(encoder: ColumnEncoder, found: FoundColumn | None) -> Iterator[tuple[str, Any]]:
    """What is told of a column: its kind, range or levels, an example, and whether training had missing values."""
    yield "name", encoder.name
    low, high = (found.low, found.high) if found is not None else (None, None)
    if isinstance(encoder, Levels):
        known = len(encoder.levels) <= MOST_LEVELS
        yield from (("kind", "category"), ("levels", list(encoder.levels) if known else []))
        yield "example", encoder.levels[0] if encoder.levels else "…"
    elif isinstance(encoder, DateColumn):
        yield "kind", "date"
        yield from ((name, moment(encoder, end)) for name, end in (("low", low), ("high", high)) if end is not None)
        yield "example", moment(encoder, encoder.median)
    elif isinstance(encoder, NumberColumn):
        yield "kind", "number"
        yield from ((name, end) for name, end in (("low", low), ("high", high)) if end is not None)
        yield "example", float(f"{encoder.median:.6g}")
    yield "missing", encoder.missing


def library_version() -> str:
    """The version of glassnet."""
    return str(vars(sys.modules["glassnet"])["__version__"])
