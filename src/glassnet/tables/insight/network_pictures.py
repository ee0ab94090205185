"""Pictures of a model's network, drawn of the rows of a table."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from glassnet.errors import InvalidInput
from glassnet.formulas.elementary import Array
from glassnet.layers.dense import Dense
from glassnet.pictures.network.loss_surface import loss_surface
from glassnet.pictures.network.neuron import neuron
from glassnet.pictures.network.responses import responses
from glassnet.pictures.spaces.regions import decision_regions
from glassnet.tables.encoding.column_encoders import NumberColumn
from glassnet.tables.encoding.leveled_column import LeveledColumn
from glassnet.tables.insight.column_dependence import encoder_of, values_of
from glassnet.tables.insight.picture_source import TableSource
from glassnet.tables.pipeline import TablePipeline
from glassnet.tables.values.frames import as_frame

TYPICAL = "the other columns at their median or most frequent value"


def regions(it: TableSource, columns: tuple[str, str]) -> Any:
    """What is predicted over two columns of numbers, in their own units; every other column as in a typical row.

    Which rows are wrong is found from all their columns. Rows that lack one of the two are dropped.
    """
    model = it.model
    encoders, typical = [numbers_only(model, column) for column in columns], typical_row(model, it.frame)
    places = [model.encoder.places[column] for column in columns]

    def predict(points: Array) -> Array:
        X = np.repeat(typical, len(points), axis=0)
        for encoder, place, values in zip(encoders, places, points.T, strict=True):
            X[:, place] = encoder.encoded(values)
        return model.outputs_of(X)

    points = np.column_stack([values_of(model, as_frame(it.frame), column) for column in columns])
    there = np.isfinite(points).all(axis=1)
    said = TYPICAL if len(model.encoder.columns) > 2 else ""
    names = it.names or None
    return decision_regions(
        predict, points[there], it.truth[there], columns, names, theme=it.theme, outputs=it.outputs[there], said=said
    )


def components(it: TableSource) -> Any:
    """What is predicted over the first two principal components of the inputs that the network reads."""
    model, names = it.model, it.names or None
    return decision_regions(
        model.outputs_of, it.inputs, it.truth, it.feature_names, names, theme=it.theme, outputs=it.outputs
    )


def numbers_only(model: TablePipeline, column: str) -> NumberColumn:
    """How a column of numbers is read; refused for others."""
    encoder = encoder_of(model, column)
    if not isinstance(encoder, NumberColumn):
        raise InvalidInput(f"regions needs two columns of numbers, {column!r} is read as {encoder.kind}.")
    return encoder


def typical_row(model: TablePipeline, frame: Any) -> Array:
    """(1, n_inputs): numbers at their median, all else at its most frequent value."""
    X = model.encoder.transform(frame)
    row = np.median(X, axis=0, keepdims=True).astype(X.dtype)
    for encoder in model.encoder.encoders:
        if not isinstance(encoder, NumberColumn) or isinstance(encoder, LeveledColumn):
            place = model.encoder.places[encoder.name]
            values, counts = np.unique(X[:, place], axis=0, return_counts=True)
            row[0, place] = values[counts.argmax()]
    return row


def two_numbers(it: TableSource) -> list[tuple[str, str]]:
    """The two columns of numbers that are needed most; none where there are fewer."""
    numeric = [name for name in it.columns if isinstance(encoder_of(it.model, name), NumberColumn)]
    return [(numeric[0], numeric[1])] if len(numeric) > 1 else []


def neuron_of(it: TableSource, value: str) -> Any:
    """ "LAYER,UNIT" or "LAYER,UNIT,ROW": a unit with the numbers of a row, the first by default."""
    layer, *numbers = value.split(",")
    if not 1 <= len(numbers) <= 2 or not all(number.isdigit() for number in numbers):
        raise InvalidInput(f"--neuron takes LAYER,UNIT or LAYER,UNIT,ROW, such as 0,2 or 2.1,0,17; got {value!r}.")
    unit, row = int(numbers[0]), int(numbers[1]) if len(numbers) > 1 else 0
    X = it.inputs
    if row >= len(X):
        raise InvalidInput(f"row must be 0…{len(X) - 1}, as the table has {len(X)} rows (counted from 0), got {row}.")
    return neuron(it.network, X[row], layer, unit, it.feature_names, theme=it.theme)


def responses_of(it: TableSource, layer: str) -> Any:
    """What each unit of a layer responds to."""
    return responses(it.network, it.inputs, layer, it.feature_names, theme=it.theme)


def first_hidden(it: TableSource) -> Sequence[str]:
    """The first hidden layer of units; none where there is no hidden one."""
    dense = [node.path for node in it.network.built()[0].nodes if isinstance(node.layer, Dense)]
    return dense[:1] if len(dense) > 1 else []


def surface(it: TableSource, seed: str) -> Any:
    """The loss around the network, along two random directions."""
    if not seed.isdigit():
        raise InvalidInput(f"--surface takes a seed, a whole number of at least 0, got {seed!r}.")
    y = it.model.target.encode(as_frame(it.frame)[it.target_name])
    y = y if it.model.head is None else it.model.head.encode(y)
    return loss_surface(it.network, it.inputs, y, seed=int(seed), theme=it.theme)
