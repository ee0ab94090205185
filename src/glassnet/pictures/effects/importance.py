"""Permutation importance: which columns a model needs."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from glassnet.calls import answered
from glassnet.drawing import Theme, drawn_in, new_figure
from glassnet.errors import InvalidInput
from glassnet.formulas.elementary import Array
from glassnet.insight.importance import MOST_ROWS, chosen_metric
from glassnet.insight.importance import permutation_importance as computed
from glassnet.pictures.picture_inputs import check_predict, rows_in_words, short
from glassnet.training.metrics import MetricLike

MOST_BARS = 20


@answered
def permutation_importance(
    predict: Callable[[Array], Array],
    X: ArrayLike,
    y: ArrayLike,
    names: Sequence[str] | None = None,
    theme: str | Theme = "light",
    *,
    metric: MetricLike | None = None,
    repeats: int = 5,
    seed: int = 0,
) -> Any:
    """Permutation importance: how much worse the metric becomes when a column is shuffled.

    importance = metric(y, predict(X)) − metric(y, predict(X with the column shuffled)),   its negative for errors

    A bar is the mean, a point one shuffle; columns are ordered by importance, and beyond 20 the others are only
    counted. Computed by `glassnet.insight.importance.permutation_importance`, which names errors and source.

    Parameters
    ----------
    predict
        A function of X (n, n_columns) that returns numbers (n,) or probabilities (n, classes).
    X, y
        Rows (n, n_columns), and the true numbers or class numbers (n,). Of more than 10,000 rows, 10,000 are drawn.
    names
        Names of the columns; their numbers by default.
    theme
        "light" (default), "dark" or a `gn.pictures.Theme`.
    metric
        By name or as an object; by default accuracy for probabilities, and the root mean squared error, in the unit of
        y, for numbers.
    repeats
        Shuffles per column; 5 by default.
    seed
        Seed for the shuffles and for drawing rows; 0 by default.

    Raises InvalidInput for rows that do not fit together.

    >>> import numpy as np
    >>> X = np.random.default_rng(0).normal(size=(200, 3))
    >>> figure = permutation_importance(lambda X: 3 * X[:, 1], X, 3 * X[:, 1], ["age", "size", "rooms"])
    >>> [label.get_text() for label in figure.axes[0].get_yticklabels()]
    ['size', 'age', 'rooms']
    """
    check_predict(predict)
    found = computed(predict, X, y, metric, repeats=repeats, seed=seed)
    names = [f"column {k}" for k in range(len(found))] if names is None else [str(name) for name in names]
    if len(names) != len(found):
        raise InvalidInput(f"names must have one name for each of the {len(found)} columns of X, got {len(names)}.")
    what = chosen_metric(metric, predict(np.asarray(X)[:1]))
    return importance_figure(found, names, what.name, min(len(np.asarray(X)), MOST_ROWS), theme, what.higher_is_better)


def importance_figure(
    found: Array,
    names: Sequence[str],
    metric: str,
    rows: int,
    theme: str | Theme = "light",
    lost: bool = True,
    others: int = 0,
    contributed: Array | None = None,
) -> Any:
    """Importances (n_columns, repeats) as bars; `lost` says whether the metric falls or an error grows.

    `others` is the number of columns that were not shuffled, as they move the outputs less. `contributed` (n_columns,)
    are mean absolute contributions, which stand beside the importances.
    """
    order = np.argsort(-found.mean(axis=1), kind="stable")
    shown, rest = order[:MOST_BARS], order[MOST_BARS:]
    with drawn_in(theme, "permutation importance") as look:
        height = 1.3 + 0.3 * len(shown)
        if contributed is None:
            figure, axes = new_figure(5.6, height)
        else:
            figure, panels = new_figure(8.6, height, (1, 2))
            axes = panels[0, 0]
            contributed_panel(panels[0, 1], contributed[shown], bool(lost), look)
        places = np.arange(len(shown))
        axes.barh(places, found[shown].mean(axis=1), height=0.7, color=look.cycle[0], label="mean")
        points = np.repeat(places, found.shape[1])
        axes.plot(found[shown].ravel(), points, ".", color=look.cycle[1], markersize=4, label="one shuffle")
        axes.set_yticks(places, [short(names[k], 24) for k in shown])
        axes.axvline(0, color=look.ink, linewidth=0.8)
        axes.invert_yaxis()
        more = f"\n{len(rest)} more columns, none above {found[rest].mean(axis=1).max():.2g}" if len(rest) else ""
        more += f"\n{others:,} columns that move the outputs less were not shuffled" if others else ""
        words = f"{metric.replace('_', ' ')} {'lost' if lost else 'gained'} when the column is shuffled{more}"
        axes.set(xlabel=words, title=f"Permutation importance, {rows_in_words(rows)}")
        axes.locator_params(axis="x", nbins=6)
        axes.grid(axis="x")
        axes.legend(loc="lower right")
        return figure


def contributed_panel(axes: Any, contributed: Array, classes: bool, look: Theme) -> None:
    """The mean absolute contribution of the same columns, in the same order."""
    axes.barh(np.arange(len(contributed)), contributed, height=0.7, color=look.cycle[2])
    axes.set_yticks(np.arange(len(contributed)), [""] * len(contributed))
    axes.axvline(0, color=look.ink, linewidth=0.8)
    axes.invert_yaxis()
    unit = "probability moved" if classes else "in the target's unit"
    axes.set(xlabel=f"mean absolute contribution, {unit}", title="Contribution")
    axes.locator_params(axis="x", nbins=6)
    axes.grid(axis="x")
