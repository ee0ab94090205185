"""The score of predicted distributions as what chooses the epoch of a training."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from glassnet.errors import InvalidInput
from glassnet.formulas.elementary import Array
from glassnet.tables.distributions.head import DistributionName, Head
from glassnet.tables.distributions.histogram_head import HistogramHead
from glassnet.tables.distributions.scores import CRPS, LOG_SCORE
from glassnet.training.metrics import Metric

SCORES = (CRPS, LOG_SCORE)


class ScoreOf(Metric, listed=False):
    """The mean log score or CRPS of the distributions that outputs stand for, in the unit of the target.

    It knows the head and the target, so that it is for one training: it is not kept with the network.
    """

    higher_is_better = False
    of_labels = False
    score: str
    head: Any
    target: Any

    @property
    def name(self) -> str:  # type: ignore[override]
        """That of the score."""
        return self.score

    def describe(self) -> dict[str, Any]:
        """Its name alone."""
        return {"name": self.score}

    def compute(self, y: Array, p: Array, w: Array) -> float:
        """The mean for standardised numbers y."""
        said, truth = self.head.distribution([p], self.target), self.target.decode(np.ravel(y))
        values = said.crps(truth) if self.score == CRPS else said.log_score(truth)
        return float(np.average(values, weights=w))


def score_of(metric: str | None, head: Head | None, target: Any) -> ScoreOf | None:
    """The score that chooses the epoch; None where the loss does, as that of a histogram, which is its log score."""
    if head is None or metric not in SCORES or isinstance(head, HistogramHead):
        return None
    return ScoreOf(metric, head, target)


def check_metric(metric: str | None, distribution: DistributionName | None, known: Mapping[str, object]) -> None:
    """Refuse scores without a distribution, and other metrics with one; `known` are these."""
    if distribution is None:
        if metric in SCORES:
            raise InvalidInput(
                f"metric={metric!r} scores distributions, but a number alone is predicted: add a distribution, such as "
                "distribution='gaussian', or leave it out."
            )
    elif metric in known:
        raise InvalidInput(
            f"metric={metric!r} chooses the loss and the epoch, and so does distribution={distribution!r}: leave one "
            "of them out, or take metric='crps' or 'log_score'."
        )
    elif metric == CRPS and distribution == HistogramHead.kind:
        raise InvalidInput(
            "distribution='histogram' is learned by the log score of its bins, which chooses the epoch too: leave "
            "metric='crps' out, or take distribution='quantiles'."
        )
