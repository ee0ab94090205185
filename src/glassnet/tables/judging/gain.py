"""How much better one model of a table is than another on the same held-out rows."""

from dataclasses import dataclass

from glassnet.formulas.elementary import Array
from glassnet.tables.judging.bootstrap import Interval, Resamples
from glassnet.tables.judging.verdict import in_words, named
from glassnet.tables.number_format import readable
from glassnet.tables.pipeline import TablePipeline
from glassnet.training.metrics import Metric


@dataclass(frozen=True)
class Gain:
    """The scores of a model and of another, and the 95 % interval of how much better (> 0) the first is."""

    metric: str
    score: float
    other: float
    n_rows: int
    better: Interval

    @classmethod
    def of(
        cls, model: TablePipeline, other: TablePipeline, pair: tuple[Array, Array], metric: str, seed: int
    ) -> "Gain":
        """On (encoded rows, truth), by a bootstrap over these rows."""
        X, truth = pair
        measure = Metric.of(metric)
        outputs, others = (each.seen_by(measure, each.outputs_of(X)) for each in (model, other))
        better = Resamples(truth, seed).difference(measure, outputs, others)
        return cls(metric, measure(truth, outputs), measure(truth, others), len(truth), better)

    def sentence(self) -> str:
        """The comparison in words; the other model has the defaults.

        >>> Gain("rmse", 2.0, 3.0, 80, Interval(0.4, 1.5)).sentence()
        'On 80 held-out rows, its RMSE is 2, that of the defaults 3: better by 1 (95 % interval 0.4 to 1.5).'
        """
        known = (self.better.low, self.better.high)
        chance = "" if known[0] > 0 or known[1] < 0 else ", which may be chance"
        how = "worse" if self.better_by() < 0 else "better"
        sign = -1 if self.better_by() < 0 else 1
        interval = Interval(*sorted(sign * end for end in known))
        return (
            f"On {self.n_rows} held-out rows, its {named(self.metric)} is {readable(self.score)}, that of the defaults "
            f"{readable(self.other)}: {how} by {readable(abs(self.better_by()))} (95 % interval {in_words(interval)})"
            f"{chance}."
        )

    def better_by(self) -> float:
        """How much better the model is; negative where it is worse."""
        return (1 if Metric.of(self.metric).higher_is_better else -1) * (self.score - self.other)
