"""Formulas as operators of ONNX; what ONNX, or onnxruntime in double precision, lacks is written with what there is."""

import inspect
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import numpy as np

from glassnet.exports.onnx.writer import TYPES, GraphWriter
from glassnet.exports.resolving import resolved
from glassnet.formulas import elementary
from glassnet.formulas.prediction import primitives
from glassnet.formulas.syntax.expressions import (
    VECTOR,
    Binary,
    Call,
    Compare,
    Expression,
    Negative,
    Number,
    Power,
    Reduction,
    Steps,
    Variable,
)
from glassnet.formulas.syntax.reader import Untranslatable, read

IN_BOTH = {
    "abs": "Abs", "ceil": "Ceil", "exp": "Exp", "floor": "Floor", "log": "Log", "maximum": "Max",
    "minimum": "Min", "sign": "Sign", "sin": "Sin", "sqrt": "Sqrt", "tanh": "Tanh", "where": "Where",
}  # fmt: skip
OPERATORS = {
    "float64": IN_BOTH,
    "float32": IN_BOTH | {
        "arccos": "Acos", "arccosh": "Acosh", "arcsin": "Asin", "arcsinh": "Asinh", "arctan": "Atan",
        "arctanh": "Atanh", "cos": "Cos", "cosh": "Cosh", "erf": "Erf", "sinh": "Sinh", "tan": "Tan",
    },
}  # fmt: skip
SIGNS = {
    "+": "Add", "-": "Sub", "*": "Mul", "/": "Div",
    ">": "Greater", ">=": "GreaterOrEqual", "<": "Less", "<=": "LessOrEqual",
}  # fmt: skip
REDUCTIONS = {"row_max": "ReduceMax", "row_sum": "ReduceSum"}


@cache
def source_of(name: str, dtype: str) -> tuple[tuple[str, ...], Steps]:
    """(the parameters, the steps) of a function that no operator computes."""
    function: Callable[..., Any] = getattr(primitives, name, None) or getattr(elementary, name)
    parameters = tuple(inspect.signature(function).parameters)
    variables = {each: Variable(VECTOR, each) for each in parameters}
    return parameters, resolved(read(function, variables), {}, float, np.dtype(dtype), Variable(VECTOR, parameters[0]))


class Operators:
    """Writes one formula as nodes, each expression once; `names` are the arrays that its variables stand for."""

    def __init__(self, graph: GraphWriter, dtype: str, names: Mapping[str, str]):
        self.graph, self.dtype, self.names = graph, dtype, dict(names)
        self.done: dict[Expression, str] = {}

    def all(self, formula: Steps) -> str:
        """The array that the formula's result is in."""
        for step in formula.steps:
            if isinstance(step, Reduction):
                self.of(step)
            else:
                self.names[step.name] = self.of(step.value)
        return self.of(formula.results[0])

    def of(self, given: Expression) -> str:
        """The array that an expression is in."""
        if isinstance(given, Variable):
            return self.names[given.name]
        if given not in self.done:
            self.done[given] = self.written(given)
        return self.done[given]

    def number(self, value: float) -> str:
        """A number."""
        return self.graph.constant(np.asarray(value, self.dtype), "number")

    def written(self, given: Expression) -> str:
        """The node of an expression."""
        match given:
            case Number():
                return self.number(given.value)
            case Negative():
                return self.graph("Neg", self.of(given.of))
            case Power():
                return self.power(self.of(given.of), given.times)
            case Binary() | Compare() if given.symbol in SIGNS:
                return self.graph(SIGNS[given.symbol], self.of(given.left), self.of(given.right))
            case Reduction():
                return self.reduced(given.name, self.of(given.of))
            case Call():
                return self.call(given.name, given.arguments)
        raise Untranslatable(f"{given} is not understood")

    def power(self, x: str, times: int) -> str:
        """A whole power, as a product."""
        found = x
        for _ in range(times - 1):
            found = self.graph("Mul", found, x)
        return found

    def reduced(self, name: str, x: str) -> str:
        """The sum or the largest of each row, in a column; where the axis is said differs between the two."""
        if name == "row_sum":
            return self.graph(REDUCTIONS[name], x, self.graph.constant(np.array([-1])))
        return self.graph(REDUCTIONS[name], x, axes=[-1])

    def call(self, name: str, arguments: tuple[Expression, ...]) -> str:
        """A function: as an operator, or from its own source."""
        given = [self.of(each) for each in arguments]
        if name == "maximum" and isinstance(arguments[1], Number) and arguments[1].value == 0.0:
            return self.graph("Relu", given[0])
        if name == "clip":
            return self.graph("Min", self.graph("Max", *given[:2]), given[2])
        if name == "step":
            return self.cast(self.graph("Greater", given[0], self.number(0.0)))
        if name in OPERATORS[self.dtype]:
            return self.graph(OPERATORS[self.dtype][name], *given)
        parameters, steps = source_of(name, self.dtype)
        return Operators(self.graph, self.dtype, dict(zip(parameters, given, strict=True))).all(steps)

    def cast(self, x: str) -> str:
        """An array in this number type."""
        return self.graph("Cast", x, to=int(TYPES[self.dtype]))
