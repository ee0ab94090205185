"""A column of dates, timestamps or whole steps as whole numbers, and back."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet.errors import InvalidInput
from glassnet.extras import require
from glassnet.forecasting.dated.frequency import DAY, Flags, Ticks
from glassnet.tables.encoding.column_kinds import find_formats, in_polars
from glassnet.tables.values.frames import family, polars_texts
from glassnet.tables.values.objects import plain

if TYPE_CHECKING:
    import narwhals as nw

KINDS = ("step", "date", "timestamp")
FIRST, END = (int(np.datetime64(f"{year:04}-01-01", "us").astype(np.int64)) for year in (1, 10_000))


@dataclass(frozen=True)
class Clock:
    """How stamps are written: whole steps, dates, or timestamps, perhaps in a time zone.

    Ticks are whole steps, or microseconds since 1970: of UTC in a time zone, of the clock on the wall without.
    """

    kind: str
    zone: str | None = None

    def on_wall(self, ticks: Ticks) -> Ticks:
        """What the clocks of the zone show."""
        if self.zone is None:
            return ticks
        return np.asarray(self.column(ticks).dt.replace_time_zone(None).dt.timestamp("us").to_numpy(), np.int64)

    def of_wall(self, ticks: Ticks, later: Any = None) -> Ticks:
        """The ticks of what clocks show; where they are put back, the earlier of the two, but for rows in `later`.

        A time that the clocks skip is the time an hour later.
        """
        if self.zone is None:
            return ticks
        polars = require("polars", "tables", "a time zone")
        which = np.where(np.zeros(len(ticks), bool) if later is None else later, "latest", "earliest")
        frame = polars.DataFrame({"wall": datetimes(ticks), "which": which})

        def zoned(columns: Any) -> Any:
            return columns.dt.replace_time_zone(self.zone, ambiguous=polars.col("which"), non_existent="null")

        wall = polars.col("wall")
        found = frame.select(zoned(wall).fill_null(zoned(wall + polars.duration(hours=1))))
        return np.asarray(found.to_series().dt.timestamp("us").to_numpy(), np.int64)

    def column(self, ticks: Ticks) -> Any:
        """The ticks as a polars column of the kind that they came in."""
        polars = require("polars", "tables", "a column of time")
        if self.kind == "step":
            return polars.Series(np.asarray(ticks, np.int64))
        check_years(ticks, self.zone)
        moments = datetimes(ticks)
        if self.kind == "date":
            return moments.dt.date()
        return moments if self.zone is None else moments.dt.replace_time_zone("UTC").dt.convert_time_zone(self.zone)

    def text(self, tick: int) -> str:
        """One stamp as messages show it.

        >>> Clock("date").text(86_400_000_000), Clock("timestamp").text(60_000_000), Clock("step").text(7)
        ('1970-01-02', '1970-01-01 00:01', '7')
        """
        (value,) = self.column(np.array([tick])).to_list()
        return str(value).removesuffix(":00") if self.kind == "timestamp" and self.zone is None else str(value)


def datetimes(ticks: Ticks) -> Any:
    """Ticks as a polars column of timestamps without a zone."""
    polars = require("polars", "tables", "a column of time")
    return polars.Series(np.asarray(ticks, np.int64)).cast(polars.Datetime("us"))


def check_years(ticks: Ticks, zone: str | None) -> None:
    """Refuse ticks outside the years 1 to 9999, in a time zone those of their first and last day too."""
    margin = DAY if zone is not None else 0
    if (ticks < FIRST + margin).any() or (ticks >= END - margin).any():
        raise InvalidInput("the steps that are asked for lie outside the years 1 to 9999, which dates are limited to.")


def read_stamps(column: "nw.Series[Any]", name: str, zone: str | None, series: Ticks) -> tuple[Clock, Ticks]:
    """The clock of a column of time, and the ticks of its values, each of a numbered series.

    Without an offset, values are what the clocks in `zone` show; the second of two that are equal, in one series, is
    the hour after the clocks were put back.
    """
    column = plain(column)
    if zone is not None:
        checked_zone(zone)
    column = column if family(column) != "text" else parsed(column, name)
    check_there(column, name)
    kind = type(column.dtype).__name__
    if family(column) == "number" and kind != "Boolean":
        return whole_steps(column, name, zone)
    if kind not in ("Date", "Datetime"):
        raise InvalidInput(f"the time column {name!r} must hold dates, timestamps or whole steps, got {kind}.")
    ticks = np.asarray(column.dt.timestamp("us").to_numpy(), np.int64)
    own: str | None = getattr(column.dtype, "time_zone", None)
    named = zone or own
    if kind == "Date" or named is None:
        return Clock("date" if kind == "Date" else "timestamp"), ticks
    clock = Clock("timestamp", named)
    return clock, ticks if own is not None else clock.of_wall(ticks, seen_before(series, ticks))


def seen_before(series: Ticks, ticks: Ticks) -> Flags:
    """Whether the series had the same stamp in a row above."""
    order = np.lexsort((ticks, series))  # stable
    again = np.zeros(len(ticks), bool)
    again[order[1:]] = (np.diff(ticks[order]) == 0) & (np.diff(series[order]) == 0)
    return again


def whole_steps(column: "nw.Series[Any]", name: str, zone: str | None) -> tuple[Clock, Ticks]:
    """Steps that are counted rather than dated."""
    values = np.asarray(column.to_numpy(), np.float64)
    if zone is not None:
        raise InvalidInput(f"zone={zone!r} is for dates; the time column {name!r} holds whole steps.")
    if (wrong := np.flatnonzero(values != np.round(values))).size:
        raise InvalidInput(
            f"the time column {name!r} holds {values[wrong[0]]:g} in row {wrong[0] + 1}, where a date or a whole step "
            "is expected."
        )
    return Clock("step"), values.astype(np.int64)


def parsed(column: "nw.Series[Any]", name: str) -> Any:
    """Texts as the dates, timestamps or numbers that they spell."""
    narwhals = require("narwhals", "tables", "a column of time")
    polars = require("polars", "tables", "a column of time")
    frame = polars.DataFrame({"time": polars_texts(column)})
    (found,) = in_polars(frame, find_formats(frame)).get_columns()
    if found.dtype == polars.String:
        first = next((text for text in found.to_list() if text is not None), None)
        raise InvalidInput(
            f"the time column {name!r} must hold dates, timestamps or whole steps, got texts such as {first!r}; dates "
            "are best written as 2024-12-31."
        )
    return narwhals.from_native(found, series_only=True)


def check_there(column: "nw.Series[Any]", name: str) -> None:
    """Refuse a row without a stamp."""
    missing = np.flatnonzero(np.asarray(column.is_null().to_numpy(), bool))
    if missing.size:
        raise InvalidInput(f"the time column {name!r} has no value in row {missing[0] + 1}: each row needs a stamp.")


def checked_zone(zone: str) -> None:
    """Refuse a zone that is not known."""
    try:
        Clock("timestamp", zone).column(np.array([DAY]))
    except Exception as error:  # polars has a class of its own for it, which differs between versions
        raise InvalidInput(f"zone must be the name of a time zone, such as 'Europe/Berlin', got {zone!r}.") from error
