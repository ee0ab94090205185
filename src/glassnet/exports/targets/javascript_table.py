"""What stands around the steps in a JavaScript module: how a row comes in, and what is said of it."""

from collections.abc import Iterator, Sequence

from glassnet.exports.program import LevelInput, NumberInput, Program, Row, Step
from glassnet.exports.targets import javascript_columns
from glassnet.exports.targets.javascript_columns import level_arguments, quoted
from glassnet.exports.targets.text import filled, indent, lines_of

ROWS = r"""
/** The numbers of a row, which may lie in lists of lists; anything else is refused. */
function numbersIn(row, depth) {
  const flat = ArrayBuffer.isView(row) ? row : Array.isArray(row) ? row.flat(depth - 1) : undefined;
  if (flat === undefined) throw new Error("a row must be a list of numbers.");
  for (const value of flat) {
    if (typeof value === "number") continue;
    throw new Error(`a row holds ${JSON.stringify(value) ?? typeof value}, where a number is expected.`);
  }
  return flat;
}
"""
NAMES = ("forward", "classes", "columns", "predictAll", "numbersIn", *javascript_columns.NAMES)


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


def functions(program: Program, forms: list[list[str]]) -> Iterator[list[str]]:
    """How columns are read; `forms` say how those of numbers are."""
    if not program.of_table:
        yield lines_of(ROWS)
        return
    names = [quoted(step.column) for step in program.columns]
    yield ["/** The columns that a row has. */", f"export const columns = [{', '.join(names)}];"]
    if program.outputs.classes:
        yield [
            "/** The classes in the order of their probabilities. */",
            f"export const classes = {quoted([*program.outputs.classes])};",
        ]
    yield from javascript_columns.readers(program)
    yield from forms
    for step in program.columns:
        if isinstance(step, LevelInput):
            pairs = [quoted(pair) for pair in step.places.items()]
            yield [f"const levels_{step.out.name} = new Map([", *indent(filled(pairs), "  "), "]);"]


def row(program: Program, step: Row) -> list[str]:
    """The input of a network, of one axis or more."""
    x, n = step.out.name, step.out.size
    kind = "Float32Array" if step.out.dtype == "float32" else "Float64Array"
    return [
        f"const {x} = {kind}.from(numbersIn(row, {len(program.input_shape)}));",
        f"if ({x}.length !== {n}) throw new Error(`a row has {n} numbers, got ${{{x}.length}}.`);",
    ]


def column(step: Step, forms: dict[str, str]) -> list[str]:
    """The lines that fill the value of a column."""
    if isinstance(step, NumberInput):
        read = "days" if javascript_columns.is_dated(step) else "plainNumber"
        return [f"{step.out.name}[0] = numberOf({quoted(step.column)}, row, {read}, {forms[step.column]});"]
    assert isinstance(step, LevelInput)
    given = f"{quoted(step.column)}, row, levels_{step.out.name}, {level_arguments(step, forms[step.column])}"
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
        'if (row === null || typeof row !== "object") {',
        '  throw new Error("a row must be an object { column: value, … }.");',
        "}",
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
