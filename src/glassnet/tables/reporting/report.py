"""The folder that a training run on a table leaves behind: model, history, figures and a report."""

import re
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from glassnet.drawing import PLAIN, Style, one_line, save_figure
from glassnet.extras import require
from glassnet.files.atomic import make_folder, write_whole
from glassnet.tables.encoding.column_encoders import CodedColumn, ColumnEncoder
from glassnet.tables.fitting.training import TableTraining
from glassnet.tables.insight.gallery import PICTURES
from glassnet.tables.insight.picture_source import TableSource
from glassnet.tables.number_format import readable
from glassnet.tables.reporting.recipe_report import training_in_words

MODEL = "model.safetensors"
DRAWN = ("curves", "confusion", "predicted", "calibration", "residuals", "importance")  # as far as they fit
WIDE = 500  # columns, beyond which a report takes more than a moment


@dataclass(frozen=True)
class RunFolder:
    """Where each part of a run lies."""

    folder: Path
    model: Path
    history: Path
    report: Path
    figures: tuple[Path, ...]


def prepare_run(folder: Path) -> Path:
    """Make the folder, and miss matplotlib before a training rather than after it."""
    require("matplotlib.figure", "plots", "the figures of a run")
    return make_folder(folder)


def write_run(
    training: TableTraining,
    folder: Path,
    data: str,
    command: str,
    style: Style = PLAIN,
    tell: Callable[[str], Any] = str,
    whole: Callable[[], AbstractContextManager[None]] = nullcontext,
) -> RunFolder:
    """Write model, history, figures and `report.md` of a finished training into a folder, in this order.

    Of a wide table it is told that the last two take a while. The first two are written `whole`: in a context in which
    nothing interrupts.
    """
    prepare_run(folder)
    with whole():
        model = training.model.save(folder / MODEL)
        history = training.history.save(folder / "history.json")
    if (n_columns := len(training.model.encoder.encoders)) > WIDE:
        tell(f"the model is written; the figures and the report of {n_columns:,} columns take a few seconds")
    drawn = draw_run(training, folder, style)
    report = write_whole(folder / "report.md", report_text(training, data, command, drawn).encode())
    return RunFolder(folder, model, history, report, drawn)


def draw_run(training: TableTraining, folder: Path, style: Style) -> tuple[Path, ...]:
    """Write the figures: learning curves, and what the model makes of the held-out rows."""
    source = TableSource(training.model, training.test, style.theme, training.history, training.held_out[0])
    figures: dict[str, Any] = {}
    for picture in (PICTURES[name] for name in DRAWN):
        if picture.fits(source):
            figures |= picture.figures(source)
    return tuple(save_figure(figure, style.path(folder, name)) for name, figure in figures.items())


def report_text(training: TableTraining, data: str, command: str, drawn: Sequence[Path]) -> str:
    """The report in Markdown."""
    model, history = training.model, training.history
    about = history.about
    rows = (
        f"{about['n_samples']} for training, {about['n_validation']} for validation (choosing the best epoch), "
        f"{len(training.test)} held out"
    )
    parts = [
        f"# {markdown(model.target_name)} from {markdown(Path(data).name)}",
        f"A {model.task} of {markdown(model.target_name)}, trained by `glassnet train`. Rows: {rows}.",
        "## Result on the held-out rows",
        markdown_table(["metric", "value"], [[name, readable(value)] for name, value in training.result().items()]),
        *[f"{PICTURES[path.stem].says}\n\n![{path.stem}]({path.name})" for path in drawn],
        "## Diagnosis",
        training.diagnose().markdown(),
        "## The data",
        *[f"About the file: {'; '.join(model.file_notes)}."] * bool(model.file_notes),
        markdown_table(["column", "read as", "inputs of the network"], columns_found(training)),
        *["\n".join(f"- {note}" for note in training.notes)] * bool(training.notes),
        "## The network",
        f"```\n{model.network.summary()}\n```",
        "## How it was trained",
        training_in_words(training),
        "## How to reproduce it",
        f"```\n{command}\n```",
    ]
    return "\n\n".join(parts) + "\n"


def columns_found(training: TableTraining) -> list[list[str]]:
    """One row a column of the table: name, what it was read as, the inputs made of it."""
    encoder = training.model.encoder
    kept = [[column.name, column.kind, inputs_of(column)] for column in encoder.encoders]
    dropped = [[name, f"dropped: it {reason}", "0"] for name, reason in encoder.dropped.items()]
    return [*kept, *dropped]


def inputs_of(column: ColumnEncoder) -> str:
    """How many inputs the network has for a column."""
    return f"1 code of {column.n_codes}" if isinstance(column, CodedColumn) else f"{len(column.names)}"


def markdown_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table; its cells are plain texts."""
    lines = [[*map(markdown, header)], ["---"] * len(header), *([*map(markdown, row)] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def markdown(text: str) -> str:
    r"""A text, such as the name of a column, that Markdown shows as it is, on one line.

    >>> print(markdown("a|b <$50K> *x* snake_case"))
    a\|b \<\$50K\> \*x\* snake_case
    """
    return re.sub(r"([\\`*<>\[\]|$~&#]|(?<!\w)_|_(?!\w))", r"\\\1", one_line(text))
