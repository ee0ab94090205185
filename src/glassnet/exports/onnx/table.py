"""Columns and answers of a table in an ONNX file: an input per column, and labels beside probabilities."""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from glassnet.errors import InvalidInput
from glassnet.exports.onnx.writer import TYPES, GraphWriter, version
from glassnet.exports.program import LevelInput, NumberInput, Program
from glassnet.exports.texts import DATED, format_of, gone_in, spelled

DOUBLE = "float64"
LARGEST = 1e300  # of a number, as `predict` keeps it
ML = "ai.onnx.ml"


def columns_of(program: Program) -> list[str]:
    """The names of the columns."""
    found = [step.column for step in program.inputs if isinstance(step, NumberInput | LevelInput)]
    if any(not name for name in found):
        raise InvalidInput(
            "onnx names its inputs as the columns, but one column has no name: rename it, and train again."
        )
    return found


def number_column(g: GraphWriter, step: NumberInput) -> str:
    """A column of numbers in double precision, NaN where a value is missing or infinite."""
    x = g.input(step.column, DOUBLE, (1,))
    largest, nan, inf = (g.constant(np.asarray(value, DOUBLE), "number") for value in (LARGEST, np.nan, np.inf))
    for each in gone_in(format_of(step.form)) if step.kind not in DATED else ():
        x = g("Where", g("Equal", x, g.constant(np.asarray(each, DOUBLE), "number")), nan, x)
    kept = g("Max", g("Min", x, largest), g.constant(np.asarray(-LARGEST, DOUBLE), "number"))
    return g("Where", g("Less", g("Abs", x), inf), kept, nan, named=step.out.name)


def level_column(g: GraphWriter, step: LevelInput) -> str:
    """A column of texts as the places of its levels, whole numbers."""
    x = g.input(step.column, None, (1,))
    places = {str(level): place for level, place in step.places.items()}
    marks = [each for mark in step.marks for each in spelled(mark)]
    if step.marks:  # otherwise texts stay as they are
        places |= {each: place for level, place in places.items() for each in with_a_blank(level)}
        marks = [each for mark in marks for each in with_a_blank(mark)]
    places |= dict.fromkeys(("", *marks), step.missing)
    return g(
        "LabelEncoder",
        x,
        domain=ML,
        keys_strings=[*places],
        values_int64s=[*places.values()],
        default_int64=step.unknown,
    )


def with_a_blank(text: str) -> tuple[str, ...]:
    """A text with and without a blank at each end, since no operator of ONNX takes them off."""
    return text, f" {text}", f"{text} ", f" {text} "


def outputs(g: GraphWriter, program: Program, arrays: Mapping[str, str]) -> None:
    """What comes out: of a network its outputs; of a table labels and probabilities, or numbers, and intervals."""
    value, classes = program.outputs.value, program.outputs.classes
    y = arrays[value.name]
    if program.gives:
        parts_out(g, program, y)
        return
    if classes:
        kind, names = classes_of(classes)
        label = g("Gather", g.constant(names, "classes"), decided(g, program, y), axis=0)
        g.output("label", label, kind, ())
    g.output(
        "probabilities" if classes else "prediction" if program.of_table else "outputs", y, value.dtype, (value.size,)
    )
    if program.outputs.interval is not None:
        ends = program.outputs.interval
        g.output("interval", arrays[ends.name], ends.dtype, (2,))


def parts_out(g: GraphWriter, program: Program, y: str) -> None:
    """The parts of the outputs, each by its name."""
    begin = 0
    for part in program.gives:
        places = g.constant(np.arange(begin, begin + part.size, dtype=np.int64), "places")
        g.output(part.name, g("Gather", y, places, axis=1), program.outputs.value.dtype, part.shape)
        begin += part.size


def decided(g: GraphWriter, program: Program, p: str) -> str:
    """The number of the class of each row."""
    threshold = program.outputs.threshold
    if threshold is None:
        return g("ArgMax", p, axis=1, keepdims=0)
    second = g("Gather", p, g.constant(np.asarray(1)), axis=1)
    least = g.constant(np.asarray(threshold, program.outputs.value.dtype), "threshold")
    return g("Cast", g("GreaterOrEqual", second, least), to=int(TYPES["int64"]))


def classes_of(classes: tuple[Any, ...]) -> tuple[str | None, Any]:
    """(the type, None for texts, the array) of class names; of several kinds they become texts."""
    for kind, own in (("bool", bool), ("int64", int), (DOUBLE, float)):
        if all(type(each) is own for each in classes):
            return kind, np.array(classes, kind)
    return None, np.array([str(each) for each in classes], object)


def about(program: Program) -> dict[str, str]:
    """What the file tells of itself."""
    told: dict[str, Any] = {"glassnet_version": version(), "dtype": program.dtype}
    if program.takes:
        told |= {**program.about, "target": program.outputs.target, "columns": list(program.takes[-1].columns)}
    if program.of_table:
        told["target"] = program.outputs.target
        told["columns"] = [
            {"name": step.column, "kind": step.kind if isinstance(step, NumberInput) else "text"}
            for step in program.inputs
            if isinstance(step, NumberInput | LevelInput)
        ]
    if program.outputs.classes:
        told |= {"classes": list(program.outputs.classes), "threshold": program.outputs.threshold}
    if program.outputs.coverage is not None:
        told["coverage"] = program.outputs.coverage
    return {key: each if isinstance(each, str) else json.dumps(each, ensure_ascii=False) for key, each in told.items()}
