"""The command `glassnet explain`: why a model predicts for a row what it predicts."""

from collections.abc import Callable
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
from glassnet.cli.predicting.prediction_file import check_out
from glassnet.drawing import Style, check_figure_path, save_figure, theme_of
from glassnet.errors import InvalidInput
from glassnet.extras import require
from glassnet.files.atomic import check_writable
from glassnet.tables.encoding.target import ClassTarget
from glassnet.tables.model import TableModel
from glassnet.tables.number_format import counted
from glassnet.tables.reading.chunks import Pieces
from glassnet.training.inputs.checks import check_whole

if TYPE_CHECKING:
    from glassnet.tables.insight.contributions import ContributionsPage

OUT = (
    "Instead of one row, write what each column contributed to the prediction for every row to a .csv or .parquet file."
)
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
    out: Annotated[Path | None, typer.Option(help=OUT)] = None,
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
        refuse(asked | {"--importance": importance, "--out": out}, "--series and --step name a forecast.")
        check_figure(figure, theme)
        found = explain_forecast(forecaster, data, reading, which.plan, which.series, which.step)
        tell(found)
        if figure is not None:
            tell_figures([save_figure(found.draw(theme), figure)])
        return
    which.check_none()
    check_together(out, importance, arithmetic, changing, figure)
    check_figure(figure, theme)
    check_out(out)
    made = table_model(model)
    contributing.check(made, importance)
    if out is not None:
        write_all_rows(made, data, contributing, reading, out)
    elif importance:
        effects = made.importances(some_rows_of(data, reading, made))
        tell_pages([effects], effects.draw, figure, theme)
    else:
        frames = frames_of(data, reading, made)
        table = frames if isinstance(frames, Pieces) else frames[0]
        others = other_pages(made, table, row, arithmetic, changing)
        contributed = contributed_page(made, table, row, contributing, reading)
        tell_pages([contributed, *others], partial(contributed.found.draw, of=contributing.of), figure, theme)


def tell_pages(pages: list[Any], drawn: Callable[..., Any], figure: Path | None, theme: str) -> None:
    """Print pages, and draw a figure where one is asked for."""
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


def check_together(
    out: Path | None, importance: bool, arithmetic: bool, changing: ChangeOptions, figure: Path | None
) -> None:
    """Refuse what is about one row where all are asked for."""
    of_one = {"--arithmetic": arithmetic, "--change": bool(changing.change), "--to": changing.to is not None}
    of_all = {"--importance": importance, "--out": out is not None}
    asked = [name for name, given in of_all.items() if given]
    if asked and (other := next((name for name, given in of_one.items() if given), None)) is not None:
        raise InvalidInput(f"{asked[0]} is about all rows, {other} about one: leave one of them out.")
    if out is not None and (importance or figure is not None):
        raise InvalidInput(
            f"--out writes numbers, {'--importance' if importance else '--figure'} shows others: ask twice."
        )


def write_all_rows(made: TableModel, data: str, asked: ContributionOptions, reading: ReadingOptions, out: Path) -> None:
    """Write the contributions for every row of the table into a file."""
    from glassnet.cli.predicting.contribution_file import write_contributions
    from glassnet.tables.insight.contributions import class_number

    if asked.of is not None and isinstance(made.target, ClassTarget):
        class_number(asked.of, made.target.names)  # refused before any work
    frames = frames_of(data, reading, made)
    rows, _ = background_of(asked, frames if isinstance(frames, Pieces) else frames[0], made, reading)
    n_rows, error = write_contributions(made, frames, rows, asked.of, out)
    tell(f"{counted(n_rows, 'row')} with contributions in {out}, whose sums are right to {error:.0e}")


def contributed_page(
    made: TableModel, table: Any, row: int, asked: ContributionOptions, reading: ReadingOptions
) -> "ContributionsPage":
    """What each column contributed to the prediction for a row, beside rows of the table or of another."""
    from glassnet.tables.insight.contributions import contributions_page

    rows, where = background_of(asked, table, made, reading)
    return contributions_page(made, table, row, rows, of=asked.of, where=where)


def background_of(asked: ContributionOptions, table: Any, made: TableModel, reading: ReadingOptions) -> tuple[Any, str]:
    """(rows to compare with, where they are from): of the table, or of another that was named."""
    from glassnet.tables.insight.contributions import some_background

    if asked.background is None:
        return some_background(table), "this table"
    plain = replace(reading, query=None, table=None, sheet=None)  # these are of DATA
    frames = frames_of(asked.background, plain, made)
    rows = some_background(frames if isinstance(frames, Pieces) else frames[0], least=1)
    return rows, plain.source(asked.background).shown


def other_pages(made: TableModel, table: Any, row: int, arithmetic: bool, changing: ChangeOptions) -> list[Any]:
    """What else is asked for: the arithmetic, another prediction."""
    from glassnet.tables.insight.explanation import row_of

    one = row_of(table if isinstance(table, Pieces) else [table], check_whole(row, "row", low=0)).to_native()
    changed = [made.counterfactual(one, changing.columns, changing.to)] if changing.asked else []
    return [*([made.explain(table, row)] if arithmetic else []), *changed]
