from typing import Any

import matplotlib
import numpy as np
import pytest

from glassnet.errors import InvalidInput
from glassnet.pictures import confusion
from tests.conftest import PICTURES_BY
from tests.themes import in_both_themes

NAMES = ["setosa", "versicolor", "virginica"]
TRUTH = np.array([0, 0, 0, 1, 1, 2, 2, 2, 2])
PREDICTED = np.array([0, 0, 1, 1, 1, 2, 2, 0, 2])


def written(figure):
    """All texts in a figure."""
    return [text.get_text() for axes in figure.axes for text in axes.texts]


def recalls(figure):
    (beside,) = figure.axes[0].child_axes
    return [label.get_text() for label in beside.get_yticklabels()]


@in_both_themes
def test_confusion_is_drawn_as_it_was_judged(same_picture, theme):
    same_picture(confusion(TRUTH, PREDICTED, NAMES, theme=theme), f"confusion-{theme}")


def test_a_wrong_count_gives_another_picture(same_picture, monkeypatch):
    if matplotlib.__version_info__[:2] < PICTURES_BY:
        pytest.skip("pictures are compared from a later Matplotlib on")
    monkeypatch.delenv("REDRAW", raising=False)
    with pytest.raises(AssertionError):
        same_picture(confusion(TRUTH, TRUTH, NAMES), "confusion-light")


def test_counts_and_recalls_are_written():
    figure = confusion(TRUTH, PREDICTED, NAMES)
    assert written(figure) == ["2", "1", "0", "0", "2", "0", "1", "0", "3"]
    assert recalls(figure) == ["67%", "100%", "75%"]
    assert figure.axes[0].get_title() == "77.8% of 9 rows right"


def test_classes_may_be_given_by_name_and_may_be_missing_in_the_truth(same_picture):
    figure = confusion(["virginica", "setosa"], np.array(["virginica", "virginica"]), NAMES)
    assert written(figure) == ["0", "0", "1", "0", "0", "0", "0", "0", "1"]
    assert recalls(figure) == ["0%", "–", "100%"]


@pytest.mark.parametrize("n_classes", [1, 21, *(pytest.param(n, marks=pytest.mark.long) for n in (20, 250))])
def test_any_number_of_classes_with_any_names_can_be_drawn(n_classes, tmp_path):
    from glassnet.pictures import save

    rng = np.random.default_rng(0)
    truth, predicted = rng.integers(0, n_classes, (2, 1000))
    names = [f"Größe $x$ 漢字 😀 in a long name {k}" for k in range(n_classes)]
    figure = confusion(truth, predicted, names)
    save(figure, tmp_path / "confusion.png")
    assert max(figure.get_size_inches()) < 16
    assert bool(written(figure)) == (n_classes <= 20)
    assert ("most often confused" in figure.axes[0].get_title()) == (n_classes > 20)


def test_of_many_classes_the_pair_that_is_confused_most_is_named():
    truth = np.arange(30).repeat(3)
    predicted = np.where(truth == 4, 9, truth)
    assert (
        confusion(truth, predicted).axes[0].get_title().splitlines()[1]
        == "most often confused: 3 rows of 4 taken for 9"
    )
    assert "confused" not in confusion(truth, truth).axes[0].get_title()


WRONG: dict[str, tuple[Any, str]] = {
    "a class too many": (([0, 3], [0, 1], NAMES), "truth must hold class numbers 0…2; it holds 3 at row 1."),
    "an unknown name": (
        (["setosa", "rose"], [0, 1], NAMES),
        "truth must hold class numbers 0…2; it holds rose at row 1.",
    ),
    "half a class": (([0, 1], [0, 0.5]), "predicted must hold class numbers 0, 1, …; it holds 0.5 at row 1."),
    "a missing class": (([0, np.nan], [0, 1]), "truth must hold class numbers 0, 1, …; it holds nan at row 1."),
    "names without names": ((["a", "b"], [0, 1]), "truth must hold numbers, got <U1 with values such as 'a'."),
    "lengths that differ": (
        ([0, 1, 1], [0, 1]),
        "truth has 3 rows, predicted has 2: they must have the same number of rows.",
    ),
    "no rows": (([], []), "truth has no rows."),
    "probabilities": (
        ([0, 1], [[0.5, 0.5], [1, 0]]),
        "predicted must be class numbers (n,), got (2, 2): for probabilities use argmax(axis=1).",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_no_class_is_refused_in_one_sentence(case):
    given, message = WRONG[case]
    with pytest.raises(InvalidInput) as error:
        confusion(*given)
    assert str(error.value) == message
