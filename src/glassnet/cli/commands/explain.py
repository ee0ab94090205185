"""The command `glassnet explain`: why a model predicts for a row what it predicts."""

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from glassnet.cli.app import app
from glassnet.cli.console import tell, tell_figures
from glassnet.cli.forecasting.answers import explain_forecast, refuse
from glassnet.cli.forecasting.rows import forecaster_at
from glassnet.cli.inputs import frames_of, some_rows_of, table_model
from glassnet.cli.options.change import ChangeOptions
from glassnet.cli.options.contributions import ContributionOptions
from glassnet.cli.options.forecast import StepOptions
from glassnet.cli.options.groups import with_groups
from glassnet.cli.options.table import Data, Model, ReadingOptions
from glassnet.drawing import Style, check_figure_path, save_figure, theme_of
from glassnet.errors import InvalidInput
from glassnet.extras import require
from glassnet.files.atomic import check_writable
from glassnet.tables.model import TableModel
from glassnet.tables.reading.chunks import Pieces
from glassnet.training.inputs.checks import check_whole

if TYPE_CHECKING:
    from glassnet.tables.insight.contributions import ContributionsPage

IMPORTANCE = "Instead of one row, show what each column contributes on average, with its permutation importance."


@app.command()
@with_groups
def explain(
    model: Model,
    data: Data,
    reading: ReadingOptions,
    contributing: ContributionOptions,
    changing: ChangeOptions,
    which: StepOptions,
    row: Annotated[int, typer.Option(help="The row to explain, counted from 0.")] = 0,
    figure: Annotated[Path | None, typer.Option(help="Draw it as bars into a .png or .svg file, too.")] = None,
    theme: Annotated[str, typer.Option(help="Theme of the figure: light or dark.")] = Style.theme,
    arithmetic: Annotated[
        bool, typer.Option("--arithmetic", help="Then follow the row through the model, step by step, in numbers.")
    ] = False,
    importance: Annotated[bool, typer.Option("--importance", help=IMPORTANCE)] = False,
) -> None:
    """Explain the prediction for one row of a table: what each column contributed to it; or one forecast."""
    if (forecaster := forecaster_at(model)) is not None:
        asked = {"--row": row, "--change": changing.change, "--to": changing.to, "--arithmetic": arithmetic}
        refuse(asked | {"--importance": importance}, "--series and --step name a forecast.")
        check_figure(figure, theme)
        found = explain_forecast(forecaster, data, reading, which.plan, which.series, which.step)
        tell(found)
        if figure is not None:
            tell_figures([save_figure(found.draw(theme), figure)])
        return
    which.check_none()
    if importance and (arithmetic or changing.asked):
        other = "--arithmetic" if arithmetic else "--change" if changing.change else "--to"
        raise InvalidInput(f"--importance is about all rows, {other} about one: leave one of them out.")
    check_figure(figure, theme)
    made = table_model(model)
    contributing.check(made, importance)
    if importance:
        pages: list[Any] = [made.importances(some_rows_of(data, reading, made))]
        drawn = partial(pages[0].draw)
    else:
        frames = frames_of(data, reading, made)
        table = frames if isinstance(frames, Pieces) else frames[0]
        others = other_pages(made, table, row, arithmetic, changing)
        contributed = contributed_page(made, table, row, contributing, reading)
        pages, drawn = [contributed, *others], partial(contributed.found.draw, of=contributing.of)
    for page in pages:
        tell(page)
    if figure is not None:
        tell_figures([save_figure(drawn(theme=theme), figure)])


def check_figure(figure: Path | None, theme: str) -> None:
    """Refuse a figure that could not be written, before anything is computed."""
    if figure is not None:
        check_figure_path(figure)
        check_writable(figure)
        theme_of(theme)
        require("matplotlib.figure", "plots", "a figure")


def contributed_page(
    made: TableModel, table: Any, row: int, asked: ContributionOptions, reading: ReadingOptions
) -> "ContributionsPage":
    """What each column contributed to the prediction for a row, beside rows of the table or of another."""
    from glassnet.tables.insight.contributions import contributions_page, some_background

    if asked.background is None:
        return contributions_page(made, table, row, some_background(table), of=asked.of)
    plain = replace(reading, query=None, table=None, sheet=None)  # these are of DATA
    frames = frames_of(asked.background, plain, made)
    rows = some_background(frames if isinstance(frames, Pieces) else frames[0], least=1)
    return contributions_page(made, table, row, rows, of=asked.of, where=plain.source(asked.background).shown)


def other_pages(made: TableModel, table: Any, row: int, arithmetic: bool, changing: ChangeOptions) -> list[Any]:
    """What else is asked for: the arithmetic, another prediction."""
    from glassnet.tables.insight.explanation import row_of

    one = row_of(table if isinstance(table, Pieces) else [table], check_whole(row, "row", low=0)).to_native()
    changed = [made.counterfactual(one, changing.columns, changing.to)] if changing.asked else []
    return [*([made.explain(table, row)] if arithmetic else []), *changed]
