"""The folder that an update leaves behind: the updated model, its history, the scores and a report."""

import json
import math
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path

from glassnet.files.atomic import make_folder, write_whole
from glassnet.files.model_file import MODEL
from glassnet.insight.pages.pieces import Heading, Rows, Words
from glassnet.tables.encoding.found_columns import HEADER, target_cells
from glassnet.tables.number_format import counted, readable
from glassnet.tables.reporting.as_markdown import as_markdown
from glassnet.tables.reporting.as_page import as_page
from glassnet.tables.reporting.model_pieces import use_pieces
from glassnet.tables.reporting.pieces import Bullets, Code, ReportPiece
from glassnet.tables.updating.outcome import Scores
from glassnet.tables.updating.rows import NEW, OLD
from glassnet.tables.updating.update import TableUpdate

SCORES = "update.json"


@dataclass(frozen=True)
class UpdateFolder:
    """Where each part of an update lies."""

    model: Path
    history: Path
    scores: Path
    report: Path
    page: Path


def write_update(
    update: TableUpdate,
    folder: Path,
    data: str,
    command: str,
    whole: Callable[[], AbstractContextManager[None]] = nullcontext,
) -> UpdateFolder:
    """Write the updated model, its history, the scores before and after, `report.md` and `report.html`."""
    make_folder(folder)
    with whole():
        model = update.model.save(folder / MODEL)
        history = update.history.save(folder / "history.json")
    found = {"scores": without_nan(update.scores()), "updates": [asdict(record) for record in update.model.updates]}
    scores = write_whole(folder / SCORES, json.dumps(found, indent=1).encode())
    pieces = [*update_pieces(update, data, command, model)]
    report = write_whole(folder / "report.md", as_markdown(pieces).encode())
    page = write_whole(folder / "report.html", as_page(title_of(update), pieces).encode())
    return UpdateFolder(model, history, scores, report, page)


def without_nan(scores: Scores) -> dict[str, dict[str, dict[str, float | None]]]:
    """Scores with null, which JSON has, where one is undefined."""
    return {
        what: {when: {n: None if math.isnan(v) else v for n, v in one.items()} for when, one in each.items()}
        for what, each in scores.items()
    }


def title_of(update: TableUpdate) -> str:
    """What is predicted."""
    return f"{update.model.target_name}, updated"


def update_pieces(update: TableUpdate, data: str, command: str, file: Path) -> Iterator[ReportPiece]:
    """The report, part by part; the scores before and after first."""
    model = update.model
    yield Heading(title_of(update), 1)
    yield Words(update.sentence)
    yield Words(f"A {model.task} of {model.target_name}: a model that was there before, trained further by glassnet.")
    if update.rows.held_out:
        yield Heading("Scores before and after")
        yield Rows(tuple(map(tuple, update.table())))
    yield Heading("What was added, kept and derived anew")
    yield Bullets(tuple(update.notes))
    yield Heading("How it was trained further")
    yield Bullets(tuple(how_updated(update)))
    if model.columns:
        yield Heading("The columns")
        cells = (column.cells for column in model.columns)
        yield Rows((HEADER, target_cells(model.target_name, model.target), *cells))
    yield Heading("Use this model")
    yield from use_pieces(update, data, file)
    yield Heading("How to reproduce it")
    yield Code(command)


def how_updated(update: TableUpdate) -> Iterator[str]:
    """The settings of an update, and those before."""
    record = update.model.updates[-1]
    rows = f"{counted(update.n_rows(NEW), 'new row')} and {counted(update.n_rows(OLD), 'old row')}"
    yield f"{rows}, of which {len(update.rows.chosen)} chose the epoch"
    yield f"{counted(record.epochs, 'epoch')}; learning rate up to {readable(record.learning_rate)} and back to 0"
    yield f"seed {record.seed}; the weights before have the hash {record.weights}"
    if n := len(update.model.updates) - 1:
        yield f"the model had been updated {counted(n, 'time')} before"
