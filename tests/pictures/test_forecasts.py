"""Figures of forecasts show the numbers that they are given."""

from typing import Any, cast

import numpy as np
import pytest

from glassnet import pictures
from glassnet.errors import InvalidInput
from glassnet.pictures.forecasts.leftover import autocorrelation
from glassnet.pictures.forecasts.profile import in_seasons
from tests.themes import in_both_themes

RNG = np.random.default_rng(0)


def drawn(figure):
    figure.canvas.draw()
    return figure


@in_both_themes
def test_a_forecast_follows_its_past(theme):
    past, ahead, truth = RNG.normal(size=(50, 1)), RNG.normal(size=6), RNG.normal(size=6)
    past[45] = np.nan
    intervals = {0.95: (ahead - 2, ahead + 2), 0.8: (ahead - 1, ahead + 1)}
    figure = drawn(pictures.forecast(past, ahead, "sales", theme, truth=truth, intervals=intervals))
    (axes,) = figure.axes
    lines = {line.get_label(): line for line in axes.lines}
    np.testing.assert_array_equal(lines["past"].get_xdata(), np.arange(-23, 1))
    np.testing.assert_array_equal(lines["past"].get_ydata(), past[-24:, 0])
    np.testing.assert_array_equal(lines["forecast"].get_ydata(), ahead)
    np.testing.assert_array_equal(lines["what came"].get_xdata(), np.arange(1, 7))
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["95 %", "80 %", "past", "forecast", "what came"]


@in_both_themes
def test_errors_are_means_over_windows_and_channels(theme):
    truth, one = RNG.normal(size=(9, 5, 2)), RNG.normal(size=(9, 5, 2))
    truth[0, 0, 0] = np.nan
    figure = drawn(pictures.forecast_errors(truth, {"linear": one, "naive": np.zeros((9, 5, 2))}, "MW", theme))
    first, second = figure.axes[0].lines
    np.testing.assert_allclose(first.get_ydata(), np.nanmean(np.abs(truth - one), axis=(0, 2)))
    np.testing.assert_allclose(second.get_ydata(), np.nanmean(np.abs(truth), axis=(0, 2)))
    assert figure.axes[0].get_ylabel() == "mean absolute error in MW"


@in_both_themes
def test_folds_begin_after_their_origins(theme):
    y = RNG.normal(size=40)
    folds = {20: RNG.normal(size=5), 30: RNG.normal(size=5)}
    figure = drawn(pictures.forecast_folds(y, folds, "sales", theme))
    (axes,) = figure.axes
    came, first, _, second, _ = axes.lines
    np.testing.assert_array_equal(came.get_xdata(), np.arange(13, 36))
    np.testing.assert_array_equal(came.get_ydata(), y[12:35])
    np.testing.assert_array_equal(first.get_xdata(), np.arange(21, 26))
    np.testing.assert_array_equal(second.get_ydata(), folds[30])


@in_both_themes
def test_residuals_are_shown_with_their_autocorrelation(theme):
    truth = np.sin(2 * np.pi * np.arange(120) / 12)
    figure = drawn(pictures.forecast_residuals(truth, np.zeros(120), "sales", theme, lags=24))
    above, below = figure.axes
    np.testing.assert_array_equal(above.lines[1].get_ydata(), truth)
    bars = np.array([bar.get_height() for bar in below.patches[-24:]])
    assert bars.argmax() == 11 and bars.argmin() == 5  # a season, and half of one
    expected = np.corrcoef(truth[12:], truth[:-12])[0, 1] * 108 / 120
    assert autocorrelation(truth, 12)[-1] == pytest.approx(expected, rel=1e-6)


@in_both_themes
def test_a_season_is_seen_from_its_own_mean(theme):
    values = np.arange(10.0) // 5 * 100 + np.tile([0, 1, 2, 1, 1], 2)
    np.testing.assert_array_equal(in_seasons(np.append(7.0, values), 5), np.tile([-1, 0, 1, 0, 0], (2, 1)))
    figure = drawn(pictures.seasonal_profile(values, 5, "sales", theme))
    np.testing.assert_array_equal(figure.axes[0].lines[-1].get_ydata(), [-1, 0, 1, 0, 0])
    assert figure.axes[0].get_title() == "2 seasons of 5 steps"


@in_both_themes
def test_the_latest_step_of_a_map_is_at_the_top(theme):
    W = RNG.normal(size=(13, 6))
    figure = drawn(pictures.linear_map(W, 4, theme, lookback=12))
    image = figure.axes[0].images[0].get_array()
    np.testing.assert_array_equal(image, W[:12][::-1])
    size = figure.axes[1].lines[0]
    np.testing.assert_allclose(size.get_xdata()[0], np.sqrt((W[0] ** 2).mean()))
    assert size.get_ydata()[0] == 11


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: pictures.forecast([[1, 2], [3, 4]], [1]), r"past must be a series \(steps,\) of numbers"),
        (lambda: pictures.forecast([1, 2], [1, 2], truth=[1]), "truth must have 2 steps, as many as the forecast"),
        (lambda: pictures.forecast([1], [1], intervals={80: ([0], [2])}), r"intervals must be \{coverage: "),
        (lambda: pictures.forecast([1], [1], intervals={0.8: ([0], [2, 3])}), "the high end of 80 % must have 1 steps"),
        (lambda: pictures.forecast_errors([1, 2], {"a": [1, 2]}), r"truth must be \(windows, horizon\)"),
        (lambda: pictures.forecast_errors([[1, 2]], {"a": [[1]]}), "the forecast 'a' must have the shape of truth"),
        (lambda: pictures.forecast_errors([[1, 2]], cast(Any, [[1, 2]])), "forecasts must be by name"),
        (
            lambda: pictures.forecast_folds([1, 2], {3: [1]}),
            "an origin must be a whole number of steps of the series, 1",
        ),
        (lambda: pictures.forecast_folds([1, 2], {}), "forecasts must be by how many steps were known, such as"),
        (lambda: pictures.forecast_residuals([1, 2, 3], [1, 2]), "forecast must have 3 steps"),
        (lambda: pictures.seasonal_profile([1, 2, 3], 4), "season must be a whole number of steps, 2 to 3 here, got 4"),
        (lambda: pictures.linear_map([1, 2]), r"weights must be \(inputs, horizon\), finite"),
    ],
)
def test_wrong_input_is_answered_in_one_sentence(call, message):
    with pytest.raises(InvalidInput, match=message):
        call()
