"""Exported ONNX files, run by onnxruntime."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from glassnet.exports.program import LevelInput, Program
from glassnet.exports.running.case import CannotRun, Case, Given
from glassnet.formulas.elementary import Array


def run(case: Case) -> Given:
    """What the file gives for its rows."""
    try:
        import onnxruntime
    except ImportError:
        raise CannotRun("onnxruntime is not installed, so the ONNX file cannot be run here.") from None
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(str(case.path), options, providers=["CPUExecutionProvider"])
    first, *more = session.run(None, inputs(case))
    if case.program.gives:
        return Given(np.concatenate([first, *more], axis=1).astype(np.float64))
    if not case.program.outputs.classes:
        return Given(np.asarray(first, np.float64), *more)
    places = {str(name): k for k, name in enumerate(case.program.outputs.classes)}
    return Given(more[0], labels=np.array([places[str(label)] for label in first], np.intp))


def run_all(cases: Sequence[Case]) -> list[Given]:
    """What the files give for their rows."""
    return [run(case) for case in cases]


def inputs(case: Case) -> dict[str, Any]:
    """The rows as a runtime takes them: one array, or one per column."""
    if case.rows is not None and case.program.takes:
        return dict(parts_of(case.program, case.rows))
    if case.rows is not None:
        return {"x": case.rows.reshape(-1, *case.program.input_shape).astype(case.program.steps[0].out.dtype)}
    return {
        getattr(step, "column", ""): column(values, isinstance(step, LevelInput))
        for step, values in zip(case.program.inputs, case.plain, strict=True)
    }


def parts_of(program: Program, rows: Array) -> Iterator[tuple[str, Array]]:
    """The parts of rows, each in its shape."""
    begin = 0
    for part in program.takes:
        given = rows[:, begin : begin + part.size].reshape(-1, *part.shape)
        yield part.name, given.astype(program.steps[0].out.dtype)
        begin += part.size


def column(values: Sequence[Any], texts: bool) -> Any:
    """A column (n, 1): texts, empty where missing, or numbers."""
    if texts:
        return np.array([["" if each is None else each] for each in values], object)
    return np.array(values, np.float64).reshape(-1, 1)
