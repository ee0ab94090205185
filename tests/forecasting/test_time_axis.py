"""How far time steps lie apart: found in every usual form, in time zones and over changes of the clock."""

import datetime as dt

import numpy as np
import polars as pl
import pytest

from glassnet.errors import InvalidInput
from glassnet.forecasting.dated.frequency import Frequency
from glassnet.forecasting.dated.series_table import Columns, Reading, read_panel


def panel(time, zone=None, **more):
    columns = Columns("time", "y", reading=Reading(zone=zone, **more))
    return read_panel({"time": time, "y": np.arange(float(len(time)))}, columns, [])


def dates(*texts):
    return [dt.date.fromisoformat(text) for text in texts]


@pytest.mark.parametrize(
    "time, words, season, after",
    [
        (dates("2024-01-30", "2024-01-31", "2024-02-01"), "daily", 7, "2024-02-02"),
        (dates("2024-01-04", "2024-01-05", "2024-01-08", "2024-01-09"), "business days", 5, "2024-01-10"),
        (dates("2024-01-01", "2024-01-08", "2024-01-15"), "weekly", 52, "2024-01-22"),
        (dates("2024-01-01", "2024-02-01", "2024-03-01"), "monthly", 12, "2024-04-01"),
        (dates("2024-01-31", "2024-02-29", "2024-03-31"), "monthly", 12, "2024-04-30"),
        (dates("2024-01-15", "2024-02-15", "2024-03-15"), "monthly", 12, "2024-04-15"),
        (dates("2024-03-31", "2024-06-30", "2024-09-30"), "quarterly", 4, "2024-12-31"),
        (dates("2022-01-01", "2023-01-01", "2024-01-01"), "yearly", 1, "2025-01-01"),
        ([dt.datetime(2024, 1, 1, hour) for hour in (21, 22, 23)], "hourly", 24, "2024-01-02 00:00"),
        ([dt.datetime(2024, 1, 1, 9, minute) for minute in (15, 30, 45)], "every 15 minutes", 96, "2024-01-01 10:00"),
        (["2024-01-30", "2024-01-31", "2024-02-01"], "daily", 7, "2024-02-02"),
        ([3, 4, 5], "whole steps", 1, "6"),
        ([10, 20, 30], "every 10 steps", 1, "40"),
    ],
)  # fmt: skip
def test_the_frequency_is_found(time, words, season, after):
    found = panel(time)
    assert (str(found.axis.frequency), found.axis.frequency.season) == (words, season)
    assert found.axis.text(found.ends[0]) == after
    positions, on_step = found.axis.frequency.positions(found.axis.ticks(np.arange(40)))
    assert on_step.all()
    np.testing.assert_array_equal(positions, np.arange(40))


def hours(begin, end, zone="Europe/Berlin"):
    return pl.datetime_range(begin, end, "1h", time_zone=zone, eager=True)


@pytest.mark.parametrize("day, n", [(dt.datetime(2024, 3, 30), 72), (dt.datetime(2024, 10, 26), 74)])
def test_hours_go_on_where_the_clocks_change(day, n):
    there = hours(day, day + dt.timedelta(3))
    found = panel(there)
    assert (str(found.axis.frequency), found.lengths.tolist()) == ("hourly", [n])
    np.testing.assert_array_equal(found.axis.column(np.arange(n)), there)
    on_walls = there.dt.replace_time_zone(None)
    np.testing.assert_array_equal(panel(on_walls, zone="Europe/Berlin").axis.column(np.arange(n)), there)
    with pytest.raises(
        InvalidInput, match="comes twice: .*zone=" if n == 74 else "1 step is left out: .* 02:00.*zone="
    ):
        panel(on_walls)


def test_days_of_a_place_are_not_always_24_hours_long():
    there = pl.datetime_range(
        dt.datetime(2024, 3, 28), dt.datetime(2024, 4, 2), "1d", time_zone="Europe/Berlin", eager=True
    )
    found = panel(there)
    assert str(found.axis.frequency) == "daily"
    np.testing.assert_array_equal(found.axis.column(np.arange(6)), there)
    offsets = [value.isoformat() for value in there.to_list()]  # +01:00, later +02:00
    assert str(panel(offsets, zone="Europe/Berlin").axis.frequency) == "daily"


def test_irregular_stamps_are_refused():
    time = [dt.datetime(2024, 1, 1, hour) for hour in range(5)]
    with pytest.raises(InvalidInput, match=r"most are hourly, but 1 stamp lies .* the first of them 2024-01-01 04:30"):
        panel([*time, dt.datetime(2024, 1, 1, 4, 30)])


@pytest.mark.parametrize("fill, said", [(None, "Say what belongs there with fill="), ("zero", "3 rows may leave out")])
def test_stamps_far_apart_are_refused_before_all_steps_between_are_made(fill, said):
    time = [dt.datetime(1, 1, 1), dt.datetime(1, 1, 1, 0, 0, 1), dt.datetime(9999, 1, 1)]  # 2.5 TB of seconds
    with pytest.raises(InvalidInput, match=rf"^315506361598 steps are left out: 0001-01-01 00:00:02 to .*{said}"):
        panel(time, fill=fill)


def test_a_frequency_has_the_names_that_people_give_it():
    named = ["day", "daily", "days", "15 minutes", "every 15 minutes", "business days", "hourly", "month"]
    assert [str(Frequency.named(name)) for name in named] == [
        "daily", "daily", "daily", "every 15 minutes", "every 15 minutes", "business days", "hourly", "monthly",
    ]  # fmt: skip
    found = panel(dates("2024-01-31"), frequency="month")
    assert found.axis.text(1) == "2024-02-29"
