"""The verdict on a model: one sentence, and the scores that it rests on."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from glassnet.calls import answered
from glassnet.insight.pages.pieces import Piece, Rows, Words
from glassnet.insight.pages.shown import Shown
from glassnet.tables.judging.bootstrap import Interval
from glassnet.tables.number_format import NO_SCORE, counted, readable
from glassnet.tables.values.frames import listed

METRICS_IN_WORDS = {
    "rmse": "RMSE", "mae": "MAE", "r2": "R²", "f1": "F1", "roc_auc": "ROC AUC", "log_loss": "log loss", "crps": "CRPS",
    "tempered_log_loss": "log loss at the best temperature",
}  # fmt: skip
PROBABILITIES = "log_loss"  # the metric of probabilities


@answered
@dataclass(frozen=True)
class Comparison:
    """A baseline beside the model, on the same held-out rows.

    Made by `TableTraining.verdict` and `compare_baselines`.

    Attributes
    ----------
    name
        "constant", "linear" or "boosting".
    called, said
        What it is, in a few words and in a sentence.
    scores
        Its metrics by name.
    better
        By metric, the 95 % `Interval` of how much better than the baseline the model is (below 0: worse); for the
        metric that the model was trained for, and for the log loss.

    >>> training = gn.TableTraining(gn.datasets.iris().to_polars(), "species", recipe=gn.Recipe(epochs=20))
    >>> for epoch in training.epochs(): pass
    >>> constant = training.verdict().comparisons[0]
    >>> constant.name, constant.better["accuracy"].low > 0
    ('constant', True)
    """

    name: str
    called: str
    said: str
    scores: dict[str, float]
    better: dict[str, Interval]

    def beaten(self, metric: str) -> bool:
        """Whether the model is better beyond chance."""
        return self.better[metric].low > 0

    def wins(self, metric: str) -> bool:
        """Whether the baseline is better beyond chance."""
        return self.better[metric].high < 0


@answered
@dataclass(frozen=True)
class Verdict(Shown):
    """Whether a model should be believed: a sentence, its scores with 95 % intervals, and those of simple models.

    Made by `TableTraining.verdict` and `compare_baselines`; `print` shows it.

    Attributes
    ----------
    metric, higher_is_better
        The metric that the model was trained for, and which way is better.
    n_rows
        The number of held-out rows.
    scores, intervals
        The metrics of the model on these rows by name, and the 95 % `Interval` of each.
    comparisons
        A `Comparison` for each baseline, the constant first.
    others
        The metrics on other rows: "training", "validation".
    remarks
        What else must be known, a sentence each.
    of_distributions
        How good predicted distributions are, a sentence; none of a model that predicts none.

    >>> training = gn.TableTraining(gn.datasets.iris().to_polars(), "species", recipe=gn.Recipe(epochs=20))
    >>> for epoch in training.epochs(): pass
    >>> verdict = training.verdict()
    >>> verdict.sentence.startswith("Believe it"), verdict.intervals["accuracy"].high > 0.9
    (True, True)
    """

    metric: str
    higher_is_better: bool
    n_rows: int
    scores: dict[str, float]
    intervals: dict[str, Interval]
    comparisons: tuple[Comparison, ...]
    others: dict[str, dict[str, float]]
    remarks: tuple[str, ...]
    of_distributions: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """The verdict."""
        constant = self.comparisons[0]
        if not constant.beaten(self.metric):
            return f"{self._no_better()}{self._probabilities()}."
        if stronger := [other for other in self.comparisons[1:] if other.wins(self.metric)]:
            best = self._best(stronger)
            return f"Use {best.called} instead: {self._stronger(best)}{self._probabilities()}."
        beaten = f"{self._own()} beats {self._score(constant)}"
        return f"{self._against_others(beaten)}{self._probabilities()}."

    def _no_better(self) -> str:
        constant = self.comparisons[0]
        how = "is worse than" if constant.wins(self.metric) else "is not better, beyond chance, than"
        better = [other for other in self.comparisons[1:] if self._ahead(other)]
        rest = "".join(f"; {other.called} reaches {readable(other.scores[self.metric])}" for other in better)
        return f"Do not rely on it: {self._own()} {how} {self._score(constant)}{rest}"

    def _stronger(self, best: Comparison) -> str:
        score, interval = readable(self.scores[self.metric]), in_words(self.intervals[self.metric])
        rows = counted(self.n_rows, "held-out row")
        found = f"its {named(self.metric)} of {readable(best.scores[self.metric])} on the same {rows}"
        return f"{found} is better than the {score} ({interval}) of this model"

    def _against_others(self, beaten: str) -> str:
        others = self.comparisons[1:]
        ahead = [other for other in others if self._ahead(other)]
        if ahead:
            best = self._best(ahead)
            return f"Believe it with care: {beaten}, but {self._score(best)} is as good or better"
        tied = [other for other in others if not other.beaten(self.metric)]
        if tied:
            best = self._best(tied)
            return f"Believe it: {beaten}; the lead over {self._score(best)} may be chance"
        names = [self._score(other) for other in others]
        return f"Believe it: {beaten}" + (f", and {' and '.join(names)}" if names else "")

    def _probabilities(self) -> str:
        """A part of the sentence where probabilities are worse than those of the constant."""
        constant = self.comparisons[0]
        if PROBABILITIES not in constant.better or self.metric == PROBABILITIES:
            return ""
        own, known = self.scores[PROBABILITIES], constant.scores[PROBABILITIES]
        if own < known:
            return ""
        linear = "".join(
            f" and of {other.called} ({readable(other.scores[PROBABILITIES])})"
            for other in self.comparisons[1:2]
            if other.scores[PROBABILITIES] < own
        )
        return (
            f"; do not use its probabilities, whose log loss of {readable(own)} is worse than that of "
            f"the class shares ({readable(known)}){linear}"
        )

    def _ahead(self, other: Comparison) -> bool:
        sign = 1 if self.higher_is_better else -1
        return sign * (other.scores[self.metric] - self.scores[self.metric]) >= 0

    def _best(self, others: Sequence[Comparison]) -> Comparison:
        sign = 1 if self.higher_is_better else -1
        return max(others, key=lambda other: sign * other.scores[self.metric])

    def _own(self) -> str:
        interval = in_words(self.intervals[self.metric])
        rows = counted(self.n_rows, "held-out row")
        return f"its {named(self.metric)} of {readable(self.scores[self.metric])} ({interval}) on {rows}"

    def _score(self, other: Comparison) -> str:
        return f"{other.called} ({readable(other.scores[self.metric])})"

    @property
    def without_score(self) -> tuple[str, ...]:
        """Why metrics are nan, a sentence; none where all have a score."""
        names = [name for name, value in self.scores.items() if math.isnan(value)]
        return (f"nan for {listed(names)}: {NO_SCORE}.",) if names else ()

    def table(self) -> list[list[str]]:
        """A row for each metric: the model, its interval, the baselines; the header first."""
        header = ["metric", "this model", "95 % interval", *(other.name for other in self.comparisons)]
        rows = [
            [
                name,
                readable(value),
                in_words(self.intervals[name]),
                *(readable(c.scores[name]) for c in self.comparisons),
            ]
            for name, value in self.scores.items()
        ]
        return [header, *rows]

    def fit_table(self) -> list[list[str]]:
        """A row for each metric: on the training rows, the validation rows, the held-out rows; the header first."""
        header = ["metric", *(f"{name} rows" for name in self.others), "held-out rows"]
        return [
            header,
            *(
                [name, *(readable(s[name]) if name in s else "" for s in self.others.values()), readable(v)]
                for name, v in self.scores.items()
            ),
        ]

    def pieces(self) -> Sequence[Piece]:
        """The sentence, the table, what the baselines are, and the scores on other rows."""
        said = [*self.without_score, *self.of_distributions, *(other.said for other in self.comparisons), *self.remarks]
        fit: list[Piece] = [Rows(cells(self.fit_table()))] if self.others else []
        return [Words(self.sentence), Rows(cells(self.table())), *map(Words, said), *fit]


def cells(table: list[list[str]]) -> tuple[tuple[str, ...], ...]:
    """A table as a piece of a page holds it."""
    return tuple(map(tuple, table))


def named(metric: str) -> str:
    """A metric in a sentence."""
    return METRICS_IN_WORDS.get(metric, metric.replace("_", " "))


def in_words(interval: Interval) -> str:
    """ "0.69 to 0.81"."""
    if math.isnan(interval.low):
        return "unknown"
    low, high = (readable(float(f"{end:.3g}")) for end in (interval.low, interval.high))
    return f"{low} to {high}"
