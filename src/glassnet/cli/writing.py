"""Write the results of a run, elsewhere if need be: a full disk must not cost hours of training."""

import json
import tempfile
from pathlib import Path
from typing import Any

from glassnet.cli.commands.draw import file_names
from glassnet.cli.console import tell, tell_figures, tell_verdict
from glassnet.cli.runs import RunRequest
from glassnet.cli.signals import SIGNALS
from glassnet.drawing import PLAIN, Style
from glassnet.errors import GlassnetError, InvalidInput
from glassnet.files.atomic import CannotWrite, write_whole
from glassnet.files.model_file import MODEL
from glassnet.files.target_runs import TARGETS
from glassnet.tables.fitting.training import TableTraining
from glassnet.tables.reporting.report import RunFolder, prepare_run, write_run

FIGURES = 1 << 18  # bytes for history, report and figures


def room_for(training: TableTraining) -> int:
    """About how many bytes a run writes at its end."""
    return sum(array.nbytes for model in training.models for array in model.arrays.values()) + FIGURES


def written(
    training: TableTraining,
    folder: Path,
    data: str,
    command: str,
    style: Style = PLAIN,
    curve: bool = False,
    search: str = "",
) -> tuple[RunFolder, CannotWrite | None]:
    """Write the run into its folder; or elsewhere, with the error that says why and where."""
    SIGNALS.keeping = True
    try:
        return write_run(training, folder, data, command, style, tell, SIGNALS.whole, curve, search), None
    except KeyboardInterrupt:
        if (folder / MODEL).is_file():
            tell(f"stopped while writing the report: the model is in {folder / MODEL}")
        raise
    except CannotWrite as error:
        return elsewhere(training, folder, (data, command, style, tell, SIGNALS.whole, curve, search), error)


def elsewhere(
    training: TableTraining, folder: Path, settings: tuple[Any, ...], refused: CannotWrite
) -> tuple[RunFolder, CannotWrite]:
    """Write the run into the first place that works: the temporary folder, the home folder, the working folder."""
    for place in (None, Path.home(), Path.cwd()):
        try:
            other = Path(tempfile.mkdtemp(prefix=f"glassnet-{folder.resolve().name}-", dir=place))
            run = write_run(training, other, *settings)
        except (OSError, GlassnetError):
            continue
        return run, CannotWrite(f"{str(refused).rstrip('.')}. The run was written to {other} instead.")
    raise refused


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
