"""The command `glassnet explain`: why a model predicts for a row what it predicts."""

from typing import Annotated

import typer

from glassnet.cli.app import app
from glassnet.cli.console import tell
from glassnet.cli.inputs import frames_of, table_model
from glassnet.cli.options.groups import with_groups
from glassnet.cli.options.table import Data, Model, ReadingOptions
from glassnet.tables.reading.chunks import Pieces


@app.command()
@with_groups
def explain(
    model: Model,
    data: Data,
    reading: ReadingOptions,
    row: Annotated[int, typer.Option(help="The row to explain, counted from 0.")] = 0,
    arithmetic: Annotated[
        bool, typer.Option("--arithmetic", help="Then follow the row through the model, step by step, in numbers.")
    ] = False,
) -> None:
    """Explain the prediction for one row of a table: what each column contributed to it."""
    from glassnet.tables.insight.contributions import contributions_page, some_background

    made = table_model(model)
    frames = frames_of(data, reading, made)
    table = frames if isinstance(frames, Pieces) else frames[0]
    tell(contributions_page(made, table, row, some_background(table)))
    if arithmetic:
        tell(made.explain(table, row))
