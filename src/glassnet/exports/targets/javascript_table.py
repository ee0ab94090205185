"""What stands around the steps in a JavaScript module: how a row comes in, and what is said of it."""

import json
from collections.abc import Iterator, Sequence

from glassnet.exports.program import LevelInput, NumberInput, Program, Row, Step
from glassnet.exports.targets.javascript_columns import LEVELS, NUMBERS, number_arguments
from glassnet.exports.targets.text import filled, indent

NAMES = ("forward", "numberOf", "levelOf", "daysOf", "classes", "columns", "predictAll")


def lines_of(text: str) -> list[str]:
    """The lines of a piece of source."""
    return text.strip("\n").split("\n")


def quoted(given: object) -> str:
    """A value as JSON, of ASCII letters alone; it does not end the script of a page."""
    return json.dumps(given).replace("</", "<\\/")


def usage(program: Program, name: str) -> list[str]:
    """How it is used, in the header comment."""
    if not program.of_table:
        return [f'import {{ predict }} from "./{name}"; predict(x) gives the outputs for a row of numbers x.']
    gives = "{ prediction, probabilities }" if program.outputs.classes else "{ prediction }"
    if program.outputs.interval is not None:
        gives = "{ prediction, lower, upper }"
    return [
        f'import {{ predict }} from "./{name}"; predict(row) gives {gives} for a row {{ column: value, … }}.',
        "Missing values are null, undefined, NaN or empty texts; truth values true, false, 1, 0 or their texts;",
        "dates a Date, an ISO 8601 text or days since 1970-01-01; numbers also texts as they were written in training.",
    ]


def functions(program: Program) -> Iterator[list[str]]:
    """How columns are read."""
    if not program.of_table:
        return
    kinds = {type(step) for step in program.columns}
    names = [quoted(step.column) for step in program.columns]
    yield ["/** The columns that a row has. */", f"export const columns = [{', '.join(names)}];"]
    if program.outputs.classes:
        yield [
            "/** The classes in the order of their probabilities. */",
            f"export const classes = {quoted([*program.outputs.classes])};",
        ]
    if NumberInput in kinds:
        yield lines_of(NUMBERS)
    if LevelInput in kinds:
        yield lines_of(LEVELS)
    for step in program.columns:
        if isinstance(step, LevelInput):
            pairs = [quoted(pair) for pair in step.places.items()]
            yield [f"const levels_{step.out.name} = new Map([", *indent(filled(pairs), "  "), "]);"]


def row(program: Program, step: Row) -> list[str]:
    """The input of a network, of one axis or more."""
    x, n = step.out.name, step.out.size
    kind = "Float32Array" if step.out.dtype == "float32" else "Float64Array"
    flat = "row" if len(program.input_shape) == 1 else f"[row].flat({len(program.input_shape)})"
    return [
        f"const {x} = {kind}.from({flat});",
        f"if ({x}.length !== {n}) throw new Error(`a row has {n} numbers, got ${{{x}.length}}.`);",
    ]


def column(step: Step) -> list[str]:
    """The lines that fill the value of a column."""
    if isinstance(step, NumberInput):
        return [f"{step.out.name}[0] = numberOf({quoted(step.column)}, row, {number_arguments(step)});"]
    assert isinstance(step, LevelInput)
    marks = quoted([*step.marks])
    given = f"{quoted(step.column)}, row, levels_{step.out.name}, {step.unknown}, {step.missing}, {marks}"
    return [f"{step.out.name}[0] = levelOf({given});"]


def around(program: Program, lines: Sequence[str]) -> list[str]:
    """The function whose lines the steps are."""
    outputs = program.outputs
    if not program.of_table:
        words = f"/** The {outputs.value.size} outputs for a row of {program.steps[0].out.size} numbers. */"
        return [words, "export function predict(row) {", *indent([*lines, f"return {outputs.value.name};"], "  "), "}"]
    ends = f", ends: {outputs.interval.name}" if outputs.interval is not None else ""
    last = f"return {{ value: {outputs.value.name}{ends} }};"
    check = [
        "for (const column of columns) {",
        "  if (!(column in row)) throw new Error(`the row lacks the column ${JSON.stringify(column)}.`);",
        "}",
    ]
    words = "/** All that the model says of a row, step by step. */"
    return [words, "export function forward(row) {", *indent([*check, *lines, last], "  "), "}"]


def answers(program: Program) -> Iterator[list[str]]:
    """What is said of the outputs."""
    outputs = program.outputs
    if not program.of_table:
        return
    if outputs.classes:
        decided = "value.indexOf(Math.max(...value))"
        decided = decided if outputs.threshold is None else f"value[1] >= {outputs.threshold!r} ? 1 : 0"
        yield [
            "/** The predicted class of a row, and the probability of each. */",
            "export function predict(row) {",
            "  const { value } = forward(row);",
            "  const probabilities = new Map(classes.map((name, k) => [name, value[k]]));",
            f"  return {{ prediction: classes[{decided}], probabilities: Object.fromEntries(probabilities) }};",
            "}",
        ]
        return
    ends = "" if outputs.interval is None else ", lower: ends[0], upper: ends[1]"
    yield [
        f"/** The number {quoted(outputs.target)} for a row. */".replace("*/ ", "* / "),
        "export function predict(row) {",
        "  const { value, ends } = forward(row);" if ends else "  const { value } = forward(row);",
        f"  return {{ prediction: value[0]{ends} }};",
        "}",
    ]


def declarations(program: Program) -> list[str]:
    """The TypeScript declarations."""
    outputs = program.outputs
    if not program.of_table:
        kind = "Float32Array" if outputs.value.dtype == "float32" else "Float64Array"
        given = "ArrayLike<number>" if len(program.input_shape) == 1 else "readonly unknown[]"
        return [f"export function predict(row: {given}): {kind};"]
    cells = {
        True: "number | string | boolean | Date | null | undefined",
        False: "string | number | boolean | null | undefined",
    }
    members = [f"{quoted(step.column)}: {cells[isinstance(step, NumberInput)]};" for step in program.columns]
    found = ["export interface Row {", *indent(members, "  "), "}", "export const columns: readonly string[];"]
    if outputs.classes:
        names = " | ".join(quoted(name) for name in outputs.classes)
        return [
            *found,
            f"export type Class = {names};",
            "export const classes: readonly Class[];",
            "export function forward(row: Row): { value: Float64Array };",
            "export function predict(row: Row): { prediction: Class; probabilities: Record<string, number> };",
        ]
    ends, lower = (
        ("; ends: Float64Array", "; lower: number; upper: number") if outputs.interval is not None else ("", "")
    )
    return [
        *found,
        f"export function forward(row: Row): {{ value: Float64Array{ends} }};",
        f"export function predict(row: Row): {{ prediction: number{lower} }};",
    ]
