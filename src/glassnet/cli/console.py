"""What the commands print."""

import math
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Column, Table

from glassnet.cli.columns_table import columns_table, rest_in_words
from glassnet.tables.fitting.training import TableTraining
from glassnet.tables.judging.verdict import Verdict, named
from glassnet.tables.number_format import NO_SCORE, counted, readable
from glassnet.tables.updating.update import TableUpdate

console = Console()


def tell(line: object = "") -> None:
    """Print a line as it is: no markup, no colours, no wrapping."""
    console.print(str(line), markup=False, highlight=False, soft_wrap=True)


def tell_file(notes: Iterable[str]) -> None:
    """Print what is unusual about a file to stderr, as predictions may go to stdout."""
    if said := "; ".join(notes):
        print(f"the file: {said}", file=sys.stderr)


def tell_rows(notes: Iterable[str]) -> None:
    """Print notes on the rows of a later file to stderr, one per line."""
    for note in notes:
        print(note, file=sys.stderr)


def tell_data(training: TableTraining) -> None:
    """Print what was found in the table, in a few lines."""
    model = training.model
    if model.file_notes:
        tell(f"the file: {'; '.join(model.file_notes)}")
    rows = f"{counted(training.n_train, 'row')} for training and validation, {len(training.test)} held out"
    columns, features = len(model.encoder.columns), len(model.encoder.feature_names)
    inputs = f"{counted(columns, 'column')} as {counted(features, 'input')}"
    tell(f"{model.task} of {', '.join(each.target_name for each in training.models)}: {rows}, {inputs}")
    console.print(columns_table(*training.models))
    if rest := rest_in_words(model.columns):
        tell(rest)
    for note in training.notes:
        tell(note)
    if n_others := len(training.model.others):
        apart = "" if training.courses.shared else ", each with other validation rows"
        tell(
            f"{n_others + 1} networks are trained{apart}, and their outputs averaged; the epochs are those of the first"
        )


def tell_end(training: TableTraining) -> int:
    """Print how the training ended; return its number of epochs."""
    done = len(training.history)
    if done == 0:
        tell("stopped before the end of the first epoch, so no model was written")
    elif done < training.n_epochs:
        tell(f"stopped after epoch {done}{why(training)}")
    if done:
        best = training.history.about["best_epoch"]
        metric, whose = named(training.chosen_by), " of the first network" if training.model.others else ""
        tell(f"kept the parameters of epoch {best}, which had the best validation {metric}{whose}")
    return done


def how_ended(training: TableTraining) -> str:
    """How a training ended, in one word: "epochs", "early_stopping", "interrupted", …"""
    return str(training.history.about.get("ended", "left")).partition(":")[0]


def why(training: TableTraining) -> str:
    """The reason for a requested end, such as " (validation loss did not improve …)"."""
    name, _, said = training.history.about["ended"].partition(": ")
    measured, _, rest = said.partition(" ")
    if measured.startswith("val_"):
        said = f"validation {named(measured.removeprefix('val_'))} {rest}"
    return f" ({said})" if name in ("early_stopping", "max_time", "stop_after") else ""


def tell_figures(figures: Sequence[Path]) -> None:
    """Print where the figures are."""
    tell(f"figures  {', '.join(map(str, figures))}")


def tell_numbers(title: str, numbers: dict[str, float]) -> None:
    """Print named numbers as a small table."""
    tell(title)  # rich would wrap a table title to the width of the numbers
    table = Table(show_header=False)
    for name, value in numbers.items():
        table.add_row(name, f"nan ({NO_SCORE})" if math.isnan(value) else readable(value))
    console.print(table)


def tell_updated(update: TableUpdate) -> None:
    """Print what an update did to the scores, and what was kept or derived anew."""
    tell(f"\n{update.sentence}\n")
    header, *rows = update.table()
    if rows:
        tell_cells(header, rows)
    for note in update.notes:
        tell(note)


def tell_verdict(verdict: Verdict) -> None:
    """Print the verdict, and the scores beside those of simple models."""
    tell(f"\n{verdict.sentence}")
    tell(f"\nOn {counted(verdict.n_rows, 'held-out row')}")
    header, *rows = verdict.table()
    tell_cells(header, rows)
    for said in (*verdict.without_score, *verdict.of_distributions):
        tell(said)


def tell_cells(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table without lines, numbers to the right."""
    columns = (Column(name, no_wrap=True, justify="right") for name in header[1:])
    table = Table(Column(header[0], overflow="fold"), *columns, box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for row in rows:
        table.add_row(*row)
    console.print(table)
