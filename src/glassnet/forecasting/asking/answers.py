"""What a forecaster of a table answers once it has learned: forecasts, paths, how good they are, whence they come."""

from typing import Any

from glassnet.calls import answered
from glassnet.errors import InvalidInput
from glassnet.forecasting.asking.history import Asked, asked_about
from glassnet.forecasting.asking.later_rows import evaluated
from glassnet.forecasting.backtest import Backtest, backtested
from glassnet.forecasting.cold.cold_start import ColdStart, new_series
from glassnet.forecasting.cold.static_columns import Statics, Values
from glassnet.forecasting.dated.known_ahead import Beside
from glassnet.forecasting.dated.panel import Panel
from glassnet.forecasting.fitted import Fitted
from glassnet.forecasting.held_out.wanted import Wanted
from glassnet.forecasting.shown.explaining import ForecastExplanation, explained
from glassnet.forecasting.shown.forecast_table import forecast_table, path_table, table_of
from glassnet.forecasting.shown.same_kind import in_kind, kind_of_table
from glassnet.forecasting.values import whole_number


@answered
class Answers:
    """What is known of series, and what follows from it; `Forecaster` says how it is learned."""

    def __init__(self, wanted: Wanted):
        self.wanted = wanted
        self.beside: Beside | None = None
        self.read: Panel | None = None
        self.panel: Panel | None = None
        self.fitted: Fitted | None = None
        self.statics: Statics | None = None
        self.kind = "polars"

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
