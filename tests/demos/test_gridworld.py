import numpy as np
import pytest

from glassnet.demos import gridworld as demo
from glassnet.reinforcement import GridWorld


@pytest.fixture(scope="module")
def gridworld(ran):
    return ran("gridworld")


def test_the_values_are_those_of_value_iteration(gridworld):
    np.testing.assert_allclose(gridworld.result.values, gridworld.result.exact, atol=1e-3)


def test_updates_are_printed_with_their_numbers(gridworld):
    gridworld.check_text(
        "Q(a1, ↑) ← 0.0000 + 0.5 · (−0.04 + 0.9 · 0.0000 − 0.0000) = −0.0200",
        "Q(c3, →) ← 0.0000 + 0.5 · (1 + 0.9 · 0.0000 − 0.0000) = 0.5000",
        "0.734  ↑ −1.000",
        "largest distance",
    )
    gridworld.check_figures("values")


def test_a_wall_and_both_ends_have_no_values_on_the_map():
    text = demo.as_text(GridWorld(), np.zeros((12, 4)))
    assert text.count("0.000") == 36 and [text.count(mark) for mark in "*GF"] == [1, 1, 1]
