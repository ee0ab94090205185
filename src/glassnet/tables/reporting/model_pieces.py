"""What a report says of the model: what it was made of, a card of it, and how it is used."""

import shlex
from collections.abc import Iterator
from pathlib import Path

from glassnet.insight.pages.pieces import Heading, Rows, Words
from glassnet.tables.encoding.found_columns import HEADER, target_cells
from glassnet.tables.encoding.target import ClassTarget
from glassnet.tables.fitting.training import TableTraining
from glassnet.tables.judging.verdict import Verdict, in_words, named
from glassnet.tables.number_format import counted, readable
from glassnet.tables.reporting.pieces import Bullets, Code, ReportPiece
from glassnet.tables.reporting.recipe_in_words import training_in_words
from glassnet.tables.updating.update import TableUpdate

MOST_CLASSES = 10  # that a card names


def made_of(training: TableTraining) -> Iterator[ReportPiece]:
    """The columns as they were found, the network, and how it was trained."""
    model = training.model
    yield Heading("The data")
    if model.file_notes:
        yield Words(f"About the file: {'; '.join(model.file_notes)}.")
    yield Rows((HEADER, target_cells(model.target_name, model.target), *(column.cells for column in model.columns)))
    if training.notes:
        yield Bullets(tuple(training.notes))
    yield Heading("The network")
    yield Code(str(model.network.summary()))
    yield Heading("How it was trained")
    yield from training_in_words(training)


def card_pieces(training: TableTraining, verdict: Verdict) -> Iterator[ReportPiece]:
    """The model card: what it predicts, from what, how well, and what it is not for."""
    model, metric = training.model, verdict.metric
    score = f"{named(metric)} {readable(verdict.scores[metric])} ({in_words(verdict.intervals[metric])})"
    yield Bullets(
        (
            f"Predicts {model.target_name}: {predicted(training)}.",
            f"From {counted(len(model.encoder.columns), 'column')}, listed above.",
            f"Trained on {counted(training.n_train, 'row')}, some of which chose the epoch.",
            f"Measured on {counted(verdict.n_rows, 'row')} held out from these: {score}.",
            f"Size: {model.network.built()[0].n_parameters:,} parameters.",
            f"Verdict: {verdict.sentence}",
        )
    )
    yield Words(
        "The score holds for rows like those of the file it was trained on. Rows from another time, place or "
        "selection may be predicted worse, and nothing here says how much."
    )


def predicted(training: TableTraining) -> str:
    """The classes, or the range of the numbers."""
    target = training.model.target
    if not isinstance(target, ClassTarget):
        return f"numbers from {readable(target.low)} to {readable(target.high)}"
    names = target.names
    more = f" and {len(names) - MOST_CLASSES} more" if len(names) > MOST_CLASSES else ""
    return f"{counted(len(names), 'class').replace('classs', 'classes')} ({', '.join(names[:MOST_CLASSES])}{more})"


def use_pieces(training: TableTraining | TableUpdate, data: str, file: Path) -> Iterator[ReportPiece]:
    """The command, Python, and row after row."""
    new = f"new{''.join(Path(data).suffixes)}" if Path(data).suffix else "new.csv"
    model = shlex.quote(str(file))
    yield Words("From the command line, for a file with the columns above; the second line says why for one row:")
    yield Code(f"glassnet predict {model} {new} --out predictions.csv\nglassnet explain {model} {new} --row 0")
    yield Words("From Python, for a data frame of polars, pandas or Arrow:")
    yield Code(
        "import glassnet as gn\n\n"
        f"model = gn.load({str(file)!r})\n"
        f"table = gn.read_table({new!r})\n"
        "model.predict(table)   # a class or a number for each row\n"
        f"model.outputs(table)   # {outputs(training)}"
    )
    yield Words("In a service, load the model once; its predictor takes raw rows, and needs no more than NumPy:")
    yield Code("predictor = model.predictor()\npredictor(table.row(0, named=True))  # a dict of values by column")


def outputs(training: TableTraining | TableUpdate) -> str:
    """What `outputs` gives."""
    return "the probabilities of the classes" if isinstance(training.model.target, ClassTarget) else "the numbers"
