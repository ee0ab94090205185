"""The command `glassnet explain`: why a model predicts for a row what it predicts."""

from pathlib import Path
from typing import Annotated, Any

import typer

from glassnet.cli.app import app
from glassnet.cli.console import tell, tell_figures
from glassnet.cli.inputs import frames_of, some_rows_of, table_model
from glassnet.cli.options.groups import with_groups
from glassnet.cli.options.table import Data, Model, ReadingOptions
from glassnet.drawing import Style, check_figure_path, save_figure, theme_of
from glassnet.tables.reading.chunks import Pieces

IMPORTANCE = "Show what all columns contribute on average, beside their permutation importance, in place of one row."


@app.command()
@with_groups
def explain(
    model: Model,
    data: Data,
    reading: ReadingOptions,
    row: Annotated[int, typer.Option(help="The row to explain, counted from 0.")] = 0,
    figure: Annotated[Path | None, typer.Option(help="Draw it into a .png or .svg file, too.")] = None,
    theme: Annotated[str, typer.Option(help="Theme of the figure: light or dark.")] = Style.theme,
    importance: Annotated[bool, typer.Option("--importance", help=IMPORTANCE)] = False,
    arithmetic: Annotated[
        bool, typer.Option("--arithmetic", help="Then follow the row through the model, step by step, in numbers.")
    ] = False,
) -> None:
    """Explain the prediction for one row of a table: what each column contributed to it."""
    from glassnet.tables.insight.contributions import contributions_page, some_background

    if figure is not None:
        check_figure_path(figure)
        theme_of(theme)
    made = table_model(model)
    if importance:
        effects = made.importances(some_rows_of(data, reading, made))
        tell(effects)
        drawn: Any = effects
    else:
        frames = frames_of(data, reading, made)
        table = frames if isinstance(frames, Pieces) else frames[0]
        page = contributions_page(made, table, row, some_background(table))
        tell(page)
        drawn = page.found
        if arithmetic:
            tell(made.explain(table, row))
    if figure is not None:
        tell_figures([save_figure(drawn.draw(theme=theme), figure)])
