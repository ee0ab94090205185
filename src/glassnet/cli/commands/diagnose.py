"""The command `glassnet diagnose`: what is wrong with new rows for a model."""

from typing import Annotated

import typer

from glassnet.cli.app import app
from glassnet.cli.console import tell
from glassnet.cli.inputs import read_whole, table_model
from glassnet.cli.options.groups import with_groups
from glassnet.cli.options.table import Data, Model, ReadingOptions

TRAIN = "The table that the model was trained on, to find drift."


@app.command()
@with_groups
def diagnose(
    model: Model,
    data: Data,
    reading: ReadingOptions,
    train: Annotated[str | None, typer.Option(metavar="DATA", help=TRAIN)] = None,
) -> None:
    """Look for missing columns, unseen levels, values newly missing and drift in new rows."""
    made = table_model(model)
    known = None if train is None else read_whole(train, reading)
    tell(made.diagnose(read_whole(data, reading, made), known))
