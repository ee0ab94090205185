"""The steps of a program in C: each fills an array of its own."""

import numpy as np

from glassnet.exports.program import (
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
    Value,
)
from glassnet.exports.targets import c_int8, c_table
from glassnet.exports.targets.c_words import TYPES, literal
from glassnet.exports.targets.text import comment, filled, indent
from glassnet.exports.whole.quantized import QUANTIZED


def note(text: str) -> list[str]:
    """A comment, or nothing."""
    return [f"/* {comment(text)} */"] if text else []


def each(n: int, statement: str) -> str:
    """A loop of one statement."""
    return f"for (int i = 0; i < {n}; i++) {statement}"


def printed(step: Step, program: Program, prefix: str, names: dict[Formula, str]) -> list[str]:
    """The lines of a step, once its array is declared."""
    out = step.out
    match step:
        case Row():
            return []
        case Product():
            return product(step, prefix)
        case GroupedProduct():
            return grouped(step, prefix)
        case SharedProduct():
            return shared(step, prefix)
        case Elementwise():
            return elementwise(step, prefix, names)
        case Take():
            return take(step)
        case Join():
            ends = np.cumsum([0, *(part.size for part in step.parts)]).tolist()
            return [
                each(part.size, f"{out.name}[{f'{at} + ' if at else ''}i] = {part.name}[i];")
                for at, part in zip(ends[:-1], step.parts, strict=True)
            ]
        case Sort():
            return sort(step)
        case Lookup():
            return look_up(step, prefix)
        case Convert():
            return [each(out.size, f"{out.name}[i] = ({TYPES[out.dtype]}){step.x.name}[i];")]
        case FillMissing():
            x = f"{step.x.name}[i]"
            return [each(out.size, f"{out.name}[i] = {x} != {x} ? {prefix}{step.values.name}[i] : {x};")]
        case IsMissing():
            x, one, zero = f"{step.x.name}[i]", literal(1.0, out.dtype), literal(0.0, out.dtype)
            return [each(out.size, f"{out.name}[i] = {x} != {x} ? {one} : {zero};")]
    if isinstance(step, QUANTIZED):
        return c_int8.printed(step, prefix)
    return c_table.column(step, program, prefix)


def product(step: Product, prefix: str) -> list[str]:
    """Row by row of the weights, so that a compiler can multiply several columns at once."""
    n, m, z = step.x.size, step.out.size, step.out.name
    begin = f"{prefix}{step.b.name}[j]" if step.b else literal(0.0, step.out.dtype)
    return [
        f"for (int j = 0; j < {m}; j++) {z}[j] = {begin};",
        f"for (int i = 0; i < {n}; i++) {{",
        f"    for (int j = 0; j < {m}; j++) {z}[j] += {step.x.name}[i] * {prefix}{step.W.name}[i * {m} + j];",
        "}",
    ]


def grouped(step: GroupedProduct, prefix: str) -> list[str]:
    """A small product for each group."""
    groups, n, m = step.W.array.shape
    z, W = step.out.name, f"{prefix}{step.W.name}"
    x = step.x.name
    return [
        f"for (int j = 0; j < {groups * m}; j++) {z}[j] = {prefix}{step.b.name}[j];",
        f"for (int g = 0; g < {groups}; g++) {{",
        f"    for (int i = 0; i < {n}; i++) {{",
        f"        const {TYPES[step.out.dtype]} *w = {W} + (g * {n} + i) * {m};",
        f"        for (int j = 0; j < {m}; j++) {z}[g * {m} + j] += {x}[g * {n} + i] * w[j];",
        "    }",
        "}",
    ]


def shared(step: SharedProduct, prefix: str) -> list[str]:
    """The same product for each group of entries."""
    n, m = step.W.array.shape
    begin = f"{prefix}{step.b.name}[j]" if step.b else literal(0.0, step.out.dtype)
    kind, x, z = TYPES[step.out.dtype], step.x.name, step.out.name
    return [
        f"for (int g = 0; g < {step.groups}; g++) {{",
        f"    {kind} *z = {z} + g * {m};",
        f"    for (int j = 0; j < {m}; j++) z[j] = {begin};",
        f"    for (int i = 0; i < {n}; i++) {{",
        f"        for (int j = 0; j < {m}; j++) z[j] += {x}[g * {n} + i] * {prefix}{step.W.name}[i * {m} + j];",
        "    }",
        "}",
    ]


def elementwise(step: Elementwise, prefix: str, names: dict[Formula, str]) -> list[str]:
    """The function of a formula, entry by entry or row by row."""
    out, name = step.out, prefix + names[step.formula]
    given = [f"{'' if isinstance(one, Value) else prefix}{one.name}" for one in step.inputs]
    if not step.formula.by_rows:
        return [each(out.size, f"{out.name}[i] = {name}({', '.join(f'{one}[i]' for one in given)});")]
    if step.span == out.size:
        return [f"{name}({step.span}, {', '.join(given)}, {out.name});"]
    moved = ", ".join(f"{one} + i * {step.span}" for one in [*given, out.name])
    return [each(out.size // step.span, f"{name}({step.span}, {moved});")]


def take(step: Take) -> list[str]:
    """Copies, in a loop where the places follow each other."""
    x, out, places = step.x.name, step.out.name, step.places
    if places == tuple(range(places[0], places[0] + len(places))):
        return [each(len(places), f"{out}[i] = {x}[{f'{places[0]} + ' if places[0] else ''}i];")]
    numbers = filled([*map(str, places)])
    table = f"{out}_places"
    return [
        f"static const int {table}[{len(places)}] = {{",
        *indent(numbers),
        "};",
        each(len(places), f"{out}[i] = {x}[{table}[i]];"),
    ]


def sort(step: Sort) -> list[str]:
    """Each entry moved in front of those that are larger: there are few."""
    x, out = step.x.name, step.out.name
    return [
        f"for (int i = 0, j; i < {step.x.size}; i++) {{",
        f"    for (j = i; j > 0 && {out}[j - 1] > {x}[i]; j--) {out}[j] = {out}[j - 1];",
        f"    {out}[j] = {x}[i];",
        "}",
    ]


def look_up(step: Lookup, prefix: str) -> list[str]:
    """Rows of a table, by codes that are rounded and kept within it."""
    rows, width = step.table.array.shape
    x, out, kind = step.x.name, step.out.name, step.x.dtype
    half, top = literal(0.5, kind), literal(rows - 0.5, kind)
    zero, table = literal(0.0, kind), f"{prefix}{step.table.name}"
    return [
        f"for (int i = 0; i < {step.x.size}; i++) {{",
        f"    const int code = !({x}[i] > {zero}) ? 0 : {x}[i] < {top} ? (int)({x}[i] + {half}) : {rows - 1};",
        f"    for (int j = 0; j < {width}; j++) {out}[i * {width} + j] = {table}[code * {width} + j];",
        "}",
    ]
