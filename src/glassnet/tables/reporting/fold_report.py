"""The folder that a cross-validation leaves behind: the final model, out-of-fold predictions and a report."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from glassnet.files.atomic import write_whole
from glassnet.files.model_file import MODEL
from glassnet.insight.pages.pieces import Heading, Rows, Words
from glassnet.tables.fitting.cross_validation import CrossValidation
from glassnet.tables.number_format import counted, readable
from glassnet.tables.reporting.as_markdown import as_markdown
from glassnet.tables.reporting.as_page import as_page
from glassnet.tables.reporting.model_pieces import made_of, use_pieces
from glassnet.tables.reporting.pieces import Bullets, Code, ReportPiece
from glassnet.tables.reporting.report import title_of

OUT_OF_FOLD = "out-of-fold.csv"


@dataclass(frozen=True)
class FoldFolder:
    """Where each part of a cross-validation lies."""

    model: Path
    history: Path
    out_of_fold: Path
    report: Path
    page: Path


def write_folds(
    found: CrossValidation,
    folder: Path,
    data: str,
    command: str,
    whole: Callable[[], AbstractContextManager[None]] = nullcontext,
) -> FoldFolder:
    """Write the final model, its history, the predictions of the folds, `report.md` and `report.html`."""
    with whole():
        model = found.training.model.save(folder / MODEL)
        history = found.training.history.save(folder / "history.json")
    predictions = write_whole(folder / OUT_OF_FOLD, found.out_of_fold.write_csv().encode())
    pieces = [*fold_pieces(found, data, command, model)]
    report = write_whole(folder / "report.md", as_markdown(pieces).encode())
    page = write_whole(folder / "report.html", as_page(title_of(found.training, data), pieces).encode())
    return FoldFolder(model, history, predictions, report, page)


def fold_pieces(found: CrossValidation, data: str, command: str, file: Path) -> Iterator[ReportPiece]:
    """The report, part by part; the verdict first."""
    training, verdict = found.training, found.verdict
    model = training.model
    yield Heading(title_of(training, data), 1)
    yield Words(verdict.sentence)
    yield Words(f"A {model.task} of {model.target_name}, trained by glassnet. {how_many(found)}")
    yield Heading("Result over the folds")
    yield Rows(tuple(map(tuple, spread_table(found))))
    yield Words("All rows of the first repetition together, each predicted by the network that has not seen it:")
    yield Rows(tuple(map(tuple, verdict.table())))
    said = (comparison.said for comparison in verdict.comparisons)
    yield Bullets((*verdict.without_score, *verdict.of_distributions, *said, *verdict.remarks))
    yield Words(f"The prediction of each row is in {OUT_OF_FOLD}; rows are numbered from 0.")
    yield from made_of(training)
    yield Heading("Use this model")
    yield from use_pieces(training, data, file)
    yield Heading("How to reproduce it")
    yield Code(command)


def how_many(found: CrossValidation) -> str:
    """How many folds there were, and what the final model was trained on."""
    n_networks = len(found.training.model.networks)
    final = "the final model" if n_networks == 1 else f"the {n_networks} networks of the final model"
    return (
        f"It was scored on {counted(len(found.scores), 'fold')}, of which nothing was known in training; {final} had "
        f"all {found.training.n_train} rows, some of them to choose the epoch."
    )


def spread_table(found: CrossValidation) -> list[list[str]]:
    """A row for each metric: mean and standard deviation over the folds, the least and the largest; the header first.

    >>> from types import SimpleNamespace
    >>> found = SimpleNamespace(scores=({"rmse": 1.0}, {"rmse": 3.0}), spread={"rmse": (2.0, 1.4142)})
    >>> spread_table(found)[1]
    ['rmse', '2', '1.414', '1', '3']
    """
    header = ["metric", "mean", "standard deviation", "least", "largest"]
    each = {name: [scores[name] for scores in found.scores if name in scores] for name in found.spread}
    return [header, *([n, *map(readable, (*found.spread[n], min(each[n]), max(each[n])))] for n in each)]
