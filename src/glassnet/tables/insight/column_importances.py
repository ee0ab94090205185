"""How important each column is for a model of a table, within about a second for a table of any width."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from glassnet.formulas.elementary import Array
from glassnet.insight.importance import permutation_importance, some_rows
from glassnet.insight.sensitivity import sensitivities
from glassnet.layers.embeddings.embedding import Embedding
from glassnet.network import Network
from glassnet.tables.encoding.target import ClassTarget
from glassnet.tables.pipeline import TablePipeline
from glassnet.training.metrics import MetricLike

MOST_PREDICTED = 200_000  # rows, over all columns and shuffles
MOST_WORK = 1.5e10  # multiplications, likewise
LEAST_ROWS, ENOUGH_ROWS = 200, 10_000
FEWEST_ROWS = 100  # where even the fewest columns are much work
FEWEST_COLUMNS = 20  # always shuffled: as many as a figure shows


@dataclass(frozen=True, eq=False)
class Importances:
    """How much worse a metric becomes when a column is shuffled among the rows.

    `found` (len(names), repeats) has a number for each shuffle of each column in `names`, on so many `rows`. `others`
    are the columns of a wide table that were not shuffled, as their changes move the outputs less, the first of them
    the most.
    """

    names: Sequence[str]
    found: Array
    rows: int
    others: Sequence[str] = ()

    @property
    def order(self) -> list[str]:
        """All columns, the most needed first."""
        return [*(self.names[k] for k in (-self.found.mean(axis=1)).argsort(kind="stable")), *self.others]


def column_importances(
    model: TablePipeline, X: Array, truth: Array, metric: MetricLike | None = None, repeats: int = 5, seed: int = 0
) -> Importances:
    """The importance of columns for rows as the encoder of the model makes them, with what is true of these.

    Of many rows so many are drawn from the seed that 200,000 are predicted in all, but between 200 and 10,000 in any
    case. Where that would take longer than about a second, as for more than a hundred columns or so, only the columns
    are shuffled, 20 or more, whose changes move the outputs the most (`insight.sensitivity`), and the rows may be 100.
    """
    places, cost = model.encoder.places, sum(map(multiplications, model.networks))
    many = int(MOST_WORK / (min(len(X), LEAST_ROWS) * repeats * cost))
    names, others = chosen_columns(model, X, truth, max(many, FEWEST_COLUMNS), seed)
    shuffles = len(names) * repeats
    rows = int(np.clip(MOST_PREDICTED / shuffles, LEAST_ROWS, ENOUGH_ROWS))
    rows = min(rows, max(FEWEST_ROWS, int(MOST_WORK / cost / shuffles)))
    found = permutation_importance(
        model.outputs_of,
        X,
        truth,
        metric,
        places=[places[name] for name in names],
        repeats=repeats,
        rows=rows,
        seed=seed,
    )
    return Importances(names, found, min(rows, len(X)), others)


def chosen_columns(
    model: TablePipeline, X: Array, truth: Array, most: int, seed: int
) -> tuple[Sequence[str], Sequence[str]]:
    """(columns that are shuffled, in the order of the table; the others, the most moving first)."""
    places = model.encoder.places
    if len(places) <= most:
        return tuple(places), ()
    X, truth = some_rows(X, truth, LEAST_ROWS, np.random.default_rng(seed))
    y = truth if isinstance(model.target, ClassTarget) else (truth - model.target.mean) / model.target.scale
    y = y if model.head is None else model.head.encode(y)
    each = [sensitivities(net, X, y, list(places.values()), usual_loss(model), seed) for net in model.networks]
    moved = np.mean(each, axis=0)
    order, names = np.argsort(-moved, kind="stable"), list(places)
    return [names[k] for k in np.sort(order[:most])], [names[k] for k in order[most:]]


def usual_loss(model: TablePipeline) -> Any:
    """The loss of the training, or where there was none the usual one."""
    classes = isinstance(model.target, ClassTarget)
    return model.network.loss or ("cross_entropy" if classes else "squared_error")


def multiplications(network: Network) -> int:
    """About how many a prediction of a row takes, but for tables of which a row is taken."""
    nodes = [node for node in network.built()[0].walk() if not isinstance(node.layer, Embedding)]
    return 1 + sum(node.layer.multiply_adds(node.input_shape) for node in nodes)
