"""How much better one model of a table is than another on the same held-out rows."""

from dataclasses import dataclass

import numpy as np

from glassnet.calls import answered
from glassnet.formulas.elementary import Array
from glassnet.tables.distributions.score_metric import SCORES
from glassnet.tables.distributions.scores import CRPS
from glassnet.tables.judging.bootstrap import Interval, Resamples
from glassnet.tables.judging.verdict import in_words, named
from glassnet.tables.number_format import readable
from glassnet.tables.pipeline import TablePipeline
from glassnet.training.metrics import Metric


@answered
@dataclass(frozen=True)
class Gain:
    """How much better a model is than another on the same held-out rows.

    Made by `TableTraining.gain_over`.

    Attributes
    ----------
    metric
        What was measured.
    score, other
        The metric of the model, and that of the other.
    n_rows
        How many rows they were measured on.
    better
        The 95 % interval of how much better (> 0) the model is, an `Interval`.

    >>> gain = gn.Gain("rmse", 2.0, 3.0, 80, gn.Interval(0.4, 1.5))
    >>> gain.better_by(), gain.sentence("the small network")[-39:]
    (1.0, 'better by 1 (95 % interval 0.4 to 1.5).')
    """

    metric: str
    score: float
    other: float
    n_rows: int
    better: Interval

    @classmethod
    def of(
        cls,
        model: TablePipeline,
        other: TablePipeline,
        pair: tuple[Array, Array],
        metric: str,
        seed: int,
        groups: Array | None = None,
    ) -> "Gain":
        """On (encoded rows, truth), by a bootstrap over these rows, or over their groups."""
        X, truth = pair
        measure = measure_of(metric)
        outputs, others = (seen(each, X, truth, measure) for each in (model, other))
        better = Resamples(truth, seed, groups).difference(measure, outputs, others)
        return cls(metric, measure(truth, outputs), measure(truth, others), len(truth), better)

    def sentence(self, than: str = "the defaults") -> str:
        """The comparison in words; `than` says what the other model has.

        >>> Gain("rmse", 2.0, 3.0, 80, Interval(0.4, 1.5)).sentence()
        'On 80 held-out rows, its RMSE is 2, that of the defaults 3: better by 1 (95 % interval 0.4 to 1.5).'
        """
        known = (self.better.low, self.better.high)
        chance = "" if known[0] > 0 or known[1] < 0 else ", which may be chance"
        how = "worse" if self.better_by() < 0 else "better"
        sign = -1 if self.better_by() < 0 else 1
        interval = Interval(*sorted(sign * end + 0.0 for end in known))  # never -0
        return (
            f"On {self.n_rows} held-out rows, its {named(self.metric)} is {readable(self.score)}, that of {than} "
            f"{readable(self.other)}: {how} by {readable(abs(self.better_by()))} (95 % interval {in_words(interval)})"
            f"{chance}."
        )

    def better_by(self) -> float:
        """How much better the model is; negative where it is worse."""
        higher = self.metric not in SCORES and Metric.of(self.metric).higher_is_better
        return (1 if higher else -1) * (self.score - self.other)


class RowMeans(Metric, listed=False):
    """The mean of a score of distributions, from that of each row (n, 1)."""

    higher_is_better = False
    of_labels = False
    score: str

    @property
    def name(self) -> str:  # type: ignore[override]
        """That of the score."""
        return self.score

    def compute(self, y: Array, p: Array, w: Array) -> float:
        """The weighted mean."""
        return float(np.average(p[:, 0], weights=w))


def measure_of(metric: str) -> Metric:
    """The metric of this name, or the mean of a score of distributions."""
    return RowMeans(metric) if metric in SCORES else Metric.of(metric)


def seen(model: TablePipeline, X: Array, truth: Array, measure: Metric) -> Array:
    """What a metric takes of a model: outputs, or the scores of its distributions."""
    if not isinstance(measure, RowMeans):
        return model.seen_by(measure, model.outputs_of(X))
    scores = model.scores_of_rows(X, truth)
    assert scores is not None
    return scores[:, [int(measure.name == CRPS)]]  # (log score, CRPS)
