"""Permutation importance and partial dependence are what their formulas say, and scikit-learn's."""

from typing import Any

import numpy as np
import pytest

from glassnet.errors import InvalidInput, UnknownName
from glassnet.insight.dependence import dependence, places_of_numbers, places_of_texts
from glassnet.insight.importance import permutation_importance
from glassnet.tables.datasets import iris

inspection = pytest.importorskip("sklearn.inspection")
linear_model = pytest.importorskip("sklearn.linear_model")
metrics = pytest.importorskip("sklearn.metrics")
IRIS = iris()


@pytest.fixture(scope="module")
def classes():
    return linear_model.LogisticRegression(max_iter=1000).fit(IRIS.X, IRIS.y)


@pytest.fixture(scope="module")
def widths():
    return linear_model.LinearRegression().fit(IRIS.X[:, :3], IRIS.X[:, 3])


def test_an_importance_is_the_metric_before_less_that_after_a_shuffle(classes):
    found = permutation_importance(classes.predict_proba, IRIS.X, IRIS.y, repeats=2, seed=3)
    rng, before = np.random.default_rng(3), classes.score(IRIS.X, IRIS.y)
    by_hand = np.empty((4, 2))
    for column, k in np.ndindex(4, 2):
        X = IRIS.X.copy()
        X[:, column] = X[rng.permutation(150), column]
        by_hand[column, k] = before - classes.score(X, IRIS.y)
    np.testing.assert_allclose(found, by_hand, atol=1e-12)


def test_errors_count_the_other_way(widths):
    X, y = IRIS.X[:, :3], IRIS.X[:, 3]
    ours = permutation_importance(widths.predict, X, y, repeats=40, seed=0).mean(axis=1)
    scoring = "neg_root_mean_squared_error"
    theirs = inspection.permutation_importance(widths, X, y, scoring=scoring, n_repeats=40, random_state=0)
    np.testing.assert_allclose(ours, theirs.importances_mean, rtol=0.05)
    absolute = permutation_importance(widths.predict, X, y, "mae", repeats=1)
    assert absolute[2, 0] > 0.1


def test_columns_may_be_shuffled_together_and_the_data_stay_as_they_are(classes):
    X = IRIS.X.copy()
    ((found,),) = permutation_importance(classes.predict_proba, X, IRIS.y, places=[slice(0, 4)], repeats=1, seed=2)
    other_rows = IRIS.X[np.random.default_rng(2).permutation(150)]
    assert found == pytest.approx(classes.score(IRIS.X, IRIS.y) - classes.score(other_rows, IRIS.y))
    np.testing.assert_array_equal(X, IRIS.X)


def test_many_rows_are_thinned_to_some():
    seen: list[int] = []

    def predict(X):
        seen.append(len(X))
        return X[:, 0]

    permutation_importance(predict, np.zeros((500, 1)), np.zeros(500), rows=100, repeats=1)
    assert seen == [100, 100]


def test_partial_dependence_is_scikit_learns(widths):
    X = IRIS.X[:, :3].copy()
    X[:, 1] = np.round(X[:, 1] * 2) / 2  # few values: both go through each of them
    ours = dependence(widths.predict, X, 1, X[:, 1])
    theirs = inspection.partial_dependence(widths, X, [1], kind="both", method="brute")
    np.testing.assert_allclose(ours.values, theirs["grid_values"][0])
    np.testing.assert_allclose(ours.mean[:, 0], theirs["average"][0])
    np.testing.assert_allclose(ours.curves[:, :, 0], theirs["individual"][0])


def test_points_are_values_of_the_data_and_reach_both_ends():
    given = np.concatenate([np.zeros(900), np.random.default_rng(0).lognormal(size=100), [np.nan]])
    points = given[places_of_numbers(given)]
    assert 12 <= len(points) <= 26
    assert (points[0], points[-1]) == (0, np.nanmax(given))
    assert (np.diff(points) > 0).all()


def test_of_many_texts_the_frequent_ones_stand_in_the_order_of_the_alphabet():
    given = np.array([f"{k:02}" for k in range(50) for _ in range(60 - k)] + [""])
    assert given[places_of_texts(given)].tolist() == [f"{k:02}" for k in range(20)]


def test_missing_values_are_a_point_of_their_own():
    X = np.array([[1.0], [2.0], [np.nan]])
    found = dependence(lambda X: np.where(np.isnan(X[:, 0]), -1, X[:, 0]), X, 0, X[:, 0])
    assert found.values.tolist() == [1, 2]
    assert found.missing is not None and found.missing.tolist() == [[-1], [-1], [-1]]


WRONG: dict[str, tuple[tuple[Any, ...], dict[str, Any], type[InvalidInput], str]] = {
    "lengths": ((np.ones((3, 1)), [1, 2]), {}, InvalidInput, "X has 3 rows, y has 2: they must have the same number"),
    "one column": ((np.ones(3), [1, 2, 3]), {}, InvalidInput, "X must have rows and columns, (n_samples, n_features)"),
    "no truth": ((np.ones((3, 1)), 1), {}, InvalidInput, "X has 3 rows, y has none: they must have the same"),
    "names": ((np.ones((2, 1)), ["a", "b"]), {}, InvalidInput, "y must hold numbers, got <U1 with values such as 'a'."),
    "no shuffle": ((np.ones((3, 1)), [1, 2, 3]), {"repeats": 0}, InvalidInput, "repeats must be a whole number of at"),
    "unknown metric": ((np.ones((3, 1)), [1, 2, 3]), {"metric": "mea"}, UnknownName, "unknown metric 'mea'. Did you"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_does_not_fit_is_refused_in_one_sentence(case):
    given, more, kind, message = WRONG[case]
    with pytest.raises(kind) as error:
        permutation_importance(lambda X: X[:, 0], *given, **more)
    assert str(error.value).startswith(message)
