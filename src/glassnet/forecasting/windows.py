"""Windows of series: some steps of the past and the steps that follow, cut out where they are needed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from glassnet.forecasting.values import Series
from glassnet.formulas.elementary import Array

BLOCK = 1 << 22  # numbers that are copied at once: 32 MB


@dataclass(frozen=True, eq=False)
class Windows:
    """All windows of some series: `lookback` steps of past, `horizon` steps of future, one step apart.

    With `first` and `last`, those of series k whose future begins at a step t with first[k] ≤ t < last[k]; their past
    may lie before. A window with a missing value is left out, and counted. `seen` holds the same series with their gaps
    filled: pasts are taken from there, and only a value that is missing in the future leaves a window out.
    """

    series: Series
    lookback: int
    horizon: int
    first: Sequence[int] | None = None
    last: Sequence[int] | None = None
    seen: Series | None = None

    def begin(self, k: int) -> int:
        """The step of series k at which its first window begins."""
        return max(0, (self.first[k] if self.first is not None else 0) - self.lookback)

    def steps(self, k: int, of: Series | None = None) -> Array:
        """The part of series k that its windows cover."""
        return (of or self.series)[k][
            self.begin(k) : max(0, self.last[k] - 1 + self.horizon) if self.last is not None else None
        ]

    def all_of(self, k: int, of: Series | None = None) -> Array:
        """A view (windows, lookback + horizon) of series k, with those that miss a value."""
        steps, length = self.steps(k, of), self.lookback + self.horizon
        if len(steps) < length:
            return np.empty((0, length))
        return np.lib.stride_tricks.sliding_window_view(steps, length)

    def complete(self, k: int) -> Array:
        """The numbers of the windows of series k in which no value is missing."""
        missing = np.isnan(self.steps(k))
        before = np.concatenate([[0], np.cumsum(missing)])  # how many are missing before each step
        length, n = self.lookback + self.horizon, len(self.all_of(k))
        first = 0 if self.seen is None else self.lookback
        return np.flatnonzero(before[length : length + n] == before[first : first + n])

    @property
    def n(self) -> int:
        """How many windows there are without a missing value."""
        return sum(len(self.complete(k)) for k in range(len(self.series)))

    @property
    def n_incomplete(self) -> int:
        """How many windows are left out, because a value is missing in them."""
        return sum(len(self.all_of(k)) for k in range(len(self.series))) - self.n

    def of(self, k: int) -> Iterator[tuple[Array, Array]]:
        """Pasts (n, lookback) and futures (n, horizon) of series k, block by block."""
        windows, rows = self.all_of(k), self.complete(k)
        size = max(1, BLOCK // (self.lookback + self.horizon))
        for begin in range(0, len(rows), size):
            some = rows[begin : begin + size]
            block = windows[some]
            seen = block if self.seen is None else self.all_of(k, self.seen)[some]
            yield seen[:, : self.lookback], block[:, self.lookback :]
