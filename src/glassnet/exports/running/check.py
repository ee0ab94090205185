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
from glassnet.tables.encoding.target import ClassTarget
from glassnet.tables.pipeline import TablePipeline
from glassnet.tables.reading.chunks import each

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
    """

    n_rows: int
    difference: float
    ends: float | None
    labels: int | None

    def lines(self) -> list[str]:
        """The result in words."""
        ends = "" if self.ends is None else f" ({self.ends:.2g} of the ends of intervals)"
        rows = f"{self.n_rows:,} row{'' if self.n_rows == 1 else 's'}"
        first = f"checked on {rows}: the largest difference from predict is {self.difference:.2g}{ends}"
        if self.labels is None:
            return [first]
        return [first, "all classes agree" if not self.labels else f"{self.labels:,} of {rows} have another class"]


def check(model: TablePipeline, program: Program, target: str, path: Path, frames: Iterable[Any]) -> Checked:
    """Run an exported file on the rows of data frames, and compare with the model."""
    found = [*each(frames, lambda frame: checked(model, program, target, path, frame))]
    return Checked(
        sum(one.n_rows for one in found),
        max(one.difference for one in found),
        max((one.ends for one in found if one.ends is not None), default=None),
        None if found[0].labels is None else sum(one.labels or 0 for one in found),
    )


def checked(model: TablePipeline, program: Program, target: str, path: Path, frame: Any) -> Checked:
    """The comparison for one data frame."""
    outputs = model.outputs(frame)
    (given,) = RUNNERS[target]([case_of_table(program, path, model.encoder, frame)])
    ends, labels = None, None
    if given.ends is not None:
        ends = farthest(given.ends, model.predict_interval(frame, program.outputs.coverage))
    if isinstance(model.target, ClassTarget) and given.labels is not None:
        labels = int((given.labels != model.decided(outputs)).sum())
    return Checked(len(outputs), farthest(given.values, outputs), ends, labels)


def farthest(found: Array, expected: Array) -> float:
    """The largest difference of two arrays."""
    return float(np.abs(found - expected).max(initial=0.0))
