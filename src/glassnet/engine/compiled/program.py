"""A program: which kernels run in which order on which arrays."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from glassnet.engine.compiled import kernels, products
from glassnet.engine.compiled.cache import load
from glassnet.engine.compiled.kernels import Source
from glassnet.engine.objective import Objective
from glassnet.formulas.elementary import Array
from glassnet.formulas.losses import Loss

MOST_ARRAYS, MOST_SETTINGS = 10, 8


class Program:
    """Kernels in order, each with its arrays, whole numbers and settings."""

    def __init__(self, dtype: np.dtype):
        self.dtype = dtype.name
        self.rows: list[tuple[int, list[int], list[int], list[float], int]] = []
        self.kept: list[Any] = []  # what the addresses point to must stay alive

    def add(
        self, source: Source, arrays: Sequence[Array | int], width: int, *, flag: int = 0, inputs: int = 0,
        settings: Any = None, n_rows: int = 0,
    ) -> None:  # fmt: skip
        """Append a kernel; `settings` is the object whose fields it reads."""
        kernel = load(source.text, "kernel").kernel
        self.kept.append((kernel, arrays))
        addresses = [a if isinstance(a, int) else a.ctypes.data for a in arrays]
        numbers = [float(getattr(settings, name)) for name in source.settings]
        self.rows.append((kernel.address, addresses, [width, flag, inputs], numbers, n_rows))

    def product(self, name: str, arrays: Sequence[Array | int], width: int, **more: Any) -> None:
        """Append a kernel of `products`."""
        self.add(products.source(name, self.dtype), arrays, width, **more)

    def __len__(self) -> int:
        return len(self.rows)

    def compiled(self) -> tuple[Array, ...]:
        """The five arrays that the interpreter reads."""
        n = len(self.rows)
        addresses, n_rows = np.zeros(n, np.int64), np.zeros(n, np.int64)
        arrays, ints = np.zeros((n, MOST_ARRAYS), np.int64), np.zeros((n, 3), np.int64)
        settings = np.zeros((n, MOST_SETTINGS))
        for i, (address, places, whole, numbers, fixed) in enumerate(self.rows):
            addresses[i], n_rows[i], ints[i] = address, fixed, whole
            arrays[i, : len(places)], settings[i, : len(numbers)] = places, numbers
        return addresses, arrays, ints, settings, n_rows


def add_loss(p: Program, objective: Objective, last: Any, Y: Array, weights: Array | None) -> None:
    """The sum of a loss over a batch."""
    loss = objective.loss
    given = last.Z if loss.link else last.A
    made = kernels.loss_value(loss, len(objective.columns), p.dtype)
    arrays = [given, Y, *objective.columns, 0 if weights is None else weights]
    p.add(made, arrays, last.A.shape[1], flag=int(weights is not None), settings=loss)


def values_a_row(loss: Loss, n_outputs: int) -> int:
    """How many values of a loss a row has: one, or one for each output."""
    z = np.zeros((1, n_outputs))
    return int(loss.value(z, z, *loss.columns(n_outputs)).shape[1])
