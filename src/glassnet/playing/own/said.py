"""What the outputs of a network say of a number where they stand for a distribution."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from glassnet.formulas.elementary import Array
from glassnet.tables.distributions.gaussian_head import GaussianHead
from glassnet.tables.distributions.head import Head
from glassnet.tables.distributions.histogram_head import HistogramHead
from glassnet.tables.distributions.quantile_head import QuantileHead
from glassnet.tables.distributions.score_metric import ScoreOf, score_of
from glassnet.tables.distributions.scores import CRPS
from glassnet.tables.encoding.target import NumberTarget

MIDDLE = (0.05, 0.95)  # the interval that is shown


@dataclass(frozen=True, eq=False)
class Said:
    """A head, and the target whose unit it speaks of."""

    head: Head
    target: NumberTarget

    @property
    def score(self) -> ScoreOf | None:
        """What is measured beside the loss."""
        return score_of(CRPS, self.head, self.target)

    @property
    def names(self) -> list[str]:
        """What the outputs are called; none where they have no meaning of their own."""
        if isinstance(self.head, GaussianHead):
            return ["mean", "scale (raw)"]
        if isinstance(self.head, QuantileHead):
            return [f"{100 * level:g} % quantile" for level in self.head.levels]
        if isinstance(self.head, HistogramHead):
            edges = self.target.decode(np.array(self.head.edges))
            return [f"{low:.4g} to {high:.4g}" for low, high in pairwise(edges)]
        return []

    def interval(self, outputs: Array) -> list[float]:
        """The ends between which the number of a row lies with a probability of 0.9, in the unit of the table."""
        ends = self.head.distribution([outputs], self.target).quantile(MIDDLE)
        return [float(end) for end in ends[0]]
