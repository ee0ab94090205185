"""A histogram whose probabilities a network predicts, over bins that are quantiles of the training rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar, Self

import numpy as np

from glassnet.calls import cached_property
from glassnet.errors import InvalidInput
from glassnet.files.schema import Within
from glassnet.formulas.elementary import Array
from glassnet.formulas.losses import CrossEntropy, Loss
from glassnet.tables.distributions.distribution import Distribution
from glassnet.tables.distributions.head import Head
from glassnet.tables.distributions.piecewise import PiecewiseUniform
from glassnet.tables.encoding.target import NumberTarget

LEAST_BINS, MOST_BINS = 4, 64
NARROWEST = 1e-6  # width of a bin, in standard deviations of the target


@dataclass(frozen=True)
class HistogramHead(Head):
    """The probabilities of bins between `edges`, which were learned from `n_rows` numbers.

    A new number lies below all of n numbers with a probability of 1 / (n + 1), and above as well, which is what the
    tails have; each probability is moved towards even ones by as much as one row in n + 1 counts.
    """

    kind: ClassVar[str] = "histogram"
    activation: ClassVar[str] = "softmax"
    said: ClassVar[str] = "probabilities of bins, which hold as many training rows each as can be"
    edges: tuple[float, ...]
    n_rows: Annotated[int, Within(1)]

    def __post_init__(self) -> None:
        if len(self.edges) < 3 or not (np.diff(self.edges) > 0).all():
            raise InvalidInput(f"a histogram needs three or more rising edges, got {self.edges}.")

    @classmethod
    def learn(cls, y: Array) -> Self:
        """Bins that are bounded in the middle between two numbers; InvalidInput where all numbers are the same."""
        distinct = np.unique(y)
        if len(distinct) < 2:
            raise InvalidInput("distribution='histogram' needs a target of two or more different numbers.")
        n_bins = int(np.clip(len(y) ** 0.5, LEAST_BINS, MOST_BINS))
        inner = np.quantile(y, np.arange(1, n_bins) / n_bins, method="higher")
        few = len(distinct) <= n_bins  # each has a bin of its own
        cuts = np.unique(np.maximum(np.searchsorted(distinct, distinct[1:] if few else inner), 1)) - 1
        middles = 0.5 * (distinct[1:] + distinct[:-1])
        edges = [2 * distinct[0] - middles[0]]
        for edge in middles[cuts]:
            if edge > edges[-1] + NARROWEST:
                edges.append(edge)
        return cls((*map(float, edges), float(2 * distinct[-1] - middles[-1])), len(y))

    @property
    def n_outputs(self) -> int:
        """One for each bin."""
        return len(self.edges) - 1

    @property
    def loss(self) -> Loss:
        """The cross-entropy of the bins."""
        return CrossEntropy()

    def encode(self, y: Array) -> Array:
        """The bin of each standardised number; what lies beyond the last edges is in the last bins."""
        return np.searchsorted(self.edges[1:-1], y, side="right")

    @cached_property
    def _share(self) -> tuple[float, float]:
        """(how much of the bins is not their own, what each tail has)."""
        return 1 / (self.n_rows + 1), 1 / (self.n_rows + 2)

    @cached_property
    def point(self) -> tuple[Array, float]:
        """The middles of the bins by their probabilities, and the tails."""
        edges, (even, tail) = np.array(self.edges), self._share
        middles, widths, inside = 0.5 * (edges[1:] + edges[:-1]), np.diff(edges), 1 - 2 * tail
        beyond = tail * (edges[0] - widths[0] + edges[-1] + widths[-1])
        return inside * (1 - even) * middles, float(inside * even * middles.mean() + beyond)

    def distribution(self, each: Sequence[Array], target: NumberTarget) -> Distribution:
        """The means of the probabilities that the networks say."""
        even, tail = self._share
        said: Array = np.stack(each).mean(axis=0, dtype=np.float64)
        bins = (1 - even) * said + even / self.n_outputs
        below = tail + (1 - 2 * tail) * np.cumsum(bins[:, :-1], axis=1)
        levels = np.column_stack([np.full(len(bins), tail), below, np.full(len(bins), 1 - tail)])
        knots = target.decode(np.array(self.edges))
        tails = np.array([knots[1] - knots[0], knots[-1] - knots[-2]])
        return PiecewiseUniform(np.broadcast_to(knots, levels.shape), levels, np.broadcast_to(tails, (len(bins), 2)))
