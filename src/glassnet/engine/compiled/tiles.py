"""How a batch is cut for a network, and the memory of a tile.

It is cut by the sizes alone, so that results do not depend on how many threads a machine has.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from glassnet.engine.compiled.products import span_step
from glassnet.engine.layout import Layout
from glassnet.engine.memory import aligned
from glassnet.engine.plan import Plan
from glassnet.formulas.elementary import Array

NARROW_TILE, WIDE_TILE = 160, 512  # samples
MOST_GROUPS, MOST_SLICES = 16, 16
MOST_ROWS = 65_536  # of a tile in slices: 16 are gathered a task, and a stage has no more than 4096
WIDE = 8_000_000  # multiply-adds of the largest layer in a tile, from which on slices of it are worth their own tasks


@dataclass(frozen=True)
class Cut:
    """The samples of a tile, and into how many groups of tiles or slices of units the work is shared out."""

    tile: int
    groups: int  # 0: slices
    slices: int


def cut_of(layout: Layout, n_rows: int) -> Cut:
    """Tiles in groups for narrow layers, slices of units for wide ones; one tile where a layer needs all rows."""
    largest = max((int(np.prod(place.parameter.shape)) for place in layout.places.values()), default=0)
    if any(node.layer.whole_batch for node in layout.walk()):
        sliced = largest * n_rows >= WIDE and n_rows <= MOST_ROWS
        return Cut(n_rows, 0, MOST_SLICES) if sliced else Cut(n_rows, MOST_GROUPS, 1)
    if largest * min(n_rows, WIDE_TILE) < WIDE:
        return Cut(NARROW_TILE, MOST_GROUPS, 1)
    return Cut(WIDE_TILE, 0, MOST_SLICES)


def multiply_adds(layout: Layout, n_rows: int) -> int:
    """About how much work one forward pass is; an activation counts as ten."""
    return n_rows * (layout.n_parameters + 10 * sum(int(np.prod(node.output_shape)) for node in layout.walk()))


class Tile:
    """A plan of its own for the samples of a tile, and the turned rows of the data that it works on."""

    def __init__(
        self, layout: Layout, parameters: Array, widths: Sequence[int], n_rows: int, *, training: bool,
        gradients: Array | None = None, state: Array | None = None,
    ):  # fmt: skip
        dtype = parameters.dtype
        step = span_step(dtype.name)
        room = -(-n_rows // step) * step
        self.plan = Plan(layout, parameters, room, training=training, gradients=gradients, state=state)
        self.steps = self.plan.steps(room)
        self.last = self.steps[-1].slices
        self.rows = [aligned(room * width, dtype) for width in widths]
        self.steps[0].slices.X = self.rows[0].reshape(room, *layout.input_shape)

    @property
    def Y(self) -> Array:
        """The targets."""
        return self.rows[1]

    @property
    def weights(self) -> Array | None:
        """The sample weights, if there are any."""
        return self.rows[2] if len(self.rows) > 2 else None
