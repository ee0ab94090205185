"""The table of a question to a forecaster: rows that are known, and rows ahead that say what is planned."""

from pathlib import Path
from typing import Any, NamedTuple

from glassnet.cli.console import tell_file
from glassnet.cli.inputs import local_table
from glassnet.cli.options.table import ReadingOptions
from glassnet.errors import InvalidInput
from glassnet.extras import require
from glassnet.files.model_file import FORECASTER, holds
from glassnet.forecasting.dated.stamps import check_there
from glassnet.forecasting.forecaster import Forecaster
from glassnet.tables.encoding.column_kinds import find_formats, in_polars
from glassnet.tables.reading.read import read_file
from glassnet.tables.sources.source import Source
from glassnet.tables.values.frames import check_column, listed


def forecaster_at(path: Path) -> Forecaster | None:
    """The forecaster in a file or in the folder of a run; None for a model of another kind."""
    return Forecaster.load(path) if holds(path, FORECASTER) else None


def frame_of(source: Source) -> Any:
    """The table of a source, with columns of texts read as what they spell."""
    read = read_file(local_table(source))
    tell_file(read.notes)
    return in_polars(read.frame, find_formats(read.frame, read.decimal_comma)) if read.is_text else read.frame


def parted(table: Any, time: str, target: str, series: str | None) -> tuple[Any, Any]:
    """The rows up to the last of each series that has a target, and those that lie ahead."""
    polars = require("polars", "tables", "a table")
    for name, what in ((time, "time column"), (target, "target"), (series, "series column")):
        if name is not None:
            check_column(table, name, what)
    check_there(table[time], time)
    there = polars.when(polars.col(target).is_not_null()).then(polars.col(time)).max()
    last = there if series is None else there.over(series)
    return table.filter(polars.col(time) <= last), table.filter((polars.col(time) > last).fill_null(True))


def without_past(known: Any, ahead: Any, series: str | None) -> Any:
    """The rows ahead of series that have no row before; None if there are none."""
    polars = require("polars", "tables", "a table")
    new = ahead if series is None else ahead.filter(~polars.col(series).is_in(known[series].to_list()))
    return new if series is not None and new.height else None


def known_rows(forecaster: Forecaster, data: str, reading: ReadingOptions) -> Any:
    """The rows of a table whose target is known, or lies between such rows."""
    columns = forecaster.known()[0].columns
    known, _ = parted(frame_of(reading.source(data)), columns.time, columns.target, columns.series)
    if not known.height:
        raise InvalidInput(f"the target {columns.target!r} has no value in any row of {data}.")
    return known


class Question(NamedTuple):
    """The rows to forecast after, or None for the end of what is known, and what is planned."""

    history: Any
    future: Any


def question_of(forecaster: Forecaster, data: str, reading: ReadingOptions, plan: str | None) -> Question:
    """The rows of DATA and of --plan; rows at the end of DATA without a target say what is planned."""
    columns = forecaster.known()[0].columns
    if plan is not None and not columns.future:
        raise InvalidInput("--plan is for columns that `glassnet forecast --future` named; this forecaster has none.")
    table = frame_of(reading.source(data))
    known, ahead = None, table
    if columns.target in table.columns or not columns.future:
        known, ahead = parted(table, columns.time, columns.target, columns.series)
    if known is not None and not known.height:
        if not columns.future:
            raise InvalidInput(f"the target {columns.target!r} has no value in any row of {data}.")
        known = None
    if plan is not None:
        ahead = frame_of(reading.source(plan))
    if columns.future and not ahead.height:
        raise InvalidInput(not_planned(columns.future, columns.target, data))
    return Question(known, ahead if columns.future else None)


def not_planned(names: tuple[str, ...], target: str, data: str) -> str:
    """That it is not known what lies ahead, in a sentence."""
    return (
        f"say what is planned for {listed(names)}: in rows at the end of {data} whose {target} is empty, or in a table "
        "of its own with --plan."
    )
