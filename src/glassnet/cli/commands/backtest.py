"""The command `glassnet backtest`: what a forecaster would have forecast at earlier origins, beside what came."""

from pathlib import Path
from typing import Annotated

import typer

from glassnet.cli.app import app
from glassnet.cli.console import tell
from glassnet.cli.forecasting.answers import tell_scores
from glassnet.cli.forecasting.rows import forecaster_at
from glassnet.cli.options.forecast import BacktestOptions
from glassnet.cli.options.groups import with_groups
from glassnet.cli.predicting.prediction_file import check_out, prediction_file
from glassnet.errors import InvalidInput
from glassnet.loading import load

MODEL = "The folder of a run of `glassnet forecast`, or its model.safetensors."
OUT = "A .csv or .parquet file for every forecast beside what came."


@app.command()
@with_groups
def backtest(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help=MODEL)],
    origins: BacktestOptions,
    out: Annotated[Path | None, typer.Option(help=OUT)] = None,
) -> None:
    """Forecast the past of a forecaster from earlier origins, beside what came and the last season once more."""
    forecaster = forecaster_at(model)
    if forecaster is None:
        load(model)  # which says what is wrong with the file, if anything is
        raise InvalidInput(f"{model} is no forecaster: only those of `glassnet forecast` are asked about their past.")
    check_out(out)
    found = forecaster.backtest(origins.folds, origins.stride, origins.refit)
    tell(f"Over {found.in_words()}")
    tell_scores(found)
    if out is not None:
        with prediction_file(out) as take:
            take(found.rows)
        tell(f"\n{'rows':<8} {out}")
