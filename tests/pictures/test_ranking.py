"""ROC and precision-recall curves: points and areas are scikit-learn's, and what is drawn was judged."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import glassnet as gn
from glassnet.errors import InvalidInput
from glassnet.pictures import precision_recall, roc, save
from glassnet.pictures.scores.ranking import Curve, precision_recall_curve, roc_curve, thinned
from tests.themes import in_both_themes

sk = pytest.importorskip("sklearn.metrics")
BOTH = {"roc": roc, "precision_recall": precision_recall}


@pytest.fixture(scope="module")
def iris():
    """(true classes, probabilities, names) of rows that a network was not trained on, by their sepals."""
    train, test = gn.split(gn.datasets.iris(), test=0.5, stratify=True, seed=0)
    net = gn.Network([gn.Dense(2, "tanh"), gn.Dense(3, "softmax")], engine="numpy")
    net.fit(train.X[:, :2], train.y, loss="cross_entropy", optimizer=gn.Adam(0.02), epochs=20, seed=0)
    return test.y, net.predict(test.X[:, :2]), test.class_names


def legend(figure):
    return figure.axes[0].get_legend_handles_labels()[1]


@in_both_themes
@pytest.mark.parametrize("name", BOTH)
def test_curves_are_drawn_as_they_were_judged(iris, name, theme, same_picture):
    truth, p, names = iris
    same_picture(BOTH[name](truth, p, names, theme), f"{name}-{theme}")


@given(st.integers(0, 10**6))
def test_points_and_areas_are_those_of_scikit_learn(seed):
    rng = np.random.default_rng(seed)
    truth, score = rng.random(30) < 0.4, np.round(rng.random(30), 1)
    truth[:2] = [True, False]
    fpr, tpr, area = roc_curve(truth, score)
    np.testing.assert_allclose((fpr, tpr), sk.roc_curve(truth, score, drop_intermediate=False)[:2], atol=1e-12)
    assert area == pytest.approx(sk.roc_auc_score(truth, score))
    recall, precision, average = precision_recall_curve(truth, score)
    theirs = sk.precision_recall_curve(truth, score)
    np.testing.assert_allclose((precision[1:], recall[1:]), [v[-2::-1] for v in theirs[:2]], atol=1e-12)
    assert average == pytest.approx(sk.average_precision_score(truth, score))


def test_every_class_has_its_area_in_the_legend(iris):
    truth, p, names = iris
    areas = [sk.roc_auc_score(truth == k, p[:, k]) for k in range(3)]
    assert legend(roc(*iris)) == [*(f"{n}, AUC {a:.3f}" for n, a in zip(names, areas, strict=True)), "chance"]
    areas = [sk.average_precision_score(truth == k, p[:, k]) for k in range(3)]
    shown = legend(precision_recall(*iris))
    assert shown == [*(f"{n}, AP {a:.3f}" for n, a in zip(names, areas, strict=True)), "chance"]


def test_yes_or_no_has_one_curve_however_it_is_given():
    truth, yes = [0, 1, 1, 0], np.array([0.2, 0.9, 0.4, 0.5])
    shown = [legend(roc(truth, p)) for p in (yes, yes[:, None], np.column_stack([1 - yes, yes]))]
    assert shown == [["1, AUC 0.750", "chance"]] * 3
    assert legend(roc(["no", "yes", "yes", "no"], yes, ["no", "yes"])) == ["yes, AUC 0.750", "chance"]


def test_of_many_classes_the_worst_are_named_and_those_without_rows_are_counted(tmp_path):
    rng = np.random.default_rng(0)
    truth, p = rng.integers(0, 100, 2000), rng.random((2000, 100))
    p[np.arange(2000), truth] += 0.5
    truth[(truth == 7) | (truth == 9)] = 8
    for draw, what in [(roc, "AUC"), (precision_recall, "AP")]:
        shown = legend(figure := draw(truth, p, [f"Größe 漢字 $x {k}" for k in range(100)]))
        assert shown[0].startswith(f"95 others, mean {what} 0.")
        assert shown[4] == "2 classes have no rows"
        save(figure, tmp_path / "curves.png")
    assert "b has no rows" in legend(roc([0, 2, 2], rng.random((3, 3)), ["a", "b", "c"]))


def test_rows_without_a_probability_are_left_out_and_counted():
    figure = roc([0, 1, 1, 0], [0.1, np.nan, 0.8, 0.3])
    assert figure.axes[0].get_title() == "ROC, 3 rows, 1 row without a number dropped"
    assert legend(figure)[0] == "1, AUC 1.000"


def test_a_million_points_are_thinned_without_moving_the_curve():
    x = np.linspace(0, 1, 10**6)
    kept_x, kept_y = thinned(Curve("", x, np.sqrt(x), 0.0, 0.0))
    assert len(kept_x) <= 1000
    assert (kept_x[0], kept_x[-1]) == (0, 1)
    np.testing.assert_allclose(np.interp(x, kept_x, kept_y), np.sqrt(x), atol=2e-3)


WRONG: dict[str, tuple[tuple[Any, ...], str]] = {
    "one class": (([1, 1], [0.2, 0.3], ["no", "yes"]), "all rows are of class yes: there is nothing to distinguish."),
    "lengths": (([1, 0, 1], [0.2, 0.3]), "truth has 3 rows, probabilities has 2: they must have the same"),
    "three axes": (([1, 0], np.zeros((2, 2, 2))), "probabilities must have shape (n, classes), or (n,) for yes"),
    "names": (([1, 0], [0.2, 0.3], ["a", "b", "c"]), "names must have one name for each of the 2 classes, got 3."),
    "a class too many": (([2, 0], [0.2, 0.3]), "truth must hold class numbers 0…1; it holds 2 at row 0."),
    "nothing finite": (([1, 0], [np.nan, np.inf]), "no row has finite numbers in all the quantities drawn."),
}  # fmt: skip


@pytest.mark.parametrize("draw", BOTH.values(), ids=BOTH)
@pytest.mark.parametrize("case", WRONG)
def test_what_does_not_fit_is_refused_in_one_sentence(case, draw):
    given, message = WRONG[case]
    with pytest.raises(InvalidInput) as error:
        draw(*given)
    assert str(error.value).startswith(message)
