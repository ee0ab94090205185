"""A program as one Python file that needs NumPy alone: formulas as functions, `predict`, the weights, a command."""

import base64
import keyword
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
    LevelInput,
    Lookup,
    NumberInput,
    Product,
    Program,
    Row,
    SharedProduct,
    Sort,
    Step,
    Take,
    Value,
)
from glassnet.exports.targets import python_columns, python_table
from glassnet.exports.targets.header import header_lines
from glassnet.exports.targets.helpers import DERIVED, functions, helpers
from glassnet.exports.targets.infix import Infix, short_names, uses
from glassnet.exports.targets.text import comment, indent
from glassnet.formulas.syntax.expressions import Expression, Reduction

OWN = {
    "step": ["def step(x):", '    """1 where x > 0, else 0."""', "    return (x > 0).astype(x.dtype)"],
    "row_max": ["def row_max(x):", '    """The largest number of each row."""', "    return x.max(-1, keepdims=True)"],
    "row_sum": ["def row_sum(x):", '    """The sum of each row."""', "    return x.sum(-1, keepdims=True)"],
}
LOOK_UP = [
    "def look_up(table, codes):",
    '    """The rows of a table that codes name, side by side."""',
    "    codes = np.clip(np.nan_to_num(np.rint(codes)), 0, len(table) - 1).astype(int)",
    "    return table[codes].reshape(len(codes), codes.shape[1] * table.shape[1])",
]
NUMBERS = [
    "def numbers(text, shape, kind):",
    '    """An array from its bytes in base64, little end first."""',
    "    return np.frombuffer(base64.b64decode(text), kind).reshape(shape).astype(kind[1:])",
]
RESERVED = (*keyword.kwlist, *OWN, *DERIVED, "np", "base64", "sys", "csv", "numbers", "look_up", "predict", "main")
RESERVED = (*RESERVED, *python_table.NAMES)


def source(program: Program, name: str) -> str:
    """The text of the file."""
    names = formula_names(program)
    used, (forms, lines_of_forms) = functions(program, DERIVED), python_columns.forms(program)
    blocks = [
        [*(f"# {line}".rstrip() for line in header_lines(program)), *usage(program, name)],
        python_table.imports(program),
        *(lines for key, lines in OWN.items() if key in used),
        *(function(f, f.name) for f in helpers(program, DERIVED)),
        *([LOOK_UP] if any(isinstance(step, Lookup) for step in program.steps) else []),
        *(function(f, names[f]) for f in program.formulas),
        *python_table.functions(program, lines_of_forms),
        network(program, names, forms),
        *python_table.predict(program),
        NUMBERS,
        *([[line for c in program.constants for line in constant(c)]] if program.constants else []),
        *python_table.command(program),
    ]
    return "\n\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def usage(program: Program, name: str) -> list[str]:
    """The lines of the header that say how the file is used."""
    if program.takes:
        given = ", ".join(part.name for part in program.takes)
        ahead = ", and those of the horizon, without a value" if len(program.takes) > 1 else ""
        return [
            "#",
            f"# In Python: from {name} import forecast; forecast({given}) gives {python_table.gives(program)}.",
            f"# As a command: python {name}.py < rows.csv > forecast.csv",
            f"# rows.csv holds the rows of this series alone, in the order of time{ahead}.",
        ]
    return [
        "#",
        f"# In Python: from {name} import predict; predict(rows) gives {python_table.gives(program)}.",
        f"# As a command: python {name}.py < rows.csv > predictions.csv",
    ]


def formula_names(program: Program) -> dict[Formula, str]:
    """The names of the functions that formulas become."""
    taken = {*RESERVED, *(step.out.name for step in program.steps), *(c.name for c in program.constants)}
    return {f: fresh(f.name, taken) for f in program.formulas}


class Numpy(Infix):
    """Expressions of whole arrays."""

    def __init__(self, formula: Formula):
        super().__init__(short_names(formula.read, formula.parameters, RESERVED))
        self.often = {each for each, n in uses(formula.read).items() if n > 1}

    def number(self, value: float) -> str:
        """A number."""
        if math.isinf(value) or math.isnan(value):
            return {"inf": "np.inf", "-inf": "-np.inf"}.get(str(value), "np.nan")
        return repr(value)

    def call(self, name: str, arguments: tuple[Expression, ...]) -> str:
        """A function."""
        own = name in OWN or name in DERIVED
        return f"{'' if own else 'np.'}{name}({', '.join(map(self.text, arguments))})"

    def reduction(self, of: Reduction) -> str:
        """What is reduced, by its name or where it stands."""
        return self.reduced.get(of) or f"{of.name}({self.text(of.of)})"


def function(formula: Formula, name: str) -> list[str]:
    """A formula as a function of arrays."""
    prints, lines = Numpy(formula), []
    for step in formula.read.steps:
        if not isinstance(step, Reduction):
            lines.append(f"{prints.names[step.name]} = {prints.text(step.value)}")
        elif step in prints.often:
            text = prints.reduction(step)
            prints.reduced[step] = fresh(step.name.removeprefix("row_") + "_of_row", {*prints.names.values()})
            prints.names[f"reduced {len(prints.names)}"] = prints.reduced[step]
            lines.append(f"{prints.reduced[step]} = {text}")
    lines.append(f"return {prints.text(formula.read.results[0])}")
    note = [f"# {comment(formula.note)}"] if formula.note else []
    arguments = ", ".join(prints.names[parameter] for parameter in formula.parameters)
    return [f"def {name}({arguments}):", *indent([*note, *lines])]


def network(program: Program, names: dict[Formula, str], forms: dict[str, str]) -> list[str]:
    """The function that goes through the steps, from inputs to outputs."""
    lines = []
    for step in program.steps:
        if step.note:
            lines.append(f"# {comment(step.note)}")
        if text := printed(step, program, names, forms):
            lines.append(f"{step.out.name} = {text}")
    return python_table.around(program, lines)


def printed(step: Step, program: Program, names: dict[Formula, str], forms: dict[str, str]) -> str:
    """What a step gives, as an expression of the values before it."""
    match step:
        case Row():
            return f"in_rows(rows, {program.input_shape}).astype(np.{step.out.dtype})"
        case Product():
            return f"{step.x.name} @ {step.W.name}" + (f" + {step.b.name}" if step.b else "")
        case GroupedProduct():
            groups, inputs, _ = step.W.array.shape
            x = f"{step.x.name}.reshape(-1, {groups}, {inputs})"
            return f'(np.einsum("ngf,gfk->ngk", {x}, {step.W.name}) + {step.b.name}).reshape(-1, {step.out.size})'
        case SharedProduct():
            product = f"{step.x.name}.reshape(-1, {len(step.W.array)}) @ {step.W.name}"
            whole = f"{product} + {step.b.name}" if step.b else product
            return f"({whole}).reshape(-1, {step.out.size})"
        case Elementwise():
            return elementwise(step, names)
        case Take():
            return f"{step.x.name}[:, {chosen(step.places)}]"
        case Join():
            return f"np.concatenate([{', '.join(part.name for part in step.parts)}], axis=1)"
        case Sort():
            return f"np.sort({step.x.name}, axis=1)"
        case Lookup():
            return f"look_up({step.table.name}, {step.x.name})"
        case Convert():
            return f"{step.x.name}.astype(np.{step.out.dtype})"
        case FillMissing():
            return f"np.where(np.isnan({step.x.name}), {step.values.name}, {step.x.name})"
        case IsMissing():
            return f"np.isnan({step.x.name}).astype(np.{step.out.dtype})"
        case NumberInput() | LevelInput():
            return python_columns.column(step, forms)
    raise TypeError(type(step))


def elementwise(step: Elementwise, names: dict[Formula, str]) -> str:
    """The call of a formula's function; over the last of several axes if rows of less than all entries are reduced."""
    apart = step.formula.by_rows and step.span != step.out.size
    shape = f"{step.out.size // step.span}, {step.span}"

    def given(one: Value | Constant) -> str:
        if not apart:
            return one.name
        return f"{one.name}.reshape({'-1, ' if isinstance(one, Value) else ''}{shape})"

    call = f"{names[step.formula]}({', '.join(map(given, step.inputs))})"
    return f"{call}.reshape(-1, {step.out.size})" if apart else call


def chosen(places: tuple[int, ...]) -> str:
    """Places as a slice where they follow each other."""
    first, last = places[0], places[-1]
    return f"{first}:{last + 1}" if places == tuple(range(first, last + 1)) else str([*places])


def constant(c: Constant) -> list[str]:
    """An array from its bytes."""
    kind = "<f4" if c.array.dtype == np.float32 else "<f8"
    text = base64.b64encode(np.ascontiguousarray(c.array, kind).tobytes()).decode()
    pieces = [text[at : at + 100] for at in range(0, len(text), 100)]
    shape = c.array.shape if c.array.ndim > 1 else f"({c.array.size},)"
    if len(pieces) == 1:
        return [f'{c.name} = numbers("{text}", {shape}, "{kind}")']
    quoted = [f'"{piece}"' for piece in pieces]
    quoted[-1] += ","
    return [f"{c.name} = numbers(", *indent([*quoted, f'{shape}, "{kind}"']), ")"]
