"""How far time steps lie apart: a fixed time, business days, or calendar months; each stamp gets a whole number."""

import re
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from glassnet.errors import InvalidInput, UnknownName

Ticks = npt.NDArray[np.int64]  # microseconds since 1970, or whole steps
Flags = npt.NDArray[np.bool_]

SIZES = {"step": 1, "microsecond": 1, "second": 10**6, "minute": 60 * 10**6, "hour": 3600 * 10**6}
SIZES |= {"day": 86_400 * 10**6, "week": 7 * 86_400 * 10**6}
DAY = SIZES["day"]
MONTHS = {"month": 1, "quarter": 3, "year": 12}
UNITS = (*SIZES, "business day", *MONTHS)
ADVERBS = {"hour": "hourly", "day": "daily", "week": "weekly", "month": "monthly", "quarter": "quarterly"}
ADVERBS |= {"year": "yearly", "business day": "business days", "step": "whole steps"}
SEASONS = {"minute": 60, "second": 60, "hour": 24, "day": 7, "business day": 5, "week": 52, "month": 12, "quarter": 4}
LEAST_OF_DAY = 5 * SIZES["minute"]  # shorter steps have no usual season: a day would be too many of them
WALL = ("day", "business day", "week", *MONTHS)  # these follow the calendar of a place, whatever its clocks do


@dataclass(frozen=True)
class Frequency:
    """Time steps of n units, counted from a stamp that is one of them.

    `month_end` says that a month is stamped by its last day.

    >>> monthly = Frequency("month", 1, int(np.datetime64("2024-01-31", "us").astype(int)), month_end=True)
    >>> monthly.stamps(np.array([1])).astype("datetime64[us]")
    array(['2024-02-29T00:00:00.000000'], dtype='datetime64[us]')
    >>> str(monthly), str(Frequency("minute", 15))
    ('monthly', 'every 15 minutes')
    """

    unit: str
    n: int = 1
    origin: int = 0
    month_end: bool = False

    @classmethod
    def named(cls, name: str, origin: int = 0) -> "Frequency":
        """The frequency that a person names: "hour", "15 minutes", "business day", …"""
        words = name.strip().lower() if isinstance(name, str) else ""
        words = {word: unit for unit, word in ADVERBS.items()}.get(words, words)
        found = re.fullmatch(r"(?:every )?(?:(\d+) )?(.+?)s?", words)
        if found is None or found.group(2) not in UNITS or found.group(1) == "0":
            raise UnknownName("frequency", name, UNITS)
        return cls(found.group(2), int(found.group(1) or 1), origin)

    def counted_from(self, origin: int) -> "Frequency":
        """The same steps, one of them at this stamp; months that it ends are stamped by their last day."""
        after = dates(np.array([origin + DAY]))[0]
        last = self.unit in MONTHS and bool(after == after.astype("datetime64[M]"))
        return replace(self, origin=origin, month_end=last)

    @property
    def of_wall_clock(self) -> bool:
        """Whether steps are counted on the calendar of a place."""
        return self.unit in WALL

    @property
    def season(self) -> int:
        """The usual number of steps after which values repeat themselves; 1 if there is none."""
        if self.unit in ("second", "minute") and self.length >= LEAST_OF_DAY:
            return DAY // self.length if DAY % self.length == 0 else 1
        usual = SEASONS.get(self.unit, 1)
        return usual // self.n if usual % self.n == 0 else 1

    @property
    def length(self) -> int:
        """A step in microseconds, whole steps, business days or months."""
        return self.n * (MONTHS[self.unit] if self.unit in MONTHS else SIZES.get(self.unit, 1))

    def positions(self, ticks: Ticks) -> tuple[Ticks, Flags]:
        """The number of each stamp, and whether it lies on a step."""
        counted, on_step = self.counted(np.asarray(ticks, np.int64))
        return counted // self.length, on_step & (counted % self.length == 0)

    def counted(self, ticks: Ticks) -> tuple[Ticks, Flags]:
        """Microseconds, whole steps, business days or months since the origin, and whether no part of one is left."""
        if self.unit in MONTHS:
            months, inside = self.months(ticks)
            first, phase = self.months(np.array([self.origin]))
            return months - first, inside == phase
        if self.unit == "business day":
            days, origin = dates(ticks), dates(np.array([self.origin]))
            counted = np.busday_count(origin, days).astype(np.int64)
            return counted, np.is_busday(days) & (ticks % DAY == self.origin % DAY)
        return ticks - self.origin, np.full(len(ticks), True)

    def months(self, ticks: Ticks) -> tuple[Ticks, Ticks]:
        """The months since 1970 of stamps, and how far into its month each of them lies (or from the next)."""
        of_month = ticks.astype("datetime64[us]").astype("datetime64[M]")
        edge = (of_month + int(self.month_end)).astype("datetime64[us]").astype(np.int64)
        return of_month.astype(np.int64), ticks - edge

    def stamps(self, positions: Ticks) -> Ticks:
        """The ticks of numbered steps."""
        steps = np.asarray(positions, np.int64) * self.length
        if self.unit in MONTHS:
            (first,), (phase,) = self.months(np.array([self.origin]))
            edges = (first + steps + int(self.month_end)).astype("datetime64[M]")
            return edges.astype("datetime64[us]").astype(np.int64) + phase
        if self.unit == "business day":
            days = np.busday_offset(dates(np.array([self.origin])), steps, roll="forward")
            return days.astype("datetime64[us]").astype(np.int64) + self.origin % DAY
        return self.origin + steps

    def __str__(self) -> str:
        if self.n == 1 and self.unit in ADVERBS:
            return ADVERBS[self.unit]
        return f"every {self.n} {self.unit}s" if self.n > 1 else f"every {self.unit}"


def dates(ticks: Ticks) -> npt.NDArray[np.datetime64]:
    """The days that stamps lie on."""
    return ticks.astype("datetime64[us]").astype("datetime64[D]")


def found_frequency(ticks: list[Ticks], whole_steps: bool) -> Frequency:
    """The frequency of the sorted stamps of several series: the distance that is most frequent between neighbours.

    Dates whose time of day is always the same follow the calendar: days, business days, weeks or months.
    """
    every, gaps = np.concatenate(ticks), np.concatenate([np.diff(each) for each in ticks])
    if not len(gaps):
        raise InvalidInput(
            "no series has two stamps, so that the distance between steps is not known: pass frequency=, such as "
            "'day' or '15 minutes'."
        )
    origin = int(every.min())
    usual = most_frequent(gaps)
    if whole_steps:
        return Frequency("step", usual, origin)
    if (every % DAY != origin % DAY).any():
        unit = next(unit for unit in ("hour", "minute", "second", "microsecond") if usual % SIZES[unit] == 0)
        return Frequency(unit, usual // SIZES[unit], origin)
    return by_months(ticks, origin, usual) or by_days(every, gaps, origin, usual // DAY)


def by_months(ticks: list[Ticks], origin: int, usual: int) -> Frequency | None:
    """A frequency of months, if all stamps are the same day of their month, or all its last."""
    if usual < 28 * DAY:
        return None
    every = np.concatenate(ticks)
    for month_end in (True, False):
        form = Frequency("month", 1, origin, month_end)
        inside = form.months(every)[1]
        if (inside == (-DAY + origin % DAY if month_end else inside[0])).all():
            n = most_frequent(np.concatenate([np.diff(form.months(each)[0]) for each in ticks]))
            unit = next(unit for unit in ("year", "quarter", "month") if n % MONTHS[unit] == 0)
            return Frequency(unit, n // MONTHS[unit], origin, month_end)
    return None


def by_days(every: Ticks, gaps: Ticks, origin: int, usual: int) -> Frequency:
    """A frequency of days, business days or weeks."""
    if usual == 1 and (gaps == 3 * DAY).any() and np.is_busday(dates(every)).all():
        return Frequency("business day", 1, origin)
    return Frequency("week", usual // 7, origin) if usual % 7 == 0 else Frequency("day", usual, origin)


def most_frequent(gaps: Ticks) -> int:
    """The most frequent distance; of several the shortest."""
    values, counts = np.unique(gaps, return_counts=True)
    return int(values[counts.argmax()])
