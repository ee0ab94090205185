"""`Forecaster`: from a table with a column of time to forecasts with intervals; what is found on the way is told."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from glassnet.calls import answered
from glassnet.errors import InvalidInput
from glassnet.forecasting.asking.history import Asked, asked_about
from glassnet.forecasting.asking.later_rows import evaluated
from glassnet.forecasting.backtest import Backtest, backtested
from glassnet.forecasting.cold.cold_start import ColdStart, new_series
from glassnet.forecasting.cold.static_columns import Statics, Values
from glassnet.forecasting.dated.calendar import check_calendar
from glassnet.forecasting.dated.fourier import Fourier, checked_fourier, found_terms
from glassnet.forecasting.dated.frequency import Frequency
from glassnet.forecasting.dated.gaps import check_fill
from glassnet.forecasting.dated.known_ahead import Beside
from glassnet.forecasting.dated.panel import Panel, check_lengths
from glassnet.forecasting.dated.series_table import Columns, Reading, read_panel
from glassnet.forecasting.fitted import Fitted
from glassnet.forecasting.held_out.recalibrating import recalibrated
from glassnet.forecasting.held_out.wanted import Wanted, checked_models
from glassnet.forecasting.intervals import checked_coverage
from glassnet.forecasting.saving import read_forecaster, write_forecaster
from glassnet.forecasting.selecting import SHARE_HELD, Scored, Selection
from glassnet.forecasting.shown.explaining import ForecastExplanation, explained
from glassnet.forecasting.shown.forecast_table import forecast_table, path_table, table_of
from glassnet.forecasting.shown.own_columns import check_own_columns
from glassnet.forecasting.shown.same_kind import in_kind, kind_of_table
from glassnet.forecasting.shown.summary import summary_of
from glassnet.forecasting.values import whole_number

STATE = ("wanted", "reading", "beside", "read", "fitted", "choices", "notes", "statics")  # what a file holds


@answered
class Forecaster:
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
        self.wanted = Wanted(
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
        self.beside: Beside | None = None
        self.read: Panel | None = None
        self.panel: Panel | None = None
        self.fitted: Fitted | None = None
        self.choices: tuple[Scored, ...] = ()
        self.notes: tuple[str, ...] = ()
        self.statics: Statics | None = None
        self.kind = "polars"

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

    def known(self) -> tuple[Beside, Panel, Fitted]:
        """The columns, the past and the model of a forecaster that has learned."""
        if self.beside is None or self.panel is None or self.fitted is None:
            raise InvalidInput("Forecaster has not learned yet: call fit(table, time=…, target=…) first.")
        return self.beside, self.panel, self.fitted

    def asked(self, history: Any = None) -> Asked:
        """The series that a question is about: those that were learned from, or those of other rows."""
        if isinstance(history, Asked):
            return history
        beside, past, fitted = self.known()
        known = Asked(self.read or past, past, fitted)
        return known if history is None else asked_about(known, beside, history)

    def predict(self, future: Any = None, new: Any = None, history: Any = None) -> Any:
        """What follows after the last step of each series: a data frame of the library that the table came from.

        Its columns are the series (if there are several), the time, `forecast`, and the ends `low_80`, `high_80`, … of
        the interval of each coverage; an end is missing where the past is too short to tell. Of a mapping of columns,
        and after `load`, it is a data frame of polars.

        Parameters
        ----------
        future
            A table with the same columns of time and series, and those that `fit(future=…)` named, for each step of the
            horizon; its other rows are left aside.
        new
            A table with the series and the static columns of series that have no past: they are forecast as those that
            they are like in these columns, and follow the others.
        history
            Rows to forecast after, in place of those that were learned from: what is known of a series before its first
            row there counts as its past too. A series that was not there before is forecast by the map that all share.
            None (default) for the end of what is known.

        Raises InvalidInput as `fit` does for rows that are no series, and for a `future` that does not cover the
        horizon, with the missing pairs of series and time.
        """
        beside, past, _ = self.known()
        rows, asked = self.new_rows(new), self.asked(history)
        panel = asked.panel.followed_by(beside.ahead(asked.read, future, (*past.names, *rows)))
        found = forecast_table(panel, asked.fitted, beside.columns)
        found = found.vstack(self.cold(rows, future)) if rows else found
        return in_kind(found, self.kind if history is None else kind_of_table(history))

    def new_rows(self, new: Any) -> Values:
        """The static columns of the new series of a table, by their names."""
        if new is None:
            return {}
        if self.statics is None:
            raise InvalidInput("new= is for series that have no past: name what is known of them in fit(static=[…]).")
        return self.statics.new(new, self.known()[1].names)

    def cold(self, rows: Values, future: Any) -> Any:
        """Forecasts of series without a past, as a data frame of polars."""
        beside, past, fitted = self.known()
        assert self.statics is not None, "rows of new series come with static columns"
        panel, columns = new_series(past, self.read or past, beside, rows, future)
        found = ColdStart.of(past, fitted, self.statics).ahead(rows, columns)
        return table_of(panel, found, fitted, beside.columns)

    def sample(self, n: int = 100, future: Any = None, seed: int | None = None) -> Any:
        """Draw whole paths of what may follow, step by step: a polars data frame.

        A path is the forecast and the errors of one earlier forecast at all its steps, in the units of each series: so
        steps that come together stray together, as they did. Its columns are the series (if there are several), the
        time, `path` (1 to n) and `value`. Sums over the steps of a path are samples of totals, whose intervals no
        sum of `predict` gives.

        Parameters
        ----------
        n
            How many paths of each series; 100 by default.
        future
            As for `predict`.
        seed
            For the draw; None (default) draws one.

        Raises InvalidInput where no earlier forecast could be compared at all its steps.

        >>> table = {"day": np.arange(60), "y": np.arange(60) % 7}
        >>> model = gn.forecasting.Forecaster(3, season=7, model="seasonal naive").fit(table, time="day", target="y")
        >>> model.sample(2, seed=0).shape
        (6, 3)
        """
        beside, past, fitted = self.known()
        panel = past.followed_by(beside.ahead(self.read or past, future))
        return path_table(panel, fitted, beside.columns, whole_number(n, "n"), seed)

    def backtest(self, folds: int = 5, stride: int | None = None, refit: bool = False) -> Backtest:
        """What would have been forecast at earlier origins: the latest is a horizon before the end of each series.

        Everything is chosen and learned from steps before the first origin; no forecast sees what comes after its own.

        Parameters
        ----------
        folds
            How many origins; 5 by default.
        stride
            Steps from one to the next; the horizon by default.
        refit
            Choose and learn anew before each origin; False by default. Within `joblib.parallel_config(backend="loky")`
            or "dask" the workers of that do so, with the same results.

        Raises InvalidInput if no series is long enough, with the length that is needed.
        """
        beside, panel, _ = self.known()
        folds = whole_number(folds, "folds")
        stride = self.wanted.horizon if stride is None else whole_number(stride, "stride")
        return backtested(panel, self.wanted, folds, stride, refit, beside.columns.series or "series")

    def evaluate(self, table: Any, stride: int | None = None) -> Backtest:
        """How good forecasts are on later rows, beside the seasonal naive forecast; nothing is learned anew.

        Parameters
        ----------
        table
            Rows that follow what is known of each series, with the same columns; rows of the known past may stand
            before them.
        stride
            Steps from one origin to the next, the first at the end of what is known; the horizon by default.

        Raises InvalidInput for a table without later rows.

        >>> table = {"day": np.arange(60), "y": np.arange(60) % 7}
        >>> model = gn.forecasting.Forecaster(3, season=7, model="seasonal naive").fit(table, time="day", target="y")
        >>> model.evaluate({"day": np.arange(60, 66), "y": np.arange(60, 66) % 7}).scores()["mae"].item()
        0.0
        """
        beside, past, _ = self.known()
        stride = self.wanted.horizon if stride is None else whole_number(stride, "stride")
        return evaluated(self.asked(table), past, stride, beside.columns.series or "series")

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

    def explain(
        self, series: Any = None, step: int = 1, future: Any = None, history: Any = None
    ) -> ForecastExplanation:
        """What the steps of the past and the other columns add to one forecast.

        Parameters
        ----------
        series
            The name of the series; None (default) for the only one.
        step
            The step of the horizon; 1 (default) is the next.
        future, history
            As for `predict`.

        Raises InvalidInput for a series or a step that there is not.

        >>> table = {"day": np.arange(60), "y": np.arange(60) % 7}
        >>> model = gn.forecasting.Forecaster(3, season=7, model="seasonal naive").fit(table, time="day", target="y")
        >>> print(model.explain())
        y at 60: 4; contributions in units of the target
          the value 7 steps back  +4
        """
        beside, past, _ = self.known()
        asked = self.asked(history)
        panel = asked.panel.followed_by(beside.ahead(asked.read, future, past.names))
        step = whole_number(step, "step")
        if step > self.wanted.horizon:
            raise InvalidInput(f"step must be one of the horizon, 1 to {self.wanted.horizon}, got {step}.")
        k = panel.number(series)
        place = panel.place(k, panel.ends[k] + step - 1)
        at = f"at {place}" if panel.names[k] is None else f"of {place}"
        return explained(panel, asked.fitted, k, step, beside.names, f"{beside.columns.target} {at}")

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
