"""Windows of several series in random order, gathered block by block: the series lie in memory once, windows never."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from glassnet.forecasting.networks.covariates import Covariates, windows_of
from glassnet.forecasting.networks.skip import Skip
from glassnet.forecasting.networks.standardizing import standardized
from glassnet.forecasting.windows import Windows
from glassnet.formulas.elementary import Array
from glassnet.training.blocks.source import Blocks

CHUNK = 1 << 20  # numbers that are gathered at once
BLOCK_ROWS = 8192  # windows that lie in a buffer of the training
MOST_HELD_OUT = 1 << 15  # windows that validate an epoch: of more, so many that are evenly spaced


class Rows(NamedTuple):
    """What a network learns from some windows: standardised pasts, targets, and how much each window weighs."""

    X: Array  # (n, lookback), and what stands beside them
    y: Array  # (n, horizon)
    weights: Array  # (n,)


class Gathered:
    """All complete windows of some series, as rows of a network.

    A window's squared error counts in the units of its series divided by `scales`: it weighs (σ / scale)², or another
    power of it for a loss of another. With a `skip`, targets are what this map leaves to be said. With `covariates`, a
    row holds the columns of its window too, and those of its series.
    """

    def __init__(
        self,
        windows: Windows,
        scales: Array,
        skip: Skip | None = None,
        power: int = 2,
        covariates: Covariates | None = None,
    ):
        self.lookback, self.horizon, self.scales, self.skip = windows.lookback, windows.horizon, scales, skip
        self.power = power
        self.values = np.concatenate(windows.series)
        ends = np.cumsum([len(each) for each in windows.series])
        offsets = np.append(0, ends[:-1])
        begins = [windows.begin(k) + offsets[k] for k in range(len(offsets))]
        self.starts = np.concatenate([begin + windows.complete(k) for k, begin in enumerate(begins)])
        self.ends = ends
        around = covariates or Covariates.none(len(ends))
        self.static = around.static
        known = around.until([len(each) for each in windows.series]).known
        self.columns = np.concatenate(known) if known else np.empty((len(self.values), 0))

    def __len__(self) -> int:
        return len(self.starts)

    def cut(self, numbers: Array) -> tuple[Array, Array]:
        """Pasts (n, lookback) and futures (n, horizon) of these windows."""
        length = self.lookback + self.horizon
        found = np.lib.stride_tricks.sliding_window_view(self.values, length)[self.starts[numbers]]
        return found[:, : self.lookback], found[:, self.lookback :]

    def rows(self, numbers: Array, dtype: np.dtype) -> Rows:
        """The windows of these numbers."""
        past, future = self.cut(numbers)
        seen, series = standardized(past), self.series_of(numbers)
        y = seen.targets(future)
        if self.skip is not None:
            y -= self.skip.of(seen.inputs)
        weights = (seen.deviation[:, 0] / self.scales[series]) ** self.power
        beside = windows_of(self.columns, self.starts[numbers], self.lookback + self.horizon)
        inputs = np.concatenate([seen.inputs, beside, self.static[series]], axis=1, dtype=dtype)
        return Rows(inputs, y.astype(dtype), weights.astype(dtype))

    def series_of(self, numbers: Array) -> Array:
        """The series that windows of these numbers lie in."""
        return np.searchsorted(self.ends, self.starts[numbers], side="right")

    def blocks(self, dtype: np.dtype, seed: int) -> Blocks:
        """The rows for a training, in a new order each epoch."""
        length = self.lookback + self.horizon
        size, rng = max(1, CHUNK // (length * (1 + self.columns.shape[1]))), np.random.default_rng(seed)

        def shuffled() -> Iterator[Rows]:
            order = rng.permutation(len(self))
            for begin in range(0, len(order), size):
                yield self.rows(order[begin : begin + size], dtype)

        return Blocks(shuffled, n_rows=len(self), block_rows=min(BLOCK_ROWS, len(self)))

    def spaced(self, dtype: np.dtype) -> Rows:
        """The rows that validate, evenly spaced where there are many."""
        return self.rows(np.unique(np.linspace(0, len(self) - 1, min(len(self), MOST_HELD_OUT)).astype(int)), dtype)
