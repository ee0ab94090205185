"""The pieces of a report on forecasts: a verdict first, then the scores, the forecasts, and what was found."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from glassnet.forecasting.backtest import Backtest
from glassnet.forecasting.forecaster import Forecaster
from glassnet.forecasting.shown.summary import UNIT, found_in_words, kept_in_words
from glassnet.insight.pages.pieces import Heading, Rows, Words
from glassnet.tables.number_format import counted, readable
from glassnet.tables.reporting.pieces import Bullets, Code, Drawn, ReportPiece

MOST_ROWS = 10  # of a table in the report
NOTHING_DRAWN: Mapping[str, Sequence[Drawn]] = {}
CLEAR = 0.03  # a smaller difference of errors is called none


def report_pieces(
    forecaster: Forecaster,
    backtest: Backtest | None,
    forecasts: Any,
    command: str,
    drawn: Mapping[str, Sequence[Drawn]] = NOTHING_DRAWN,
) -> list[ReportPiece]:
    """The report, from its title on; `drawn` are its figures by their kind."""
    beside, panel, fitted = forecaster.known()
    pieces: list[ReportPiece] = [
        Heading(f"Forecasts of {beside.columns.target}", 1),
        Words(verdict_of(backtest)),
        *drawn.get("forecast", ()),
    ]
    if backtest is not None:
        pieces += backtest_pieces(backtest, drawn)
    pieces += [
        Heading("The next steps", 2),
        Words(f"The first of {counted(forecasts.height, 'row')} of forecast.csv."),
        Rows(table_cells(forecasts.head(MOST_ROWS))),
        Heading("What was found, and what was chosen", 2),
        Bullets((found_in_words(panel, fitted, beside), f"chosen: {fitted.candidate}", *kept_in_words(fitted, beside))),
        Rows((("model", "error"), *((str(each.candidate), shown(each.score)) for each in forecaster.choices))),
        Words(f"The error is the {UNIT}."),
        *drawn.get("season", ()),
        *drawn.get("map", ()),
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


def backtest_pieces(backtest: Backtest, drawn: Mapping[str, Sequence[Drawn]]) -> list[ReportPiece]:
    """Scores of folds, of steps, and of the series that are forecast worst."""
    pieces: list[ReportPiece] = [
        Heading("Earlier forecasts beside what came", 2),
        Words(
            "Everything was chosen and learned from the steps before the first fold. Errors are mean absolute errors "
            "in units of the mean absolute change over a season (MASE); naive is the last season once more."
        ),
        Rows(table_cells(backtest.scores("fold"))),
        *drawn.get("folds", ()),
        Heading("By step of the horizon", 3),
        Rows(table_cells(few_steps(backtest.scores("step")))),
        *drawn.get("errors", ()),
    ]
    pieces += drawn.get("residuals", ())
    series = backtest.scores("series").sort("error", descending=True, nulls_last=True)
    if series.height > 1:
        pieces += [Heading("The series that are forecast worst", 3), Rows(table_cells(series.head(MOST_ROWS)))]
    return pieces


def few_steps(scores: Any) -> Any:
    """The rows of scores by step: all of few, or evenly spaced ones with the first and the last."""
    few = np.unique(np.linspace(0, scores.height - 1, min(scores.height, MOST_ROWS)).astype(int))
    return scores[few.tolist()]


def table_cells(table: Any) -> tuple[tuple[str, ...], ...]:
    """A data frame as the cells of a report."""
    return (tuple(table.columns), *(tuple(map(shown, row)) for row in table.rows()))


def shown(value: Any) -> str:
    """A value of a table in a report."""
    if value is None or (isinstance(value, float) and value != value):
        return "–"
    return readable(value) if isinstance(value, float) else str(value)
