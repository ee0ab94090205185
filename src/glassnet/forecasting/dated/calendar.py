"""Columns that follow from the date alone: weekdays, months, the time of the year, holidays."""

from collections.abc import Callable, Sequence

import numpy as np

from glassnet.errors import InvalidInput, UnknownName
from glassnet.extras import require
from glassnet.forecasting.dated.frequency import DAY, Ticks, dates
from glassnet.forecasting.dated.panel import Axis
from glassnet.formulas.elementary import Array

YEAR = 365.2425 * DAY
NAMES = ("weekday", "month", "year")
WEEKDAYS = ("Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")  # beside Monday
MONTHS = ("February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December")


def weekdays(ticks: Ticks) -> Array:
    """1 in the column of the weekday; Monday has none."""
    return np.equal.outer((ticks // DAY + 3) % 7, np.arange(1, 7)).astype(np.float64)  # 1970 began on a Thursday


def months(ticks: Ticks) -> Array:
    """1 in the column of the month; January has none."""
    return np.equal.outer(dates(ticks).astype("datetime64[M]").astype(np.int64) % 12, np.arange(1, 12)).astype(
        np.float64
    )


def year(ticks: Ticks) -> Array:
    """Sine and cosine of the time of the year, and of twice that."""
    angle = 2 * np.pi * ticks / YEAR
    return np.stack([np.sin(angle), np.cos(angle), np.sin(2 * angle), np.cos(2 * angle)], axis=1)


COLUMNS: dict[str, tuple[tuple[str, ...], Callable[[Ticks], Array]]] = {
    "weekday": (WEEKDAYS, weekdays),
    "month": (MONTHS, months),
    "year": (("sin year", "cos year", "sin 2 year", "cos 2 year"), year),
}


def check_calendar(calendar: Sequence[str], holidays: str | None) -> None:
    """Refuse columns that there are not."""
    for each in calendar:
        if each not in COLUMNS:
            raise UnknownName("calendar column", each, NAMES)
    if holidays is not None:
        holidays_of(holidays, np.array([2024]))


def calendar_names(calendar: Sequence[str], holidays: str | None) -> tuple[str, ...]:
    """The names of the columns."""
    names = [name for each in calendar for name in COLUMNS[each][0]]
    return (*names, *([] if holidays is None else ["holiday"]))


def calendar_columns(calendar: Sequence[str], holidays: str | None, axis: Axis, positions: Ticks) -> Array:
    """The columns (steps, columns) of numbered steps."""
    found = np.empty((len(positions), 0))
    if not calendar and holidays is None:
        return found
    if axis.clock.kind == "step":
        raise InvalidInput("calendar columns and holidays need dates, but the time column holds whole steps.")
    wall = axis.clock.on_wall(axis.ticks(positions))
    found = np.concatenate([found, *(COLUMNS[each][1](wall) for each in calendar)], axis=1)
    if holidays is None:
        return found
    days = dates(wall)
    free = holidays_of(holidays, np.unique(days.astype("datetime64[Y]").astype(np.int64) + 1970))
    return np.concatenate([found, np.isin(days, free)[:, None].astype(np.float64)], axis=1)


def holidays_of(country: str, years: Ticks) -> Array:
    """The holidays of a country, such as DE, or of a part of it, such as DE-BY."""
    package = require("holidays", "holidays", "holidays of a country")
    name, _, part = country.partition("-")
    try:
        found = package.country_holidays(name, subdiv=part or None, years=years.tolist())
    except NotImplementedError as error:
        raise InvalidInput(
            f"holidays must be a country such as 'DE', or a part such as 'DE-BY', got {country!r}."
        ) from error
    return np.array(sorted(found), "datetime64[D]")
