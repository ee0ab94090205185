"""A program: which kernels run in which order on which arrays, and which of them at the same time.

Kernels that follow on each other unit by unit form a chain, which can be cut into slices of units. Chains that need
nothing of each other form a stage; the next stage begins when all of them are done. How they are cut follows from the
sizes alone, so that results do not depend on the number of threads.
"""

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from glassnet.engine.compiled.codegen import products
from glassnet.engine.compiled.codegen.cache import load
from glassnet.engine.compiled.codegen.kernels import Source
from glassnet.engine.compiled.runtime import slots
from glassnet.engine.compiled.runtime.register_blocks import TALL
from glassnet.engine.machine.memory import aligned
from glassnet.formulas.elementary import Array
from glassnet.formulas.syntax.reader import Untranslatable

BLOCK = 2048  # numbers of an array that stay in the first cache beside those of a few others
TASK = 500_000  # multiply-adds that are worth a task of their own
MOST_KEYS = 4  # arrays of random numbers a layer
INTS = [slots.WIDTH, slots.FLAG, slots.INPUTS, slots.LOW, slots.HIGH, slots.A_STEP]
MOST_CHAINS = 128  # of a stage: cut into slices they are fewer tasks than a ticket can count


@dataclass
class Row:
    """A kernel with the addresses of its arrays, its whole numbers and its settings.

    `fields` says of each setting which object it comes from, and its name there. A slice has a multiple of `grain`
    units: those of a place of a picture stay together. `step` is how many a step of a sequence has.
    """

    name: str
    address: int
    arrays: list[int]
    width: int
    flag: int
    inputs: int
    settings: list[float]
    fields: list[tuple[Any, str]]
    cut: str
    grain: int = 1
    step: int = slots.NO_STEPS


@dataclass
class Chain:
    """Kernels that run one after the other on each slice of the same units."""

    width: int
    slices: int
    block: int | None
    rows: list[Row]

    def tasks(self) -> list[list[tuple[Row, int, int]]]:
        """The kernels of each slice, with its units; block after block where there is one slice."""
        if self.slices == 1:
            return [in_blocks(self.rows, self.block)]
        grain = math.lcm(TALL, *(row.grain for row in self.rows))
        size = -(-self.width // self.slices // grain) * grain
        cuts = [(low, min(low + size, self.width)) for low in range(0, self.width, size)]
        return [[(row, *cut) for row in self.rows] for cut in cuts]


def block_of(n_rows: int) -> int:
    """How many units of so many samples stay in the first cache."""
    return max(TALL, BLOCK // n_rows // TALL * TALL)


def in_blocks(rows: Sequence[Row], block: int | None) -> list[tuple[Row, int, int]]:
    """The kernels with their units; those that follow on each other unit by unit take so many units at a time."""
    found: list[tuple[Row, int, int]] = []
    runs: list[list[Row]] = []
    for row in rows:
        if runs and row.cut == "units" and runs[-1][0].cut != "whole" and row.width == runs[-1][0].width:
            runs[-1].append(row)
        else:
            runs.append([row])
    for run in runs:
        grain = math.lcm(*(row.grain for row in run))
        size = -(-block // grain) * grain if block and len(run) > 1 else run[0].width
        for low in range(0, run[0].width, max(1, size)):  # none where a network has no parameters
            found += [(row, low, min(low + size, row.width)) for row in run]
    return found


class Program:
    """Kernels in stages.

    `n_rows` is how many samples a run has, `slices` the largest number of slices of a chain, `block` how many units a
    chain in one slice takes at a time; `keys` has a place for each array of random numbers, shared by the programs of
    several workers.
    """

    def __init__(
        self, dtype: np.dtype, n_rows: int = 1, slices: int = 1, keys: Array | None = None, block: int | None = None
    ):
        self.dtype, self.n_rows, self.slices = dtype.name, n_rows, slices
        self.block = block
        self.stages: list[list[Chain]] = []
        self.gradients: list[Chain] = []
        self.parts: list[int] = [0]  # how many stages there are at the end of each part
        self.keys = np.zeros(0, np.uint64) if keys is None else keys
        self.n_keys = 0
        self.kept: list[Any] = []  # what the addresses point to must stay alive

    def add(
        self,
        source: Source,
        arrays: Sequence[Array | int],
        width: int,
        *,
        flag: int = 0,
        inputs: int = 0,
        settings: Any = None,
        grain: int = 1,
        step: int = slots.NO_STEPS,
    ) -> None:
        """Append a kernel; `settings` is the object whose fields it reads, `grain` how many units stay together.

        `step` is how many units a step of a sequence has, where those of steps that do not count can be left out.
        """
        kernel = load(source.text, "kernel").kernel
        if source.rows:
            arrays = [*arrays, aligned(source.rows * self.n_rows, np.dtype(self.dtype))]
        self.kept.append((kernel, arrays))
        addresses = [a if isinstance(a, int) else a.ctypes.data for a in arrays]
        fields = [owner_of(settings, name) for name in source.settings]
        numbers = [as_number(*field) for field in fields]
        apart = source.gradient and self.slices > 1
        cut = "whole" if source.gradient and not apart else source.cut
        row = Row(source.name, kernel.address, addresses, width, flag, inputs, numbers, fields, cut, grain, step)
        chain = Chain(width, self._slices(source, width, inputs), self.block, [row])
        if apart:
            self.gradients.append(chain)
        elif self._joins(source, chain):
            self.stages[-1][0].rows.append(row)
        else:
            self.stages.append([chain])

    def _slices(self, source: Source, width: int, inputs: int) -> int:
        work = width * max(1, inputs) * self.n_rows
        return 1 if source.cut == "whole" else max(1, min(self.slices, work // TASK, -(-width // TALL)))

    def _joins(self, source: Source, chain: Chain) -> bool:
        if len(self.stages) == self.parts[-1]:
            return False
        last = self.stages[-1][0]
        if last.slices == 1:
            return chain.slices == 1
        return source.cut == "units" and last.width == chain.width

    def product(self, name: str, arrays: Sequence[Array | int], width: int, **more: Any) -> None:
        """Append a kernel of `products`."""
        self.add(products.source(name, self.dtype), arrays, width, **more)

    def new_key(self) -> int:
        """The address of a key for random numbers that is drawn anew before each step."""
        if self.n_keys == self.keys.size:
            raise Untranslatable(f"more than {MOST_KEYS} arrays of random numbers a layer")
        self.n_keys += 1
        return self.keys.ctypes.data + 8 * (self.n_keys - 1)

    def end_part(self) -> None:
        """What follows is run apart from what came; the gradients come last."""
        for at in range(0, len(self.gradients), MOST_CHAINS):
            self.stages.append(self.gradients[at : at + MOST_CHAINS])
        self.gradients = []
        self.parts.append(len(self.stages))

    def compiled(self) -> "Compiled":
        """The arrays that the interpreter reads."""
        rows: list[tuple[Row, int, int]] = []
        tasks: list[tuple[int, int]] = []
        stages: list[int] = [0]
        for stage in self.stages:
            for chain in stage:
                for task in chain.tasks():
                    tasks.append((len(rows), len(rows) + len(task)))
                    rows += task
            stages.append(len(tasks))
        return Compiled.of(rows, tasks, stages, self.parts)


class Compiled(NamedTuple):
    """A program as arrays, a row a kernel; tasks are ranges of kernels, stages of tasks, parts of stages.

    `cells` has the object, the name of its field and the address of each setting.
    """

    names: list[str]
    addresses: Array
    arrays: Array
    ints: Array
    settings: Array
    tasks: Array
    stages: Array
    parts: Array
    cells: list[tuple[Any, str, int]]

    @classmethod
    def of(cls, rows: Sequence[tuple[Row, int, int]], *ranges: Sequence[Any]) -> "Compiled":
        """From the kernels with their units, and the ranges."""
        n, most_arrays = len(rows), max((len(row.arrays) for row, *_ in rows), default=0)
        most_settings = max((len(row.settings) for row, *_ in rows), default=0)
        addresses, ints = np.zeros(n, np.int64), np.zeros((n, slots.INT_SLOTS), np.int64)
        arrays, settings = np.zeros((n, most_arrays), np.int64), np.zeros((n, most_settings))
        for i, (row, low, high) in enumerate(rows):
            addresses[i] = row.address
            ints[i, INTS] = row.width, row.flag, row.inputs, low, high, row.step
            arrays[i, : len(row.arrays)], settings[i, : len(row.settings)] = row.arrays, row.settings
        names = [row.name for row, _, _ in rows]
        cells = [
            (*field, settings[i:, j:].ctypes.data)
            for i, (row, *_) in enumerate(rows)
            for j, field in enumerate(row.fields)
        ]
        tasks, stages, parts = (np.array(each, np.int64) for each in ranges)
        return cls(names, addresses, arrays, ints, settings, tasks, stages, parts, cells)


def owner_of(settings: Any, path: str) -> tuple[Any, str]:
    """(the object, the name of its field) of a setting: "alpha", or "activation.alpha" of an object inside."""
    *parts, name = path.split(".")
    return functools.reduce(getattr, parts, settings), name


def as_number(settings: Any, name: str) -> float:
    """A field that a formula reads."""
    value = getattr(settings, name)
    if not isinstance(value, (int, float, np.number)):
        raise Untranslatable(f"`{name}` of {settings!r} is not a number")
    return float(value)
