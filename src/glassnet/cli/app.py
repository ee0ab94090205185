"""The commands and their options."""

import shlex
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from glassnet import __version__
from glassnet.cli.console import console, tell, tell_figures, tell_file, tell_numbers, tell_rows
from glassnet.cli.output import patient, tell_error
from glassnet.cli.runs import RunRequest, check_resumed, given_options, read_asked, run_folder
from glassnet.cli.signals import SIGNALS
from glassnet.cli.training_run import run_training
from glassnet.demos import DEMOS, run_demo
from glassnet.drawing import Style
from glassnet.errors import InvalidInput
from glassnet.extras import require
from glassnet.files.atomic import check_writable, write_whole
from glassnet.loading import load
from glassnet.tables.datasets import BUNDLED, is_bundled
from glassnet.tables.fitting.recipe import Recipe, units_of
from glassnet.tables.model import TableModel
from glassnet.tables.number_format import counted
from glassnet.tables.reading.chunks import Pieces, each
from glassnet.tables.reading.memory import bytes_of, is_large, memory_there
from glassnet.tables.reading.read import read_file


class Commands(TyperGroup):
    """The commands; one that is ended by a signal says so in a sentence."""

    def invoke(self, context: Any) -> Any:
        """Run a command."""
        SIGNALS.inside = True
        try:
            return super().invoke(context)
        except KeyboardInterrupt:
            tell_error(f"stopped by {SIGNALS.name} before it finished.")
            raise typer.Exit(SIGNALS.status) from None


app = typer.Typer(
    cls=Commands,
    help="Train neural networks that you can see through.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
TABLES = "A CSV or Parquet file, or a bundled table: " + ", ".join(sorted(BUNDLED))
Data = Annotated[str, typer.Argument(metavar="DATA", help=TABLES)]
HIDDEN = ",".join(map(str, Recipe.hidden))
METRIC = "Metric to optimise: accuracy (default), log_loss or roc_auc; for numbers rmse (default) or mae."
DISTRIBUTIONS = "Draw the distributions of weights, activations and gradients over the epochs."
FILM = "Make a film of the decision regions over the epochs, as a GIF."
MEMORY = "Memory to assume, e.g. 2GB (default: all). Larger files are read in chunks."
Memory = Annotated[str | None, typer.Option(help=MEMORY, show_default=False)]
FigureTheme = Annotated[str, typer.Option(help="Theme of the figures: light or dark.")]
FigureFormat = Annotated[str, typer.Option(help="Format of the figures: png or svg.")]
Model = Annotated[Path, typer.Argument(metavar="MODEL", help="A model.safetensors written by `glassnet train`.")]


@app.callback(invoke_without_command=True)
def about(version: Annotated[bool, typer.Option("--version", help="Show the version and exit.")] = False) -> None:
    """Train neural networks that you can see through."""
    if version:
        console.print(f"glassnet {__version__}", highlight=False)
        raise typer.Exit


@app.command()
def train(
    context: typer.Context,
    data: Annotated[str | None, typer.Argument(metavar="DATA", help=TABLES, show_default=False)] = None,
    target: Annotated[str | None, typer.Option(help="The column to predict (known for bundled tables).")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for the run (default: runs/<name of the data>).")] = None,
    task: Annotated[
        str | None, typer.Option(help="classification or regression; guessed from the target if omitted.")
    ] = None,
    hidden: Annotated[str, typer.Option(help="Units of the hidden layers.")] = HIDDEN,
    activation: Annotated[
        str | None, typer.Option(help="Activation of the hidden layers (default: SELU for classes, Mish for numbers).")
    ] = None,
    learning_rate: Annotated[
        float | None, typer.Option(help="Peak learning rate (default: 0.04 for classes, 0.2 for numbers).")
    ] = None,
    weight_decay: Annotated[
        float, typer.Option(help="Weight decay, relative to the learning rate.")
    ] = Recipe.weight_decay,
    dropout: Annotated[float, typer.Option(help="Dropout rate after each hidden layer.")] = Recipe.dropout,
    metric: Annotated[str | None, typer.Option(help=METRIC, show_default=False)] = None,
    epochs: Annotated[int, typer.Option(help="Passes over the training rows.")] = Recipe.epochs,
    batch_size: Annotated[int, typer.Option(help="Rows per update.")] = Recipe.batch_size,
    test: Annotated[float, typer.Option(help="Share of the rows held out for the final result.")] = Recipe.test,
    validation: Annotated[
        float, typer.Option(help="Share of the other rows used for validation (to choose the best epoch).")
    ] = Recipe.validation,
    seed: Annotated[int, typer.Option(help="Random seed: the same seed gives the same model.")] = 0,
    engine: Annotated[str, typer.Option(help="Engine: auto, numpy or compiled.")] = "auto",
    patience: Annotated[int | None, typer.Option(help="Stop after this many epochs without a better metric.")] = None,
    max_time: Annotated[
        str | None, typer.Option(help="Time limit, e.g. 90s, 5m, 1h30m; the number of epochs is chosen to fit.")
    ] = None,
    stop_after: Annotated[
        int | None, typer.Option(help="Stop after this epoch; the schedule still assumes --epochs.")
    ] = None,
    checkpoint_every: Annotated[
        str | None, typer.Option(help="Write a checkpoint every so many epochs (1) or minutes (5m).")
    ] = None,
    resume: Annotated[Path | None, typer.Option(metavar="RUN", help="Resume the run in this folder.")] = None,
    distributions: Annotated[bool, typer.Option("--distributions", help=DISTRIBUTIONS)] = False,
    film: Annotated[bool, typer.Option("--film", help=FILM)] = False,
    theme: FigureTheme = Style.theme,
    format: FigureFormat = Style.format,
    memory: Memory = None,
) -> None:
    """Train on a table; write the model, its history, figures and a report into a folder."""
    if resume is not None:
        check_resumed(given := given_options(context))
        run_training(read_asked(resume, given), resume, resumed=True)
        return
    if data is None:
        raise InvalidInput("name the data to train on, as in `glassnet train DATA`, or resume a run with --resume RUN.")
    check_share("--test", test)
    check_share("--validation", validation)
    recipe = Recipe(
        hidden=units(hidden),
        activation=activation,
        learning_rate=learning_rate,
        epochs=epochs,
        batch_size=batch_size,
        dropout=dropout,
        weight_decay=weight_decay,
        metric=metric,
        test=test,
        validation=validation,
        seed=seed,
        engine=engine,
        patience=patience,
        max_time=max_time,
        stop_after=stop_after,
    )
    style = Style(theme, format)
    command = "glassnet " + shlex.join(sys.argv[1:])
    folder = out or Path("runs") / run_name(data)
    target = target or bundled_target(data)
    within = too_large(data, memory)
    if within is not None and memory is None:
        command += f" --memory {within}"  # the seed gives the same model for the same memory
    recorded = tuple(name for name, asked in {"distributions": distributions, "film": film}.items() if asked)
    run_training(RunRequest(data, target, task, recipe, checkpoint_every, command, within, recorded, style), folder)


@app.command()
def predict(
    model: Model,
    data: Data,
    out: Annotated[Path | None, typer.Option(help="A .csv or .parquet file (default: CSV on the screen).")] = None,
    memory: Memory = None,
) -> None:
    """Predict the target for each row of a table."""
    ending = out.suffix.lower() if out else ".csv"
    if ending not in (".csv", ".parquet"):
        raise InvalidInput(f"--out takes a file that ends in .csv or .parquet, got {str(out)!r}.")
    if out is not None:
        check_writable(out)
    polars = require("polars", "tables", "writing predictions")
    made = table_model(model)
    frames = frames_of(data, memory, made)
    found = polars.concat(each(frames, lambda frame: polars.DataFrame(made.predict_table(frame))))
    tell_rows(made.notes_on(frames))
    if out is None:
        sys.stdout.write(found.write_csv())
    elif ending == ".parquet":
        from io import BytesIO

        found.write_parquet(buffer := BytesIO())
        write_whole(out, buffer.getvalue())
    else:
        write_whole(out, found.write_csv().encode())


@app.command()
def evaluate(model: Model, data: Data, memory: Memory = None) -> None:
    """Evaluate a model on a table that contains the target."""
    made = table_model(model)
    frames = frames_of(data, memory)
    truth, outputs, left_out = made.compared(frames)
    tell_rows(made.notes_on(frames))
    without = f" ({left_out} without a {made.target_name} dropped)" if left_out else ""
    tell_numbers(f"On {counted(len(truth), 'row')}{without}", made.measured(truth, outputs))


@app.command()
def explain(
    model: Model,
    data: Data,
    row: Annotated[int, typer.Option(help="The row to explain, counted from 0.")] = 0,
    arithmetic: Annotated[
        bool, typer.Option("--arithmetic", help="Then follow the row through the model, step by step, in numbers.")
    ] = False,
    memory: Memory = None,
) -> None:
    """Explain the prediction for one row of a table: what each column contributed to it."""
    from glassnet.tables.insight.contributions import contributions_page, some_background

    made = table_model(model)
    frames = frames_of(data, memory, made)
    table = frames if isinstance(frames, Pieces) else frames[0]
    tell(contributions_page(made, table, row, some_background(table)))
    if arithmetic:
        tell(made.explain(table, row))


@app.command()
def demo(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="; ".join(f"{name}: {what}" for name, what in DEMOS.items()))
    ],
    out: Annotated[Path | None, typer.Option(help="Folder for the figures (default: runs/demo-<name>).")] = None,
) -> None:
    """Run the example of a tutorial and draw its figures."""
    folder = out or Path("runs") / f"demo-{name}"
    with patient(), run_folder(folder):
        tell_figures(run_demo(name, folder, tell).figures)


def frames_of(data: str, memory: str | None, model: Any = None) -> "Pieces | list[Any]":
    """The table in one piece, or in chunks if it is large; differences from the training file are reported."""
    whole = too_large(data, memory) is None
    read: Any = read_file(data) if whole else Pieces(data)
    known = model.file_notes if isinstance(model, TableModel) else ()
    tell_file(note for note in read.notes if note not in known)
    return [read.frame] if whole else read


def units(hidden: str) -> tuple[int, ...]:
    """ "64,32" as (64, 32)."""
    try:
        return units_of([int(part) for part in hidden.split(",")])
    except ValueError:
        raise InvalidInput(
            f"--hidden takes whole numbers of at least 1, separated by commas, such as 64,32; got {hidden!r}."
        ) from None


def too_large(data: str, memory: str | None) -> int | None:
    """The memory available, if the file is too large to be read whole; else None."""
    there = memory_there() if memory is None else bytes_of(memory)
    return there if is_large(data, there) else None


def check_share(option: str, share: float) -> None:
    """Refuse a value that is not a share of rows, naming its option."""
    if not 0 < share < 1:
        raise InvalidInput(f"{option} is a share of the rows and must be in (0, 1), got {share!r}.")


def run_name(data: str) -> str:
    """The name of the data without its suffixes: "houses" for tables/houses.csv.gz, "hidden" for .hidden.csv."""
    return Path(data).name.lstrip(".").split(".")[0] or "table"


def bundled_target(data: str) -> str:
    """The target of a bundled table; a file needs --target."""
    if not is_bundled(data):
        if not Path(data).exists():
            raise InvalidInput(f"there is no file {data}: expected a file, or a bundled table such as iris.")
        raise InvalidInput("say which column to predict: --target COLUMN.")
    return BUNDLED[data]().target_name


def table_model(path: Path) -> TableModel:
    """A saved model that reads tables."""
    model = load(path)
    if not isinstance(model, TableModel):
        raise InvalidInput(f"{path} holds a bare network; only a model written by `glassnet train` reads tables.")
    return model
