"""The scores of forecasts are what their definitions say."""

import numpy as np
import pytest

from glassnet.forecasting import scores

TRUTH, FORECAST = np.array([1.0, 2.0, 0.0]), np.array([2.0, 2.0, 0.0])


def test_each_score_by_hand():
    assert scores.mean_squared_error(TRUTH, FORECAST) == pytest.approx(1 / 3)
    assert scores.mean_absolute_error(TRUTH, FORECAST) == pytest.approx(1 / 3)
    assert scores.symmetric_percentage_error(TRUTH, FORECAST) == pytest.approx(200 / 3 / 3)
    assert scores.scaled_error(TRUTH, FORECAST, np.array([0.0, 2.0, 4.0]), season=1) == pytest.approx(1 / 6)


def test_a_past_that_repeats_itself_has_no_scale():
    assert np.isnan(scores.scaled_error(TRUTH, FORECAST, np.ones(9), season=3))
    assert np.isnan(scores.scaled_error(TRUTH, FORECAST, np.ones(2), season=3))
