"""`Forecaster`: from a table with a column of time to forecasts with intervals; what is found on the way is told."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from glassnet.calls import answered
from glassnet.errors import InvalidInput, UnknownName
from glassnet.extras import require
from glassnet.forecasting.candidates import MODELS, SCALES
from glassnet.forecasting.dated.frequency import Frequency
from glassnet.forecasting.dated.gaps import check_fill
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
        self.reading = Reading(frequency, zone, fill)
        self.columns: Columns | None = None
        self.panel: Panel | None = None
        self.fitted: Fitted | None = None
        self.choices: tuple[Scored, ...] = ()
        self.notes: tuple[str, ...] = ()

    def fit(self, table: Any, *, time: str, target: str, series: str | None = None) -> "Forecaster":
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

        Raises InvalidInput for a table without these columns, stamps that are irregular or come twice, steps that are
        left out (unless `fill` says what belongs there), and values that are no numbers.
        """
        notes: list[str] = []
        columns = Columns(time, target, series, reading=self.reading)
        panel = read_panel(table, columns, notes)
        check_lengths(panel)
        found = Selection.of(panel, self.wanted).outcome()
        self.columns, self.panel, self.fitted, self.choices = columns, panel, found.fitted, found.choices
        self.notes = (*notes, *found.notes)
        return self

    def known(self) -> tuple[Columns, Panel, Fitted]:
        """The columns, the past and the model of a forecaster that has learned."""
        if self.columns is None or self.panel is None or self.fitted is None:
            raise InvalidInput("Forecaster has not learned yet: call fit(table, time=…, target=…) first.")
        return self.columns, self.panel, self.fitted

    def predict(self) -> Any:
        """What follows after the last step of each series: a polars data frame.

        Its columns are the series (if there are several), the time, `forecast`, and the ends `low_80`, `high_80`, … of
        the interval of each coverage; an end is missing where the past is too short to tell.
        """
        columns, panel, fitted = self.known()
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
        columns, panel, fitted = self.known()
        season = "no season" if fitted.season == 1 else f"a season of {fitted.season} steps"
        lengths = panel.lengths
        length = f"{lengths[0]} steps" if len(set(lengths)) == 1 else f"{lengths.min()} to {lengths.max()} steps"
        lines = [
            f"{columns.target}: {len(panel)} series, {panel.axis.frequency}, {length}, {season}",
            f"chosen: {fitted.candidate}",
            *(f"  {each.score:.3f}  {each.candidate}" for each in self.choices),
            "  (mean absolute error on the latest steps, held out, in units of the change over a season)",
        ]
        shares = zip(fitted.intervals.coverage, fitted.intervals.measured, strict=False)
        lines += [f"intervals of {100 * share:g} % held {100 * found:.0f} % of later values" for share, found in shares]
        lines += ["forecasts are not below 0, as no value was"] if fitted.nonnegative else []
        return "\n".join([*lines, *self.notes])

    def __repr__(self) -> str:
        if self.fitted is None:
            return f"Forecaster(horizon={self.wanted.horizon})"
        return f"Forecaster(horizon={self.wanted.horizon}: {self.fitted.candidate}, {self.chosen_frequency})"
