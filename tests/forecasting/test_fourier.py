"""Sine and cosine of long seasons: which are found, what they add, and that they go on after the end."""

import datetime as dt
from typing import Any

import numpy as np
import pytest

from glassnet.errors import InvalidInput
from glassnet.forecasting import Forecaster
from glassnet.forecasting.dated.fourier import checked_fourier, found_terms, fourier_columns, long_seasons
from glassnet.forecasting.dated.frequency import Frequency


@pytest.mark.parametrize(
    "frequency, seasons",
    [
        (Frequency("hour"), [168, 8765.82]),
        (Frequency("minute", 15), [672, 35063.28]),
        (Frequency("day"), [7, 365.2425]),
        (Frequency("business day"), [260.9]),
        (Frequency("week"), [52.1775]),
        (Frequency("month"), [12]),
        (Frequency("year"), []),
        (Frequency("step"), []),
    ],
)  # fmt: skip
def test_long_seasons_of_a_frequency(frequency, seasons):
    assert long_seasons(frequency) == pytest.approx(seasons)


def test_a_season_is_used_that_is_longer_than_that_of_the_model_and_fits_twice():
    assert found_terms(2, Frequency("hour"), None, 400) == ((168.0, 2),)
    assert found_terms(2, Frequency("hour"), None, 300) == ()
    assert found_terms(2, Frequency("day"), None, 800) == ((365.2425, 2),)
    assert found_terms(0, Frequency("day"), None, 800) == ()
    assert found_terms(((50.0, 1),), Frequency("day"), None, 30) == ((50.0, 1),)


def test_terms_come_back_after_a_season():
    columns = fourier_columns(((12.0, 2), (30.0, 1)), np.arange(60))
    assert columns.shape == (60, 6)
    np.testing.assert_allclose(columns[:, :4], np.roll(columns[:, :4], 12, axis=0), atol=1e-12)
    np.testing.assert_allclose(
        columns[3], [np.sin(np.pi / 2), 0, 0, -1, np.sin(np.pi / 5), np.cos(np.pi / 5)], atol=1e-12
    )


def test_a_long_season_goes_on_where_the_past_of_the_model_is_short(tmp_path):
    rng, t = np.random.default_rng(0), np.arange(550)
    parts = ((10, 1, 0), (6, 2, 1), (4, 3, 2), (3, 4, 3))
    truth = 50 + np.sum([size * np.sin(2 * np.pi * k * t / 200 + phase) for size, k, phase in parts], axis=0)
    days = [dt.date(2022, 1, 1) + dt.timedelta(int(k)) for k in t[:450]]
    table = {"date": days, "y": truth[:450] + rng.normal(0, 1, 450)}
    options: dict[str, Any] = {"model": "linear", "scale": "as they are", "season": 1}
    plain = Forecaster(100, **options).fit(table, time="date", target="y")
    waves = Forecaster(100, **options, fourier={200: 4}).fit(table, time="date", target="y")
    assert waves.known()[0].names[:2] == ("sin 1/200", "cos 1/200")
    errors = [np.abs(each.predict()["forecast"].to_numpy() - truth[450:]).mean() for each in (plain, waves)]
    assert errors[1] < 0.5 * errors[0]  # of other noise a tenth at most
    again = Forecaster.load(waves.save(tmp_path / "model.safetensors"))
    assert again.predict().equals(waves.predict())
    assert "cos 1/200" in str(again.explain(step=40).parts["part"].to_list())


@pytest.mark.parametrize(
    "given, message",
    [
        (-1, "fourier must be a whole number"),
        ({1: 1}, "fourier must name seasons of more than 2 steps, such as {168: 3}, got 1"),
        ({"week": 1}, "fourier must name seasons of more than 2 steps"),
        ({8: 5}, r"fourier\[8\] must be at most half the season, got 5 pairs"),
    ],
)  # fmt: skip
def test_wrong_terms_meet_one_sentence(given, message):
    with pytest.raises(InvalidInput, match=message):
        checked_fourier(given)
