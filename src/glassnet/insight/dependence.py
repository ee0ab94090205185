"""Partial dependence: what a model predicts when a column has one value after the other, all else as it is."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from glassnet.formulas.elementary import Array
from glassnet.insight.importance import Place

POINTS = 25  # of a column of numbers, about
MOST_LEVELS = 20
MOST_ROWS, MOST_JOINT_ROWS = 500, 100  # that are predicted at each point, of one column and of two


@dataclass(frozen=True, eq=False)
class Dependence:
    """What came out for a column, from some rows of a table.

    `values` (n_points,) are the numbers of the column that were put into every row, or the names of its categories;
    `curves` (n_rows, n_points, n_outputs) is what was predicted then, one row after the other; their `mean` is the
    partial dependence. `missing` (n_rows, n_outputs) is what was predicted with the value missing, None where no row
    lacks it. `given` are the values of the column in all rows, `dates` says that they are days since 1970.
    """

    values: Array
    curves: Array
    given: Array
    missing: Array | None = None
    dates: bool = False

    @property
    def categories(self) -> bool:
        """Whether the column holds names."""
        return self.values.dtype.kind == "U"

    @property
    def mean(self) -> Array:
        """The partial dependence, (n_points, n_outputs)."""
        return self.curves.mean(axis=0)


def dependence(
    predict: Callable[[Array], Array],
    X: Array,
    place: Place,
    given: Array,
    *,
    rows: int = MOST_ROWS,
    seed: int = 0,
    dates: bool = False,
) -> Dependence:
    """f(v) = 1/n Σ predict(xᵢ with the column at v), and each of its terms.

    (Friedman 2001, "Greedy function approximation", section 8.2; the terms are the individual conditional expectations
    of Goldstein et al. 2015, arXiv 1309.6392.) `place` is the column of X (n, n_columns), or the several that it was
    encoded as; `given` (n,) are its values: numbers, NaN where one is missing, or texts, "" where one is missing. They
    are put in as some row of X has them: of 25 different numbers or fewer each, of more 13 quantiles of the rows and
    13 of the numbers; of texts the 20 most frequent. Of more than `rows` rows as many are drawn from the seed.

    A column that goes along with others is also put to values that do not go with theirs, of which a model knows
    nothing.
    """
    points, base = sources(given), some_rows(X, rows, seed)

    def with_value_of(row: int) -> Array:
        outputs = np.asarray(predict(put(base, place, X[row, place])), np.float64)
        return outputs.reshape(len(base), -1)

    gone = np.flatnonzero(given == "" if given.dtype.kind == "U" else np.isnan(given))
    curves = np.stack([with_value_of(row) for row in points], axis=1)
    missing = with_value_of(int(gone[0])) if len(gone) else None
    return Dependence(given[points], curves, given, missing, dates)


@dataclass(frozen=True, eq=False)
class JointDependence:
    """Two columns at once: `values` of each, and the `mean` (n_values of one, n_values of the other, n_outputs)."""

    values: tuple[Array, Array]
    mean: Array
    given: tuple[Array, Array]
    n_rows: int
    dates: tuple[bool, bool] = (False, False)


def joint_dependence(
    predict: Callable[[Array], Array],
    X: Array,
    places: tuple[Place, Place],
    given: tuple[Array, Array],
    *,
    rows: int = MOST_JOINT_ROWS,
    seed: int = 0,
    dates: tuple[bool, bool] = (False, False),
) -> JointDependence:
    """f(v, w) = 1/n Σ predict(xᵢ with one column at v, the other at w); all is given as to `dependence`."""
    firsts, seconds = (sources(values) for values in given)
    base = some_rows(X, rows, seed)

    def mean_with(row: int) -> list[Array]:
        changed = put(base, places[0], X[row, places[0]])
        both = (put(changed, places[1], X[other, places[1]]) for other in seconds)
        return [np.asarray(predict(each), np.float64).reshape(len(base), -1).mean(axis=0) for each in both]

    mean = np.array([mean_with(row) for row in firsts])
    return JointDependence((given[0][firsts], given[1][seconds]), mean, given, len(base), dates)


def sources(given: Array) -> Array:
    """Rows that hold the values at which a column is looked at."""
    return places_of_texts(given) if given.dtype.kind == "U" else places_of_numbers(given)


def some_rows(X: Array, most: int, seed: int) -> Array:
    """All rows, or as many drawn from the seed, in their order."""
    return X[np.sort(np.random.default_rng(seed).permutation(len(X))[:most])]


def put(X: Array, place: Place, values: Array) -> Array:
    """X with the same values at a place in every row."""
    X = X.copy()
    X[:, place] = values
    return X


def places_of_numbers(given: Array) -> Array:
    """Rows that hold the different numbers, in their order; of many some spread over the rows, and over the numbers."""
    there = np.flatnonzero(~np.isnan(given))
    order = there[np.argsort(given[there], kind="stable")]
    _, first = np.unique(given[order], return_index=True)
    if len(first) > POINTS:
        spread = spaced(len(order), POINTS // 2 + 1), first[spaced(len(first), POINTS // 2 + 1)]
        order = order[np.sort(np.concatenate(spread))]
        _, first = np.unique(given[order], return_index=True)
    return order[first]


def spaced(n: int, count: int) -> Array:
    """Places from 0 to n − 1 at equal distances, at most `count`."""
    return np.unique(np.linspace(0, n - 1, count).round().astype(int))


def places_of_texts(given: Array) -> Array:
    """A row for each of the most frequent texts, in the order of the alphabet."""
    _, first, counts = np.unique(given[given != ""], return_index=True, return_counts=True)
    return np.flatnonzero(given != "")[first[np.sort(np.argsort(-counts, kind="stable")[:MOST_LEVELS])]]
