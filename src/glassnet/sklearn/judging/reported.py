"""The folder of a run for a fitted estimator: its model file, figures and a report that begins with the verdict."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from numpy.typing import ArrayLike

from glassnet.drawing import PLAIN, Style
from glassnet.errors import InvalidInput
from glassnet.files.atomic import write_whole
from glassnet.files.model_file import MODEL
from glassnet.files.paths import as_path
from glassnet.insight.pages.pieces import Heading, Rows, Words
from glassnet.sklearn.saving.in_files import plain
from glassnet.sklearn.table_input import frame_of
from glassnet.sklearn.updating.goes_on import with_columns
from glassnet.tables.encoding.found_columns import HEADER, target_cells
from glassnet.tables.insight.picture_source import TableSource
from glassnet.tables.judging.verdict import Verdict
from glassnet.tables.number_format import counted
from glassnet.tables.reporting.as_markdown import as_markdown
from glassnet.tables.reporting.as_page import as_page
from glassnet.tables.reporting.model_pieces import use_pieces
from glassnet.tables.reporting.pieces import Code, ReportPiece
from glassnet.tables.reporting.report import draw_run, effect_pieces, prepare_run, verdict_pieces
from glassnet.tables.reporting.write_report import RESULTS
from glassnet.training.inputs.checks import check_flag

if TYPE_CHECKING:
    from glassnet.sklearn.parameter_types import Inputs


class Reported:
    """What `TabularClassifier` and `TabularRegressor` have of `glassnet.write_report`."""

    def write_report(
        self: Any,
        folder: str | Path,
        X: "Inputs",
        y: ArrayLike,
        X_train: "Inputs | None" = None,
        y_train: ArrayLike | None = None,
        *,
        theme: str = PLAIN.theme,
        format: str = PLAIN.format,
        force: bool = False,
    ) -> Path:
        """Write model, figures, `report.md` and `report.html` into a folder, judged on rows that `fit` has not seen.

        X, y, X_train and y_train are those of `verdict`; `theme`, `format` and `force` those of `gn.write_report`.

        Gives the folder. Raises InvalidInput as `verdict` does, and for a folder that holds a run.
        """
        place, style = as_path(folder), Style(theme, format)
        check_flag(force, "force")
        if not force and any((place / name).exists() for name in RESULTS):
            raise InvalidInput(f"{place} holds a run already: name another folder, or overwrite it with force=True.")
        verdict, model = self.verdict(X, y, X_train, y_train), self.as_model()
        targets = {model.target_name: [plain(value) for value in self._check_y(y).tolist()]}
        rows = with_columns(frame_of(self, X, reset=False), targets)
        history = self.members_[0].history
        source = TableSource(model, rows, style.theme, history if len(history) else None)
        file = model.save(prepare_run(place) / MODEL)
        drawn = draw_run(source, place, style)
        pieces = [*report_of(self, verdict, [*drawn, *effect_pieces(source, drawn)], file)]
        write_whole(place / "report.md", as_markdown(pieces).encode())
        write_whole(place / "report.html", as_page(f"{model.target_name} by {type(self).__name__}", pieces).encode())
        return place


def report_of(estimator: Any, verdict: Verdict, drawn: Sequence[ReportPiece], file: Path) -> Iterator[ReportPiece]:
    """The report, part by part; the verdict first."""
    model, kind = estimator.as_model(), type(estimator).__name__
    yield Heading(f"{model.target_name} by {kind}", 1)
    yield Words(verdict.sentence)
    networks = counted(len(model.networks), "network")
    yield Words(f"A {model.task} of {model.target_name}: {networks}, fitted by glassnet.sklearn.{kind}.")
    yield Heading("Result on the held-out rows")
    yield from verdict_pieces(verdict)
    yield from drawn
    yield Heading("The data")
    yield Rows((HEADER, target_cells(model.target_name, model.target), *(column.cells for column in model.columns)))
    yield Heading("The network")
    yield Code(str(model.network.summary()))
    yield Heading("Use this model")
    yield from use_pieces(SimpleNamespace(model=model), "", file)  # type: ignore[arg-type]
    yield Words("As an estimator again:")
    yield Code(f"from glassnet.sklearn import {kind}\n\nestimator = {kind}.load({str(file)!r})")
    yield Heading("How to reproduce it")
    yield Code(f"{estimator!r}.fit(X, y)")
