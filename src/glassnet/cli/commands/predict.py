"""The command `glassnet predict`: the predictions for a table, on the screen or in a file."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from glassnet.cli.app import app
from glassnet.cli.console import tell, tell_rows
from glassnet.cli.inputs import frames_of, table_model
from glassnet.cli.options.groups import with_groups
from glassnet.cli.options.into import IntoOptions, beside
from glassnet.cli.options.table import Data, Model, ReadingOptions
from glassnet.errors import InvalidInput
from glassnet.extras import require
from glassnet.files.atomic import check_writable, write_whole
from glassnet.tables.number_format import counted
from glassnet.tables.reading.chunks import each


@app.command()
@with_groups
def predict(
    model: Model,
    data: Data,
    reading: ReadingOptions,
    database: IntoOptions,
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
    if (taker := database.database(reading.source(data))) and out is not None:
        raise InvalidInput("--into and --out both say where the predictions go: give one of them.")
    polars = require("polars", "tables", "writing predictions")
    made = table_model(model)
    frames = frames_of(data, reading, made)

    def predicted(frame: Any) -> Any:
        predictions = polars.DataFrame(made.predict_table(frame, interval))
        return predictions if taker is None else beside(frame, predictions.drop(made.id_columns, strict=False))

    found = polars.concat(each(frames, predicted))
    tell_rows(made.notes_on(frames))
    if taker is not None and database.into is not None:
        taker.insert(database.into, found, database.append)
        tell(f"{counted(len(found), 'row')} with predictions in the table {database.into}")
    elif out is None:
        sys.stdout.write(found.write_csv())
    elif ending == ".parquet":
        from io import BytesIO

        found.write_parquet(buffer := BytesIO())
        write_whole(out, buffer.getvalue())
    else:
        write_whole(out, found.write_csv().encode())
