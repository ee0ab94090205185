"""`Forecaster`: from a table with a column of time to forecasts with intervals; what is found on the way is told."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from glassnet.calls import answered
from glassnet.errors import InvalidInput, UnknownName
from glassnet.extras import require
from glassnet.forecasting.backtest import Backtest, backtested
from glassnet.forecasting.candidates import MODELS, SCALES
from glassnet.forecasting.dated.calendar import check_calendar
from glassnet.forecasting.dated.frequency import Frequency
from glassnet.forecasting.dated.gaps import check_fill
from glassnet.forecasting.dated.known_ahead import Beside
from glassnet.forecasting.dated.panel import Panel, check_lengths
from glassnet.forecasting.dated.series_table import Columns, Reading, read_panel
from glassnet.forecasting.fitted import Fitted
from glassnet.forecasting.intervals import checked_coverage
from glassnet.forecasting.selecting import Scored, Selection, Wanted
from glassnet.forecasting.values import whole_number


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
        "linear" or "seasonal naive"; None (default) to choose.
    scale
        "as they are", or "log" for a model of log(1 + y); None (default) to choose.
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
        model: str | None = None,
        scale: str | None = None,
        channels: str | None = None,
        nonnegative: bool | None = None,
        calendar: Sequence[str] = (),
        holidays: str | None = None,
        coverage: float | Sequence[float] = (0.8, 0.95),
    ):
        for what, given, known in (
            ("model", model, MODELS),
            ("scale", scale, [*SCALES]),
            ("value of channels", channels, ["shared", "apart"]),
        ):
            if given is not None and given not in known:
                raise UnknownName(what, given, known)
        self.wanted = Wanted(
            whole_number(horizon, "horizon"),
            None if season is None else whole_number(season, "season"),
            model,
            scale,
            channels,
            nonnegative,
            checked_coverage(coverage),
        )
        check_fill(fill)
        if frequency is not None:
            Frequency.named(frequency)
        check_calendar(calendar, holidays)
        self.calendar, self.holidays = tuple(calendar), holidays
        self.reading = Reading(frequency, zone, fill)
        self.beside: Beside | None = None
        self.read: Panel | None = None
        self.panel: Panel | None = None
        self.fitted: Fitted | None = None
        self.choices: tuple[Scored, ...] = ()
        self.notes: tuple[str, ...] = ()

    def fit(
        self,
        table: Any,
        *,
        time: str,
        target: str,
        series: str | None = None,
        future: Sequence[str] = (),
        past: Sequence[str] = (),
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

        Raises InvalidInput for a table without these columns, stamps that are irregular or come twice, steps that are
        left out (unless `fill` says what belongs there), and values that are no numbers.
        """
        notes: list[str] = []
        columns = Columns(time, target, series, names_of(future, "future"), names_of(past, "past"), self.reading)
        read = read_panel(table, columns, notes)
        check_lengths(read)
        beside = Beside(columns, self.wanted.horizon, self.calendar, self.holidays)
        panel = beside.within(read)
        found = Selection.of(panel, self.wanted).outcome()
        self.read, self.beside, self.panel, self.fitted, self.choices = read, beside, panel, found.fitted, found.choices
        self.notes = (*notes, *found.notes)
        return self

    def known(self) -> tuple[Beside, Panel, Fitted]:
        """The columns, the past and the model of a forecaster that has learned."""
        if self.beside is None or self.panel is None or self.fitted is None:
            raise InvalidInput("Forecaster has not learned yet: call fit(table, time=…, target=…) first.")
        return self.beside, self.panel, self.fitted

    def predict(self, future: Any = None) -> Any:
        """What follows after the last step of each series: a polars data frame.

        `future` is a table with the same columns of time and series, and those that `fit(future=…)` named, for each
        step of the horizon; its other rows are left aside.

        Its columns are the series (if there are several), the time, `forecast`, and the ends `low_80`, `high_80`, … of
        the interval of each coverage; an end is missing where the past is too short to tell.
        """
        beside, past, fitted = self.known()
        columns, panel = beside.columns, past.followed_by(beside.ahead(self.read or past, future))
        polars = require("polars", "tables", "forecasts")
        found = [fitted.ahead(panel, k, np.array([end])) for k, end in enumerate(panel.lengths)]
        positions = np.concatenate([end + np.arange(self.wanted.horizon) for end in panel.ends])
        names = [name for name in panel.names for _ in range(self.wanted.horizon)]
        table: dict[str, Any] = {} if columns.series is None else {columns.series: names}
        table |= {
            columns.time: panel.axis.column(positions),
            "forecast": np.concatenate([each.forecast[0] for each in found]),
        }
        for number, share in enumerate(fitted.intervals.coverage):
            for end in ("low", "high"):
                table[f"{end}_{100 * share:g}"] = np.concatenate([getattr(each, end)[number, 0] for each in found])
        return polars.DataFrame(table, nan_to_null=True)

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
            Choose and learn anew before each origin; False by default.

        Raises InvalidInput if no series is long enough, with the length that is needed.
        """
        beside, panel, _ = self.known()
        folds = whole_number(folds, "folds")
        stride = self.wanted.horizon if stride is None else whole_number(stride, "stride")
        return backtested(panel, self.wanted, folds, stride, refit, beside.columns.series or "series")

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
        season = "no season" if fitted.season == 1 else f"a season of {fitted.season} steps"
        lengths = panel.lengths
        length = f"{lengths[0]} steps" if len(set(lengths)) == 1 else f"{lengths.min()} to {lengths.max()} steps"
        lines = [
            f"{beside.columns.target}: {len(panel)} series, {panel.axis.frequency}, {length}, {season}",
            f"chosen: {fitted.candidate}",
            *(f"  {each.score:.3f}  {each.candidate}" for each in self.choices),
            "  (mean absolute error on the latest steps, held out, in units of the change over a season)",
        ]
        shares = zip(fitted.intervals.coverage, fitted.intervals.measured, strict=False)
        lines += [f"intervals of {100 * share:g} % held {100 * found:.0f} % of later values" for share, found in shares]
        lines += ["forecasts are not below 0, as no value was"] if fitted.nonnegative else []
        lines += [f"columns beside the target: {', '.join(beside.names)}"] if beside.names else []
        return "\n".join([*lines, *self.notes])

    def __repr__(self) -> str:
        if self.fitted is None:
            return f"Forecaster(horizon={self.wanted.horizon})"
        return f"Forecaster(horizon={self.wanted.horizon}: {self.fitted.candidate}, {self.chosen_frequency})"


def names_of(columns: Sequence[str], called: str) -> tuple[str, ...]:
    """The names of some columns; a single text is not taken for its letters."""
    if isinstance(columns, str):
        raise InvalidInput(f"{called} must be a list of columns, such as [{columns!r}], got {columns!r}.")
    return tuple(columns)
