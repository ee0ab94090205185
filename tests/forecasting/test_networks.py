"""A network forecasts at least as well as the linear map that it begins with, and sees windows without copying them."""
# mypy: disable-error-code="arg-type"

import numpy as np
import pytest

from glassnet.errors import InvalidInput, UnknownName
from glassnet.forecasting import LinearForecaster, MLPForecaster, TiDEForecaster
from glassnet.forecasting.networks.gathering import Gathered
from glassnet.forecasting.networks.past import scales_of
from glassnet.forecasting.networks.skip import Skip
from glassnet.forecasting.networks.standardizing import standardized
from glassnet.forecasting.windows import Windows

KINDS = [MLPForecaster, TiDEForecaster]
SMALL = {"penalty": 0.01, "units": 16, "epochs": 3, "seed": 0}


def series(n=300, channels=2, seed=0):
    rng = np.random.default_rng(seed)
    steps = np.arange(n)[:, None]
    return 50 + 0.05 * steps + 5 * np.sin(2 * np.pi * steps / 12 + np.arange(channels)) + rng.normal(size=(n, channels))


def kinked(n=900, seed=0):
    """What follows depends on the past as no linear map can say: the larger of two waves."""
    steps, noise = np.arange(n), np.random.default_rng(seed).normal(0, 0.02, n)
    return np.maximum(np.sin(2 * np.pi * steps / 16), 0.8 * np.sin(2 * np.pi * steps / 23)) + noise


@pytest.mark.parametrize("kind", KINDS)
def test_a_network_begins_as_the_linear_map(kind):
    model = kind(4, 10, **SMALL, learning_rate=1e-12).fit(series()[:240], validation=series()[240:])
    scales = scales_of(tuple(series()[:240].T))
    linear = LinearForecaster(4, 10, penalty=0.01).fit(series()[:240] / scales)
    windows = series(40, seed=5)[None]
    np.testing.assert_allclose(model.predict(windows), linear.predict(windows / scales) * scales, rtol=1e-4)
    assert model.errors[0] == pytest.approx(model.errors[1], rel=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_it_learns_what_no_linear_map_can_say(kind):
    values = kinked()
    model = kind(8, 24, **SMALL | {"units": 64, "epochs": 16}, learning_rate=5e-3, batch_size=64)
    model.fit(values[:600], validation=values[600:750])
    at_first, after = model.errors
    assert after < 0.8 * at_first and model.best_epoch > 0
    linear = LinearForecaster(8, 24, penalty=0.01).fit(values[:600])
    windows = np.lib.stride_tricks.sliding_window_view(values[750:], 32)
    past, future = windows[:, :24, None], windows[:, 24:, None]
    errors = [((each.predict(past) - future) ** 2).mean() for each in (model, linear)]
    assert errors[0] < 0.8 * errors[1]


@pytest.mark.parametrize("kind", KINDS)
def test_a_forecast_rises_and_grows_with_its_past(kind):
    model = kind(4, 10, **SMALL, learning_rate=1e-3).fit(series())
    window = series(40, seed=5)[None]
    np.testing.assert_allclose(model.predict(window + 1000), model.predict(window) + 1000, rtol=1e-5)
    np.testing.assert_allclose(model.predict(7 * window), 7 * model.predict(window), rtol=1e-5)
    np.testing.assert_allclose(model.predict(np.full((1, 10, 2), 0.1)), 0.1)  # that does not move


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_seed_gives_the_same_forecast(kind):
    one, other = (kind(4, 10, **SMALL, learning_rate=1e-3).fit(series()).forecast() for _ in range(2))
    np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("kind", KINDS)
def test_validation_only_chooses_the_epoch(kind):
    known, later = series(200), series(60, seed=3)
    settings = SMALL | {"epochs": 1, "learning_rate": 1e-3}
    one, other = (kind(4, 10, **settings).fit(known, validation=each) for each in (later, 1e4 * later))
    if one.best_epoch == other.best_epoch:
        window = series(40)[None]
        np.testing.assert_array_equal(one.predict(window), other.predict(window))
    np.testing.assert_array_equal(one.linear.maps[0], other.linear.maps[0])
    poisoned = np.concatenate([np.full((1, 5, 2), 1e9), series(40)[None]], axis=1)  # before what the map sees
    np.testing.assert_array_equal(one.predict(poisoned), one.predict(series(40)[None]))


@pytest.mark.parametrize("kind", KINDS)
def test_without_validation_all_steps_are_learned_from(kind):
    known = series(200)
    model = kind(4, 10, **SMALL, learning_rate=1e-3).fit(known)
    scales = scales_of(tuple(known.T))
    np.testing.assert_array_equal(
        model.linear.maps[0], LinearForecaster(4, 10, penalty=0.01).fit(list((known / scales).T)).maps[0]
    )
    np.testing.assert_allclose(model.forecast(), model.predict(known[None])[0], rtol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_a_series_that_never_moves_stays_where_it_is(kind):
    model = kind(4, 8, **SMALL).fit(np.full((60, 1), 3.0))
    np.testing.assert_allclose(model.forecast(), 3.0)
    assert (model.best_epoch, model.errors) == (0, (0.0, 0.0))


def test_rows_are_the_windows_of_every_series():
    values = (series(40, 1)[:, 0], np.where(np.arange(30) == 12, np.nan, series(30, 1, seed=1)[:, 0]))
    windows, scales = Windows(values, 6, 3), scales_of(values)
    skip = Skip(np.random.default_rng(0).normal(size=(6, 3)), np.ones(3))
    gathered = Gathered(windows, scales, skip)
    rows = gathered.rows(np.arange(len(gathered)), np.dtype(np.float64))
    assert len(gathered) == windows.n == 32 + (30 - 8) - 9
    expected = []
    for k in range(2):
        for past, future in windows.of(k):
            seen = standardized(past)
            y = seen.targets(future) - skip.of(seen.inputs)
            expected.append(np.column_stack([seen.inputs, y, (seen.deviation / scales[k]) ** 2]))
    np.testing.assert_allclose(np.column_stack(rows), np.concatenate(expected))


def test_an_epoch_has_every_window_once_and_each_in_another_order():
    gathered = Gathered(Windows((np.random.default_rng(0).normal(size=500),), 6, 3), np.ones(1))
    blocks = gathered.blocks(np.dtype(np.float32), 0)
    first, second = (np.concatenate([X for X, _, _ in blocks]) for _ in range(2))
    assert len(first) == 492 and (first != second).any()
    np.testing.assert_array_equal(np.sort(first[:, 0]), np.sort(second[:, 0]))


def test_a_map_of_centered_windows_is_one_of_standardised_ones():
    model = LinearForecaster(4, 10, penalty=0.01).fit(series())
    past = series(10, 1, seed=7).T
    seen = standardized(past)
    found = seen.forecasts(Skip.of_centered(model.maps[0]).of(seen.inputs))
    np.testing.assert_allclose(found, model.predict(past.T[None])[:, :, 0], rtol=1e-9)


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: MLPForecaster(0), "horizon must be a whole number of steps, at least 1, got 0"),
        (lambda: MLPForecaster(4, units=0), "units must be"),
        (lambda: TiDEForecaster(4, dropout=1), "Dropout: `rate` must be"),
        (
            lambda: TiDEForecaster(4, learning_rate="fast"),
            "AdamW: `learning_rate` must be",
        ),
        (lambda: TiDEForecaster(4, seed=-1), "seed must be"),
        (lambda: MLPForecaster(4, engine="gpu"), "unknown engine 'gpu'"),
        (lambda: MLPForecaster(4).predict(series()[None]), r"MLPForecaster has not learned yet: call fit\(values\)"),
        (lambda: TiDEForecaster(4).lookback, r"TiDEForecaster has not learned yet: call fit\(values\)"),
        (
            lambda: MLPForecaster(4, 10, **SMALL).fit(series(14)),
            "a look-back of 10 and a horizon of 4 steps, with the last fifth held out, need a series of 18 steps; "
            "the longest has 14",
        ),
        (lambda: MLPForecaster(4, 10, **SMALL).fit(series(), series(3)), "validation holds no 4 steps in a row"),
        (lambda: MLPForecaster(4, 10, **SMALL).fit(series()).predict(series(9)[None]), "at least 10 steps"),
    ],
)
def test_wrong_input_is_answered_in_one_sentence(call, message):
    with pytest.raises((InvalidInput, UnknownName), match=message):
        call()


@pytest.mark.parametrize("kind", KINDS)
def test_quantiles_are_those_of_what_comes(kind):
    rng = np.random.default_rng(0)
    steps = np.arange(3000)
    values = 5 * np.sin(2 * np.pi * steps / 12) + rng.exponential(2.0, 3000)  # errors lie above more often than below
    model = kind(4, 24, **SMALL, quantiles=(0.9, 0.1, 0.5)).fit(values[:2000], validation=values[2000:2500])
    windows = np.lib.stride_tricks.sliding_window_view(values[2500:], 28)[:, :, None]
    found = model.predict_quantiles(windows[:, :24])
    assert found.shape == (len(windows), 4, 1, 3)
    assert model.quantiles == (0.1, 0.5, 0.9)
    assert (np.diff(found, axis=3) >= 0).all()
    below = (windows[:, 24:][..., None] <= found).mean(axis=(0, 1, 2))
    assert np.abs(below - model.quantiles).max() < 0.05
    np.testing.assert_array_equal(model.predict(windows[:, :24]), found[..., 1])
    assert model.errors[1] <= model.errors[0]


def test_quantiles_that_are_none_meet_one_sentence():
    with pytest.raises(
        InvalidInput, match=r"quantiles must be shares between 0 and 1, such as \(0.1, 0.5, 0.9\), got 5"
    ):
        MLPForecaster(4, quantiles=(0.1, 5))
    model = MLPForecaster(4, 10, **SMALL).fit(series())
    with pytest.raises(InvalidInput, match="has learned the forecast alone: say quantiles="):
        model.predict_quantiles(series(40)[None])
