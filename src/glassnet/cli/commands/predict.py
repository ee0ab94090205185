"""The command `glassnet predict`: the predictions for a table, on the screen or in a file."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from glassnet.cli.app import app
from glassnet.cli.console import tell_rows
from glassnet.cli.inputs import frames_of, table_model
from glassnet.cli.options.groups import with_groups
from glassnet.cli.options.table import Data, Model, ReadingOptions
from glassnet.errors import InvalidInput
from glassnet.extras import require
from glassnet.files.atomic import check_writable, write_whole
from glassnet.tables.reading.chunks import each


@app.command()
@with_groups
def predict(
    model: Model,
    data: Data,
    reading: ReadingOptions,
    interval: Annotated[
        float | None, typer.Option(help="Add lower and upper ends that hold a new row with this probability, e.g. 0.9.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="A .csv or .parquet file (default: CSV on the screen).")] = None,
) -> None:
    """Predict the target for each row of a table."""
    ending = out.suffix.lower() if out else ".csv"
    if ending not in (".csv", ".parquet"):
        raise InvalidInput(f"--out takes a file that ends in .csv or .parquet, got {str(out)!r}.")
    if out is not None:
        check_writable(out)
    polars = require("polars", "tables", "writing predictions")
    made = table_model(model)
    frames = frames_of(data, reading.memory, made)
    found = polars.concat(each(frames, lambda frame: polars.DataFrame(made.predict_table(frame, interval))))
    tell_rows(made.notes_on(frames))
    if out is None:
        sys.stdout.write(found.write_csv())
    elif ending == ".parquet":
        from io import BytesIO

        found.write_parquet(buffer := BytesIO())
        write_whole(out, buffer.getvalue())
    else:
        write_whole(out, found.write_csv().encode())
