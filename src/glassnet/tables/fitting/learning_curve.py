"""The score over the number of rows, which shows whether more rows would help."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from glassnet.calls import answered
from glassnet.errors import InvalidInput, brief
from glassnet.formulas.elementary import Array
from glassnet.formulas.registry import is_number
from glassnet.insight.pages.pieces import Piece, Rows, Words
from glassnet.insight.pages.shown import Shown
from glassnet.tables.fitting.recipe import Recipe
from glassnet.tables.number_format import readable
from glassnet.tables.pipeline import TablePipeline
from glassnet.training.inputs.splitting import split_rows
from glassnet.training.metrics import Metric

MATTERS, LEAST = 0.1, 0.005  # of the whole curve, and of the score: less is chance


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

    >>> training = gn.TableTraining(gn.datasets.iris().to_polars(), "species", recipe=gn.Recipe(epochs=20))
    >>> for epoch in training.epochs(): pass
    >>> training.learning_curve(shares=(0.25, 1.0)).n_rows
    (24, 96)
    """

    metric: str
    higher_is_better: bool
    n_rows: tuple[int, ...]
    scores: tuple[float, ...]

    @property
    def sentence(self) -> str:
        """Whether more rows are likely to help, from the last doubling."""
        before, last = self.scores[-2:]
        better = (last - before) * (1 if self.higher_is_better else -1)
        step = f"From {self.n_rows[-2]:,} to {self.n_rows[-1]:,} rows, the {self.metric} went from"
        went = f"{step} {readable(before)} to {readable(last)}"
        if better > MATTERS * (max(self.scores) - min(self.scores)) and better > LEAST * abs(before):
            return f"{went}: more rows are likely to help."
        return f"{went}: more rows alone are not likely to help much."

    def table(self) -> tuple[tuple[str, ...], ...]:
        """A row for each number of rows; the header first."""
        pairs = zip(self.n_rows, self.scores, strict=True)
        return (("training rows", self.metric), *((f"{n:,}", readable(score)) for n, score in pairs))

    def pieces(self) -> Sequence[Piece]:
        """The sentence and the scores."""
        return [Words(self.sentence), Rows(self.table())]


@dataclass(frozen=True)
class Divided:
    """Encoded rows: to train on, to choose the epoch, and held out; y as the network is trained on it."""

    train: tuple[Array, Array]
    validation: tuple[Array, Array]
    held_out: tuple[Array, Array]


def rows_curve(
    model: TablePipeline, recipe: Recipe, rows: Divided, metric: Metric, shares: Sequence[float], seed: int
) -> RowsCurve:
    """Train a network on each share of the rows, the validation rows being the same, and score it."""
    X, y = rows.train
    (held_out, truth), task = rows.held_out, model.task
    n_rows, scores = [], []
    for share in shares:
        chosen = some_rows(y, share, task == "classification", seed)
        network = recipe.network(model.encoder, model.target, model.head)
        settings = recipe.settings(task, len(chosen), None if model.head is None else model.head.loss, model.head)
        for _ in network.training(X[chosen], y[chosen], validation=rows.validation, seed=seed, **settings):
            pass
        made = type(model)(model.encoder, model.target, model.target_name, network, head=model.head)
        n_rows.append(len(chosen))
        scores.append(metric(truth, made.outputs_of(held_out)))
    return RowsCurve(metric.name, metric.higher_is_better, tuple(n_rows), tuple(scores))


def some_rows(y: Array, share: float, classes: bool, seed: int) -> Array:
    """A share of the rows, each class with its share; of a larger share they are a part by chance alone."""
    if share == 1:
        return np.arange(len(y))
    kept, _ = split_rows(len(y), 1 - share, np.random.default_rng(seed), y if classes else None)
    return kept


def check_shares(shares: object) -> None:
    """Refuse what are not two or more rising shares."""
    given = list(shares) if isinstance(shares, (tuple, list)) else []
    rising = all(a < b for a, b in pairwise(given)) if all(map(is_number, given)) else False
    if len(given) < 2 or not rising or not 0 < given[0] < given[-1] <= 1:
        raise InvalidInput(f"shares must be two or more rising numbers in (0, 1], got {brief(shares)}.")
