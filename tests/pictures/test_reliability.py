"""Calibration: bins, shares and the expected calibration error, and what is drawn was judged."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glassnet.errors import InvalidInput, UnknownName
from glassnet.pictures import calibration, save
from glassnet.pictures.scores.calibration import binned
from tests.themes import in_both_themes

sk = pytest.importorskip("sklearn.calibration")


@pytest.fixture(scope="module")
def too_sure():
    """Yes or no, said more surely than it is so."""
    rng = np.random.default_rng(0)
    said = rng.beta(0.6, 0.8, 2000)
    return (rng.random(2000) < 0.15 + 0.7 * said).astype(int), said


@in_both_themes
def test_calibration_is_drawn_as_it_was_judged(too_sure, theme, same_picture):
    truth, said = too_sure
    same_picture(calibration(truth, said, ["no", "yes"], theme), f"calibration-{theme}")


@given(st.integers(0, 10**6), st.integers(1, 12))
def test_bins_are_those_of_scikit_learn_and_the_error_is_its_definition(seed, bins):
    rng = np.random.default_rng(seed)
    said, right = rng.random(50), rng.random(50) < 0.5
    found = binned(said, right, bins)
    share, mean = sk.calibration_curve(right, said, n_bins=bins)
    np.testing.assert_allclose((found.right, found.said), (share, mean))
    by_hand = 0.0
    for k in range(bins):
        here = (said > k / bins) & (said <= (k + 1) / bins)
        if here.any():
            by_hand += here.mean() * abs(right[here].mean() - said[here].mean())
    assert found.error == pytest.approx(by_hand)
    assert found.counts.sum() == 50


def test_both_ends_belong_to_a_bin():
    np.testing.assert_array_equal(binned(np.array([0, 0.5, 1.0]), np.ones(3), 2).counts, [2, 1])


def test_probabilities_that_mean_what_they_say_have_no_error():
    said = np.repeat([0.25, 0.75], 4)
    assert binned(said, np.array([1, 0, 0, 0, 1, 1, 1, 0]), 10).error == 0


def test_of_several_classes_the_predicted_one_or_the_one_asked_for():
    p = np.array([[0.7, 0.2, 0.1], [0.6, 0.3, 0.1], [0.1, 0.1, 0.8]])
    top, below = calibration([0, 1, 2], p).axes
    assert (top.get_ylabel(), below.get_xlabel()) == (
        "share of rows that were right",
        "probability of the predicted class",
    )
    assert top.get_title() == f"3 rows, expected calibration error {(0.3 + 0.6 + 0.2) / 3:.3f}"
    for of in ("b", 1):
        top, below = calibration([0, 1, 2], p, ["a", "b", "c"], of=of).axes
        assert (top.get_ylabel(), below.get_xlabel()) == ("share of rows that are b", "probability of b")
        assert top.get_title() == f"3 rows, expected calibration error {(0.2 + 0.7 + 0.1) / 3:.3f}"


@pytest.mark.long
def test_any_rows_can_be_drawn(tmp_path):
    rng = np.random.default_rng(0)
    many = rng.dirichlet(np.ones(100), 500)
    names = [f"Größe 漢字 $x 😀 {k}" for k in range(100)]
    save(calibration(rng.integers(0, 50, 500), many, names, of=names[3]), tmp_path / "many.png")
    save(calibration([1], [0.3]), tmp_path / "one row.png")
    save(calibration([0, 0], [1.0, 0.0]), tmp_path / "one class.png")
    many_rows = rng.random(10**5)
    save(calibration(many_rows < 0.3, many_rows), tmp_path / "many rows.svg")
    assert calibration([1, 0], [np.nan, 0.2]).axes[0].get_title().startswith("1 row, 1 row without a number dropped")


WRONG: dict[str, tuple[dict[str, Any], type[InvalidInput], str]] = {
    "unknown class": ({"of": "rosa", "names": ["rose", "y"]}, UnknownName, "unknown class 'rosa'. Did you mean 'rose'"),
    "scores": ({"probabilities": [0.2, 3.5]}, InvalidInput, "probabilities must lie between 0 and 1; row 1 has 3.5."),
    "no bins": ({"bins": 0}, InvalidInput, "bins must be a whole number of at least 1, got 0."),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_what_does_not_fit_is_refused_in_one_sentence(case):
    more, kind, message = WRONG[case]
    with pytest.raises(kind) as error:
        calibration(**{"truth": [0, 1], "probabilities": [0.2, 0.7], **more})
    assert str(error.value).startswith(message)
