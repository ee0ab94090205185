"""Write the results of a run, elsewhere if need be: a full disk must not cost hours of training."""

import tempfile
from pathlib import Path
from typing import Any

from glassnet.cli.console import tell
from glassnet.cli.signals import SIGNALS
from glassnet.drawing import PLAIN, Style
from glassnet.errors import GlassnetError
from glassnet.files.atomic import CannotWrite
from glassnet.files.model_file import MODEL
from glassnet.tables.fitting.training import TableTraining
from glassnet.tables.reporting.report import RunFolder, write_run

FIGURES = 1 << 18  # bytes for history, report and figures


def room_for(training: TableTraining) -> int:
    """About how many bytes a run writes at its end."""
    return sum(array.nbytes for array in training.model.arrays.values()) + FIGURES


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
