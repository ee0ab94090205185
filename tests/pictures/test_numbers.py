"""Predicted against true numbers and residuals: what is said is so, and what is drawn was judged."""

from typing import Any

import numpy as np
import pytest

from glassnet.errors import InvalidInput
from glassnet.pictures import predicted_against_true, residuals, save
from glassnet.pictures.spaces.cloud import shown_range
from glassnet.tables.datasets import iris
from tests.themes import in_both_themes

sk = pytest.importorskip("sklearn.metrics")
NAME = "petal width in cm"


@pytest.fixture(scope="module")
def petals():
    """(true widths, widths by a straight line of the length)."""
    length, width = iris().X[:, 2], iris().X[:, 3]
    return width, np.polyval(np.polyfit(length, width, 1), length)


def legend(figure):
    return figure.axes[0].get_legend_handles_labels()[1]


@in_both_themes
def test_numbers_are_drawn_as_they_were_judged(petals, theme, same_picture):
    truth, predicted = petals
    interval = predicted[:, None] + [-0.3, 0.35]
    same_picture(predicted_against_true(truth, predicted, NAME, theme, interval), f"predicted-{theme}")
    same_picture(residuals(truth, predicted, NAME, theme), f"residuals-{theme}")


@in_both_themes
def test_many_rows_are_counted_in_hexagons_that_stand_out_from_the_paper(theme):
    rng = np.random.default_rng(0)
    truth = rng.normal(size=5000)
    axes = predicted_against_true(truth, truth + rng.normal(size=5000), theme=theme).axes[0]
    (cells,) = axes.collections
    outside = int(axes.figure.axes[1].get_ylabel().removeprefix("rows, ").removesuffix(" more outside"))
    assert cells.get_array().sum() + outside == 5000
    assert 0 < outside < 30
    cells.update_scalarmappable()
    paper = np.array(axes.get_facecolor())
    assert np.abs(cells.get_facecolors() - paper).sum(axis=1).min() > 0.15


def test_the_title_says_rows_errors_and_coverage(petals):
    truth, predicted = petals
    interval = np.column_stack([predicted - 0.2, predicted + 0.2])
    (axes,) = predicted_against_true(truth, predicted, NAME, interval=interval).axes
    rmse, r2 = sk.root_mean_squared_error(truth, predicted), sk.r2_score(truth, predicted)
    covered = np.mean(np.abs(truth - predicted) <= 0.2)
    assert axes.get_title() == f"150 rows\nrmse {rmse:.3g}, R² {r2:.3g}, {covered:.1%} in their interval"
    assert (axes.get_xlabel(), axes.get_ylabel()) == (f"true {NAME}", f"predicted {NAME}")
    half = sk.median_absolute_error(truth, predicted)
    said = residuals(truth, predicted, NAME).get_suptitle()
    assert said == f"150 rows, rmse {rmse:.3g}, half of them within ±{half:.3g}"


def test_the_running_median_is_that_of_groups_by_prediction():
    predicted = np.repeat(np.arange(20.0), 15)
    rest = np.tile([-1.0, -0.5, 0.1, 0.5, 1.0], 60) + 0.1 * predicted
    axes = residuals(predicted + rest, predicted).axes[0]
    line = next(line for line in axes.lines if line.get_label() == "median")
    np.testing.assert_allclose(line.get_xdata(), np.arange(20))
    np.testing.assert_allclose(line.get_ydata(), 0.1 + 0.1 * np.arange(20))


def test_every_row_is_counted_beside_the_residuals(petals):
    truth, predicted = petals
    _, beside = residuals(truth, predicted).axes
    assert sum(bar.get_width() for bar in beside.patches) == 150


def test_a_few_far_away_of_many_rows_do_not_squash_the_others():
    rng = np.random.default_rng(0)
    truth = np.append(rng.normal(size=2000), [1e6, -1e6])
    low, high = shown_range(truth)
    assert -5 < low < -2 and 2 < high < 5
    outside = int(((truth < low) | (truth > high)).sum())
    assert outside >= 2
    assert legend(predicted_against_true(truth, truth))[0] == f"row, {outside} more outside"
    assert shown_range(truth[-1000:])[1] > 1e6  # of a thousand rows each is shown


SHAPES = {
    "one row": ([1.0], [2.0]),
    "all the same": (np.ones(5), np.ones(5)),
    "a column each": (np.ones((5, 1)), np.arange(5.0)[:, None]),
    "large numbers": (np.array([1e100, -1e100]), np.array([1e100, 1e90])),
    "many of the same": (np.ones(4000), np.ones(4000)),
    "very many": (np.arange(1e5), np.arange(1e5)[::-1]),
}


OFTEN = ("one row", "very many")


@pytest.mark.parametrize(
    "shape", [shape if shape in OFTEN else pytest.param(shape, marks=pytest.mark.long) for shape in SHAPES]
)
def test_any_rows_can_be_drawn(shape, tmp_path):
    for draw in (predicted_against_true, residuals):
        save(draw(*SHAPES[shape], "Größe 漢字 😀 $x in a long name that goes on and on"), tmp_path / "picture.png")


def test_rows_that_are_not_finite_are_left_out_and_counted():
    truth, predicted = np.array([1.0, np.nan, 3, 4]), np.array([1.0, 2, np.inf, 4.5])
    said = "2 rows, 2 rows without a number dropped"
    assert predicted_against_true(truth, predicted).axes[0].get_title().startswith(f"{said}\nrmse 0.354")
    assert residuals(truth, predicted).get_suptitle().startswith(f"{said}, rmse 0.354")


def test_of_many_intervals_some_are_drawn_and_all_are_counted():
    x = np.arange(1000.0)
    figure = predicted_against_true(x, x, interval=np.column_stack([x - 1, np.where(x < 250, x - 0.5, x + 1)]))
    assert "interval of 100 rows" in legend(figure)
    assert "75.0% in their interval" in figure.axes[0].get_title()


WRONG: dict[str, tuple[tuple[Any, ...], dict[str, Any], str]] = {
    "lengths": (([1, 2], [1]), {}, "truth has 2 rows, predicted has 1: they must have the same number of rows."),
    "two columns": ((np.ones((2, 2)), [1, 2]), {}, "truth must have one number per row, shape (n,); got shape (2, 2)."),
    "text": ((["a", "b"], [1, 2]), {}, "truth must hold numbers, got <U1 with values such as 'a'."),
    "nothing finite": (([np.nan], [1]), {}, "no row has finite numbers in all the quantities drawn."),
    "no rows": (([], []), {}, "truth has no rows."),
    "one end": (
        ([1, 2], [1, 2]), {"interval": [1, 2]},
        "interval must have a low and a high end for each row, shape (2, 2); got (2,).",
    ),
    "ends turned round": (
        ([1, 2], [1, 2]), {"interval": [[0, 1], [3, 2]]}, "interval must have its low end first; row 1 has 3 and 2.",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_what_cannot_be_drawn_is_refused_in_one_sentence(case):
    given, more, message = WRONG[case]
    for draw in (predicted_against_true,) if more else (predicted_against_true, residuals):
        with pytest.raises(InvalidInput) as error:
            draw(*given, **more)
        assert str(error.value) == message
