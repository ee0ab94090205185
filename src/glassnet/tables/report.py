"""The folder that a training run on a table leaves behind: model, history, figures and a report."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from glassnet.extras import require
from glassnet.files.atomic import make_folder, write_whole
from glassnet.insight.figures import confusion_figure, predicted_against_true, save_figure
from glassnet.tables.target import ClassTarget
from glassnet.tables.training import TableTraining


@dataclass(frozen=True)
class RunFolder:
    """Where each part of a run lies."""

    folder: Path
    model: Path
    history: Path
    report: Path
    figures: tuple[Path, ...]


def write_run(training: TableTraining, folder: Path, data: str, command: str) -> RunFolder:
    """Write model, history, figures and `report.md` of a finished training into a folder."""
    make_folder(folder)
    require("matplotlib", "plots", "the figures of a run")
    model = training.model.save(folder / "model.safetensors")
    history = training.history.save(folder / "history.json")
    drawn = tuple(save_figure(figure, folder / name) for name, figure in run_figures(training).items())
    report = write_whole(folder / "report.md", report_text(training, data, command, drawn).encode())
    return RunFolder(folder, model, history, report, drawn)


def run_figures(training: TableTraining) -> dict[str, Any]:
    """File name → Figure: learning curves and the result on held-out rows."""
    truth, predicted = training.held_out()
    target = training.model.target
    curves = {"loss.png": training.history.plot("loss")}
    if isinstance(target, ClassTarget):
        curves["accuracy.png"] = training.history.plot("accuracy")
        return curves | {"confusion.png": confusion_figure(truth, predicted, target.names)}
    curves["error.png"] = training.history.plot("rmse")
    name = training.model.target_name
    return curves | {"predicted-vs-true.png": predicted_against_true(truth, predicted, name)}


def report_text(training: TableTraining, data: str, command: str, drawn: Sequence[Path]) -> str:
    """The report in Markdown."""
    model, history = training.model, training.history
    about = history.about
    rows = f"{about['n_samples']} trained on, {about['n_validation']} chose the epoch, {len(training.test)} held out"
    parts = [
        f"# {model.target_name} from {Path(data).name}",
        f"A {model.task} of `{model.target_name}`, made by `glassnet train`. Rows: {rows}.",
        "## Result on the held-out rows",
        markdown_table(["metric", "value"], [[name, f"{value:.4g}"] for name, value in training.result().items()]),
        *[f"![{path.stem}]({path.name})" for path in drawn],
        "## The data found",
        markdown_table(["column", "read as", "inputs of the network"], columns_found(training)),
        "## The network",
        f"```\n{model.network.summary()}\n```",
        f"Trained for {len(history)} epochs in batches of {about['batch_size']}, seed {training.seed}; "
        f"the parameters are those of epoch {about['best_epoch']}, which had the least validation loss. "
        f"Numbers and dates are scaled by median and inter-quartile range; all of it was learned on the training rows.",
        "## To make it again",
        f"```\n{command}\n```",
    ]
    return "\n\n".join(parts) + "\n"


def columns_found(training: TableTraining) -> list[list[str]]:
    """One row a column of the table: name, what it was read as, the inputs made of it."""
    encoder = training.model.encoder
    kept = [[e.name, e.kind, f"{len(e.names)}"] for e in encoder.encoders]
    dropped = [[name, f"left out: {reason}", "0"] for name, reason in encoder.dropped.items()]
    return [*kept, *dropped]


def markdown_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table; a bar in a cell is escaped."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
