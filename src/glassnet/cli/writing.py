"""Writing what a run has made, elsewhere if need be: hours of training are not lost to a disk that has become full."""

import tempfile
from pathlib import Path

from glassnet.cli.console import tell
from glassnet.cli.signals import SIGNALS
from glassnet.drawing import PLAIN, Style
from glassnet.errors import GlassnetError
from glassnet.files.atomic import CannotWrite
from glassnet.tables.fitting.training import TableTraining
from glassnet.tables.reporting.report import MODEL, RunFolder, write_run

FIGURES = 1 << 18  # bytes for history, report and figures


def room_for(training: TableTraining) -> int:
    """About how many bytes a run writes at its end."""
    return training.model.network.parameters.nbytes + FIGURES


def written(
    training: TableTraining, folder: Path, data: str, command: str, style: Style = PLAIN
) -> tuple[RunFolder, CannotWrite | None]:
    """The run in its folder; or elsewhere, with the error that says why and where."""
    SIGNALS.keeping = True
    try:
        return write_run(training, folder, data, command, style, tell, SIGNALS.whole), None
    except KeyboardInterrupt:
        if (folder / MODEL).is_file():
            tell(f"stopped while the report was written: the model is in {folder / MODEL}")
        raise
    except CannotWrite as error:
        return elsewhere(training, folder, data, command, style, error)


def elsewhere(
    training: TableTraining, folder: Path, data: str, command: str, style: Style, refused: CannotWrite
) -> tuple[RunFolder, CannotWrite]:
    """The run in the first place that takes it: the system's temporary folder, the user's own, the present one."""
    for place in (None, Path.home(), Path.cwd()):
        try:
            other = Path(tempfile.mkdtemp(prefix=f"glassnet-{folder.resolve().name}-", dir=place))
            run = write_run(training, other, data, command, style, tell, SIGNALS.whole)
        except (OSError, GlassnetError):
            continue
        return run, CannotWrite(f"{str(refused).rstrip('.')}. So the run was written into {other}.")
    raise refused
