"""A program as one JavaScript module without dependencies, for Node and browsers, with its TypeScript declarations."""

import base64
import math

import numpy as np

from glassnet.exports.builder import fresh
from glassnet.exports.program import (
    Constant,
    Convert,
    Elementwise,
    FillMissing,
    Formula,
    GroupedProduct,
    IsMissing,
    Join,
    Lookup,
    Product,
    Program,
    Row,
    SharedProduct,
    Sort,
    Step,
    Take,
)
from glassnet.exports.targets import javascript_columns, javascript_table
from glassnet.exports.targets.header import header_lines
from glassnet.exports.targets.helpers import DERIVED, functions, helpers
from glassnet.exports.targets.loops import Loops
from glassnet.exports.targets.text import comment, filled, indent
from glassnet.formulas.syntax.expressions import Expression

ARRAYS = {"float32": "Float32Array", "float64": "Float64Array"}
LIBRARY = {
    "maximum": "max", "minimum": "min", "arctan": "atan", "arcsin": "asin", "arccos": "acos", "arcsinh": "asinh",
    "arccosh": "acosh", "arctanh": "atanh",
} | {name: name for name in (
    "abs", "cos", "sin", "tan", "exp", "expm1", "log", "log1p", "sqrt", "tanh", "sinh", "cosh", "floor", "ceil", "sign",
)}  # fmt: skip
STEP = ["/** 1 where x > 0, else 0. */", "function step(x) {", "  return x > 0 ? 1 : 0;", "}"]
NUMBERS = [
    "/** The numbers of a typed array from its bytes in base64, little end first. */",
    "function numbers(text, kind) {",
    "  return new kind(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer);",
    "}",
]
WORDS = (
    "abstract arguments async await boolean break byte case catch char class const continue debugger default",
    "delete do double else enum eval export extends false final finally float for function goto if implements import",
    "in int instanceof interface let long native new null of package private protected public return short static",
    "super switch synchronized this throw throws transient true try typeof undefined var void volatile while with",
    "yield Infinity NaN Math Float32Array Float64Array Uint8Array Number String Object Array Error Date",
    "Map JSON RegExp atob globalThis i j g n out row rows code numbers step predict",
)
RESERVED = (*" ".join(WORDS).split(), *DERIVED, *javascript_table.NAMES)


def source(program: Program, name: str) -> str:
    """The text of the module."""
    names, (forms, lines_of_forms) = formula_names(program), javascript_columns.forms(program)
    blocks = [
        [f"// {line}".rstrip() for line in (*header_lines(program), "", *javascript_table.usage(program, name))],
        *([STEP] if "step" in functions(program, DERIVED) else []),
        *(function(f, f.name) for f in helpers_once(program)),
        *(function(f, names[f]) for f in program.formulas),
        *javascript_table.functions(program, lines_of_forms),
        network(program, names, forms),
        *javascript_table.answers(program),
        *([NUMBERS] if program.constants else []),
        *(constant(c) for c in program.constants),
    ]
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def declarations(program: Program) -> str:
    """The text of the TypeScript declarations."""
    return "\n".join(javascript_table.declarations(program)) + "\n"


def helpers_once(program: Program) -> list[Formula]:
    """The helpers, which are in double precision for both number types."""
    return [*{f.name: f for f in helpers(program, DERIVED)}.values()]


def formula_names(program: Program) -> dict[Formula, str]:
    """The names of the functions that formulas become."""
    taken = {*RESERVED, *(step.out.name for step in program.steps), *(c.name for c in program.constants)}
    return {f: fresh(f.name, taken) for f in program.formulas}


class JavaScript(Loops):
    """Expressions and loops in double precision; what is stored in a Float32Array is rounded there."""

    further = "  "

    def __init__(self, formula: Formula):
        super().__init__(formula, RESERVED)

    def number(self, value: float) -> str:
        """A number."""
        if math.isinf(value) or math.isnan(value):
            return {"inf": "Infinity", "-inf": "-Infinity"}.get(str(value), "NaN")
        return repr(value)

    def call(self, name: str, arguments: tuple[Expression, ...]) -> str:
        """A function."""
        if name == "where":
            condition, yes, no = map(self.text, arguments)
            return f"({condition} ? {yes} : {no})"
        own = name if name == "step" or name in DERIVED else f"Math.{LIBRARY[name]}"
        return f"{own}({', '.join(map(self.text, arguments))})"

    def fixed(self, name: str, text: str) -> str:
        """The declaration of what stays."""
        return f"const {name} = {text};"

    def changing(self, name: str, text: str) -> str:
        """The declaration of what changes."""
        return f"let {name} = {text};"

    def loop(self) -> str:
        """The head of a loop."""
        return "for (let i = 0; i < n; i++) {"

    def maximum(self) -> str:
        """The function for the larger of two numbers."""
        return "Math.max"

    def least(self) -> str:
        """The least number."""
        return "-Infinity"


def function(formula: Formula, name: str) -> list[str]:
    """A formula as a function of one entry, or of a row."""
    prints = JavaScript(formula)
    given = ", ".join(["n", *prints.parameters, "out"] if formula.by_rows else prints.parameters)
    note = [f"/** {comment(formula.note)} */"] if formula.note else []
    return [*note, f"function {name}({given}) {{", *indent(prints.body(), "  "), "}"]


def constant(c: Constant) -> list[str]:
    """An array from its bytes."""
    kind = ARRAYS[c.array.dtype.name]
    little = np.ascontiguousarray(c.array, "<f4" if c.array.dtype == np.float32 else "<f8")
    text = base64.b64encode(little.tobytes()).decode()
    quoted = [f'"{text[at : at + 100]}"' for at in range(0, len(text), 100)]
    shape = " x ".join(map(str, c.array.shape))
    joined = [f"{piece} +" for piece in quoted[:-1]] + [f"{quoted[-1]}, {kind});"]
    return [f"const {c.name} = numbers( // {shape}", *indent(joined, "  ")]


def network(program: Program, names: dict[Formula, str], forms: dict[str, str]) -> list[str]:
    """The function that goes through the steps."""
    lines: list[str] = []
    for step in program.steps:
        lines += [*([""] if step.note and lines else []), *([f"// {comment(step.note)}"] if step.note else [])]
        if not isinstance(step, Row):
            lines.append(f"const {step.out.name} = new {ARRAYS[step.out.dtype]}({step.out.size});")
        lines += printed(step, program, names, forms)
    return javascript_table.around(program, lines)


def each(n: int, statement: str) -> str:
    """A loop of one statement."""
    return f"for (let i = 0; i < {n}; i++) {statement}"


def printed(step: Step, program: Program, names: dict[Formula, str], forms: dict[str, str]) -> list[str]:
    """The lines of a step, once its array is there."""
    out = step.out
    match step:
        case Row():
            return javascript_table.row(program, step)
        case Product():
            return product(step)
        case GroupedProduct():
            return grouped(step)
        case SharedProduct():
            return shared(step)
        case Elementwise():
            return elementwise(step, names)
        case Take():
            return take(step)
        case Join():
            ends = np.cumsum([0, *(part.size for part in step.parts)]).tolist()
            return [f"{out.name}.set({part.name}, {at});" for at, part in zip(ends[:-1], step.parts, strict=True)]
        case Sort():
            return [f"{out.name}.set({step.x.name});", f"{out.name}.sort();"]
        case Lookup():
            return look_up(step)
        case Convert():
            return [f"{out.name}.set({step.x.name});"]
        case FillMissing():
            x = f"{step.x.name}[i]"
            return [each(out.size, f"{out.name}[i] = Number.isNaN({x}) ? {step.values.name}[i] : {x};")]
        case IsMissing():
            return [each(out.size, f"{out.name}[i] = Number.isNaN({step.x.name}[i]) ? 1 : 0;")]
    return javascript_table.column(step, forms)


def product(step: Product) -> list[str]:
    """Row by row of the weights."""
    n, m, z, W = step.x.size, step.out.size, step.out.name, step.W.name
    return [
        *([f"{z}.set({step.b.name});"] if step.b else []),
        f"for (let i = 0; i < {n}; i++) {{",
        f"  const xi = {step.x.name}[i], at = i * {m};",
        f"  for (let j = 0; j < {m}; j++) {z}[j] += xi * {W}[at + j];",
        "}",
    ]


def grouped(step: GroupedProduct) -> list[str]:
    """A small product for each group."""
    groups, n, m = step.W.array.shape
    z, W, x = step.out.name, step.W.name, step.x.name
    return [
        f"{z}.set({step.b.name});",
        f"for (let g = 0; g < {groups}; g++) {{",
        f"  for (let i = 0; i < {n}; i++) {{",
        f"    for (let j = 0; j < {m}; j++) {z}[g * {m} + j] += {x}[g * {n} + i] * {W}[(g * {n} + i) * {m} + j];",
        "  }",
        "}",
    ]


def shared(step: SharedProduct) -> list[str]:
    """The same product for each group of entries."""
    n, m = step.W.array.shape
    z, W = step.out.name, step.W.name
    begin = [f"  for (let j = 0; j < {m}; j++) {z}[at + j] = {step.b.name}[j];"] if step.b else []
    return [
        f"for (let g = 0; g < {step.groups}; g++) {{",
        f"  const at = g * {m};",
        *begin,
        f"  for (let i = 0; i < {n}; i++) {{",
        f"    const xi = {step.x.name}[g * {n} + i];",
        f"    for (let j = 0; j < {m}; j++) {z}[at + j] += xi * {W}[i * {m} + j];",
        "  }",
        "}",
    ]


def elementwise(step: Elementwise, names: dict[Formula, str]) -> list[str]:
    """The function of a formula, entry by entry or row by row."""
    out, name, given = step.out, names[step.formula], [one.name for one in step.inputs]
    if not step.formula.by_rows:
        return [each(out.size, f"{out.name}[i] = {name}({', '.join(f'{one}[i]' for one in given)});")]
    if step.span == out.size:
        return [f"{name}({step.span}, {', '.join(given)}, {out.name});"]
    moved = ", ".join(f"{one}.subarray(i * {step.span})" for one in [*given, out.name])
    return [each(out.size // step.span, f"{name}({step.span}, {moved});")]


def take(step: Take) -> list[str]:
    """Copies."""
    x, out, places = step.x.name, step.out.name, step.places
    if places == tuple(range(places[0], places[0] + len(places))):
        return [each(len(places), f"{out}[i] = {x}[{f'{places[0]} + ' if places[0] else ''}i];")]
    numbers = indent(filled([*map(str, places)]), "  ")
    return ["[", *numbers, f"].forEach((place, i) => ({out}[i] = {x}[place]));"]


def look_up(step: Lookup) -> list[str]:
    """Rows of a table, by codes that are rounded and kept within it."""
    rows, width = step.table.array.shape
    x, out = step.x.name, step.out.name
    return [
        f"for (let i = 0; i < {step.x.size}; i++) {{",
        f"  const code = Math.min(Math.max(Math.floor({x}[i] + 0.5) || 0, 0), {rows - 1});",
        f"  for (let j = 0; j < {width}; j++) {out}[i * {width} + j] = {step.table.name}[code * {width} + j];",
        "}",
    ]
