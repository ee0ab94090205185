"""Whether an exported model of a table says what `predict` says: run on rows, compared, told in a few lines."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from glassnet.exports.program import Program
from glassnet.exports.running import in_c, in_javascript, in_onnx, in_python
from glassnet.exports.running.case import Case, Given, case_of_table
from glassnet.formulas.elementary import Array
from glassnet.network import Network
from glassnet.tables.encoding.target import ClassTarget, has_value
from glassnet.tables.encoding.task import METRICS
from glassnet.tables.pipeline import TablePipeline
from glassnet.tables.reading.chunks import each
from glassnet.tables.values.frames import as_frame
from glassnet.training.loop.settings import metrics_of
from glassnet.training.metrics import measure

Scores = dict[str, float]
Answers = tuple[Array, Array, Array]  # the truth, what the model says, what the export says
TOLD = ("accuracy", "rmse", "r2")  # of the metrics of a task
RUNNERS: dict[str, Callable[[Sequence[Case]], list[Given]]] = {
    "python": lambda cases: [in_python.run(case) for case in cases],
    "c": in_c.run_all,
    "javascript": in_javascript.run_all,
    "onnx": in_onnx.run_all,
}


@dataclass(frozen=True)
class Checked:
    """What a comparison has found.

    n_rows      how many rows were compared
    difference  the largest difference of a probability, or of a number in its own unit
    ends        the same of the ends of intervals; None without
    labels      how many rows have another class; None for numbers
    scores      of the model and of the export, by metric, on the rows that have the target; None where they are alike
    """

    n_rows: int
    difference: float
    ends: float | None
    labels: int | None
    scores: tuple[Scores, Scores] | None = None

    def lines(self) -> list[str]:
        """The result in words."""
        ends = "" if self.ends is None else f" ({self.ends:.2g} of the ends of intervals)"
        rows = f"{self.n_rows:,} row{'' if self.n_rows == 1 else 's'}"
        first = f"checked on {rows}: the largest difference from predict is {self.difference:.2g}{ends}"
        told = [] if self.scores is None else [side_by_side(*self.scores)]
        if self.labels is None:
            return [first, *told]
        share = f" ({100 * self.labels / self.n_rows:.2g} %)" if told and self.labels else ""
        other = f"{self.labels:,} of {rows}{share} have another class" if self.labels else "all classes agree"
        return [first, other, *told]


def side_by_side(model: Scores, export: Scores) -> str:
    """The scores of the model and of the export in a line."""
    pairs = (f"{name} {model[name]:.4g} by the model, {export[name]:.4g} by the export" for name in model)
    return f"on the rows that have the target: {'; '.join(pairs)}"


def check(model: TablePipeline, program: Program, target: str, path: Path, frames: Iterable[Any]) -> Checked:
    """Run an exported file on the rows of data frames, and compare with the model."""
    parts = [*each(frames, lambda frame: checked(model, program, target, path, frame))]
    found = [part for part, _ in parts]
    known = [answers for _, answers in parts if answers is not None]
    return Checked(
        sum(one.n_rows for one in found),
        max(one.difference for one in found),
        max((one.ends for one in found if one.ends is not None), default=None),
        None if found[0].labels is None else sum(one.labels or 0 for one in found),
        scored(model, known) if known and sum(len(answers[0]) for answers in known) else None,
    )


def check_network(network: Network, program: Program, target: str, path: Path, rows: Iterable[Array]) -> Checked:
    """The same for a bare network and arrays of rows; probabilities say a class."""
    whole = np.concatenate([*rows])
    own = network.predict(whole).reshape(len(whole), -1)
    (given,) = RUNNERS[target]([Case(program, path, whole.reshape(len(whole), -1))])
    values = given.values.reshape(own.shape)
    softmax = getattr(network.layers[-1].output_activation, "name", "") == "softmax"
    labels = int((values.argmax(axis=1) != own.argmax(axis=1)).sum()) if softmax else None
    return Checked(len(whole), farthest(values, own), None, labels)


def checked(
    model: TablePipeline, program: Program, target: str, path: Path, frame: Any
) -> tuple[Checked, Answers | None]:
    """The comparison for one data frame; with the target, where 8 bits may have cost accuracy."""
    outputs = model.outputs(frame)
    (given,) = RUNNERS[target]([case_of_table(program, path, model.encoder, frame)])
    ends, labels, answers = None, None, None
    if given.ends is not None:
        ends = farthest(given.ends, model.predict_interval(frame, program.outputs.coverage))
    if isinstance(model.target, ClassTarget) and given.labels is not None:
        labels = int((given.labels != model.decided(outputs)).sum())
    if program.dtype == "int8" and model.target_name in as_frame(frame).columns:
        there = has_value(as_frame(frame)[model.target_name], model.target.format)
        truth = model.truth(as_frame(frame)[np.flatnonzero(there)]) if there.any() else np.zeros(0)
        answers = truth, outputs[there], given.values[there]
    return Checked(len(outputs), farthest(given.values, outputs), ends, labels), answers


def scored(model: TablePipeline, parts: Sequence[Answers]) -> tuple[Scores, Scores]:
    """The scores of the model and of its export on the same rows."""
    truth, own, exported = (np.concatenate(each) for each in zip(*parts, strict=True))
    metrics = metrics_of([name for name in METRICS[model.task] if name in TOLD])

    def scores(outputs: Array) -> Scores:
        return {m.name: float(measure([m], truth, model.seen_by(m, outputs), None)[m.name]) for m in metrics}

    return scores(own), scores(exported)


def farthest(found: Array, expected: Array) -> float:
    """The largest difference of two arrays."""
    return float(np.abs(found - expected).max(initial=0.0))
