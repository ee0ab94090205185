"""How a batch is cut for a network, and the memory of a tile.

It is cut by the sizes alone, so that results do not depend on how many threads a machine has.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from glassnet.engine.compiled.codegen.products import span_step
from glassnet.engine.compiled.runtime.register_blocks import STEP
from glassnet.engine.layout import Layout
from glassnet.engine.machine.memory import aligned
from glassnet.engine.machine.memory_size import memory_there, readable_bytes
from glassnet.engine.plan import Plan
from glassnet.engine.room import bytes_of_rows
from glassnet.formulas.elementary import Array
from glassnet.formulas.syntax.reader import Untranslatable

SMALLEST_TILE, NARROW_TILE, WIDE_TILE = 64, 160, 512  # samples
PICTURES = 1 << 18  # numbers that the layers write, with their gradients about what the second cache holds
MOST_GROUPS, MOST_SLICES = 16, 16
WORTH = 4_000_000  # multiply-adds of a batch from which on it is cut in two
MOST_ROWS = 65_536  # of a tile in slices: 16 are gathered a task, and a stage has no more than 4096


@dataclass(frozen=True)
class Cut:
    """The samples of a tile, and into how many groups of tiles or slices of units the work is shared out."""

    tile: int
    groups: int  # 0: slices
    slices: int


def cut_of(layout: Layout, n_rows: int) -> Cut:
    """Slices of units, or tiles in groups: at least two of these where that is worth it.

    Where a layer needs all rows of a batch at once, there is one tile.
    """
    worth = n_rows * layout.multiply_adds >= WORTH
    if any(node.layer.whole_batch for node in layout.walk()):
        return Cut(n_rows, 0, MOST_SLICES) if worth and n_rows <= MOST_ROWS else Cut(n_rows, MOST_GROUPS, 1)
    if shares_weights(layout):
        return Cut(max(STEP, PICTURES // layout.numbers_a_row // STEP * STEP), MOST_GROUPS, 1)
    if sliced(layout, n_rows):
        return Cut(WIDE_TILE, 0, MOST_SLICES)
    half = max(SMALLEST_TILE, -(-n_rows // 2 // STEP) * STEP)
    return Cut(min(NARROW_TILE, half) if worth else NARROW_TILE, MOST_GROUPS, 1)


def shares_weights(layout: Layout) -> bool:
    """Whether weights act at many places: then values, not parameters, are what fills the caches."""
    return layout.multiply_adds > 2 * layout.n_parameters


def sliced(layout: Layout, n_rows: int) -> bool:
    """Whether a gradient is larger than all values of a batch, and the batch worth to be cut.

    Each group has a gradient of its own, which is then added to the others; slices read each other's values.
    """
    values = math.prod(layout.input_shape) + layout.outputs_a_row
    return layout.n_parameters > n_rows * values and n_rows * layout.n_parameters >= WORTH


def multiply_adds(layout: Layout, n_rows: int) -> int:
    """About how much work one forward pass is; an activation counts as ten."""
    return n_rows * (layout.multiply_adds + 10 * layout.outputs_a_row)


def rows_of_tile(n_rows: int, dtype: np.dtype) -> int:
    """So many samples, in whole vectors."""
    step = span_step(dtype.name)
    return -(-n_rows // step) * step


def check_tiles(layout: Layout, n_rows: int, dtype: np.dtype, *, training: bool, n_tiles: int = 1) -> None:
    """Untranslatable where tiles take more memory than there is; NumPy may have room for fewer rows at a time."""
    room = n_tiles * rows_of_tile(n_rows, dtype)
    needed, there = bytes_of_rows(layout, room, dtype, training), memory_there()
    if needed > there:
        raise Untranslatable(
            f"loops over {room:,} rows at a time would need {readable_bytes(needed)} of memory, where there are "
            f"{readable_bytes(there)}"
        )


class Tile:
    """A plan of its own for the samples of a tile, and the turned rows of the data that it works on.

    `sharing` is a tile whose memory it overwrites, but for the gradients.
    """

    def __init__(
        self,
        layout: Layout,
        parameters: Array,
        widths: Sequence[int],
        n_rows: int,
        *,
        training: bool,
        gradients: Array | None = None,
        state: Array | None = None,
        sharing: "Tile | None" = None,
    ):
        dtype = parameters.dtype
        room = rows_of_tile(n_rows, dtype)
        self.rows: list[Array] = [aligned(room * width, dtype) for width in widths] if sharing is None else sharing.rows
        inputs = self.rows[0].reshape(room, *layout.input_shape)
        self.plan: Plan = Plan(
            layout,
            parameters,
            room,
            training=training,
            gradients=gradients,
            state=state,
            inputs=inputs,
            sharing=None if sharing is None else sharing.plan,
        )
        self.steps = self.plan.steps(room)
        self.last = self.steps[-1].slices

    @property
    def Y(self) -> Array:
        """The targets."""
        return self.rows[1]

    @property
    def weights(self) -> Array | None:
        """The sample weights, if there are any."""
        return self.rows[2] if len(self.rows) > 2 else None
