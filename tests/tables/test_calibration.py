"""The margin of intervals: as conformal prediction has it, by weight, and what it does to ends."""

import math
import warnings
from dataclasses import replace

import numpy as np
import polars
import pytest
from hypothesis import given
from hypothesis import strategies as st

import glassnet as gn
from glassnet.tables.calibration.intervals import margin, widened
from glassnet.tables.calibration.temperature import Calibration

SCORES = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=40)


@given(SCORES, st.floats(0.01, 0.99))
def test_the_margin_is_the_score_of_split_conformal_prediction(scores: list[float], coverage: float) -> None:
    place = math.ceil((len(scores) + 1) * coverage - 1e-6)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        found = margin(np.array(scores), coverage)
    assert found == sorted(scores)[min(place, len(scores)) - 1]
    assert bool(said) == (place > len(scores))


@given(SCORES, st.floats(0.01, 0.9), st.floats(1e-3, 1e3))
@pytest.mark.filterwarnings("ignore:intervals of coverage")
def test_equal_weights_change_nothing(scores: list[float], coverage: float, weight: float) -> None:
    equal = np.full(len(scores), weight)
    assert margin(np.array(scores), coverage, equal) == margin(np.array(scores), coverage)


def test_rows_of_little_weight_hardly_move_the_margin() -> None:
    rng = np.random.default_rng(0)
    scores, weights = rng.normal(size=400), np.ones(400)
    scores[::2] += 100
    weights[::2] = 1e-6
    assert margin(scores, 0.9, weights) == margin(scores[1::2], 0.9)


@given(st.floats(-10, 10), st.floats(0, 10), st.floats(-20, 20))
def test_widened_ends_never_cross_hold_what_conformal_sets_hold_and_are_nested(
    low: float, width: float, m: float
) -> None:
    ends = np.array([[low, low + width]])
    [[a, b]], [[c, d]] = widened(ends, m), widened(ends, m + 1)
    assert a <= b and c <= a and b <= d
    if low - m <= low + width + m:
        assert (a, b) == (pytest.approx(low - m), pytest.approx(low + width + m))


def test_a_diagnosis_counts_the_calibrated_probabilities_where_the_network_is_too_sure() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=400)
    table = polars.DataFrame({"x": x, "y": np.where(x + rng.normal(size=400) > 0, "a", "b")})
    training = gn.TableTraining(table, "y", recipe=gn.Recipe(hidden=(4,), epochs=8, engine="numpy"))
    for _ in training.epochs():
        pass
    network = training.model.network
    network.parameters[-10:] *= 40  # the last layer: its probabilities become nearly 0 and 1
    X, y = training.rows()
    calibrated = Calibration.learn(network.predict(X), np.asarray(y, int))
    fault = "no better than a constant on held-out rows"
    for calibration, found in ((None, True), (calibrated, False)):
        training.models = (replace(training.model, calibration=calibration),)
        assert (fault in training.diagnose().names()) == found
