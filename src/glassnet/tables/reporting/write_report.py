"""The folder of a run from Python: what `glassnet train`, its folds and `glassnet update` leave behind."""

from pathlib import Path
from typing import Any

from glassnet.calls import answered
from glassnet.drawing import PLAIN, Style
from glassnet.errors import InvalidInput, brief
from glassnet.files.model_file import MODEL
from glassnet.files.paths import as_path
from glassnet.tables.fitting.cross_validation import CrossValidation
from glassnet.tables.fitting.training import TableTraining
from glassnet.tables.reporting.fold_report import write_folds
from glassnet.tables.reporting.in_python import in_python
from glassnet.tables.reporting.report import prepare_run, write_run
from glassnet.tables.reporting.update_report import write_update
from glassnet.tables.updating.update import TableUpdate
from glassnet.training.inputs.checks import check_flag

RESULTS = (MODEL, "history.json", "report.md")  # what a run leaves


@answered
def write_report(
    made: TableTraining | CrossValidation | TableUpdate,
    folder: str | Path,
    data: str | Path = "",
    *,
    theme: str = PLAIN.theme,
    format: str = PLAIN.format,
    learning_curve: bool = False,
    search: str = "",
    force: bool = False,
) -> Path:
    """Write model, history, figures, `report.md` and `report.html` into a folder, as the commands do.

    The report begins with the verdict. `gn.load` and the commands take the folder for its model.

    Parameters
    ----------
    made
        A `TableTraining` or a `TableUpdate` whose epochs have been trained, or what `cross_validate` gave. Of several
        targets, one of `TableTraining.each`.
    folder
        The folder, which is made if it is not there.
    data
        Where the table is, as the report shows it; "" (default) if it is in no file.
    theme, format
        How the figures of a training look: "light" (default) or "dark"; "png" (default) or "svg".
    learning_curve
        Train on shares of the rows too, to see whether more rows would help; False by default, for a `TableTraining`
        only.
    search
        A sentence about how the settings were found, such as that of `tune`; none by default, for a `TableTraining`
        only.
    force
        Overwrite a run that is in the folder; False by default.

    Gives the folder. Raises InvalidInput for what has not been trained, and for a folder that holds a run.

    >>> import pathlib, tempfile
    >>> training = gn.TableTraining(gn.datasets.iris().to_polars(), "species", recipe=gn.Recipe(hidden=(8,), epochs=5))
    >>> for epoch in training.epochs(): pass
    >>> folder = gn.write_report(training, pathlib.Path(tempfile.mkdtemp()) / "iris", "iris")
    >>> sorted(path.suffix for path in folder.iterdir() if path.stem == "report")
    ['.html', '.md']
    """
    place, data, style = as_path(folder), str(data), Style(theme, format)
    check_flag(force, "force")
    check_made(made)
    for name, given in (("learning_curve", learning_curve), ("search", search)):
        if given and not isinstance(made, TableTraining):
            raise InvalidInput(f"{name} is for a TableTraining, got {type(made).__name__}: leave it out.")
    if not force and any((place / name).exists() for name in RESULTS):
        raise InvalidInput(f"{place} holds a run already: name another folder, or overwrite the run with force=True.")
    code = in_python(made, data)
    if isinstance(made, TableUpdate):
        write_update(made, place, data or "table", code)
    elif isinstance(made, CrossValidation):
        write_folds(made, prepare_run(place), data or "table", code)
    else:
        write_run(made, place, data or "table", code, style, learning_curve=learning_curve, search=search)
    return place


def check_made(made: Any) -> None:
    """Refuse what is no training, or has had no epoch."""
    if not isinstance(made, (TableTraining, CrossValidation, TableUpdate)):
        own = ": it has a method write_report of its own" if hasattr(made, "write_report") else ""
        raise InvalidInput(
            f"expected a TableTraining, a TableUpdate or what cross_validate gives, got {brief(made)}{own}."
        )
    if isinstance(made, TableTraining):
        made.check_one_target("a report")
    if not isinstance(made, CrossValidation) and not len(made.history):
        raise InvalidInput("nothing has been trained yet: run through the epochs first, as in `for epoch in epochs()`.")
