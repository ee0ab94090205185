"""A program as one C99 header: no allocation, no input and output, constant weights, every symbol with a prefix."""

import math
from collections.abc import Iterator

from glassnet.exports.builder import fresh
from glassnet.exports.program import Constant, Formula, Program, Row
from glassnet.exports.targets import c_int8, c_table
from glassnet.exports.targets.c_steps import each, note, printed
from glassnet.exports.targets.c_words import BYTES, RESERVED, TYPES, literal
from glassnet.exports.targets.header import header_lines
from glassnet.exports.targets.helpers import functions, helpers
from glassnet.exports.targets.loops import Loops
from glassnet.exports.targets.text import filled, indent
from glassnet.formulas.syntax.expressions import Expression

LIBRARY = {
    "abs": "fabs", "arctan": "atan", "arcsin": "asin", "arccos": "acos", "arcsinh": "asinh", "arccosh": "acosh",
    "arctanh": "atanh",
} | {name: name for name in (
    "cos", "sin", "tan", "exp", "expm1", "log", "log1p", "sqrt", "tanh", "sinh", "cosh", "floor", "ceil", "erf",
)}  # fmt: skip
OWN = {
    "maximum": ("T a, T b", "return (a >= b || a != a) ? a : b;", "The larger of two numbers; NaN if one is."),
    "minimum": ("T a, T b", "return (a <= b || a != a) ? a : b;", "The smaller of two numbers; NaN if one is."),
    "sign": ("T a", "return a > ZERO ? ONE : a < ZERO ? -ONE : a;", "-1, 0 or 1."),
    "step": ("T a", "return a > ZERO ? ONE : ZERO;", "1 where a > 0, else 0."),
}
NEEDS = {"row_max": "maximum"}
DERIVED = ("clip",)


def source(program: Program, name: str) -> str:
    """The text of the header; `name` is the prefix of its symbols."""
    prefix, names = f"{name}_", formula_names(program)
    guard = f"{name.upper()}_H"
    blocks = [
        ["/*", *(f" * {line}".rstrip() for line in (*header_lines(program), "", *sizes(program, prefix))), " */"],
        [
            f"#ifndef {guard}",
            f"#define {guard}",
            "",
            "#include <math.h>",
            *c_int8.includes(program),
            *c_table.includes(program),
        ],
        defines(program, prefix.upper()),
        *c_table.declarations(program, prefix),
        *(constant(c, prefix) for c in program.constants),
        *own_functions(program, prefix),
        *(function(f, f"{prefix}{f.name}{suffix(f.dtype)}", prefix) for f in helpers(program, DERIVED)),
        *(function(f, prefix + names[f], prefix) for f in program.formulas),
        *c_table.functions(program, prefix),
        *c_int8.functions(program, prefix),
        network(program, prefix, names),
        *c_table.answers(program, prefix),
        [f"#endif /* {guard} */"],
    ]
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def suffix(dtype: str) -> str:
    """What the functions of a type end with."""
    return "f" if dtype == "float32" else ""


def sizes(program: Program, prefix: str) -> list[str]:
    """How it is used, and how much memory that takes."""
    data = sum(c.array.size * BYTES[c.array.dtype.name] for c in program.constants)
    stack = sum(step.out.size * BYTES[step.out.dtype] for step in program.steps if not isinstance(step, Row))
    return [
        *c_table.usage(program, prefix),
        f"Memory: {data:,} bytes of constant data, about {stack:,} bytes of stack, nothing else.",
        *c_int8.flash(program, data),
        "Compile with -std=c99 (or later) and link with -lm.",
    ]


def defines(program: Program, upper: str) -> list[str]:
    """The numbers of inputs and outputs."""
    inputs = len(program.inputs) if program.of_table else program.inputs[0].out.size
    bits = [] if program.bits is None else [f"#define {upper}OUT_BITS {program.bits} /* an output is out / 2^bits */"]
    return [f"#define {upper}N_INPUTS {inputs}", f"#define {upper}N_OUTPUTS {program.outputs.value.size}", *bits]


def formula_names(program: Program) -> dict[Formula, str]:
    """The names of the functions that formulas become, without the prefix."""
    kept = {
        "predict",
        "label",
        "quantize",
        "shifted",
        "shares",
        "wave",
        "normalize",
        "classes",
        "row",
        "place",
        *(c.name for c in program.constants),
    }
    taken = kept | {f"{name}{end}" for name in (*OWN, *DERIVED) for end in ("", "f")}
    return {f: fresh(f.name, taken) for f in program.formulas}


class C(Loops):
    """Expressions and loops of one number type."""

    def __init__(self, formula: Formula, prefix: str):
        super().__init__(formula, RESERVED)
        self.dtype, self.prefix, self.type = formula.dtype, prefix, TYPES[formula.dtype]

    def number(self, value: float) -> str:
        """A number."""
        return literal(value, self.dtype)

    def call(self, name: str, arguments: tuple[Expression, ...]) -> str:
        """A function."""
        if name == "where":
            condition, yes, no = map(self.text, arguments)
            return f"({condition} ? {yes} : {no})"
        own = f"{self.prefix}{name}" if name in OWN or name in DERIVED else LIBRARY[name]
        return f"{own}{suffix(self.dtype)}({', '.join(map(self.text, arguments))})"

    def fixed(self, name: str, text: str) -> str:
        """The declaration of what stays."""
        return f"const {self.type} {name} = {text};"

    def changing(self, name: str, text: str) -> str:
        """The declaration of what changes."""
        return f"{self.type} {name} = {text};"

    def loop(self) -> str:
        """The head of a loop."""
        return "for (int i = 0; i < n; i++) {"

    def maximum(self) -> str:
        """The function for the larger of two numbers."""
        return f"{self.prefix}maximum{suffix(self.dtype)}"

    def least(self) -> str:
        """The least number."""
        return self.number(-math.inf)


def own_functions(program: Program, prefix: str) -> Iterator[list[str]]:
    """What the library lacks."""
    formulas = [*program.formulas, *helpers(program, DERIVED)]
    for dtype in dict.fromkeys(f.dtype for f in formulas):
        used = functions_in(program, dtype)
        for name, (parameters, body, words) in OWN.items():
            if name in used:
                yield own_function(f"{prefix}{name}{suffix(dtype)}", parameters, body, words, dtype)


def functions_in(program: Program, dtype: str) -> set[str]:
    """The functions that formulas of a number type call."""
    used = functions(program, DERIVED, dtype)
    return used | {NEEDS[name] for name in used if name in NEEDS}


def own_function(name: str, parameters: str, body: str, words: str, dtype: str) -> list[str]:
    """A function in one line."""
    zero, one = literal(0.0, dtype), literal(1.0, dtype)
    kind = TYPES[dtype]
    body = body.replace("ZERO", zero).replace("ONE", one)
    return [f"/* {words} */", f"static inline {kind} {name}({parameters.replace('T ', f'{kind} ')}) {{ {body} }}"]


def function(formula: Formula, name: str, prefix: str) -> list[str]:
    """A formula as a function of one entry, or of a row."""
    prints = C(formula, prefix)
    kind = prints.type
    if formula.by_rows:
        given = ", ".join(f"const {kind} *{parameter}" for parameter in prints.parameters)
        head = f"static inline void {name}(int n, {given}, {kind} *out)"
    else:
        head = f"static inline {kind} {name}({', '.join(f'{kind} {parameter}' for parameter in prints.parameters)})"
    return [*note(formula.note), head, "{", *indent(prints.body()), "}"]


def constant(c: Constant, prefix: str) -> list[str]:
    """An array."""
    dtype = c.array.dtype.name
    array = (
        c.array.T if dtype == "int8" and c.name.startswith("W_") else c.array
    )  # whole weights of a unit side by side
    items = [literal(float(value), dtype) for value in array.ravel()]
    shape = " x ".join(map(str, array.shape))
    head = f"static const {TYPES[dtype]} {prefix}{c.name}[{c.array.size}] = {{ /* {shape} */"
    return [head, *indent(filled(items)), "};"]


def network(program: Program, prefix: str, names: dict[Formula, str]) -> list[str]:
    """The function that goes through the steps."""
    lines: list[str] = []
    for step in program.steps:
        lines += [*([""] if step.note and lines else []), *note(step.note)]
        if not isinstance(step, Row):
            lines.append(f"{TYPES[step.out.dtype]} {step.out.name}[{step.out.size}];")
        lines += printed(step, program, prefix, names)
    for target, value in c_table.targets(program):
        lines += ["", each(value.size, f"{target}[i] = {value.name}[i];")]
    return [*c_table.head(program, prefix), "{", *indent(lines), "}"]
