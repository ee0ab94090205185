"""Permutation importance: how much worse a score becomes when a column is shuffled among the rows."""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
from numpy.typing import ArrayLike

from glassnet.errors import InvalidInput
from glassnet.formulas.elementary import Array
from glassnet.training.inputs.arrays import as_numbers
from glassnet.training.inputs.checks import check_whole
from glassnet.training.metrics import Metric, MetricLike

Change = Callable[[Array], Array]
Place = int | slice | Sequence[int] | Array  # a column of X or several
MOST_ROWS = 10_000  # that are predicted at a time: more would hardly change the result


def drops(
    score: Callable[[Change], float], before: float, places: Sequence[Place], repeats: int, rng: "np.random.Generator"
) -> Array:
    """`before` − the score with the columns at each place shuffled, (len(places), repeats).

    `score(change)` is the score of rows to which `change` was done; a place is a column or several, such as a slice.
    """
    changes = [partial(shuffled, place=place, rng=rng) for place in places]
    return np.array([[before - score(change) for _ in range(repeats)] for change in changes])


def shuffled(X: Array, place: Place, rng: "np.random.Generator") -> Array:
    """X with the columns at a place in another order of rows."""
    return taken(X, place, rng.permutation(len(X)))


def taken(X: Array, place: Place, rows: Array) -> Array:
    """X with the columns at a place as they are in other rows."""
    X = X.copy()
    X[:, place] = X[rows, place]
    return X


def permutation_importance(
    predict: Callable[[Array], Array],
    X: ArrayLike,
    y: ArrayLike,
    metric: MetricLike | None = None,
    *,
    places: Sequence[Place] | None = None,
    repeats: int = 5,
    rows: int = MOST_ROWS,
    seed: int = 0,
) -> Array:
    """How much worse the metric becomes when a column of X is shuffled, (n_columns, repeats), one number a shuffle.

    importance = metric(y, predict(X)) − metric(y, predict(X with the column shuffled)),   its negative for errors

    (Breiman 2001, "Random forests", section 10). `predict` gives probabilities (n, classes) or numbers (n,) or (n, 1)
    for an array X (n, n_columns), y (n,) holds what is true, as for `Network.evaluate`; rows that the model was not
    trained on say what it can use, training rows what it has used. `metric` is a name or a `Metric`, by default
    "accuracy" for probabilities and "rmse" for numbers. `places` are the columns to be shuffled together, such as
    slices, each column by itself by default. Of more than `rows` rows as many are drawn from the seed.

    A column that says what another says too has a small importance: the other stands in for it.

    >>> import numpy as np
    >>> X = np.random.default_rng(0).normal(size=(200, 2))
    >>> permutation_importance(lambda X: 3 * X[:, 0], X, 3 * X[:, 0], repeats=2).round()
    array([[4., 4.], [0., 0.]])
    """
    X, y = check_pair(X, y)
    check_whole(repeats, "repeats")
    rng = np.random.default_rng(seed)
    X, y = some_rows(X, y, check_whole(rows, "rows"), rng)
    before = predict(X)
    measure = chosen_metric(metric, before)
    sign = 1.0 if measure.higher_is_better else -1.0
    every = range(X.shape[1]) if places is None else places
    return drops(lambda change: sign * measure(y, predict(change(X))), sign * measure(y, before), every, repeats, rng)


def check_pair(X: ArrayLike, y: ArrayLike) -> tuple[Array, Array]:
    """X with a row for each of y."""
    X, y = as_numbers(X, "X"), as_numbers(y, "y")
    if X.ndim != 2 or len(X) == 0:
        raise InvalidInput(f"X must have rows and columns, (n_samples, n_features); got shape {X.shape}.")
    if y.ndim == 0 or len(X) != len(y):
        n_y = len(y) if y.ndim else "none"
        raise InvalidInput(f"X has {len(X)} rows, y has {n_y}: they must have the same number of rows.")
    return X, y


def some_rows(X: Array, y: Array, most: int, rng: "np.random.Generator") -> tuple[Array, Array]:
    """All rows, or as many as are wanted, in their order."""
    if len(X) <= most:
        return X, y
    chosen = np.sort(rng.choice(len(X), most, replace=False))
    return X[chosen], y[chosen]


def chosen_metric(metric: MetricLike | None, outputs: Array) -> Metric:
    """The metric asked for, or the usual one for these outputs."""
    classes = np.ndim(outputs) == 2 and np.shape(outputs)[1] > 1
    return Metric.of(metric or ("accuracy" if classes else "rmse"))
