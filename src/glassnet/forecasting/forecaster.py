"""`Forecaster`: from a table with a column of time to forecasts with intervals; what is found on the way is told."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from glassnet.calls import answered
from glassnet.errors import InvalidInput
from glassnet.forecasting.asking.answers import Answers
from glassnet.forecasting.cold.static_columns import Statics
from glassnet.forecasting.dated.calendar import check_calendar
from glassnet.forecasting.dated.fourier import Fourier, checked_fourier, found_terms
from glassnet.forecasting.dated.frequency import Frequency
from glassnet.forecasting.dated.gaps import check_fill
from glassnet.forecasting.dated.known_ahead import Beside
from glassnet.forecasting.dated.panel import check_lengths
from glassnet.forecasting.dated.series_table import Columns, Reading, read_panel
from glassnet.forecasting.held_out.recalibrating import recalibrated
from glassnet.forecasting.held_out.wanted import Wanted, checked_models
from glassnet.forecasting.intervals import checked_coverage
from glassnet.forecasting.saving import read_forecaster, write_forecaster
from glassnet.forecasting.selecting import SHARE_HELD, Scored, Selection
from glassnet.forecasting.shown.own_columns import check_own_columns
from glassnet.forecasting.shown.same_kind import kind_of_table
from glassnet.forecasting.shown.summary import summary_of
from glassnet.forecasting.values import whole_number

STATE = ("wanted", "reading", "beside", "read", "fitted", "choices", "notes", "statics")  # what a file holds


@answered
class Forecaster(Answers):
    """Forecasts for a table with a column of time: one series or thousands.

    `fit` finds how far time steps lie apart and after how many of them values repeat themselves, and chooses a model by
    what it would have forecast of the latest steps: `SeasonalNaive`, or `LinearForecaster` on values or their
    logarithms, with one map for all series or a map each. `summary()` says what was found and chosen, and why;
    whatever was found can be overruled here.

    Parameters
    ----------
    horizon
        How many steps to forecast.
    season
        Steps after which values repeat themselves; None (default) for the usual ones of the frequency (7 for days, 24
        for hours, …), if the values show them.
    frequency
        How far steps lie apart, such as "day", "15 minutes" or "business day"; None (default) to find it.
    zone
        A time zone, such as "Europe/Berlin": what clocks there show is how timestamps without an offset are read. None
        by default.
    fill
        What steps that the table leaves out, and empty values, are filled with: "zero", "last", "linear" (between the
        neighbours), or "missing" for values that are not known. None (default) refuses a table that leaves steps out.
    model
        "linear", "seasonal naive", "mlp", "tide" or "counts", or several of them to choose among; None (default) for
        the first two. The others are networks (`MLPForecaster`, `TiDEForecaster`, `CountForecaster`), and take longer.
    average
        Compare the means of the two and of the three best candidates as well; False by default.
    scale
        "as they are", "log" for a model of log(1 + y), or "box-cox" for the best of three powers of 1 + y; None
        (default) to choose of the first two.
    channels
        "shared" for one map for all series, or "apart" for a map each; None (default) to choose.
    nonnegative
        Whether forecasts below 0 are 0; None (default) if no value of the past is below 0.
    calendar
        Columns of the date that a model sees beside the target: "weekday", "month", "year" (the time of the year). None
        by default: a season is seen in the values themselves.
    holidays
        A country such as "DE", or a part of it such as "DE-BY", whose holidays a model sees; None by default (extra
        `holidays`).
    fourier
        Pairs of sine and cosine for each longer season that the series hold twice (the week of hours, the year), or for
        seasons that you name: {168: 3}. 0 by default.
    coverage
        The shares of values that intervals are to hold; (0.8, 0.95) by default.

    Attributes
    ----------
    choices
        The candidates with their error on held-out steps, in units of the change over a season, the best first.
    notes
        What was done that you should know of, in words.
    chosen_season, chosen_frequency
        What was found, or given.

    Raises InvalidInput for what cannot work, with the series and the stamp.

    >>> import datetime, numpy as np
    >>> days = [datetime.date(2024, 1, 1) + datetime.timedelta(k) for k in range(200)]
    >>> table = {"date": days, "sales": 50 + 10 * np.sin(2 * np.pi * np.arange(200) / 7)}
    >>> forecaster = gn.forecasting.Forecaster(horizon=7).fit(table, time="date", target="sales")
    >>> forecaster.predict().columns
    ['date', 'forecast', 'low_80', 'high_80', 'low_95', 'high_95']
    >>> forecaster.chosen_frequency, forecaster.chosen_season
    ('daily', 7)
    """

    def __init__(
        self,
        horizon: int,
        *,
        season: int | None = None,
        frequency: str | None = None,
        zone: str | None = None,
        fill: str | None = None,
        model: str | Sequence[str] | None = None,
        average: bool = False,
        scale: str | None = None,
        channels: str | None = None,
        nonnegative: bool | None = None,
        calendar: Sequence[str] = (),
        holidays: str | None = None,
        fourier: Fourier = 0,
        coverage: float | Sequence[float] = (0.8, 0.95),
    ):
        wanted = Wanted(
            whole_number(horizon, "horizon"),
            None if season is None else whole_number(season, "season"),
            checked_models(model),
            scale,
            channels,
            nonnegative,
            checked_coverage(coverage),
            average,
        )
        check_fill(fill)
        if frequency is not None:
            Frequency.named(frequency)
        check_calendar(calendar, holidays)
        self.calendar, self.holidays, self.fourier = tuple(calendar), holidays, checked_fourier(fourier)
        self.reading = Reading(frequency, zone, fill)
        self.choices: tuple[Scored, ...] = ()
        self.notes: tuple[str, ...] = ()
        super().__init__(wanted)

    def fit(
        self,
        table: Any,
        *,
        time: str,
        target: str,
        series: str | None = None,
        future: Sequence[str] = (),
        past: Sequence[str] = (),
        static: Sequence[str] = (),
    ) -> "Forecaster":
        """Learn from a table: a data frame of polars, pandas or Arrow, or a mapping of columns.

        Parameters
        ----------
        table
            A row for each step of each series, in any order.
        time
            The column of time: dates, timestamps, or whole steps.
        target
            The column to forecast. Empty values are missing: they are neither learned from nor scored.
        series
            The column that says which series a row belongs to; None (default) for a single one.
        future
            Columns of numbers that are known ahead, such as a promotion that is planned; `predict` asks for them.
        past
            Columns of numbers that are known no further than the target: each acts with the value of a horizon before.
        static
            Columns that never change within a series, such as its region: numbers or texts. Series that have no past
            are forecast from them (`predict(new=table)`).

        Raises InvalidInput for a table without these columns, a time or series column named as one of forecasts or of
        scores ("forecast", "fold", …), stamps that are irregular or come twice, steps that are left out (unless `fill`
        says what belongs there), and values that are no numbers.
        """
        notes: list[str] = []
        columns = Columns(time, target, series, names_of(future, "future"), names_of(past, "past"), self.reading)
        if twice := {*names_of(static, "static")} & {time, target, series, *columns.beside}:
            raise InvalidInput(f"column {twice.pop()!r} is named twice: each has one part to play.")
        check_own_columns(time, series, self.wanted.coverage)
        statics = Statics.of(table, series, names_of(static, "static")) if static else None
        read = replace(read_panel(table, columns, notes), static=statics.numbers if statics else {})
        check_lengths(read)
        terms = found_terms(self.fourier, read.axis.frequency, self.wanted.season, int(read.lengths.max()))
        beside = Beside(columns, self.wanted.horizon, self.calendar, self.holidays, terms)
        panel = beside.within(read)
        found = Selection.of(panel, self.wanted).outcome()
        self.read, self.beside, self.panel, self.fitted, self.choices = read, beside, panel, found.fitted, found.choices
        self.notes, self.statics, self.kind = (*notes, *found.notes), statics, kind_of_table(table)
        return self

    def update(self, table: Any) -> "Forecaster":
        """Take in what has come since: rows that follow those of each series, with the same columns.

        The model stays as it is: forecasts go on from the new end of each series. Intervals follow: the errors that
        forecasts of the new rows would have had take the place of their oldest errors. Rows of the known past may stand
        before the new ones; they are left aside. Raises InvalidInput for a series that is not known, for rows that do
        not follow, and for a table without new rows.
        """
        beside, past, fitted = self.known()
        notes: list[str] = []
        newer = read_panel(table, beside.columns, notes, past.axis).beyond(past)
        if not len(newer):
            k = int(np.argmax(past.ends))
            last = past.place(k, past.ends[k] - 1)
            raise InvalidInput(f"there are no new rows: what the forecaster knows ends with {last}.")
        self.read = (self.read or past).continued(newer)
        self.panel = beside.within(self.read)
        self.fitted = recalibrated(fitted, self.panel, past.lengths, SHARE_HELD)
        self.notes = (*self.notes, *notes)
        return self

    def save(self, path: str | Path) -> Path:
        """Write the forecaster and its past to one safetensors file, completely or not at all."""
        self.known()
        return write_forecaster(path, {name: getattr(self, name) for name in STATE})

    @classmethod
    def load(cls, path: str | Path) -> "Forecaster":
        """Read what `save` wrote: the file, or the folder of a run of `glassnet forecast`. No code in it is run.

        `gn.load` reads it as well.

        Raises ModelFileError, in one sentence, for a file that is missing, damaged or no forecaster.
        """
        state = read_forecaster(path)
        found = cls(state["wanted"].horizon)
        for name in STATE:
            setattr(found, name, state[name])
        found.read = replace(state["read"], static=found.statics.numbers if found.statics else {})
        found.panel = state["beside"].within(found.read)
        found.calendar, found.holidays = state["beside"].calendar, state["beside"].holidays
        found.fourier = state["beside"].fourier
        return found

    @property
    def chosen_season(self) -> int:
        """The season that was found or given."""
        return self.known()[2].season

    @property
    def chosen_frequency(self) -> str:
        """How far steps lie apart, in words."""
        return str(self.known()[1].axis.frequency)

    def summary(self) -> str:
        """What was found in the table, which model was chosen, and why."""
        beside, panel, fitted = self.known()
        return summary_of(panel, fitted, beside, self.choices, self.notes)

    def __repr__(self) -> str:
        if self.fitted is None:
            return f"Forecaster(horizon={self.wanted.horizon})"
        return f"Forecaster(horizon={self.wanted.horizon}: {self.fitted.candidate}, {self.chosen_frequency})"


def names_of(columns: Sequence[str], called: str) -> tuple[str, ...]:
    """The names of some columns; a single text is not taken for its letters."""
    if isinstance(columns, str):
        raise InvalidInput(f"{called} must be a list of columns, such as [{columns!r}], got {columns!r}.")
    return tuple(columns)
