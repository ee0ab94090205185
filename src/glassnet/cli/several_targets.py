"""Runs of several targets: a folder for each in the folder of the run, and an index of them."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from glassnet.cli.commands.draw import file_names
from glassnet.cli.console import tell, tell_figures, tell_verdict
from glassnet.cli.folders import TARGETS
from glassnet.cli.inputs import table_model
from glassnet.cli.runs import RunRequest
from glassnet.cli.writing import written
from glassnet.errors import InvalidInput, ModelFileError
from glassnet.files.atomic import write_whole
from glassnet.files.json_text import read_json
from glassnet.files.model_file import MODEL
from glassnet.files.schema import checked
from glassnet.formulas.elementary import Array
from glassnet.tables.fitting.training import TableTraining
from glassnet.tables.model import TableModel
from glassnet.tables.reporting.report import prepare_run


def check_several(training: TableTraining, asked: RunRequest) -> None:
    """Refuse what is for one target."""
    for option, given in (("--learning-curve", asked.learning_curve), ("--distributions and --film", asked.recorded)):
        if given:
            raise InvalidInput(f"{option} is for one target, got {len(training.models)}: leave it out.")


def write_each(training: TableTraining, folder: Path, asked: RunRequest, command: str) -> None:
    """Write the run of each target into a folder of its own, and say where."""
    places = file_names({model.target_name: None for model in training.models})
    (folder / MODEL).unlink(missing_ok=True)  # of a run that is overwritten
    for one in training.each:
        name = one.model.target_name
        tell(f"\n{name}")
        place = prepare_run(folder / places[name])
        run, refused = written(one, place, asked.data, command, asked.style)
        tell_verdict(run.verdict)
        for what, path in (("model", run.model), ("report", f"{run.report}, {run.page.name}")):
            tell(f"{what:<8} {path}")
        tell_figures(run.figures)
        if refused is not None:
            raise refused
    write_whole(folder / TARGETS, json.dumps({"targets": places}, indent=1).encode())
    for kept in asked.rows_kept(folder, folder):
        tell(f"{'rows':<8} {kept}")


def table_models(path: Path) -> dict[str, TableModel]:
    """The models of a run by their targets; of one target, or of a file, that one."""
    index = path / TARGETS
    if not index.is_file():
        model = table_model(path)
        return {model.target_name: model}
    try:
        content: dict[str, Any] = checked(read_json(index.read_bytes()), dict[str, Any])
        places: dict[str, str] = checked(content.get("targets"), dict[str, str])
    except (OSError, ValueError) as error:
        raise ModelFileError(f"{index} does not list targets: {str(error).rstrip('.')}.") from error
    return {name: table_model(path / Path(place).name / MODEL) for name, place in places.items()}


def predictions_of(models: Mapping[str, TableModel], X: Array, interval: float | None) -> dict[str, Array]:
    """The columns of predictions for encoded rows; of several targets they say of which."""
    each = {name: model.predicted_columns(X, interval) for name, model in models.items()}
    if len(each) == 1:
        return next(iter(each.values()))
    return {f"{column} of {name}": values for name, found in each.items() for column, values in found.items()}
