"""A program as an ONNX file: a graph of operators, from rows of numbers or raw columns to the answer."""

from typing import Any

import numpy as np

from glassnet.exports.onnx.formulas import Operators
from glassnet.exports.onnx.fusing import fuse
from glassnet.exports.onnx.table import about, columns_of, level_column, number_column, outputs
from glassnet.exports.onnx.writer import TYPES, GraphWriter
from glassnet.exports.program import (
    Constant,
    Convert,
    Elementwise,
    FillMissing,
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

INPUT = "x"  # of a network


def source(program: Program) -> bytes:
    """The bytes of the file."""
    parts = {part.name for part in (*program.takes, *program.gives)}
    taken = {*columns_of(program), *parts, INPUT, "label", "probabilities", "prediction", "interval", "outputs"}
    printer = Printer(program, GraphWriter(taken))
    for step in program.steps:
        printer.arrays[step.out.name] = printer.step(step)
    for dtype in ("float32", "float64"):
        fuse(printer.graph, dtype)
    outputs(printer.graph, program, printer.arrays)
    return printer.graph.bytes(program.title, about(program))


class Printer:
    """Writes steps as nodes; `arrays` are those that values are in, `codes` whole numbers beside them."""

    def __init__(self, program: Program, graph: GraphWriter):
        self.program, self.graph = program, graph
        self.arrays: dict[str, str] = {}
        self.codes: dict[str, str] = {}
        self.constants: dict[Constant, str] = {}

    def constant(self, c: Constant, shape: tuple[int, ...] | None = None) -> str:
        """An array of the model, once; in another shape apart."""
        if shape is not None:
            return self.graph.constant(c.array.reshape(shape), c.name)
        if c not in self.constants:
            self.constants[c] = self.graph.constant(c.array, c.name)
        return self.constants[c]

    def whole(self, numbers: Any) -> str:
        """Whole numbers, such as a shape or places."""
        return self.graph.constant(np.array(numbers, np.int64), "whole")

    def shaped(self, x: str, *shape: int, named: str = "") -> str:
        """An array in another shape; 0 keeps the number of rows."""
        return self.graph("Reshape", x, self.whole(shape), named=named)

    def of(self, given: Value | Constant) -> str:
        """The array of a value or a constant."""
        return self.constant(given) if isinstance(given, Constant) else self.arrays[given.name]

    def step(self, step: Step) -> str:
        """The array of what a step gives."""
        g, name = self.graph, step.out.name
        match step:
            case Row() if self.program.takes:
                return self.joined_parts(step)
            case Row():
                x = g.input(INPUT, step.out.dtype, self.program.input_shape)
                return x if len(self.program.input_shape) == 1 else self.shaped(x, 0, step.out.size, named=name)
            case Product():
                return g("Gemm", self.of(step.x), self.of(step.W), *([self.of(step.b)] if step.b else []), named=name)
            case GroupedProduct():
                return self.grouped(step)
            case SharedProduct():
                x = self.shaped(self.of(step.x), -1, len(step.W.array))
                product = g("Gemm", x, self.of(step.W), *([self.of(step.b)] if step.b else []))
                return self.shaped(product, -1, step.out.size, named=name)
            case Elementwise():
                return self.elementwise(step)
            case Take():
                return g("Gather", self.of(step.x), self.whole(step.places), axis=1, named=name)
            case Join():
                return g("Concat", *map(self.of, step.parts), axis=1, named=name)
            case Sort():
                size = self.whole([step.x.size])
                return g.first_of_two("TopK", self.of(step.x), size, named=name, axis=1, largest=0, sorted=1)
            case Lookup():
                return self.lookup(step)
            case Convert():
                return g("Cast", self.of(step.x), named=name, to=int(TYPES[step.out.dtype]))
            case FillMissing():
                x = self.of(step.x)
                return g("Where", g("IsNaN", x), self.of(step.values), x, named=name)
            case IsMissing():
                return g("Cast", g("IsNaN", self.of(step.x)), named=name, to=int(TYPES[step.out.dtype]))
            case NumberInput():
                return number_column(g, step)
            case LevelInput():
                self.codes[name] = level_column(g, step)
                return g("Cast", self.codes[name], named=name, to=int(TYPES[step.out.dtype]))
        raise TypeError(type(step))

    def joined_parts(self, step: Row) -> str:
        """The parts of a row, each an input, flat and side by side."""
        given = [(part, self.graph.input(part.name, step.out.dtype, part.shape)) for part in self.program.takes]
        flat = [name if len(part.shape) == 1 else self.shaped(name, 0, part.size) for part, name in given]
        return flat[0] if len(flat) == 1 else self.graph("Concat", *flat, axis=1, named=step.out.name)

    def grouped(self, step: GroupedProduct) -> str:
        """A product for each group: the groups in front, as a batch of matrices."""
        groups, inputs, units = step.W.array.shape
        x = self.graph("Transpose", self.shaped(self.of(step.x), 0, groups, inputs), perm=[1, 0, 2])
        product = self.graph("MatMul", x, self.of(step.W))
        lines = self.graph("Add", product, self.constant(step.b, (groups, 1, units)))
        back = self.graph("Transpose", lines, perm=[1, 0, 2])
        return self.shaped(back, 0, groups * units, named=step.out.name)

    def elementwise(self, step: Elementwise) -> str:
        """A formula; over the last of several axes if rows of less than all entries are reduced."""
        formula = step.formula
        groups = step.out.size // step.span if formula.by_rows else 1
        names = {}
        for name, given in zip(formula.parameters, step.inputs, strict=True):
            if groups == 1:
                names[name] = self.of(given)
            elif isinstance(given, Constant):
                names[name] = self.constant(given, (groups, step.span))
            else:
                names[name] = self.shaped(self.of(given), 0, groups, step.span)
        found = Operators(self.graph, formula.dtype, names).all(formula.read)
        return found if groups == 1 else self.shaped(found, 0, step.out.size, named=step.out.name)

    def lookup(self, step: Lookup) -> str:
        """Rows of a table by code, which is rounded and kept within it."""
        g, (n_rows, width) = self.graph, step.table.array.shape
        codes = self.codes.get(step.x.name)
        if codes is None:
            x, kind = self.of(step.x), step.x.dtype
            zero, last = (g.constant(np.asarray(value, kind), "number") for value in (0.0, n_rows - 1.0))
            rounded = g("Min", g("Round", x), last)
            inside = g("Where", g("GreaterOrEqual", rounded, zero), rounded, zero)
            codes = g("Cast", inside, to=int(TYPES["int64"]))
        rows = g("Gather", self.constant(step.table), codes, axis=0)
        return self.shaped(rows, 0, step.x.size * width, named=step.out.name)
