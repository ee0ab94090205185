"""The arrays of one layer after a step, by their names on paper."""

from collections.abc import Iterator, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np

from glassnet.engine.layout import Node
from glassnet.formulas.elementary import Array
from glassnet.layers.layer import Step

HIDDEN = ("ones", "rng", "inner")


class TracedLayer(SimpleNamespace):
    """One layer of a trace: `X, W, b, Z, A` and `dX, dW, db, dZ, dA`, read-only copies; `inner` holds layers inside.

    `path` is its place ("0", "2.1"), `input_shape` the shape of a sample of X, `symbols` what its formula names beside
    these arrays, and `predicted` says whether the arrays are those of a prediction; so they are of a layer whose noise
    rests. `columns` holds the arrays of each column of X, or of each member, where the formula is about one.
    """

    def of_column(self, k: int) -> "TracedLayer":
        """The layer with the arrays of one column of X alone."""
        return TracedLayer(**vars(self) | self.columns[k] | {"columns": []})

    def __repr__(self) -> str:
        arrays = {name: value.shape for name, value in self.arrays().items()}
        return f"{self.layer!r}: " + ", ".join(f"{name} {shape}" for name, shape in arrays.items())

    def arrays(self) -> dict[str, Any]:
        """The arrays by name."""
        return {name: value for name, value in vars(self).items() if isinstance(value, np.ndarray)}


def traced(
    nodes: Sequence[Node], steps: Sequence[Step], predicted: bool = False, dX: Array | None = None
) -> list[TracedLayer]:
    """Copies of all arrays of layers, the inner ones among them; `dX` takes the place of that of the first layer."""
    firsts = [dX if k == 0 else None for k in range(len(nodes))]
    return [_traced(*each, predicted) for each in zip(nodes, steps, firsts, strict=True)]


def _traced(node: Node, step: Step, dX: Array | None, predicted: bool) -> TracedLayer:
    layer, s = node.layer, SimpleNamespace(**vars(step.slices))
    predicted = predicted or step.layer != layer  # which stands in its place, without its noise
    if dX is not None:
        s.dX = dX
    found = {name: _read_only(a) for name, a in vars(s).items() if isinstance(a, np.ndarray) and name not in HIDDEN}
    symbols = {name: _read_only(a) for name, a in layer.named_values(s).items()}  # parameters move on
    columns = layer.named_values_of_columns(SimpleNamespace(**found))
    inner = traced(node.inner, getattr(s, "inner", []), predicted, symbols.get("dG"))  # to whose dX it added its dA
    about = {"layer": layer, "path": node.path, "input_shape": node.input_shape, "inner": inner}
    about |= {"symbols": symbols, "predicted": predicted}
    return TracedLayer(**about, columns=columns, **found)


def _read_only(array: Array) -> Array:
    copy = array.copy()
    copy.flags.writeable = False
    return copy


def loss_layer(layers: Sequence[TracedLayer]) -> TracedLayer:
    """The layer whose outputs the loss of a training reads: the last, or the one inside it."""
    last = layers[-1]
    return last.inner[-1] if last.layer.loss_inside else last


def all_layers(layers: Sequence[TracedLayer]) -> Iterator[TracedLayer]:
    """Every layer, the inner ones behind the one that holds them."""
    for layer in layers:
        yield layer
        yield from all_layers(layer.inner)
