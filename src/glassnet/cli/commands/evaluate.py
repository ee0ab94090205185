"""The command `glassnet evaluate`: the scores of a model on a table that has the target."""

from typing import Annotated, Any

import typer

from glassnet.cli.app import app
from glassnet.cli.console import tell_numbers, tell_rows
from glassnet.cli.forecasting.answers import evaluate_forecasts
from glassnet.cli.forecasting.rows import forecaster_at
from glassnet.cli.inputs import frames_of, table_models
from glassnet.cli.options.forecast import StrideOptions
from glassnet.cli.options.groups import with_groups
from glassnet.cli.options.table import Data, Model, ReadingOptions
from glassnet.errors import InvalidInput
from glassnet.tables.number_format import counted
from glassnet.tables.reading.totals import notes_on_later

METRIC = "A further metric, such as precision_at_recall, top_k_accuracy or pinball. May be repeated."


@app.command()
@with_groups
def evaluate(
    model: Model,
    data: Data,
    reading: ReadingOptions,
    origins: StrideOptions,
    metric: Annotated[list[str] | None, typer.Option(metavar="NAME", help=METRIC)] = None,
) -> None:
    """Evaluate a model on a table that contains the target; a forecaster on rows that are later than those it knows."""
    if (forecaster := forecaster_at(model)) is not None:
        if metric:
            raise InvalidInput("--metric is for the model of a table: forecasts have scores of their own.")
        evaluate_forecasts(forecaster, data, reading, origins.stride)
        return
    origins.check_none()
    models = table_models(model)
    asked: list[Any] = metric or []  # their names are checked below
    more = next(iter(models.values())).checked_metrics(asked)
    first = next(iter(models.values()))
    frames = frames_of(data, reading.like(first))
    tell_rows((*first.notes_on(frames), *(notes_on_later(frames[0]) if isinstance(frames, list) else ())))
    for name, made in models.items():
        truth, outputs, left_out, of_rows, n_seen = made.compared(frames)
        of = f"{name} on" if len(models) > 1 else "On"
        without = f" ({left_out} without a {name} dropped)" if left_out else ""
        known = f"; the model was trained on {n_seen} of them, so new rows may score worse" if n_seen else ""
        tell_numbers(f"{of} {counted(len(truth), 'row')}{without}{known}", made.measured(truth, outputs, of_rows, more))
