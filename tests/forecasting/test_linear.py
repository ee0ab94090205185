"""A linear forecast is the exact solution that its docstring states, and looks at nothing that lies ahead."""
# mypy: disable-error-code="arg-type"

from itertools import pairwise

import numpy as np
import pytest

from glassnet.errors import InvalidInput, UnknownName
from glassnet.forecasting import LinearForecaster, SeasonalNaive
from glassnet.forecasting.choosing import Comparison, sums_over
from glassnet.forecasting.normalization import NORMALIZATIONS
from glassnet.forecasting.ridge import Sums
from glassnet.forecasting.windows import Windows

KINDS = sorted(NORMALIZATIONS)


def series(n=300, channels=2, seed=0):
    rng = np.random.default_rng(seed)
    steps = np.arange(n)[:, None]
    return 50 + 0.05 * steps + 5 * np.sin(2 * np.pi * steps / 12 + np.arange(channels)) + rng.normal(size=(n, channels))


def all_windows(values, lookback, horizon):
    found = np.lib.stride_tricks.sliding_window_view(values, lookback + horizon, axis=0)
    return found[..., :lookback].reshape(-1, lookback), found[..., lookback:].reshape(-1, horizon)


@pytest.mark.parametrize("kind", KINDS)
def test_no_other_weights_have_a_smaller_loss(kind):
    model = LinearForecaster(4, 10, penalty=0.01, normalization=kind).fit(series())
    past, future = all_windows(series(), 10, 4)
    seen = NORMALIZATIONS[kind].of(past)

    def loss(W):
        return ((seen.targets(future) - seen.inputs @ W) ** 2).sum() / len(past) + 0.01 * (W**2).sum()

    (W,), rng = model.maps, np.random.default_rng(1)
    for _ in range(20):
        step = rng.normal(size=W.shape) * 1e-3
        assert loss(W + step) > loss(W)
        slope = (loss(W + step) - loss(W - step)) / 2
        assert abs(slope) < 1e-9 * loss(W)  # a quadratic function: the difference is its slope


def test_without_a_penalty_the_least_squares_of_numpy_come_out():
    model = LinearForecaster(3, 8, penalty=0).fit(series(200, 1))
    past, future = all_windows(series(200, 1), 8, 3)
    seen = NORMALIZATIONS["centered"].of(past)
    W = np.linalg.lstsq(seen.inputs, seen.targets(future), rcond=None)[0]  # x − μ sums to 0: of all solutions the least
    np.testing.assert_allclose(model.maps[0], W, atol=1e-9)


@pytest.mark.parametrize("kind", KINDS)
def test_a_forecast_rises_with_its_past(kind):
    model = LinearForecaster(4, 10, penalty=0.01, normalization=kind).fit(series())
    window = series(40, seed=5)[None]
    np.testing.assert_allclose(model.predict(window + 1000), model.predict(window) + 1000, rtol=1e-9)


def test_a_standardized_forecast_grows_with_its_past():
    model = LinearForecaster(4, 10, penalty=0.01, normalization="standardized").fit(series())
    window = series(40, seed=5)[None]
    np.testing.assert_allclose(model.predict(7 * window), 7 * model.predict(window), rtol=1e-9)
    np.testing.assert_array_equal(model.predict(np.full((1, 10, 2), 0.1)), 0.1)  # that does not move


def test_nothing_after_the_values_is_read():
    known, ahead = series(200), series(60, seed=3)
    one = LinearForecaster(4, 10, penalty=0.01).fit(known, validation=ahead)
    other = LinearForecaster(4, 10, penalty=0.01).fit(known, validation=1e9 * ahead)
    np.testing.assert_array_equal(one.maps[0], other.maps[0])
    poisoned = np.concatenate([series(40), np.full((9, 2), 1e9)])
    np.testing.assert_array_equal(one.predict(poisoned[None, :40]), one.predict(series(40)[None]))
    longer = np.concatenate([np.full((1, 5, 2), 1e9), series(40)[None]], axis=1)  # before what the map sees
    np.testing.assert_array_equal(one.predict(longer), one.predict(series(40)[None]))


@pytest.mark.parametrize("kind", KINDS)
def test_errors_from_sums_are_those_of_the_forecasts(kind):
    values = series()
    model = LinearForecaster(4, 10, penalty=0.01, normalization=kind).fit(values[:200])
    windows = Windows(tuple(values.T.copy()), 10, 4, first=(200, 200))
    scored = sums_over(windows, (0, 1), NORMALIZATIONS[kind]).scored
    past, future = all_windows(values[190:], 10, 4)
    forecasts = model.predict(past[:, :, None].repeat(2, axis=2))[:, :, 0]
    assert scored.n == len(past)
    assert scored.squared_error(model.maps[0]) == pytest.approx(((forecasts - future) ** 2).sum())


def test_a_block_is_predicted_by_windows_that_do_not_reach_it():
    values, seen_as = series(150, 1)[:, 0], NORMALIZATIONS["centered"]
    comparison = Comparison((values,), (150,), horizon=3, season=12, groups=[(0,)])
    edges = comparison.blocks(8)[:, 0]
    errors = []
    for begin, end in pairwise(edges):
        past, future = all_windows(values[:, None], 8, 3)
        first = np.arange(len(past)) + 8  # the step that begins the future
        inside, outside = (first >= begin) & (first + 3 <= end), (first + 3 <= begin) | (first >= end)
        sums = Sums.empty(9, 3)
        sums.add(seen_as.of(past[outside]).inputs, seen_as.of(past[outside]).targets(future[outside]))
        gaps = seen_as.of(past[inside]).targets(future[inside]) - seen_as.of(past[inside]).inputs @ sums.solution(0.01)
        errors.append(np.sqrt((gaps**2).mean()))
    unit = np.sqrt(((values[12:] - values[:-12]) ** 2).mean())
    (choice,) = comparison.choices([8], ["centered"], [0.01])
    assert choice.score == pytest.approx(np.mean(errors) / unit)


def test_settings_are_chosen_by_what_they_forecast():
    slow = np.sin(2 * np.pi * np.arange(600) / 48) + np.random.default_rng(0).normal(0, 0.3, 600)
    model = LinearForecaster(12, [2, 48]).fit(slow)
    assert model.lookback == 48  # two steps say little about a slow wave in noise
    assert [each.score for each in model.choices] == sorted(each.score for each in model.choices)
    assert len(model.choices) == 2 * len(model.penalties)


def test_each_series_can_have_a_map_of_its_own():
    short, long = series(150, 1)[:, 0], -series(260, 1, seed=2)[:, 0]
    apart = LinearForecaster(4, 10, penalty=0.01, channels="apart").fit([short, long])
    assert apart.forecast().shape == (4, 2)
    alone = LinearForecaster(4, 10, penalty=0.01).fit(long)
    np.testing.assert_allclose(apart.forecast()[:, 1], alone.forecast()[:, 0])


def test_windows_with_a_missing_value_are_left_out_and_counted():
    values = series(100, 1)
    values[50] = np.nan
    model = LinearForecaster(4, 10, penalty=0.01).fit(values)
    assert (model.n_windows, model.n_incomplete) == (100 - 13 - 14, 14)
    past, future = all_windows(values, 10, 4)
    complete = np.isfinite(past).all(1) & np.isfinite(future).all(1)
    assert complete.sum() == model.n_windows
    values[-1] = np.nan
    with pytest.raises(InvalidInput, match="the latest 10 steps of series 0 have a gap: fill it first"):
        LinearForecaster(4, 10, penalty=0.01).fit(values).forecast()


def test_the_season_comes_once_more():
    naive = SeasonalNaive(5, season=3).fit(np.array([[9.0], [1.0], [2.0], [3.0]]))
    np.testing.assert_array_equal(naive.forecast()[:, 0], [1, 2, 3, 1, 2])
    np.testing.assert_array_equal(naive.predict(np.arange(8.0).reshape(1, 4, 2))[0, :, 1], [3, 5, 7, 3, 5])


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: LinearForecaster(0), "horizon must be a whole number of steps, at least 1, got 0"),
        (lambda: LinearForecaster(2, 1.5), "lookback must be a whole number of steps, at least 1, got 1.5"),
        (lambda: LinearForecaster(2, []), "lookback must be one value or several to compare, got none"),
        (lambda: LinearForecaster(2, penalty=()), "penalty must be one value or several to compare, got none"),
        (lambda: LinearForecaster(2, normalization=[]), "normalization must be one value or several to compare"),
        (lambda: LinearForecaster(2, penalty="little"), "penalty must be a number of at least 0, got 'little'"),
        (lambda: LinearForecaster(2, penalty=-1), "penalty must be a number of at least 0, got -1"),
        (lambda: LinearForecaster(2, 20).fit(np.arange(21.0)), "need a series of 22 steps .*; the longest has 21"),
        (lambda: LinearForecaster(2, 4).fit(np.full(20, np.nan)), "no window is without a missing value"),
        (lambda: LinearForecaster(2, 4).fit(np.array(["a"] * 20)), "values must be numbers, got <U1 such as"),
        (lambda: LinearForecaster(2, 4).fit(np.r_[np.arange(9.0), np.inf]), "series 0 of values is infinite at step 9"),
        (lambda: LinearForecaster(2, 4).fit([]), "values must hold at least one series"),
        (lambda: LinearForecaster(2, 4).fit(series(), validation=series(channels=3)), "hold 2 of them, validation 3"),
        (lambda: LinearForecaster(2, 4).predict(np.zeros((1, 4, 1))), "LinearForecaster has not learned yet"),
        (lambda: LinearForecaster(2, 4).fit(series()).predict(np.zeros((1, 3, 2))), "at least 4 steps, channels"),
        (lambda: SeasonalNaive(2, season=9).fit(np.arange(8.0)), "a season of 9 steps needs a past as long"),
        (lambda: SeasonalNaive(2).forecast(), "SeasonalNaive knows no past yet"),
    ],
)  # fmt: skip
def test_wrong_input_meets_one_sentence(call, message):
    with pytest.raises(InvalidInput, match=message):
        call()


def test_names_that_are_not_known_meet_the_nearest():
    with pytest.raises(UnknownName, match="Did you mean 'centered'"):
        LinearForecaster(2, normalization="centred")
    with pytest.raises(UnknownName, match="Did you mean 'shared'"):
        LinearForecaster(2, channels="share")


def test_settings_are_compared_though_the_past_is_short():
    waves = np.sin(2 * np.pi * np.arange(560) / 24) + np.random.default_rng(0).normal(0, 0.3, 560)
    model = LinearForecaster(48, season=24).fit(waves)  # five blocks after a look-back of 336 would hold no window
    assert np.isfinite(model.choices[0].score)
    assert len(model.choices) == 5 * len(model.penalties)
