"""The command `glassnet forecast`: from a table with a column of time to forecasts, a model and a report."""

import shlex
import sys
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Annotated, Any

import typer

from glassnet.cli.app import app
from glassnet.cli.console import tell
from glassnet.cli.folders import named_folder, numbered_folder
from glassnet.cli.forecasting.rows import frame_of, not_planned, parted, without_past
from glassnet.cli.options.figures import FigureOptions
from glassnet.cli.options.forecast import ForecastColumns, ForecastFolder, TimeOptions, named
from glassnet.cli.options.groups import with_groups
from glassnet.cli.options.table import Data, ReadingOptions
from glassnet.drawing import Style
from glassnet.errors import InvalidInput
from glassnet.extras import require
from glassnet.files.atomic import write_whole
from glassnet.files.model_file import MODEL
from glassnet.forecasting.backtest import Backtest
from glassnet.forecasting.forecaster import Forecaster
from glassnet.forecasting.shown.figures import draw_forecasts
from glassnet.forecasting.shown.report import report_pieces
from glassnet.tables.number_format import counted
from glassnet.tables.reporting.as_markdown import as_markdown
from glassnet.tables.reporting.as_page import as_page
from glassnet.tables.sources.source import Source


@app.command()
@with_groups
def forecast(
    data: Data,
    time: Annotated[str, typer.Option(help="The column of time: dates, timestamps or whole steps.")],
    target: Annotated[str, typer.Option(help="The column to forecast.")],
    horizon: Annotated[int, typer.Option(help="How many steps to forecast.")],
    columns: ForecastColumns,
    options: TimeOptions,
    folder: ForecastFolder,
    figures: FigureOptions,
    reading: ReadingOptions,
) -> None:
    """Forecast a table with a column of time; write forecasts, the model and a report with figures into a folder."""
    require("matplotlib.figure", "plots", "the figures of a report")
    forecaster = options.forecaster(horizon, columns)
    source = reading.source(data)
    table = frame_of(source)
    known, ahead = told_apart(table, time, target, columns)
    new = without_past(known, ahead, columns.series) if columns.static else None
    if columns.plan is not None:
        ahead = frame_of(reading.source(columns.plan))
    if columns.future and not ahead.height:
        raise InvalidInput(not_planned(named(columns.future), target, data))
    with place(source, folder) as out:
        forecaster.fit(known, **columns.named(time, target))
        tell(forecaster.summary())
        found = forecaster.predict(future=ahead if columns.future else None, new=new)
        command = "glassnet " + shlex.join(source.shown_in(sys.argv[1:]))
        write_forecasts(forecaster, backtest_of(forecaster, folder), found, out, command, figures.style)


def told_apart(table: Any, time: str, target: str, columns: ForecastColumns) -> tuple[Any, Any]:
    """The rows up to the last of each series that has a target, and those that lie ahead, which are told."""
    known, ahead = parted(table, time, target, columns.series)
    if ahead.height:
        used = "they say what is planned" if columns.future and columns.plan is None else "they are left aside"
        tell(f"{counted(ahead.height, 'row')} at the end without a value of {target}: {used}")
    if not known.height:
        raise InvalidInput(f"the target {target!r} has no value in any row.")
    return known, ahead


def place(source: Source, folder: ForecastFolder) -> AbstractContextManager[Path]:
    """The folder of the run: the one that was named, or a new one."""
    usual = Path("runs") / f"{source.label}-forecast"
    numbered = folder.out is None and not folder.force
    return numbered_folder(usual) if numbered else named_folder(folder.out or usual, folder.force)


def backtest_of(forecaster: Forecaster, folder: ForecastFolder) -> Backtest | None:
    """A backtest with as many folds as the past allows, up to those that were asked for; None if it allows none."""
    for n in range(folder.folds, 0, -1):
        try:
            return forecaster.backtest(n, folder.stride, folder.refit)
        except InvalidInput:
            if n == 1:
                tell("the past is too short for a backtest")
    return None


def write_forecasts(
    forecaster: Forecaster, backtest: Backtest | None, found: Any, out: Path, command: str, style: Style
) -> None:
    """Write forecasts, model, figures and report, and say where."""
    write_whole(out / "forecast.csv", found.write_csv().encode())
    forecaster.save(out / MODEL)
    drawn = draw_forecasts(forecaster, backtest, found, out, style)
    pieces = report_pieces(forecaster, backtest, found, command, drawn)
    write_whole(out / "report.md", as_markdown(pieces).encode())
    write_whole(out / "report.html", as_page(f"Forecasts of {forecaster.known()[0].columns.target}", pieces).encode())
    if backtest is not None:
        tell(f"backtest over {backtest.in_words()}")
    if paths := [str(each.path) for kind in drawn.values() for each in kind]:
        tell(f"figures  {', '.join(paths)}")
    for what, name in (("forecast", "forecast.csv"), ("model", MODEL), ("report", "report.md")):
        tell(f"{what:<8} {out / name}{', report.html' if what == 'report' else ''}")
