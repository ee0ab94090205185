"""The command `glassnet forecast`: from a table with a column of time to forecasts, a model and a report."""

import shlex
import sys
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Annotated, Any

import typer

from glassnet.cli.app import app
from glassnet.cli.console import tell, tell_file
from glassnet.cli.folders import named_folder, numbered_folder
from glassnet.cli.inputs import local_table
from glassnet.cli.options.forecast import ForecastColumns, ForecastFolder, TimeOptions
from glassnet.cli.options.groups import with_groups
from glassnet.cli.options.table import Data, ReadingOptions
from glassnet.errors import InvalidInput
from glassnet.extras import require
from glassnet.files.atomic import write_whole
from glassnet.files.model_file import MODEL
from glassnet.forecasting.backtest import Backtest
from glassnet.forecasting.forecaster import Forecaster
from glassnet.forecasting.shown.report import report_pieces
from glassnet.tables.encoding.column_kinds import find_formats, in_polars
from glassnet.tables.number_format import counted
from glassnet.tables.reading.read import read_file
from glassnet.tables.reporting.as_markdown import as_markdown
from glassnet.tables.reporting.as_page import as_page
from glassnet.tables.sources.source import Source
from glassnet.tables.values.frames import check_column


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
    reading: ReadingOptions,
) -> None:
    """Forecast a table with a column of time; write forecasts, the model and a report into a folder."""
    forecaster = options.forecaster(horizon, columns)
    source = reading.source(data)
    table = frame_of(source)
    check_column(table, time, "time column")
    check_column(table, target, "target")
    known, ahead = parted(table, time, target, columns)
    if columns.plan is not None:
        ahead = frame_of(reading.source(columns.plan))
    if columns.future and not ahead.height:
        raise InvalidInput(
            f"say what is planned for {columns.future}: in rows at the end of {data} whose {target} is empty, or in a "
            "table of its own with --plan."
        )
    with place(source, folder) as out:
        forecaster.fit(known, **columns.named(time, target))
        tell(forecaster.summary())
        found = forecaster.predict(future=ahead if columns.future else None)
        command = "glassnet " + shlex.join(source.shown_in(sys.argv[1:]))
        write_forecasts(forecaster, backtest_of(forecaster, folder.folds), found, out, command)


def frame_of(source: Source) -> Any:
    """The table of a source, with columns of texts read as what they spell."""
    read = read_file(local_table(source))
    tell_file(read.notes)
    return in_polars(read.frame, find_formats(read.frame, read.decimal_comma)) if read.is_text else read.frame


def parted(table: Any, time: str, target: str, columns: ForecastColumns) -> tuple[Any, Any]:
    """The rows up to the last of each series that has a target, and those that lie ahead."""
    polars = require("polars", "tables", "a table")
    if columns.series is not None:
        check_column(table, columns.series, "series column")
    there = polars.when(polars.col(target).is_not_null()).then(polars.col(time)).max()
    last = there if columns.series is None else there.over(columns.series)
    known = table.filter(polars.col(time) <= last)
    ahead = table.filter((polars.col(time) > last).fill_null(True))
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


def backtest_of(forecaster: Forecaster, folds: int) -> Backtest | None:
    """A backtest with as many folds as the past allows, up to those that were asked for; None if it allows none."""
    for n in range(folds, 0, -1):
        try:
            return forecaster.backtest(folds=n)
        except InvalidInput:
            if n == 1:
                tell("the past is too short for a backtest")
    return None


def write_forecasts(forecaster: Forecaster, backtest: Backtest | None, found: Any, out: Path, command: str) -> None:
    """Write forecasts, model and report, and say where."""
    write_whole(out / "forecast.csv", found.write_csv().encode())
    forecaster.save(out / MODEL)
    pieces = report_pieces(forecaster, backtest, found, command)
    write_whole(out / "report.md", as_markdown(pieces).encode())
    write_whole(out / "report.html", as_page(f"Forecasts of {forecaster.known()[0].columns.target}", pieces).encode())
    if backtest is not None:
        tell(f"backtest over {backtest.in_words()}")
    for what, name in (("forecast", "forecast.csv"), ("model", MODEL), ("report", "report.md")):
        tell(f"{what:<8} {out / name}{', report.html' if what == 'report' else ''}")
