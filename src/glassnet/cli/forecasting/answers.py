"""A forecaster is asked on the command line: forecasts as a file, scores as tables, the parts of one forecast."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from glassnet.cli.console import tell, tell_cells, tell_rows
from glassnet.cli.forecasting.rows import known_rows, question_of
from glassnet.cli.options.table import ReadingOptions
from glassnet.cli.predicting.prediction_file import check_out, prediction_file
from glassnet.errors import InvalidInput
from glassnet.files.model_file import MODEL
from glassnet.forecasting.backtest import Backtest
from glassnet.forecasting.forecaster import Forecaster
from glassnet.forecasting.shown.report import MOST_ROWS, few_steps, table_cells
from glassnet.tables.number_format import counted


def refuse(given: Mapping[str, object], why: str) -> None:
    """Refuse options that a forecaster has no use for."""
    if asked := [name for name, value in given.items() if value]:
        raise InvalidInput(f"{asked[0]} is for models of tables, and this is a forecaster: {why}")


def predict_forecasts(
    forecaster: Forecaster, data: str, reading: ReadingOptions, plan: str | None, out: Path | None
) -> None:
    """Write what follows after the rows of a table."""
    check_out(out)
    history, future = question_of(forecaster, data, reading, plan)
    asked = forecaster.asked(history)
    found = forecaster.predict(future, history=asked)
    with prediction_file(out) as take:
        take(found)
    tell_rows(asked.notes)
    if out is not None:
        tell(f"{counted(found.height, 'forecast')} of {len(asked.panel)} series in {out}")


def evaluate_forecasts(forecaster: Forecaster, data: str, reading: ReadingOptions, stride: int | None) -> None:
    """Tell how good forecasts are on the later rows of a table."""
    asked = forecaster.asked(known_rows(forecaster, data, reading))
    found = forecaster.evaluate(asked, stride)
    tell_rows(asked.notes)
    rows = counted(found.rows["truth"].count(), "later row")
    tell(f"On {rows}, forecast over {found.in_words()}")
    tell_scores(found)


def update_forecaster(
    forecaster: Forecaster, data: str, reading: ReadingOptions, place: AbstractContextManager[Path]
) -> None:
    """Take in the rows of a table that have come since, say how good forecasts of them were, and write it all."""
    rows = known_rows(forecaster, data, reading)
    before = forecaster.known()[1]
    scores = scores_before(forecaster, rows)
    forecaster.update(rows)
    after = forecaster.known()[1]
    n = int(after.lengths.sum() - before.lengths.sum())
    with place as folder:
        path = forecaster.save(folder / MODEL)
    tell(f"{counted(n, 'new step')} taken in; forecasts go on after {after.axis.text(max(after.ends) - 1)}")
    if scores is not None:
        tell(f"as forecast before they were known, over {scores.in_words()}")
    tell("the model stays as it is, its intervals follow; `glassnet forecast` learns anew from all rows")
    tell(f"{'model':<8} {path}")


def scores_before(forecaster: Forecaster, rows: Any) -> Backtest | None:
    """How good forecasts of new rows are; None where too few of them have come to tell."""
    try:
        return forecaster.evaluate(rows)
    except InvalidInput:
        return None


def tell_scores(found: Backtest) -> None:
    """Print the scores by fold, by step of the horizon, and of the series that are forecast worst."""
    pages = [("by fold", found.scores("fold")), ("by step of the horizon", few_steps(found.scores("step")))]
    series = found.scores("series").sort("error", descending=True, nulls_last=True)
    pages += [("the series that are forecast worst", series.head(MOST_ROWS))] if series.height > 1 else []
    for title, table in pages:
        tell(f"\n{title}")
        header, *rows = table_cells(table)
        tell_cells(header, rows)


def explain_forecast(
    forecaster: Forecaster, data: str, reading: ReadingOptions, plan: str | None, series: str | None, step: int
) -> Any:
    """What each step of the past and each column adds to one forecast."""
    history, future = question_of(forecaster, data, reading, plan)
    asked = forecaster.asked(history)
    tell_rows(asked.notes)
    return forecaster.explain(typed(series, asked.panel.names), step, future, asked)


def typed(series: str | None, names: tuple[Any, ...]) -> Any:
    """The name of a series as its column has it, such as a number, for one that was typed."""
    return next((name for name in names if name is not None and str(name) == series), series)
