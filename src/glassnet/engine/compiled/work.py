"""What one call of the interpreter works on: programs, data, where results go, and the table that names all of it."""

from collections.abc import Sequence

import numpy as np

from glassnet.engine.changing import Changing
from glassnet.engine.compiled.codegen.cache import load_file
from glassnet.engine.compiled.codegen.products import span_step
from glassnet.engine.compiled.program import Program
from glassnet.engine.compiled.runtime import slots
from glassnet.engine.compiled.tiles import Cut, Tile
from glassnet.engine.machine.denormals import FLUSH_EVERY
from glassnet.engine.mixture import Mixture
from glassnet.engine.passes import Passes
from glassnet.formulas.elementary import Array
from glassnet.formulas.syntax.reader import Untranslatable

MOST_TASKS = 4096


class Work:
    """Rows of data, computed by a program for each worker's tile, and updates by another.

    `sums` has a gradient for each group of tiles, or one for the tiles of a batch, or none where a batch is one tile.
    With `own` there is a tile for each group, whose gradient is the group's, and no other sums.
    """

    def __init__(
        self,
        tiles: Sequence[Tile],
        programs: Sequence[Program],
        cut: Cut,
        updates: Program | None = None,
        sums: Array | None = None,
        own: bool = False,
    ):
        self.table, wide = np.zeros(slots.SLOTS, np.int64), tiles[0].plan.parameters.dtype.itemsize == 8
        self.live, self.losses = np.zeros(slots.LIVE_SLOTS), np.zeros(MOST_TASKS)
        self.address = self.table.ctypes.data
        self.cells: list[tuple[object, str, int]] = []  # each setting of a kernel: its object, its field, its address
        self.kept: list[object] = [tiles, programs, updates]  # what the addresses point to must stay alive
        self.n_outputs = int(tiles[0].last.A[0].size)
        self._program(slots.GRADIENT, programs)
        if updates is not None:
            self._program(slots.UPDATES, [updates])
        n_arrays = len(tiles[0].rows)
        self.sources, self.widths, self.mixed = (np.zeros(n_arrays, np.int64) for _ in range(3))
        targets = np.array([[rows.ctypes.data for rows in tile.rows] for tile in tiles])
        gradients = np.array([tile.plan.gradients.ctypes.data for tile in tiles])
        last = np.array([tile.last.A.ctypes.data for tile in tiles])
        self._set(
            {
                slots.N_SOURCES: n_arrays,
                slots.SOURCES: self.sources,
                slots.TARGETS: targets,
                slots.WIDTHS: self.widths,
                slots.MIXED: self.mixed,
                slots.WIDE: wide,
                slots.OUT_SOURCES: last,
                slots.OUT_WIDTH: self.n_outputs,
                slots.GRADIENTS: gradients,
                slots.SUMS: 0 if sums is None else sums,
                slots.N_PARAMETERS: tiles[0].plan.parameters.size,
                slots.LOSSES: self.losses,
                slots.LIVE: self.live,
                slots.TILE: cut.tile,
                slots.GROUPS: cut.groups,
                slots.SPAN_STEP: span_step("float64" if wide else "float32"),
                slots.OWN: own,
                slots.TASK: load_file("tasks").do_task.address,
            }
        )

    def _set(self, entries: dict[int, int | Array]) -> None:
        for slot, value in entries.items():
            self.kept.append(value)
            self.table[slot] = value.ctypes.data if isinstance(value, np.ndarray) else value

    def _program(self, number: int, programs: Sequence[Program]) -> None:
        """The arrays of programs that differ in their addresses only, one worker's behind the other's."""
        compiled = programs[0].compiled()
        self.cells += compiled.cells
        arrays = np.stack([compiled.arrays, *(other.compiled().arrays for other in programs[1:])])
        entries = {
            slots.N_KERNELS: len(compiled.addresses),
            slots.ADDRESSES: compiled.addresses,
            slots.ARRAYS: arrays,
            slots.MOST_ARRAYS: arrays.shape[2],
            slots.INTS: compiled.ints,
            slots.MOST_INTS: compiled.ints.shape[1],
            slots.SETTINGS: compiled.settings,
            slots.MOST_SETTINGS: compiled.settings.shape[1],
            slots.TASKS: compiled.tasks,
            slots.STAGES: compiled.stages,
            slots.PARTS: compiled.parts,
        }
        self._set({number * slots.PROGRAM + slot: value for slot, value in entries.items()})

    def of_batches(
        self, mean: bool, values_a_row: int, accumulate: int, weighed_steps: int, random: tuple[Array, int, int]
    ) -> None:
        """How the loss is divided, how many batches an update has, and where the keys for random numbers come from.

        `weighed_steps` is how many steps have weights, where those behind the last that counts are left out, else 0.
        """
        keys, draw, state = random
        self._set(
            {
                slots.MEAN: mean,
                slots.VALUES_A_ROW: values_a_row,
                slots.KEYS: keys,
                slots.N_KEYS: keys.size,
                slots.DRAW: draw,
                slots.DRAW_STATE: state,
                slots.ACCUMULATE: accumulate,
                slots.WEIGHED_STEPS: weighed_steps,
                slots.FLUSH_EVERY: FLUSH_EVERY,
            }
        )

    def mix(self, mixture: Mixture) -> None:
        """Have the rows of batches mixed as it was drawn for an epoch. The caller keeps the mixture alive."""
        self.mixed[:] = [columns.ctypes.data for columns in mixture.mixed]
        self.table[slots.SHARES], self.table[slots.SHIFTS] = mixture.shares.ctypes.data, mixture.shifts.ctypes.data

    def follow(self, changing: Changing) -> None:
        """Have the fields that change written where kernels read them, ahead of each step."""
        cells = [
            (address, column)
            for column, (owner, name) in enumerate(changing.fields)
            for one, field, address in self.cells
            if one is owner and field == name
        ]
        for column, (owner, name) in enumerate(changing.fields):
            if not any(found == column for _, found in cells):
                raise Untranslatable(f"no kernel reads `{name}` of {owner!r}, which follows a schedule")
        addresses, columns = np.array(cells, np.int64).reshape(-1, 2).T.copy()
        self._set(
            {
                slots.N_CELLS: len(cells),
                slots.CELLS: addresses,
                slots.COLUMNS: columns,
                slots.N_CHANGING: len(changing.fields),
            }
        )

    def follow_passes(self, passes: Passes, measuring: "Work | None", vectors: Sequence[Array]) -> None:
        """Have each of several passes write what it leaves into a place of its own. The caller keeps them alive."""
        self.table[slots.CHANGES], self.table[slots.CHANGES_STEP] = passes.changes.ctypes.data, passes.changes[0].nbytes
        if passes.outputs is not None:
            self.table[slots.OUT_TARGET], self.table[slots.OUT_STEP] = (
                passes.outputs.ctypes.data,
                passes.outputs[0].nbytes,
            )
        for k, (vector, copies) in enumerate(zip(vectors, passes.vectors, strict=True)):
            self.table[slots.COPIED + 3 * k :][:3] = vector.ctypes.data, copies.ctypes.data, vector.nbytes // 4
        if passes.held_out is not None and measuring is not None and passes.held_outputs is not None:
            samples, out = passes.held_out.samples, passes.held_outputs
            measuring.table[slots.OUT_STEP] = out[0].nbytes
            self.table[slots.HELD], self.table[slots.HELD_ROWS] = measuring.read(samples.arrays(), out), len(samples)
            self.table[slots.HELD_LOSSES] = passes.held_losses.ctypes.data

    def forget_passes(self) -> None:
        """Have a single pass leave nothing but its sums again, and outputs where `read` says."""
        self.table[slots.CHANGES_STEP : slots.SLOTS] = 0

    def read(self, arrays: Sequence[Array], out: Array | None) -> int:
        """The table's address for rows of arrays, the outputs to be written to `out`. The caller keeps them alive."""
        for k, array in enumerate(arrays):
            self.sources[k], self.widths[k] = array.ctypes.data, array[:1].size
        self.table[slots.OUT_TARGET] = 0 if out is None else out.ctypes.data
        return self.address
