"""The score over the number of rows, which shows whether more rows would help."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from glassnet.calls import answered
from glassnet.errors import InvalidInput, brief
from glassnet.formulas.elementary import Array
from glassnet.formulas.registry import is_number
from glassnet.insight.pages.pieces import Piece, Words
from glassnet.insight.pages.pieces import Rows as TableOfRows
from glassnet.insight.pages.shown import Shown
from glassnet.tables.fitting.courses import Courses
from glassnet.tables.fitting.prepared_rows import PreparedRows
from glassnet.tables.fitting.request import TableRequest
from glassnet.tables.fitting.several import begun_models
from glassnet.tables.judging.bootstrap import Interval, Resamples
from glassnet.tables.judging.gain import measure_of, seen
from glassnet.tables.judging.verdict import in_words, named
from glassnet.tables.model import TableModel
from glassnet.tables.number_format import readable
from glassnet.tables.splits.rule import Sides
from glassnet.training.inputs.splitting import Rows, split_rows

MATTERS, LEAST = 0.1, 0.005  # of the whole curve, and of the score: less is not worth more rows


@answered
@dataclass(frozen=True)
class RowsCurve(Shown):
    """The score on the held-out rows by the number of rows that a network was trained on.

    Made by `TableTraining.learning_curve`; `print` shows it.

    Attributes
    ----------
    metric, higher_is_better
        What was measured, and which way is better.
    n_rows, scores
        Numbers of training rows, and the score with each.
    better
        The 95 % interval of how much better (> 0) the last score is than the one before, an `Interval`.

    >>> training = gn.TableTraining(gn.datasets.iris().to_polars(), "species", recipe=gn.Recipe(epochs=20))
    >>> for epoch in training.epochs(): pass
    >>> training.learning_curve(shares=(0.25, 1.0)).n_rows
    (24, 96)
    """

    metric: str
    higher_is_better: bool
    n_rows: tuple[int, ...]
    scores: tuple[float, ...]
    better: Interval

    @property
    def sentence(self) -> str:
        """Whether more rows are likely to help, from the last doubling, as far as chance lets it be told."""
        before, last = self.scores[-2:]
        step = f"From {self.n_rows[-2]:,} to {self.n_rows[-1]:,} rows, the {named(self.metric)} went from"
        went = f"{step} {readable(before)} to {readable(last)}"
        matters = max(MATTERS * (max(self.scores) - min(self.scores)), LEAST * abs(before))
        gained = (last - before) * (1 if self.higher_is_better else -1)
        if self.better.low > 0 and gained > matters:
            return f"{went}: more rows are likely to help."
        if self.better.low > 0 or self.better.high <= matters:
            return f"{went}: more rows alone are not likely to help much."
        return (
            f"{went}: whether more rows would help cannot be told, as that may be chance (the 95 % interval of what "
            f"was gained is {in_words(self.better)})."
        )

    def table(self) -> tuple[tuple[str, ...], ...]:
        """A row for each number of rows; the header first."""
        pairs = zip(self.n_rows, self.scores, strict=True)
        return (("training rows", self.metric), *((f"{n:,}", readable(score)) for n, score in pairs))

    def pieces(self) -> Sequence[Piece]:
        """The sentence and the scores."""
        return [Words(self.sentence), TableOfRows(self.table())]


def rows_curve(
    prepared: PreparedRows,
    request: TableRequest,
    sides: Sides,
    held_out: tuple[Array, Array],
    metric: str,
    shares: Sequence[float],
) -> RowsCurve:
    """Train a network on each share of the rows, the validation rows being the same, and score it.

    `sides` are the places of the rows to train on and to validate, `held_out` encoded rows and what is true of them.
    """
    (trained, chose), (X, truth), seed = sides, held_out, prepared.seed
    labels, measure = prepared.labels, measure_of(metric)
    each = [
        trained[some_rows(len(trained), share, None if labels is None else labels[trained], seed)] for share in shares
    ]
    said = [seen(model_of(prepared, request, rows, chose), X, truth, measure) for rows in each]
    better = Resamples(truth, seed, prepared.test_groups).difference(measure, said[-1], said[-2])
    scores = tuple(measure(truth, one) for one in said)
    return RowsCurve(metric, measure.higher_is_better, tuple(map(len, each)), scores, better)


def model_of(prepared: PreparedRows, request: TableRequest, rows: Rows, chose: Rows) -> TableModel:
    """The model of a network that is trained as was asked, but on these rows alone, `chose` being for validation."""
    kept = np.sort(np.concatenate([rows, chose]))
    (X, y), weights, rule = prepared.data, prepared.weights, prepared.rule
    some = replace(
        prepared,
        data=(X[kept], y[kept]),
        n_train=len(kept),
        train=None,
        chosen=np.searchsorted(kept, chose),
        weights=None if weights is None else weights[kept],
        rule=None if rule is None else rule.of(kept),
    )
    alone = replace(request, n_ensemble=1, interval=None)
    courses = Courses.begin(some, alone)
    for _ in courses.epochs():
        pass
    (model,) = courses.settled_each(begun_models(some, alone, courses), alone)
    return model


def some_rows(n: int, share: float, labels: Array | None, seed: int) -> Rows:
    """A share of n rows, each class with its share; of a larger share they are a part by chance alone."""
    if share == 1:
        return np.arange(n)
    return split_rows(n, 1 - share, np.random.default_rng(seed), labels)[0]


def check_shares(shares: object) -> None:
    """Refuse what are not two or more rising shares."""
    given = list(shares) if isinstance(shares, (tuple, list)) else []
    rising = all(a < b for a, b in pairwise(given)) if all(map(is_number, given)) else False
    if len(given) < 2 or not rising or not 0 < given[0] < given[-1] <= 1:
        raise InvalidInput(f"shares must be two or more rising numbers in (0, 1], got {brief(shares)}.")
