"""Pictures of importance and partial dependence: what is drawn was judged, and every kind of column can be drawn."""

from typing import Any

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

import glassnet as gn
from glassnet.errors import InvalidInput, UnknownName
from glassnet.insight.dependence import Dependence, dependence, joint_dependence
from glassnet.pictures import joint_partial_dependence, partial_dependence, permutation_importance, save
from glassnet.pictures.effects.dependence import dependence_figure
from glassnet.pictures.effects.importance import importance_figure
from glassnet.pictures.effects.joint_dependence import joint_figure
from tests.themes import in_both_themes

IRIS = gn.datasets.iris()


KINDS: dict[str, Any] = {
    "one row": [3.0],
    "missing": [1.0, np.nan, 2.0],
    "one value": [2.0, 2.0, 2.0],
    "days": [18262.0, 18300.0, 18400.0],
    "texts": ["Größe 漢字 $x 😀 in a long name", "", "b"],
    "a million": np.linspace(0, 1, 10**6),
    "many texts": [f"level number {k}" for k in range(200)],
}


def probabilities(X):
    """Of the three species, by the length of the petal and a little by its width."""
    scores = np.column_stack([9 - 3 * X[:, 2], np.full(len(X), 1.5), 1.2 * X[:, 2] + X[:, 3] - 6])
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def area(X):
    """Of an ellipse."""
    return np.pi / 4 * X[:, 2] * X[:, 3]


def ticks(figure):
    return [label.get_text() for label in figure.axes[0].get_yticklabels()]


def legend(figure):
    return figure.axes[0].get_legend_handles_labels()[1]


@in_both_themes
def test_effects_are_drawn_as_they_were_judged(theme, same_picture):
    importance = permutation_importance(probabilities, IRIS.X, IRIS.y, IRIS.feature_names, theme)
    same_picture(importance, f"importance-{theme}")
    curves = partial_dependence(area, IRIS.X[::11], 2, "length of the petal in cm", theme, target="area in cm²")
    same_picture(curves, f"dependence-{theme}")
    classes = partial_dependence(probabilities, IRIS.X, 2, "length of the petal in cm", theme, classes=IRIS.class_names)
    same_picture(classes, f"dependence-classes-{theme}")
    size = np.array([[0.0], [1], [2], [3]])
    cities = dependence(lambda X: 3 + X[:, 0] * [1, 2, 0.5, 1], size, 0, np.array(["Bonn", "Oslo", "Rome", ""]))
    same_picture(dependence_figure(cities, "city", "price in €", theme=theme), f"dependence-category-{theme}")


def test_the_names_of_many_classes_fit_below_the_picture():
    names = [f"WWWW the longest name of a class {k}" for k in range(12)]
    chances = np.random.default_rng(0).dirichlet(np.ones(12), len(IRIS.X))
    figure = partial_dependence(lambda X: chances[: len(X)] + 0 * X[:, :1], IRIS.X, 2, classes=names)
    FigureCanvasAgg(figure).draw()
    (legend,) = figure.legends
    assert figure.bbox.x0 <= legend.get_window_extent().x0 < legend.get_window_extent().x1 <= figure.bbox.x1


@in_both_themes
def test_the_map_of_two_columns_is_drawn_as_it_was_judged(theme, same_picture):
    names = ["length of the petal in cm", "width of the petal in cm"]
    figure = joint_partial_dependence(area, IRIS.X[::3], (2, 3), names, theme, target="area in cm²")
    same_picture(figure, f"joint-dependence-{theme}")


def test_the_map_of_two_columns_has_the_values_of_the_formula():
    axes, bar = joint_partial_dependence(area, IRIS.X, (2, 3), target="area").axes
    (cells,) = axes.collections
    found = joint_dependence(area, IRIS.X, (2, 3), (IRIS.X[:, 2], IRIS.X[:, 3]))
    expected = np.pi / 4 * np.outer(*found.values)
    np.testing.assert_allclose(cells.get_array(), expected.T)
    assert (axes.get_xlabel(), axes.get_ylabel(), bar.get_ylabel()) == ("column 2", "column 3", "area")


@pytest.mark.parametrize("kind", [
    "one row", "missing", "texts",
    *(pytest.param(kind, marks=pytest.mark.long) for kind in ("days", "a million", "many texts")),
])  # fmt: skip
def test_every_kind_of_column_can_be_on_a_map(kind, tmp_path):
    given = np.array(KINDS[kind])
    X = np.column_stack([np.arange(len(given)), np.ones(len(given))])
    found = joint_dependence(lambda X: X, X, (0, 1), (given, X[:, 1]), dates=(kind == "days", False))
    for turned in (found, joint_dependence(lambda X: X, X, (1, 0), (X[:, 1], given), dates=(False, kind == "days"))):
        save(joint_figure(turned, ["a", "b"], "target"), tmp_path / "map.svg")


def test_columns_stand_in_the_order_of_their_importance():
    figure = permutation_importance(probabilities, IRIS.X, IRIS.y, IRIS.feature_names)
    assert ticks(figure)[0] == "petal_length"
    assert figure.axes[0].get_xlabel() == "accuracy lost when the column is shuffled"
    numbers = permutation_importance(area, IRIS.X, area(IRIS.X))
    assert set(ticks(numbers)[:2]) == {"column 2", "column 3"}
    assert numbers.axes[0].get_xlabel() == "rmse gained when the column is shuffled"


def test_of_many_columns_the_others_are_counted():
    X = np.random.default_rng(0).normal(size=(50, 60))
    figure = permutation_importance(lambda X: X @ np.arange(60.0), X, X @ np.arange(60.0))
    assert len(ticks(figure)) == 20
    assert "40 more columns, none above" in figure.axes[0].get_xlabel()


def test_several_numbers_are_no_probabilities():
    figure = partial_dependence(lambda X: X[:, :3], IRIS.X, 2, target="lengths in cm", classes=["a", "b", "c"])
    assert figure.axes[0].get_ylabel() == "lengths in cm"
    figure = partial_dependence(probabilities, IRIS.X, 2)
    assert figure.axes[0].get_ylabel() == "probability"


def test_two_classes_or_one_that_is_asked_for_are_drawn_with_single_rows():
    yes = partial_dependence(lambda X: probabilities(X)[:, :2], IRIS.X, 2, classes=["no", "yes"])
    assert yes.axes[0].get_ylabel() == "probability of yes"
    assert legend(yes) == ["single rows", "mean", "data"]
    one = partial_dependence(probabilities, IRIS.X, 2, classes=IRIS.class_names, of="virginica")
    assert one.axes[0].get_ylabel() == "probability of virginica"
    (mean,) = [line for line in one.axes[0].lines if line.get_label() == "mean"]
    found = dependence(probabilities, IRIS.X, 2, IRIS.X[:, 2])
    np.testing.assert_allclose(mean.get_ydata(), found.mean[:, 2])


def test_of_many_classes_those_that_change_the_most_are_drawn():
    def many(X):
        p = np.exp(np.outer(X[:, 0], np.linspace(0, 2, 100)))
        return p / p.sum(axis=1, keepdims=True)

    assert legend(partial_dependence(many, IRIS.X, 0))[5:] == ["95 classes change less", "data"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("outputs", [1, 2, 3])
def test_every_kind_of_column_can_be_drawn(kind, outputs, tmp_path):
    given = np.array(KINDS[kind])
    X = np.arange(float(len(given)))[:, None]
    predict = lambda X: np.tile(np.nan_to_num(X) / len(given), outputs)  # noqa: E731
    found = dependence(predict, X, 0, given, dates=kind == "days")
    figure = dependence_figure(found, "Größe 漢字 $x", "target", None)
    save(figure, tmp_path / "dependence.svg")
    assert ("value missing" in legend(figure)) == (found.missing is not None) == (kind in ("missing", "texts"))


WRONG: dict[str, tuple[Any, type[InvalidInput], str]] = {
    "no such column": (
        lambda: partial_dependence(area, IRIS.X, 4),
        InvalidInput, "column must be 0…3, as X has 4 columns, got 4.",
    ),
    "a name": (
        lambda: partial_dependence(area, IRIS.X, "age"),  # type: ignore[arg-type]
        InvalidInput, "column must be 0…3, as X has 4 columns, got 'age'.",
    ),
    "no rows": (
        lambda: partial_dependence(area, IRIS.X[:0], 1),
        InvalidInput, "X must have rows and columns, (n_samples, n_features); got shape (0, 4).",
    ),
    "nothing": (lambda: partial_dependence(area, IRIS.X * np.nan, 1), InvalidInput, "column 1 of X holds no numbers."),
    "unknown class": (
        lambda: partial_dependence(probabilities, IRIS.X, 2, classes=IRIS.class_names, of="virginca"),
        UnknownName, "unknown class 'virginca'. Did you mean 'virginica'?",
    ),
    "the same column twice": (
        lambda: joint_partial_dependence(area, IRIS.X, (2, 2)),
        InvalidInput, "columns must be two different columns of X, got (2, 2).",
    ),
    "a map of three classes": (
        lambda: joint_partial_dependence(probabilities, IRIS.X, (0, 2), classes=IRIS.class_names),
        InvalidInput, "the map shows one class: of= must be one of 'setosa', 'versicolor', 'virginica'.",
    ),
    "names": (
        lambda: permutation_importance(area, IRIS.X, IRIS.y, ["a"]),
        InvalidInput, "names must have one name for each of the 4 columns of X, got 1.",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_what_does_not_fit_is_refused_in_one_sentence(case):
    draw, kind, message = WRONG[case]
    with pytest.raises(kind) as error:
        draw()
    assert str(error.value).startswith(message)


def test_what_was_found_has_its_mean():
    curves = np.array([[[1.0], [2]], [[3], [6]]])
    assert Dependence(np.array([0.0, 1]), curves, np.array([0.0, 1])).mean.tolist() == [[2], [4]]


def test_columns_that_were_not_shuffled_are_counted_below():
    found = np.random.default_rng(0).normal(size=(25, 5))
    figure = importance_figure(found, [f"c{k}" for k in range(25)], "accuracy", 100, others=1975)
    assert figure.axes[0].get_xlabel().splitlines()[1:] == [
        f"5 more columns, none above {np.sort(found.mean(axis=1))[4]:.2g}",
        "1,975 columns that move the outputs less were not shuffled",
    ]
