"""The commands and their options."""

import shlex
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from glassnet import __version__
from glassnet.cli.progress import show_progress
from glassnet.cli.runs import Asked, check_new, check_resumed, end_run, given_options, read_asked
from glassnet.cli.telling import console, tell, tell_data, tell_end, tell_figures, tell_file, tell_numbers
from glassnet.demos import DEMOS, run_demo
from glassnet.drawing import Style
from glassnet.errors import Diverged, InvalidInput
from glassnet.extras import require
from glassnet.files.atomic import write_whole
from glassnet.loading import load
from glassnet.tables.datasets import BUNDLED, is_bundled
from glassnet.tables.memory import bytes_of, is_large, memory_there, readable_bytes
from glassnet.tables.model import TableModel
from glassnet.tables.pieces import Pieces, each
from glassnet.tables.readable import counted
from glassnet.tables.reading import read_file
from glassnet.tables.recipe import Recipe, units_of
from glassnet.tables.recording import Recording
from glassnet.tables.report import prepare_run, write_run

app = typer.Typer(
    help="Train neural networks that you can see through.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
TABLES = "A CSV or Parquet file, or a bundled table: " + ", ".join(sorted(BUNDLED))
STOPPED = 130  # the exit status of what Ctrl-C ended
Data = Annotated[str, typer.Argument(metavar="DATA", help=TABLES)]
HIDDEN = ",".join(map(str, Recipe.hidden))
METRIC = "What the model is for: accuracy, log_loss, roc_auc; or rmse, mae. By default the first."
DISTRIBUTIONS = "Draw weights, activations and gradients by layer over the epochs."
FILM = "Make a film of the decision regions over the epochs, as a GIF."
MEMORY = "A file of more than a tenth of it is read in pieces: 2GB; by default all there is."
Memory = Annotated[str | None, typer.Option(help=MEMORY, show_default=False)]
FigureTheme = Annotated[str, typer.Option(help="Of the figures: light or dark.")]
FigureFormat = Annotated[str, typer.Option(help="Of the figures: png or svg.")]
Model = Annotated[Path, typer.Argument(metavar="MODEL", help="A model.safetensors that `glassnet train` wrote.")]


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
    target: Annotated[str | None, typer.Option(help="The column to predict; bundled tables know theirs.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for the run; by default runs/<name of the data>.")] = None,
    task: Annotated[str | None, typer.Option(help="classification or regression; found from the target.")] = None,
    hidden: Annotated[str, typer.Option(help="Units of the hidden layers.")] = HIDDEN,
    activation: Annotated[str | None, typer.Option(help="Of the hidden layers; SELU for classes, else Mish.")] = None,
    learning_rate: Annotated[float | None, typer.Option(help="Size of the steps; 0.04 for classes, else 0.2.")] = None,
    weight_decay: Annotated[
        float, typer.Option(help="How much weights shrink, in units of the rate.")
    ] = Recipe.weight_decay,
    dropout: Annotated[float, typer.Option(help="Rate of dropout after each hidden layer.")] = Recipe.dropout,
    metric: Annotated[str | None, typer.Option(help=METRIC, show_default=False)] = None,
    epochs: Annotated[int, typer.Option(help="Passes over the training rows.")] = Recipe.epochs,
    batch_size: Annotated[int, typer.Option(help="Rows an update.")] = Recipe.batch_size,
    test: Annotated[float, typer.Option(help="Share of rows held out for the result.")] = Recipe.test,
    validation: Annotated[float, typer.Option(help="Share of the others that chooses the epoch.")] = Recipe.validation,
    seed: Annotated[int, typer.Option(help="The same seed gives the same model.")] = 0,
    engine: Annotated[str, typer.Option(help="auto, numpy or compiled.")] = "auto",
    patience: Annotated[int | None, typer.Option(help="End after so many epochs without a better metric.")] = None,
    max_time: Annotated[str | None, typer.Option(help="Time to fit the epochs into: 90s, 5m, 1h30m.")] = None,
    stop_after: Annotated[int | None, typer.Option(help="The last epoch, with rates as for all of them.")] = None,
    checkpoint_every: Annotated[str | None, typer.Option(help="Epochs (1) or time (5m) between checkpoints.")] = None,
    resume: Annotated[Path | None, typer.Option(metavar="RUN", help="Go on with the run in this folder.")] = None,
    distributions: Annotated[bool, typer.Option("--distributions", help=DISTRIBUTIONS)] = False,
    film: Annotated[bool, typer.Option("--film", help=FILM)] = False,
    theme: FigureTheme = Style.theme,
    format: FigureFormat = Style.format,
    memory: Memory = None,
) -> None:
    """Train on a table; write model, history, figures and a report into a folder."""
    if resume is not None:
        check_resumed(given := given_options(context))
        run_training(read_asked(resume, given), resume, resumed=True)
        return
    if data is None:
        raise InvalidInput("say what to train on: glassnet train DATA, or --resume RUN to go on with a run.")
    check_share("--test", test)
    check_share("--validation", validation)
    recipe = Recipe(
        units(hidden), activation, learning_rate, epochs, batch_size, dropout, weight_decay, metric, test=test,
        validation=validation, seed=seed, engine=engine, patience=patience, max_time=max_time,
        stop_after=stop_after,
    )  # fmt: skip
    style = Style(theme, format)
    command = "glassnet " + shlex.join(sys.argv[1:])
    folder = out or Path("runs") / run_name(data)
    check_new(folder)
    target = target or bundled_target(data)
    within = too_large(data, memory)
    if within is not None and memory is None:
        command += f" --memory {within}"  # the seed gives the same model for the same memory
    recorded = tuple(name for name, asked in {"distributions": distributions, "film": film}.items() if asked)
    run_training(Asked(data, target, task, recipe, checkpoint_every, command, within, recorded, style), folder)


def run_training(asked: Asked, folder: Path, resumed: bool = False) -> None:
    """Train as asked, show how it goes, and write what comes of it."""
    checkpoint = asked.checkpoint(folder)
    if asked.memory is not None:
        tell(
            f"{asked.data} is large for {readable_bytes(asked.memory)} of memory: it is read in pieces, several times,"
        )
        tell(f"and its rows are kept in {folder / 'rows'} until the training has ended")
        prepare_run(folder)  # before the long reading
    try:
        training = asked.training(folder)
    except KeyboardInterrupt:
        tell("stopped before the training began: nothing is written")
        raise typer.Exit(STOPPED) from None
    prepare_run(folder)
    asked.write(folder)
    tell_data(training)
    if resumed:
        tell(f"going on after epoch {len(training.history)}")
    recording = Recording(training, asked.recorded)
    try:
        show_progress(training.epochs(), training.n_epochs, training.history.about, console, recording.listeners)
    except Diverged:
        end_run(folder)  # it would diverge again
        raise
    done, ended = tell_end(training), training.history.about.get("ended", "left").partition(":")[0]
    unfinished = ended in ("interrupted", "left", "max_time")
    if unfinished and checkpoint is not None:
        tell(f"to go on: glassnet train --resume {shlex.quote(str(folder))}")
    if done == 0:
        raise typer.Exit(STOPPED)
    run = write_run(training, folder, asked.data, asked.again(training, unfinished), asked.style, tell)
    tell_numbers(f"On {counted(len(training.test), 'held-out row')}", training.result())
    for what, path in [("model", run.model), ("history", run.history), ("report", run.report)]:
        tell(f"{what:<8} {path}")
    tell_figures([*run.figures, *recording.draw(folder, asked.style)])
    if not unfinished and checkpoint is not None:
        end_run(folder)
    if ended in ("interrupted", "left"):
        raise typer.Exit(STOPPED)


@app.command()
def predict(
    model: Model,
    data: Data,
    out: Annotated[Path | None, typer.Option(help="A .csv or .parquet file; by default CSV on the screen.")] = None,
    memory: Memory = None,
) -> None:
    """Predict the target for each row of a table."""
    ending = out.suffix.lower() if out else ".csv"
    if ending not in (".csv", ".parquet"):
        raise InvalidInput(f"--out takes a file that ends in .csv or .parquet, got {str(out)!r}.")
    polars = require("polars", "tables", "writing predictions")
    made = table_model(model)
    found = polars.concat(
        each(frames_of(data, memory, made), lambda frame: polars.DataFrame(made.predict_table(frame)))
    )
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
    """Compare predictions with the target in a table."""
    made = table_model(model)
    frames = frames_of(data, memory, made)
    rows = frames.n_rows if isinstance(frames, Pieces) else len(frames[0])
    tell_numbers(f"On {counted(rows, 'row')}", made.evaluate(frames))


@app.command()
def explain(
    model: Model,
    data: Data,
    row: Annotated[int, typer.Option(help="The row to follow, counted from 0.")] = 0,
    memory: Memory = None,
) -> None:
    """Follow one row of a table through a model, step by step, in numbers."""
    made = table_model(model)
    frames = frames_of(data, memory, made)
    tell(made.explain(frames if isinstance(frames, Pieces) else frames[0], row))


@app.command()
def demo(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="; ".join(f"{name}: {what}" for name, what in DEMOS.items()))
    ],
    out: Annotated[Path | None, typer.Option(help="Folder for the figures; by default runs/demo-<name>.")] = None,
) -> None:
    """Run one of the tutorials: its printed table beside ours, and its figures."""
    tell_figures(run_demo(name, out or Path("runs") / f"demo-{name}", tell).figures)


def frames_of(data: str, memory: str | None, model: Any = None) -> "Pieces | list[Any]":
    """The table in one piece, or in several where it is large; what is unlike the file trained on is told."""
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
            f"--hidden takes whole numbers of at least 1 with commas, such as 64,32; got {hidden!r}."
        ) from None


def too_large(data: str, memory: str | None) -> int | None:
    """The memory to work in, if the file is too large for it to be read whole."""
    there = memory_there() if memory is None else bytes_of(memory)
    return there if is_large(data, there) else None


def check_share(option: str, share: float) -> None:
    """Refuse what is no share of rows, by the name of its option."""
    if not 0 < share < 1:
        raise InvalidInput(f"{option} is a share of the rows and must be in (0, 1), got {share!r}.")


def run_name(data: str) -> str:
    """The name of the data without its endings: "houses" for tables/houses.csv.gz, "hidden" for .hidden.csv."""
    return Path(data).name.lstrip(".").split(".")[0] or "table"


def bundled_target(data: str) -> str:
    """The target of a bundled table; for a file it must be given."""
    if not is_bundled(data):
        raise InvalidInput("say which column to predict: --target COLUMN.")
    return BUNDLED[data]().target_name


def table_model(path: Path) -> TableModel:
    """A saved model that reads tables."""
    model = load(path)
    if not isinstance(model, TableModel):
        raise InvalidInput(f"{path} holds a bare network; only a model that `glassnet train` wrote reads tables.")
    return model
