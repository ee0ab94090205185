"""Padding as a layer of its own: positions added at the edges of pictures and series."""

from typing import Any

from glassnet.errors import InvalidInput, brief
from glassnet.formulas.description import Converted, field
from glassnet.formulas.registry import is_whole
from glassnet.layers.convolution.sizes import AXES
from glassnet.layers.layer import Layer, Shape, Slices

Edges = tuple[tuple[int, int], ...]


class Pad(Layer):
    """Adds positions at the edges of pictures or series, all with the same value.

    A = pad(X);     dX = crop(dA).

    X (n, height, width, channels) or (n, steps, channels) lies inside A; `crop` takes that part out again. `Conv2D` and
    `Conv1D` pad by themselves; this is for other layers, for edges that differ, and for another value than 0.

    Parameters
    ----------
    edges
        How many positions are added: a number for all edges, or one for each axis, or a pair (before, after) for each
        axis: `Pad(((0, 1), (2, 2)))`.
    value
        What stands there; 0 by default.

    Raises InvalidInput for settings out of range; when the network is built, for samples with other axes.

    >>> Pad(2).output_shape((28, 28, 1)), Pad(((0, 1), (2, 2))).output_shape((28, 28, 1))
    ((32, 32, 1), (29, 32, 1))
    """

    edges: Converted[int | Edges, Any] = field(default=1)
    value: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "edges", edges_of(self.edges))

    def each_axis(self, shape: Shape) -> Edges:
        """The pair (before, after) of each axis of positions."""
        axes = len(shape) - 1
        if axes not in AXES:
            raise InvalidInput(f"Pad needs samples of shape {AXES[2]} or {AXES[1]}, got shape {shape}.")
        if isinstance(self.edges, int):
            return ((self.edges, self.edges),) * axes
        if len(self.edges) != axes:
            raise InvalidInput(f"Pad has edges for {len(self.edges)} axes, but samples of shape {shape} have {axes}.")
        return self.edges

    def output_shape(self, shape: Shape) -> Shape:
        each = self.each_axis(shape)
        return (*(size + before + after for size, (before, after) in zip(shape, each, strict=False)), shape[-1])

    def _inside(self, s: Slices) -> tuple[slice, ...]:
        """Where the samples lie in A."""
        sizes = zip(self.each_axis(s.X.shape[1:]), s.X.shape[1:], strict=False)
        return (slice(None), *(slice(before, before + size) for (before, _), size in sizes))

    def forward(self, s: Slices) -> None:
        s.A[...] = self.value
        s.A[self._inside(s)] = s.X

    def backward(self, s: Slices) -> None:
        if s.dX is not None:
            s.dX[...] = s.dA[self._inside(s)]


def edges_of(given: Any) -> int | Edges:
    """One number, or a pair for each axis."""
    if is_whole(given, 0):
        return int(given)
    several = given if isinstance(given, (tuple, list)) else ()
    pairs = [(each, each) if is_whole(each, 0) else each for each in several]
    right = [isinstance(pair, (tuple, list)) and len(pair) == 2 and all(is_whole(e, 0) for e in pair) for pair in pairs]
    if not right or not all(right):
        raise InvalidInput(
            "Pad: `edges` must be a whole number of at least 0, or for each axis one or a pair (before, after), got "
            f"{brief(given)}."
        )
    return tuple((int(before), int(after)) for before, after in pairs)
