"""The command `glassnet predict`: the predictions for a table, on the screen or in a file."""

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from glassnet.cli.app import app
from glassnet.cli.console import tell, tell_rows
from glassnet.cli.forecasting.answers import predict_forecasts, refuse
from glassnet.cli.forecasting.rows import forecaster_at
from glassnet.cli.inputs import as_in_training, frames_in, frames_of, table_models
from glassnet.cli.options.forecast import PlanOptions
from glassnet.cli.options.groups import with_groups
from glassnet.cli.options.into import IntoOptions
from glassnet.cli.options.kept import KeptOptions, beside
from glassnet.cli.options.table import Data, Model, ReadingOptions
from glassnet.cli.predicting.parts import PartsFolder, fingerprint, is_folder_of_parts, parts_of, predict_parts
from glassnet.cli.predicting.prediction_file import check_out, prediction_file
from glassnet.errors import InvalidInput
from glassnet.extras import require
from glassnet.formulas.elementary import Array
from glassnet.tables.model import TableModel
from glassnet.tables.number_format import counted
from glassnet.tables.reading.chunks import Pieces, each
from glassnet.tables.row_tally import RowTally
from glassnet.tables.sources.fetching import fetched
from glassnet.tables.sources.source import Source

OUT = (
    "A .csv or .parquet file, or a folder for a part per file of DATA, which is continued if it is there (default: CSV "
    "on the screen)."
)


@app.command()
@with_groups
def predict(
    model: Model,
    data: Data,
    reading: ReadingOptions,
    database: IntoOptions,
    kept: KeptOptions,
    planned: PlanOptions,
    interval: Annotated[
        float | None, typer.Option(help="Add lower and upper ends that hold a new row with this probability, e.g. 0.9.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help=OUT)] = None,
) -> None:
    """Predict the target for each row of a table; of a forecaster, what follows after its rows.

    Files of any size are read and written piece by piece, those of a forecaster whole.
    """
    if (forecaster := forecaster_at(model)) is not None:
        asked = {"--interval": interval, "--into": database.into, "--id": kept.id, "--keep": kept.keep}
        refuse(asked, "its answers have series, time, forecast and the intervals it learned.")
        predict_forecasts(forecaster, data, reading, planned.plan, out)
        return
    planned.check_none()
    if out is not None and is_folder_of_parts(out, reading.source(data)):
        if database.into is not None:
            raise InvalidInput("--into and --out both say where the predictions go: give one of them.")
        predict_into_folder(table_models(model), reading.source(data), reading, kept, interval, out)
        return
    predict_into_file(model, data, reading, database, kept, interval, out)


def predict_into_file(
    model: Path,
    data: str,
    reading: ReadingOptions,
    database: IntoOptions,
    kept: KeptOptions,
    interval: float | None,
    out: Path | None,
) -> None:
    """Predict a table piece by piece into one file, onto the screen, or into a table of its database."""
    check_out(out)
    taker = database.database(reading.source(data))
    if taker and out is not None:
        raise InvalidInput("--into and --out both say where the predictions go: give one of them.")
    if taker and (kept.id or kept.keep):
        raise InvalidInput("--into keeps all columns of the rows: leave out --id and --keep.")
    polars = require("polars", "tables", "writing predictions")
    models = table_models(model)
    made = next(iter(models.values()))
    frames = frames_of(data, reading, made)
    there = frames.columns if isinstance(frames, Pieces) else frames[0].columns
    names, tally = there if taker else kept.columns(made, there), RowTally(made)
    predictions = predicted(models, frames, names, interval, tally)
    if taker is not None and database.into is not None:
        taker.insert(database.into, polars.concat(predictions), database.append)
        place = f"the table {database.into}"
    else:
        with prediction_file(out) as take:
            for frame in predictions:
                take(frame)
        place = str(out)
    tell_rows(made.notes_on(frames))
    if out is not None or taker is not None:
        tell(tally.sentence(f"with predictions in {place}"))
    elif tally.odd:
        print(tally.sentence("predicted"), file=sys.stderr)


def predicted(
    models: dict[str, TableModel], frames: Any, names: list[str], interval: float | None, tally: RowTally
) -> Iterator[Any]:
    """The predictions for each data frame, beside the columns with these names; what is odd in them is counted."""
    polars = require("polars", "tables", "writing predictions")
    first = next(iter(models.values()))
    encoder = first.encoder  # that of all, as they have one network

    def with_predictions(frame: Any) -> Any:
        measured = encoder.measure(frame)
        X = encoder.encoded(measured)
        tally.add(measured, first.n_seen(frame, X))
        found = polars.DataFrame(predictions_of(models, X, interval))
        rows = polars.DataFrame([frame.get_column(name) for name in names])  # a name may look like a pattern
        return beside(rows, found, "rename it in the table, or with AS in --query")

    yield from each(frames, with_predictions)


def predictions_of(models: Mapping[str, TableModel], X: Array, interval: float | None) -> dict[str, Array]:
    """The columns of predictions for encoded rows; of several targets they say of which."""
    each = {name: model.predicted_columns(X, interval) for name, model in models.items()}
    if len(each) == 1:
        return next(iter(each.values()))
    return {f"{column} of {name}": values for name, found in each.items() for column, values in found.items()}


def predict_into_folder(
    models: dict[str, TableModel],
    source: Source,
    reading: ReadingOptions,
    kept: KeptOptions,
    interval: float | None,
    out: Path,
) -> None:
    """Predict file by file into the parts of a folder; those that are finished stay as they are."""
    made = next(iter(models.values()))
    tally = RowTally(made)

    def predict_file(file: Source) -> Iterator[Any]:
        with fetched(file) as local:
            frames = frames_in(as_in_training(local, reading, made), reading, made)
            there = frames.columns if isinstance(frames, Pieces) else frames[0].columns
            yield from predicted(models, frames, kept.columns(made, there), interval, tally)

    made_by = {"model": fingerprint(models), "interval": interval, "id": kept.id, "keep": kept.keep}
    parts = parts_of(source)  # before the folder is made
    n_new, n_kept = predict_parts(parts, PartsFolder(out, made_by), predict_file)
    tell(tally.sentence(f"predicted into {counted(n_new, 'part')} in {out}"))
    if n_kept:
        tell(f"{counted(n_kept, 'part')} of an earlier run kept")
