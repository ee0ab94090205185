"""One entry of a formula worked out, and which entry that is."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from glassnet.formulas.elementary import Array
from glassnet.insight.blackboard.naming import shapes_of
from glassnet.insight.layer_trace import TracedLayer
from glassnet.insight.notation.numbers import Entry, NoEntry, Scope, put_in
from glassnet.insight.notation.tree import Equation, Name, Node, Number
from glassnet.insight.pages.pieces import Formula, Matrix, Piece, Worked


def worked(equation: Equation, scope: Scope, place: tuple[int, int, int]) -> Iterator[Piece]:
    """A formula, one entry of it with numbers put in, and the whole array."""
    yield Formula(equation, shapes_of(equation, scope))
    name = {"dz": "dZ", "a": "A"}.get(equation.name, equation.name)
    array = scope.values.get(name)
    if array is None or np.ndim(array) not in (1, 2) or 0 in np.shape(array) or is_known(equation.right, array, scope):
        return
    label, entry, result = entry_of(name, np.asarray(array), place)
    with suppress(NoEntry):
        yield Worked(label, put_in(equation.right, scope, entry), result)
    yield Matrix(name, array)


def is_known(right: Node, array: ArrayLike, scope: Scope) -> bool:
    """Whether the array is nothing new: 0, or another array as it is."""
    same = isinstance(right, Name) and np.shape(scope.values.get(right.text, 0.0)) == np.shape(array)
    return same or isinstance(right, Number)


def entry_of(name: str, array: Array, place: tuple[int, int, int]) -> tuple[str, Entry, Any]:
    """(name with its place, the place, the number there) of the entry that is worked out."""
    row, unit, source = place
    if array.ndim == 1:
        unit = min(unit, len(array) - 1)
        return f"{name}[{unit}]", Entry(0, unit), array[unit]
    by_source = name.startswith("dW")
    i = source if by_source else row
    j = source if name == "dX" else unit
    i, j = min(i, len(array) - 1), min(j, array.shape[1] - 1)
    return f"{name}[{i}, {j}]", Entry(i, j), array[i, j]


def place_of(layer: TracedLayer) -> tuple[int, int, int]:
    """(sample, unit, input) of the entries that are worked out: where the first sample has its largest gradient."""
    marks = [getattr(layer, name, None) for name in ("dZ", "dA", "A")]
    row = next((m[0] for m in marks if m is not None and m.any()), layer.A[0])
    unit = int(np.abs(row).argmax())
    dW = getattr(layer, "dW", None)
    into = layer.X[0] if dW is None else dW[:, min(unit, dW.shape[1] - 1)]
    return 0, unit, int(np.abs(into).ravel().argmax())
