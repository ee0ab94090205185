"""How far a score could lie elsewhere by chance: the bootstrap over the rows that it was measured on."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from glassnet.calls import answered, cached_property
from glassnet.engine.machine.blas import one_thread
from glassnet.formulas.elementary import Array
from glassnet.training.metrics import Accuracy, Metric
from glassnet.training.wilson import wilson

SURE = 0.95
TAILS = [(1 - SURE) / 2, (1 + SURE) / 2]
MANY, FEW = 500, 200  # resamples of some rows, and of many
SOME_ROWS, MOST_ROWS = 2_000, 20_000


@answered
@dataclass(frozen=True)
class Interval:
    """Where a score lies with 95 % confidence, as far as the held-out rows tell.

    Attributes
    ----------
    low, high
        The ends.

    >>> gn.Interval(0.69, 0.81).low
    0.69
    """

    low: float
    high: float


@dataclass(frozen=True, eq=False)
class Resamples:
    """The same resamples of the rows for every score, so that models are compared row by row.

    A resample is a weight for each row: how often it was drawn. Of more than `MOST_ROWS` rows as many are looked at,
    and an interval is narrowed by √(rows looked at / rows) (the m out of n bootstrap). Rows of a group are alike, so
    whole `groups` (n,) are drawn. Of a single row or group an interval is unknown (nan).
    """

    truth: Array
    seed: int = 0
    groups: Array | None = None
    found: list[tuple[Metric, Array, Array]] = field(default_factory=list)  # metric, outputs, scores

    @property
    def n_rows(self) -> int:
        """How many rows there are."""
        return len(self.truth)

    @cached_property
    def rows(self) -> Array:
        """The rows that are looked at."""
        order = np.random.default_rng(self.seed).permutation(self.n_rows)
        return np.sort(order[:MOST_ROWS])

    @cached_property
    def units(self) -> Array:
        """The number of what each of these rows is drawn with: itself, or its group."""
        if self.groups is None:
            return np.arange(len(self.rows))
        return np.unique(self.groups[self.rows], return_inverse=True)[1]

    @property
    def n_units(self) -> int:
        """How many are drawn."""
        return int(self.units.max()) + 1

    def weights(self) -> Iterator[Array]:
        """How often each row was drawn, resample by resample."""
        rng, n = np.random.default_rng([self.seed, 1]), self.n_units
        for _ in range(MANY if len(self.rows) <= SOME_ROWS else FEW):
            yield np.bincount(rng.integers(n, size=n), minlength=n)[self.units].astype(np.float64)

    def scores(self, metric: Metric, outputs: Array) -> Array:
        """The metric in each resample; that of the same outputs is not computed twice."""
        for of, to, known in self.found:
            if of is metric and to is outputs:
                return known
        truth, some = self.truth[self.rows], outputs[self.rows]
        with one_thread(), np.errstate(invalid="ignore", divide="ignore"):
            each = np.array([metric(truth, some, weights) for weights in self.weights()])
        self.found.append((metric, outputs, each))
        return each

    def interval(self, metric: Metric, outputs: Array) -> Interval:
        """The 95 % interval of a score; that of an accuracy is Wilson's, which is right for few rows and for 100 %."""
        score = metric(self.truth, outputs)
        if isinstance(metric, Accuracy) and self.groups is None:
            return Interval(*map(float, wilson(score, self.n_rows)))
        return self._around(score, self.scores(metric, outputs))

    def difference(self, metric: Metric, outputs: Array, other: Array) -> Interval:
        """The 95 % interval of how much better (> 0) the outputs are than other outputs for the same rows."""
        sign = 1 if metric.higher_is_better else -1
        score = sign * (metric(self.truth, outputs) - metric(self.truth, other))
        return self._around(score, sign * (self.scores(metric, outputs) - self.scores(metric, other)))

    def _around(self, score: float, each: Array) -> Interval:
        if self.n_units == 1 or np.isnan(each).all():
            return Interval(math.nan, math.nan)
        low, high = np.nanquantile(each, TAILS)
        if len(self.rows) < self.n_rows:  # around the score of all rows
            low, high = score + (np.array([low, high]) - np.nanmean(each)) * math.sqrt(len(self.rows) / self.n_rows)
        return Interval(float(low), float(high))
