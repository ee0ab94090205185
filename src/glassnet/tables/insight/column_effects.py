"""What each column does in a model: its mean contribution beside its permutation importance, so that twins are seen."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from glassnet.drawing import Theme
from glassnet.errors import InvalidInput
from glassnet.formulas.elementary import Array
from glassnet.insight.importance import some_rows
from glassnet.insight.notation.text import decimals
from glassnet.insight.pages.pieces import Heading, Piece, Rows, Words
from glassnet.insight.pages.shown import Shown
from glassnet.insight.path_gradients import POINTS
from glassnet.pictures.effects.importance import importance_figure
from glassnet.tables.encoding.target import ClassTarget
from glassnet.tables.insight.column_importances import Importances, column_importances, multiplications
from glassnet.tables.insight.explained_inputs import short
from glassnet.tables.insight.model_gradients import of_all_networks
from glassnet.tables.number_format import counted
from glassnet.tables.pipeline import TablePipeline

MOST_WORK = 4e9  # multiplications
FEWEST_ROWS, ENOUGH_ROWS, BACKGROUND_ROWS = 10, 50, 4
TOLERANCE = 1e-2  # of the largest output: means over rows need no more
MOST_COLUMNS = 20  # that are listed, and compared with each other
ALIKE = 0.8  # the correlation from which two columns are said to tell the same


@dataclass(frozen=True, eq=False)
class ColumnEffects(Shown):
    """What `TableModel.importances` gives: print it, or `draw()` it.

    Attributes
    ----------
    columns
        The names of the columns, those with the largest mean contribution first.
    contribution
        (columns,) the mean absolute contribution: in the unit of the target; for classes the share of the probability
        that it moves from one class to others. NaN where the network has a layer that looks at whole batches.
    permutation
        (columns,) how much worse the metric becomes when the column is shuffled among the rows, NaN where it was not.
    metric
        "accuracy" or "rmse".
    alike
        By column: the column that goes along with it the most, and how much they correlate, where that is 0.8 or more.
    rows, permuted_rows
        How many rows the two were measured on.
    """

    columns: Sequence[str]
    contribution: Array
    permutation: Array
    metric: str
    alike: dict[str, tuple[str, float]]
    rows: int
    permuted_rows: int
    importances: Importances
    target_name: str

    def __repr__(self) -> str:
        return f"ColumnEffects({len(self.columns):,} columns, {self.metric}, {self.rows} rows)"

    def pieces(self) -> Sequence[Piece]:
        """What is shown."""
        return [*self.page()]

    def page(self) -> Iterator[Piece]:
        """A heading, a table, and what it says."""
        yield Heading("What the columns do", 1)
        yield from self.body()

    def body(self) -> Iterator[Rows | Words]:
        """The table, and what it says."""
        yield Rows((self.header, *self.lines))
        if (rest := len(self.columns) - MOST_COLUMNS) > 0:
            yield Words(f"The other {counted(rest, 'column')} contribute less.")
        yield Words(self.legend)
        for said in self.twins():
            yield Words(said)

    @property
    def legend(self) -> str:
        """What the numbers are."""
        classes = self.metric == "accuracy"
        unit = "share of the probability that it moves" if classes else f"in the unit of {self.target_name}"
        return (
            f"contributes: mean absolute contribution to the prediction, {unit} ({counted(self.rows, 'row')}). "
            f"shuffled: {'accuracy lost' if classes else 'rmse gained'} when the column is shuffled among the rows "
            f"({counted(self.permuted_rows, 'row')})."
        )

    @property
    def header(self) -> tuple[str, ...]:
        """The names of the columns of the table."""
        return ("column", "contributes", "shuffled", "goes along with")

    @property
    def lines(self) -> list[tuple[str, ...]]:
        """The rows of the table, of the columns that contribute the most."""
        found = zip(self.columns[:MOST_COLUMNS], self.contribution, self.permutation, strict=False)
        return [(short(name), number(c), number(p), self.twin(name)) for name, c, p in found]

    def twin(self, name: str) -> str:
        """What a column goes along with, in words."""
        if name not in self.alike:
            return ""
        other, correlation = self.alike[name]
        return f"{short(other)} ({correlation:.2f})"

    def twins(self) -> list[str]:
        """A sentence for each pair of columns that tell the same."""
        pairs = {frozenset((name, other)): (name, other) for name, (other, _) in self.alike.items()}
        return [
            f"{short(a)} and {short(b)} say much the same: each can stand in for the other when one is shuffled, so "
            "shuffling one shows less than they contribute."
            for a, b in [*pairs.values()][:3]
        ]

    def draw(self, theme: str | Theme = "light") -> Any:
        """Both numbers of each column as bars, side by side, as a Figure; `theme` is "light" or "dark"."""
        found, by_name = self.importances, dict(zip(self.columns, self.contribution, strict=True))
        contributed = np.array([by_name[name] for name in found.names])
        known = bool(np.isfinite(contributed).all())
        return importance_figure(
            found.found,
            found.names,
            self.metric,
            found.rows,
            theme,
            lost=self.metric == "accuracy",
            others=len(found.others),
            contributed=contributed if known else None,
        )


def column_effects(
    model: TablePipeline, X: Array, truth: Array, importances: Importances | None = None, seed: int = 0
) -> ColumnEffects:
    """Both measures for rows as the encoder of the model makes them, with what is true of these."""
    found = column_importances(model, X, truth) if importances is None else importances
    names, (means, rows) = list(model.encoder.places), mean_contributions(model, X, seed)
    permuted = dict(zip(found.names, found.found.mean(axis=1), strict=True))
    shuffled = np.array([permuted.get(name, np.nan) for name in names])
    rank = np.where(np.isfinite(means), means, 0.0)
    order = np.lexsort((-np.nan_to_num(shuffled, nan=-1.0), -rank))
    ordered = [names[k] for k in order]
    twins = alike(model, X, ordered[:MOST_COLUMNS], seed)
    metric = "accuracy" if isinstance(model.target, ClassTarget) else "rmse"
    return ColumnEffects(
        ordered, means[order], shuffled[order], metric, twins, rows, found.rows, found, model.target_name
    )


def mean_contributions(model: TablePipeline, X: Array, seed: int = 0) -> tuple[Array, int]:
    """(the mean absolute contribution of each column, over how many rows); NaN where the network allows none.

    Of classes half the sum over them: what one gains another loses. The rows, up to 50, and 4 of background are drawn
    from the seed; of a large network fewer rows.
    """
    rng, places = np.random.default_rng(seed), list(model.encoder.places.values())
    n_outputs = model.network.built()[0].output_shape[0]
    back, _ = some_rows(X, X, BACKGROUND_ROWS, rng)
    work = sum(map(multiplications, model.networks)) * len(back) * POINTS * (1 + 2 * n_outputs)
    rows, _ = some_rows(X, X, int(np.clip(MOST_WORK / work, FEWEST_ROWS, ENOUGH_ROWS)), rng)
    try:
        found = of_all_networks(model, rows.astype(np.float64), back.astype(np.float64), TOLERANCE)
    except InvalidInput:  # a layer looks at whole batches
        return np.full(len(places), np.nan), 0
    of_columns = np.stack([np.abs(found.values[:, at].sum(axis=1)).sum(axis=1) for at in places], axis=1).mean(axis=0)
    return of_columns * (0.5 if isinstance(model.target, ClassTarget) else model.target.scale), len(rows)


def alike(model: TablePipeline, X: Array, names: Sequence[str], seed: int) -> dict[str, tuple[str, float]]:
    """The column that each goes along with, and the largest correlation between their inputs, where it is large.

    Codes are the numbers of alphabetical levels, so what goes along with one is not seen; it is left out.
    """
    places, codes = model.encoder.places, model.encoder.codes
    names = [name for name in names if codes.keys().isdisjoint(range(places[name].start, places[name].stop))]
    rows, _ = some_rows(X, X, 1000, np.random.default_rng(seed))
    blocks = [standardised(rows[:, places[name]].astype(np.float64)) for name in names]
    found = {}
    for k, name in enumerate(names):
        related = [0.0 if j == k else float(np.abs(blocks[k].T @ other).max()) for j, other in enumerate(blocks)]
        if related and max(related) >= ALIKE:
            best = int(np.argmax(related))
            found[name] = names[best], min(related[best], 1.0)
    return found


def standardised(block: Array) -> Array:
    """Columns with mean 0 and length 1, so that products are correlations; 0 where a column does not vary."""
    centred = block - block.mean(axis=0)
    length = np.linalg.norm(centred, axis=0)
    return centred / np.where(length > 1e-9, length, np.inf)


def number(value: float) -> str:
    """Three digits, or a dash where it was not measured."""
    return decimals(value, 3) if np.isfinite(value) else "–"
