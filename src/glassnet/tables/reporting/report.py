"""The folder that a training run on a table leaves behind: model, history, figures and a report."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from glassnet.drawing import DARK, DOTS, LIGHT, PLAIN, Style, save_figure
from glassnet.extras import require
from glassnet.files.atomic import make_folder, write_whole
from glassnet.files.model_file import MODEL
from glassnet.insight.pages.pieces import Heading, Rows, Words
from glassnet.tables.datasets import is_bundled
from glassnet.tables.fitting.training import TableTraining
from glassnet.tables.insight.gallery import PICTURES
from glassnet.tables.insight.picture_source import TableSource
from glassnet.tables.judging.verdict import Verdict
from glassnet.tables.reporting.as_markdown import as_markdown
from glassnet.tables.reporting.as_page import as_page
from glassnet.tables.reporting.model_pieces import card_pieces, made_of, use_pieces
from glassnet.tables.reporting.pieces import Bullets, Code, Drawn, ReportPiece
from glassnet.tables.sources.source import Source

HELD_OUT = "held-out.csv"
DRAWN = ("curves", "confusion", "predicted", "calibration", "residuals", "importance")  # as far as they fit
WIDE = 500  # columns, beyond which a report takes more than a moment


@dataclass(frozen=True)
class RunFolder:
    """Where each part of a run lies."""

    folder: Path
    model: Path
    history: Path
    report: Path
    page: Path
    figures: tuple[Path, ...]
    verdict: Verdict
    held_out: Path | None = None


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
    learning_curve: bool = False,
    search: str = "",
) -> RunFolder:
    """Write model, history, figures, `report.md` and `report.html` of a finished training into a folder, in this order.

    Of a wide table it is told that the last three take a while. The first two are written `whole`: in a context in
    which nothing interrupts. `search` says how the settings were found, where `glassnet tune` has found them.
    """
    prepare_run(folder)
    with whole():
        model = training.model.save(folder / MODEL)
        training.history.about |= table_of(data)
        history = training.history.save(folder / "history.json")
        held_out = write_held_out(training, folder)
    if (n_columns := len(training.model.encoder.encoders)) > WIDE:
        tell(f"the model is written; the figures and the report of {n_columns:,} columns take a few seconds")
    source = TableSource(training.model, training.test, style.theme, training.history, training.held_out[0])
    drawn, verdict = draw_run(source, folder, style), training.verdict()
    curve = [*curve_pieces(training, tell)] if learning_curve else []
    seen = [*curve, *drawn, *effect_pieces(source, drawn)]
    pieces = [*report_pieces(training, verdict, data, command, folder / MODEL, seen, search)]
    report = write_whole(folder / "report.md", as_markdown(pieces).encode())
    page = write_whole(folder / "report.html", as_page(title_of(training, data), pieces).encode())
    return RunFolder(folder, model, history, report, page, tuple(each.path for each in drawn), verdict, held_out)


def table_of(data: str) -> dict[str, str]:
    """Where the table is, for whoever opens the model with it; nothing of a place that is no file."""
    if not Path(data).is_file():
        return {"table": data} if is_bundled(data) else {}
    return {"table": str(Path(data).resolve())}


def write_held_out(training: TableTraining, folder: Path) -> Path | None:
    """Write which rows were held out, by their numbers in the table; not where they are rows of one's own."""
    rows = training.prepared.test_rows
    if rows is None:
        return None
    return write_whole(folder / HELD_OUT, "\n".join(["row", *map(str, sorted(rows.tolist())), ""]).encode())


def draw_run(source: TableSource, folder: Path, style: Style) -> tuple[Drawn, ...]:
    """Write the figures: learning curves, and what the model makes of the held-out rows."""
    pictures = [picture for picture in (PICTURES[name] for name in DRAWN) if picture.fits(source)]
    content: dict[str, dict[str, bytes]] = {}
    paths: dict[str, Path] = {}
    for theme in sorted([LIGHT.name, DARK.name], key=lambda theme: theme != style.theme):  # that of the files first
        source.theme = theme
        for picture in pictures:
            for name, figure in picture.figures(source).items():
                if theme == style.theme:
                    paths[name] = save_figure(figure, style.path(folder, name))
                    made = paths[name].read_bytes()
                else:
                    made = rendered(figure, style.format)
                content.setdefault(name, {})[theme] = made
    return tuple(
        Drawn(PICTURES[path.stem].says, path, content[name][LIGHT.name], content[name][DARK.name])
        for name, path in paths.items()
    )


def rendered(figure: Any, ending: str) -> bytes:
    """A figure as the content of a file."""
    from glassnet.figure import drawn  # imported late: it needs matplotlib

    return drawn(figure, ending, DOTS, {})


def title_of(training: TableTraining, data: str) -> str:
    """What is predicted, and from what."""
    return f"{training.model.target_name} from {Source(data).label if '://' in data else Path(data).name}"


def report_pieces(
    training: TableTraining,
    verdict: Verdict,
    data: str,
    command: str,
    file: Path,
    drawn: Sequence[ReportPiece],
    search: str = "",
) -> Iterator[ReportPiece]:
    """The report, part by part; the verdict first."""
    model = training.model
    yield Heading(title_of(training, data), 1)
    yield Words(verdict.sentence)
    by = "found and trained by glassnet tune" if search else "trained by glassnet"
    yield Words(f"A {model.task} of {model.target_name}, {by}. Rows: {rows_used(training)}.")
    if search:
        yield Words(search)
    yield Heading("Result on the held-out rows")
    yield from verdict_pieces(verdict)
    yield from drawn
    yield Heading("Diagnosis")
    yield from diagnosis_pieces(training)
    yield from made_of(training)
    yield Heading("Model card")
    yield from card_pieces(training, verdict)
    yield Heading("Use this model")
    yield from use_pieces(training, data, file)
    yield Heading("How to reproduce it")
    yield Code(command)


def rows_used(training: TableTraining) -> str:
    """How many rows there are, and for what."""
    about, n = training.history.about, len(training.courses.main)
    of_each = f" in each of {n} networks" if n > 1 else ""
    trained = f"{about['n_samples']} for training, {about['n_validation']} for validation (choosing the best epoch)"
    return f"{trained}{of_each}, {len(training.test)} held out"


def verdict_pieces(verdict: Verdict) -> Iterator[ReportPiece]:
    """The scores beside those of simple models, and beside those on the rows that were trained on."""
    yield Rows(tuple(map(tuple, verdict.table())))
    said = (comparison.said for comparison in verdict.comparisons)
    yield Bullets((*verdict.without_score, *verdict.of_distributions, *said, *verdict.remarks))
    yield Words("The same model on other rows:")
    yield Rows(tuple(map(tuple, verdict.fit_table())))


def curve_pieces(training: TableTraining, tell: Callable[[str], Any]) -> Iterator[ReportPiece]:
    """The score over the number of rows; networks are trained for it."""
    tell("training on an eighth, a quarter and half of the rows, and on all of them, for the learning curve")
    curve = training.learning_curve()
    yield Heading("Score over the number of rows", 3)
    yield Words(curve.sentence)
    yield Rows(curve.table())


def effect_pieces(source: TableSource, drawn: Sequence[Drawn]) -> Iterator[ReportPiece]:
    """The numbers of the figure of importance, and which columns say the same, where that figure is drawn."""
    if any(figure.path.stem == "importance" for figure in drawn):
        yield Heading("What the columns do", 3)
        yield from source.effects.body()


def diagnosis_pieces(training: TableTraining) -> Iterator[ReportPiece]:
    """The findings, each with what was measured, why it matters and what to try."""
    diagnosis = training.diagnose()
    yield Words(diagnosis.summary())
    for finding in diagnosis:
        yield Heading(f"{finding.title[:1].upper()}{finding.title[1:]}", 3)
        yield Bullets(tuple(f"{what}: {text}" for what, text in finding.sentences()))
