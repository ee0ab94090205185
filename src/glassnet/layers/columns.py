"""Composition: some columns through one layer, others through another."""

import math
from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate
from typing import Any, Self

import numpy as np

from glassnet.errors import InvalidInput, brief
from glassnet.layers.chain import Chain
from glassnet.layers.layer import Layer, Shape, Slices, check_depth, pull_to_inputs

MOST = 2**31 - 1  # the largest number of a column


class ColumnsSlices(Slices):
    """Those of parts side by side, beside X0, X1, …: where each part's outputs lie in A."""

    outputs: list[slice]


class Columns(Layer):
    """Different layers for different columns, with their outputs joined.

    A = [G₀, G₁, …];     dX = [dX₀, dX₁, …].

    Gₖ is what layer k makes of Xₖ, some columns of X (n, n_columns); dXₖ = (∂Gₖ/∂Xₖ)ᵀ dAₖ goes back to these columns.
    Every column belongs to exactly one part; `Activation("linear")` passes columns through unchanged. What a part gives
    is joined as one row of numbers, whatever its shape, such as the vectors of an `Embedding` of several columns.

    Parameters
    ----------
    parts
        Pairs (columns, layer): a column's number, a slice with an end, or a list of numbers; and a layer, or a list of
        layers (a `Chain`).

    Raises InvalidInput for columns that are named twice, not at all, or do not exist.

    >>> from glassnet.layers.dense import Dense
    >>> from glassnet.layers.embeddings.embedding import Embedding
    >>> mixed = Columns((slice(0, 4), Dense(8, "relu")), (4, Embedding(10, 3)))
    >>> mixed, mixed.output_shape((5,))
    (Columns((slice(0, 4), Dense(8, 'relu')), (4, Embedding(categories=10, dimensions=3))), (11,))
    """

    columns: tuple[tuple[int, ...], ...]
    layers: tuple[Layer, ...]
    slices = ColumnsSlices

    def __init__(self, *parts: tuple[Any, Any]) -> None:
        if not parts:
            raise InvalidInput("Columns needs at least one part, as in Columns((slice(0, 4), Dense(8)), (4, …)).")
        for part in parts:
            if not isinstance(part, (tuple, list)) or len(part) != 2:
                raise InvalidInput(
                    f"Columns takes parts (columns, layer), such as (slice(0, 4), Dense(8)), got {brief(part)}."
                )
        object.__setattr__(self, "columns", tuple(numbers_of(columns) for columns, _ in parts))
        object.__setattr__(self, "layers", tuple(layer_of(layer) for _, layer in parts))
        self._check_twice()
        check_depth(self)

    def _check_twice(self) -> None:
        seen: set[int] = set()
        for column in (column for part in self.columns for column in part):
            if column in seen:
                raise InvalidInput(f"Columns: column {column} is named twice; each belongs to one part.")
            seen.add(column)

    def __repr__(self) -> str:
        parts = zip(self.columns, self.layers, strict=True)
        return f"Columns({', '.join(f'({shown(columns)}, {layer!r})' for columns, layer in parts)})"

    @classmethod
    def _from_fields(cls, fields: dict[str, Any]) -> Self:
        columns, layers = fields["columns"], fields["layers"]
        if (
            not isinstance(columns, (list, tuple))
            or not isinstance(layers, (list, tuple))
            or len(columns) != len(layers)
        ):
            raise InvalidInput("Columns: `columns` and `layers` must be lists of the same length.")
        return cls(*zip(columns, layers, strict=True))

    def without_noise(self) -> Layer:
        return self._from_fields(self._values() | {"layers": [layer.without_noise() for layer in self.layers]})

    @property
    def inner(self) -> tuple[Layer, ...]:
        return self.layers

    def inner_inputs(self, shape: Shape) -> tuple[Shape, ...]:
        return tuple((len(part),) for part in self.columns)

    def output_shape(self, shape: Shape) -> Shape:
        if len(shape) != 1:
            raise InvalidInput(f"Columns needs one-dimensional samples (rows of numbers), got shape {shape}.")
        named = sorted(column for part in self.columns for column in part)  # none of them twice
        if outside := [column for column in named if column >= shape[0]]:
            raise InvalidInput(f"Columns: there is no column {outside[0]}: X has {shape[0]} columns, 0…{shape[0] - 1}.")
        if len(named) < shape[0]:
            unnamed = gaps(named, shape[0])
            raise InvalidInput(
                f"Columns: column {unnamed[0].start} is in no part. To pass it through unchanged, add "
                f'({written(unnamed)}, Activation("linear")).'
            )
        return (sum(self._widths(shape)),)

    def _widths(self, shape: Shape) -> list[int]:
        widths: list[int] = []
        for layer, inside in zip(self.layers, self.inner_inputs(shape), strict=True):
            widths.append(math.prod(layer.output_shape(inside)))
        return widths

    def arrays(self, shape: Shape) -> dict[str, Shape]:
        inputs = {f"X{k}": inside for k, inside in enumerate(self.inner_inputs(shape))}
        return {"A": self.output_shape(shape), **inputs}

    def codes(self, shape: Shape) -> Mapping[int, int]:
        return {
            columns[place]: categories
            for layer, columns in zip(self.layers, self.columns, strict=True)
            for place, categories in layer.codes((len(columns),)).items()
        }

    def connect(self, s: ColumnsSlices) -> None:
        widths = [math.prod(inside.A.shape[1:]) for _, inside in s.inner]
        s.outputs = [slice(end - width, end) for end, width in zip(accumulate(widths), widths, strict=True)]

    def forward(self, s: ColumnsSlices) -> None:
        self._through("forward", s)

    def predict(self, s: ColumnsSlices) -> None:
        self._through("predict", s)

    def _through(self, way: str, s: ColumnsSlices) -> None:
        for columns, (layer, inside), output in zip(self.columns, s.inner, s.outputs, strict=True):
            np.take(s.X, columns, axis=1, out=inside.X, mode="clip")
            getattr(layer, way)(inside)
            s.A[:, output] = inside.A.reshape(len(inside.A), -1)

    def backward(self, s: ColumnsSlices) -> None:
        self._back(s, lambda layer, inside: layer.backward(inside))

    def backward_to_inputs(self, s: ColumnsSlices) -> None:
        self._back(s, pull_to_inputs)

    def _back(self, s: ColumnsSlices, through: Callable[[Layer, Any], None]) -> None:
        for columns, (layer, inside), output in zip(self.columns, s.inner, s.outputs, strict=True):
            inside.dA[...] = s.dA[:, output].reshape(inside.dA.shape)
            through(layer, inside)
            if s.dX is not None:
                s.dX[:, columns] = inside.dX


def layer_of(given: object) -> Layer:
    """What a part goes through: a layer, or several as one."""
    return Chain(*given) if isinstance(given, (list, tuple)) else Layer.of(given)


def numbers_of(columns: Any) -> tuple[int, ...]:
    """Column numbers from a number, a slice that says where it ends, or several numbers."""
    if isinstance(columns, slice):
        if columns.stop is None or min(columns.start or 0, columns.stop, (columns.step or 1) - 1) < 0:
            raise InvalidInput(f"Columns takes slices from one column to another, such as slice(0, 4), got {columns}.")
        columns = range(columns.start or 0, columns.stop, columns.step or 1)
    several = isinstance(columns, Sequence) or getattr(columns, "ndim", 0) > 0
    found = list(columns) if several and not isinstance(columns, str) else [columns]
    for column in found:
        if isinstance(column, bool) or not isinstance(column, (int, np.integer)) or not 0 <= column <= MOST:
            raise InvalidInput(f"Columns takes column numbers from 0 on, or slices, got {brief(column)}.")
    if not found:
        raise InvalidInput(f"Columns: a part needs at least one column, got {brief(columns)}.")
    return tuple(int(column) for column in found)


def shown(columns: tuple[int, ...]) -> str:
    """How one writes these columns."""
    if len(columns) == 1:
        return str(columns[0])
    whole = columns == tuple(range(columns[0], columns[-1] + 1))
    return f"slice({columns[0]}, {columns[-1] + 1})" if whole else str(list(columns))


def gaps(named: Sequence[int], n: int) -> list[range]:
    """The numbers below n that are not among sorted ones, as ranges, so that they take no memory."""
    ends = zip([-1, *named], [*named, n], strict=True)
    return [range(low + 1, high) for low, high in ends if low + 1 < high]


def written(unnamed: Sequence[range]) -> str:
    """How one writes the columns of some ranges, the first few where they are many."""
    if len(unnamed) == 1:
        only = unnamed[0]
        return str(only.start) if len(only) == 1 else f"slice({only.start}, {only.stop})"
    first = [column for gap in unnamed[:9] for column in gap[:9]]
    more = ", …" if sum(map(len, unnamed)) > len(first) else ""
    return f"[{', '.join(map(str, first))}{more}]"
