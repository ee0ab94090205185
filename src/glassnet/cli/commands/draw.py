"""The command `glassnet draw`: pictures of a model, chosen by switches or all that fit."""

import re
from collections.abc import Callable, Mapping
from inspect import Parameter, Signature, signature
from itertools import count
from pathlib import Path
from typing import Annotated, Any

import typer

from glassnet.cli.app import app
from glassnet.cli.console import tell, tell_figures
from glassnet.cli.folders import output_folder
from glassnet.cli.inputs import loaded, some_rows_of
from glassnet.cli.options.figures import FigureOptions
from glassnet.cli.options.groups import with_groups
from glassnet.cli.options.table import TABLES, ReadingOptions
from glassnet.drawing import save_figure
from glassnet.errors import InvalidInput
from glassnet.extras import require
from glassnet.files.model_file import model_file
from glassnet.network import Network
from glassnet.tables.insight.gallery import PICTURES, all_that_fit, asked_for
from glassnet.tables.insight.picture import Picture
from glassnet.tables.insight.picture_source import NetworkSource, PictureSource, TableSource
from glassnet.tables.model import TableModel
from glassnet.tables.number_format import counted
from glassnet.training.history import History

MODEL = "A model.safetensors written by `glassnet train`, or its folder; not needed for --activation."
LONGEST_NAME = 100  # bytes in a file name: most systems allow 255, an encrypted folder 143


def with_switches(command: Callable[..., None]) -> Callable[..., None]:
    """Replace the last parameter of the command by a switch for each picture."""
    own = [*signature(command, eval_str=True).parameters.values()][:-1]
    command.__signature__ = Signature([*own, *map(switch, PICTURES.values())])  # type: ignore[attr-defined]
    return command


def switch(picture: Picture) -> Parameter:
    """A flag, or an option that may be given several times."""
    name = picture.name.replace("-", "_")
    kind: Any = list[str] if picture.takes else bool
    option = typer.Option(
        f"--{picture.name}", metavar=picture.takes or None, help=picture.says, rich_help_panel="Pictures"
    )
    return Parameter(
        name, Parameter.KEYWORD_ONLY, default=[] if picture.takes else False, annotation=Annotated[kind, option]
    )


@app.command()
@with_switches
@with_groups
def draw(
    figures: FigureOptions,
    reading: ReadingOptions,
    model: Annotated[Path | None, typer.Argument(metavar="MODEL", help=MODEL, show_default=False)] = None,
    data: Annotated[str | None, typer.Argument(metavar="DATA", help=TABLES, show_default=False)] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder for the figures (default: `figures` next to the model).")
    ] = None,
    **switches: Any,
) -> None:
    """Draw pictures of a model and of its predictions for a table that contains the target.

    Without an option for a picture, all pictures that fit the model and the table are drawn.
    """
    style = figures.style
    require("matplotlib.figure", "plots", "glassnet draw")
    model = Path(model_file(model)) if model else None
    source = source_of(model, data, style.theme, reading)
    folder = out or (model.parent if model else Path()) / "figures"
    with output_folder(folder):
        drawn = asked_figures(source, switches)
        names = file_names(drawn)
        tell_figures([save_figure(figure, style.path(folder, names[name]), name) for name, figure in drawn.items()])
    if isinstance(source, TableSource):
        tell_rows_known(source)


def source_of(model: Path | None, data: str | None, theme: str, reading: ReadingOptions) -> PictureSource:
    """What there is to draw: a model, the history next to it, a table."""
    if model is None:
        return PictureSource(theme)
    beside = model.parent / "history.json"
    history = History.load(beside) if beside.is_file() else None
    made = loaded(model)
    rows = None if data is None else some_rows_of(data, reading, made)
    return NetworkSource(made, theme, history) if isinstance(made, Network) else TableSource(made, rows, theme, history)


def tell_rows_known(source: TableSource) -> None:
    """Print on how many of the rows the model was trained, where it knows that."""
    model, rows = source.model, source.frame
    if not isinstance(model, TableModel) or model.seen is None or rows is None:
        return
    if n := model.compared(rows).n_seen:
        tell(f"the model was trained on {n} of these {counted(len(rows), 'row')}: on new ones it may be worse")


def asked_figures(source: PictureSource, switches: Mapping[str, Any]) -> dict[str, Any]:
    """The pictures whose switches were given, else all that fit; InvalidInput if none fits."""
    given = {name: switches[name.replace("-", "_")] for name in PICTURES}
    asked = {name: value if PICTURES[name].takes else () for name, value in given.items() if value}
    figures = asked_for(source, asked) if asked else all_that_fit(source, tell)
    if not figures:
        raise InvalidInput(
            "no picture can be drawn of this model alone; give it rows as well: glassnet draw MODEL DATA."
            if source.provides
            else "say what to draw: glassnet draw MODEL DATA, or --activation NAME."
        )
    return figures


def file_names(figures: Mapping[str, Any]) -> dict[str, str]:
    """Each name as a file name: letters, digits, _ and -, short enough for every system.

    A name that is already taken gets a number, also if the two differ only in capital letters.

        >>> file_names({"dependence-a/b": None, "dependence-A b": None})
        {'dependence-a/b': 'dependence-a-b', 'dependence-A b': 'dependence-A-b-2'}
    """
    names: dict[str, str] = {}
    taken: set[str] = set()
    for name in figures:
        letters = re.sub(r"\W+", "-", name).strip("-").encode()[:LONGEST_NAME]
        plain = letters.decode(errors="ignore").strip("-") or "figure"
        numbered = (plain if k == 1 else f"{plain}-{k}" for k in count(1))
        names[name] = next(each for each in numbered if each.casefold() not in taken)
        taken.add(names[name].casefold())
    return names
