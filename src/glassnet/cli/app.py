"""The commands and their options."""

import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from glassnet import __version__
from glassnet.cli.progress import show_progress
from glassnet.demos import DEMOS, run_demo
from glassnet.errors import InvalidInput
from glassnet.extras import require
from glassnet.files.atomic import write_whole
from glassnet.loading import load
from glassnet.tables.datasets import BUNDLED, is_bundled
from glassnet.tables.model import TableModel
from glassnet.tables.readable import counted, readable
from glassnet.tables.reading import read_table
from glassnet.tables.report import prepare_run, write_run
from glassnet.tables.training import Recipe, TableTraining

app = typer.Typer(
    help="Train neural networks that you can see through.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
console = Console()

TABLES = "A CSV or Parquet file, or a bundled table: " + ", ".join(sorted(BUNDLED))
STOPPED = 130  # the exit status of what Ctrl-C ended
Data = Annotated[str, typer.Argument(metavar="DATA", help=TABLES)]
Model = Annotated[Path, typer.Argument(metavar="MODEL", help="A model.safetensors that `glassnet train` wrote.")]


@app.callback(invoke_without_command=True)
def about(version: Annotated[bool, typer.Option("--version", help="Show the version and exit.")] = False) -> None:
    """Train neural networks that you can see through."""
    if version:
        console.print(f"glassnet {__version__}", highlight=False)
        raise typer.Exit


@app.command()
def train(
    data: Data,
    target: Annotated[str | None, typer.Option(help="The column to predict; bundled tables know theirs.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for the run; by default runs/<name of the data>.")] = None,
    task: Annotated[str | None, typer.Option(help="classification or regression; found from the target.")] = None,
    hidden: Annotated[str, typer.Option(help="Units of the hidden layers.")] = "64,64",
    activation: Annotated[str, typer.Option(help="Activation of the hidden layers.")] = "relu",
    optimizer: Annotated[str, typer.Option(help="Update rule.")] = "adam",
    learning_rate: Annotated[float, typer.Option(help="Size of the steps.")] = 0.003,
    l2: Annotated[float, typer.Option(help="Strength of the L2 penalty on the weights.")] = 0.001,
    dropout: Annotated[float, typer.Option(help="Rate of dropout after each hidden layer.")] = 0.0,
    epochs: Annotated[int, typer.Option(help="Passes over the training rows.")] = 60,
    batch_size: Annotated[int | None, typer.Option(help="Rows an update; by default a hundredth of them.")] = None,
    test: Annotated[float, typer.Option(help="Share of rows held out for the result.")] = 0.2,
    validation: Annotated[float, typer.Option(help="Share of the others that chooses the epoch.")] = 0.2,
    seed: Annotated[int, typer.Option(help="The same seed gives the same model.")] = 0,
    engine: Annotated[str, typer.Option(help="auto, numpy or compiled.")] = "auto",
) -> None:
    """Train on a table; write model, history, figures and a report into a folder."""
    rule = {"name": optimizer, "learning_rate": learning_rate}
    penalty = {"name": "l2", "strength": l2}
    check_share("--test", test)
    check_share("--validation", validation)
    recipe = Recipe(
        units(hidden), activation, rule, epochs, batch_size, test, validation, penalty, seed, engine, dropout
    )
    training = TableTraining(read_table(data), target or bundled_target(data), task, recipe)
    folder = prepare_run(out or Path("runs") / run_name(data))
    tell_data(training)
    show_progress(training.epochs(), training.n_epochs, training.history.about, console)
    done = tell_end(training)
    if done == 0:
        raise typer.Exit(STOPPED)
    again = [] if done == training.n_epochs else ["--epochs", str(done)]
    run = write_run(training, folder, data, "glassnet " + shlex.join(sys.argv[1:] + again))
    tell_numbers(f"On {counted(len(training.test), 'held-out row')}", training.result())
    for what, path in [("model", run.model), ("history", run.history), ("report", run.report)]:
        tell(f"{what:<8} {path}")
    tell_figures(run.figures)
    if again:
        raise typer.Exit(STOPPED)


@app.command()
def predict(
    model: Model,
    data: Data,
    out: Annotated[Path | None, typer.Option(help="A .csv or .parquet file; by default CSV on the screen.")] = None,
) -> None:
    """Predict the target for each row of a table."""
    ending = out.suffix.lower() if out else ".csv"
    if ending not in (".csv", ".parquet"):
        raise InvalidInput(f"--out takes a file that ends in .csv or .parquet, got {str(out)!r}.")
    polars = require("polars", "tables", "writing predictions")
    found = polars.DataFrame(table_model(model).predict_table(read_table(data)))
    if out is None:
        sys.stdout.write(found.write_csv())
    elif ending == ".parquet":
        from io import BytesIO

        found.write_parquet(buffer := BytesIO())
        write_whole(out, buffer.getvalue())
    else:
        write_whole(out, found.write_csv().encode())


@app.command()
def evaluate(model: Model, data: Data) -> None:
    """Compare predictions with the target in a table."""
    frame = read_table(data)
    tell_numbers(f"On {counted(len(frame), 'row')}", table_model(model).evaluate(frame))


@app.command()
def demo(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="; ".join(f"{name}: {what}" for name, what in DEMOS.items()))
    ],
    out: Annotated[Path | None, typer.Option(help="Folder for the figures; by default runs/demo-<name>.")] = None,
) -> None:
    """Run one of the tutorials: its printed table beside ours, and its figures."""
    tell_figures(run_demo(name, out or Path("runs") / f"demo-{name}", tell).figures)


def units(hidden: str) -> tuple[int, ...]:
    """ "64,32" as (64, 32)."""
    try:
        return tuple(int(part) for part in hidden.split(",") if part.strip())
    except ValueError as error:
        raise InvalidInput(f"--hidden takes whole numbers with commas, such as 64,32; got {hidden!r}.") from error


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


def tell(line: Any = "") -> None:
    """A line as it is: no markup, no colours, no wrapping."""
    console.print(str(line), markup=False, highlight=False, soft_wrap=True)


def tell_data(training: TableTraining) -> None:
    """What was found in the table, in two or three lines."""
    model = training.model
    rows = f"{counted(len(training.train), 'row')} to learn from, {len(training.test)} held out"
    columns, features = len(model.encoder.columns), len(model.encoder.feature_names)
    inputs = f"{counted(columns, 'column')} as {counted(features, 'input')}"
    tell(f"{model.task} of {model.target_name}: {rows}, {inputs}")
    for name, reason in model.encoder.dropped.items():
        tell(f"left out {name}: {reason}")


def tell_end(training: TableTraining) -> int:
    """How the training ended; gives the number of its epochs."""
    done = len(training.history)
    if done < training.n_epochs:
        tell(f"stopped after epoch {done}" if done else "stopped before the first epoch had ended: nothing is written")
    if done:
        tell(f"kept the parameters of epoch {training.history.about['best_epoch']}, which had the least val_loss")
    return done


def tell_figures(figures: Sequence[Path]) -> None:
    """Where the figures lie."""
    tell(f"figures  {', '.join(map(str, figures))}")


def tell_numbers(title: str, numbers: dict[str, float]) -> None:
    """Named numbers as a small table."""
    table = Table(title=title, title_justify="left", show_header=False)
    for name, value in numbers.items():
        table.add_row(name, readable(value))
    console.print(table)
