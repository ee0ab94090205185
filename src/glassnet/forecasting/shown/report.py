"""The pieces of a report on forecasts: a verdict first, then the scores, the forecasts, and what was found."""

from typing import Any

import numpy as np

from glassnet.forecasting.backtest import Backtest
from glassnet.forecasting.forecaster import Forecaster
from glassnet.forecasting.shown.summary import UNIT, found_in_words, kept_in_words
from glassnet.insight.pages.pieces import Heading, Rows, Words
from glassnet.tables.number_format import counted, readable
from glassnet.tables.reporting.pieces import Bullets, Code, ReportPiece

MOST_ROWS = 10  # of a table in the report
CLEAR = 0.03  # a smaller difference of errors is called none


def report_pieces(forecaster: Forecaster, backtest: Backtest | None, forecasts: Any, command: str) -> list[ReportPiece]:
    """The report, from its title on."""
    beside, panel, fitted = forecaster.known()
    pieces: list[ReportPiece] = [
        Heading(f"Forecasts of {beside.columns.target}", 1),
        Words(verdict_of(backtest)),
    ]
    if backtest is not None:
        pieces += backtest_pieces(backtest)
    pieces += [
        Heading("The next steps", 2),
        Words(f"The first of {counted(forecasts.height, 'row')} of forecast.csv."),
        Rows(cells_of(forecasts.head(MOST_ROWS))),
        Heading("What was found, and what was chosen", 2),
        Bullets((found_in_words(panel, fitted, beside), f"chosen: {fitted.candidate}", *kept_in_words(fitted, beside))),
        Rows((("model", "error"), *((str(each.candidate), shown(each.score)) for each in forecaster.choices))),
        Words(f"The error is the {UNIT}."),
    ]
    pieces += [Heading("To know", 2), Bullets(forecaster.notes)] if forecaster.notes else []
    return [*pieces, Heading("Made by", 2), Code(command)]


def verdict_of(backtest: Backtest | None) -> str:
    """Whether the forecasts are worth more than the last season once more, in a sentence."""
    if backtest is None:
        return "The past is too short for a backtest: nothing is known of how good these forecasts are."
    row = backtest.scores().row(0, named=True)
    error, naive = row["error"], row["naive"]
    of = f"Over {counted(backtest.rows['fold'].n_unique(), 'backtest fold')}, the error of the forecasts"
    if naive == 0:
        return f"{of} is {readable(error)}; the seasonal naive forecast made no error, as the past repeats itself."
    share = 1 - error / naive
    words = f"{abs(100 * share):.0f} % {'below' if share > 0 else 'above'} that of the seasonal naive forecast"
    if abs(share) < CLEAR:
        return f"{of} is about that of the seasonal naive forecast: the last season once more is as good."
    return f"{of} is {words}{'' if share > 0 else ': the last season once more is better here'}."


def backtest_pieces(backtest: Backtest) -> list[ReportPiece]:
    """Scores of folds, of steps, and of the series that are forecast worst."""
    steps = backtest.scores("step")
    few = np.unique(np.linspace(0, steps.height - 1, min(steps.height, MOST_ROWS)).astype(int))
    pieces: list[ReportPiece] = [
        Heading("Earlier forecasts beside what came", 2),
        Words(
            "Everything was chosen and learned from the steps before the first fold. Errors are mean absolute errors "
            "in units of the mean absolute change over a season (MASE); naive is the last season once more."
        ),
        Rows(cells_of(backtest.scores("fold"))),
        Heading("By step of the horizon", 3),
        Rows(cells_of(steps[few.tolist()])),
    ]
    series = backtest.scores("series").sort("error", descending=True, nulls_last=True)
    if series.height > 1:
        pieces += [Heading("The series that are forecast worst", 3), Rows(cells_of(series.head(MOST_ROWS)))]
    return pieces


def cells_of(table: Any) -> tuple[tuple[str, ...], ...]:
    """A data frame as the cells of a report."""
    return (tuple(table.columns), *(tuple(map(shown, row)) for row in table.rows()))


def shown(value: Any) -> str:
    """A value of a table in a report."""
    if value is None or (isinstance(value, float) and value != value):
        return "–"
    return readable(value) if isinstance(value, float) else str(value)
