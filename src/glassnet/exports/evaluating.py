"""A program run step by step with NumPy, by its definition: what the targets print must give the same."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

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
from glassnet.exports.whole.quantized import QUANTIZED, computed
from glassnet.formulas import elementary
from glassnet.formulas.elementary import Array
from glassnet.formulas.syntax.expressions import (
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

OPERATORS = {
    "+": np.add, "-": np.subtract, "*": np.multiply, "/": np.divide,
    ">": np.greater, ">=": np.greater_equal, "<": np.less, "<=": np.less_equal,
}  # fmt: skip


def run(program: Program, rows: Array | None = None, plain: Sequence[Sequence[Any]] = ()) -> dict[str, Array]:
    """The value of every step by its name, for `rows` (n, inputs) of a network or a list for each column of a table."""
    values: dict[str, Array] = {}
    with np.errstate(all="ignore"):
        for step in program.steps:
            column = plain[program.inputs.index(step)] if isinstance(step, NumberInput | LevelInput) else rows
            values[step.out.name] = found = given(step, values, column).astype(step.out.dtype)
            if found.shape[1:] != (step.out.size,):
                raise ValueError(f"a step of {step.out.size} numbers gave {found.shape[1:]}: {step}")
    return values


def given(step: Step, values: Mapping[str, Array], column: Any) -> Array:
    """What a step gives; `column` is what comes in, where it takes an input."""

    def of(one: Value | Constant) -> Array:
        return one.array if isinstance(one, Constant) else values[one.name]

    match step:
        case Row():
            return column.reshape(len(column), -1)
        case NumberInput():
            return np.array(column, float)[:, np.newaxis]
        case LevelInput():
            places = [step.missing if text is None else step.places.get(text, step.unknown) for text in column]
            return np.array(places)[:, np.newaxis]
        case Product():
            return of(step.x) @ of(step.W) + (0 if step.b is None else of(step.b))
        case GroupedProduct():
            groups, inputs, _ = step.W.array.shape
            in_groups = of(step.x).reshape(-1, groups, inputs)
            return (np.einsum("ngf,gfk->ngk", in_groups, of(step.W)) + of(step.b)).reshape(len(in_groups), -1)
        case SharedProduct():
            x = of(step.x).reshape(-1, len(step.W.array))
            return (x @ of(step.W) + (0 if step.b is None else of(step.b))).reshape(-1, step.out.size)
        case Elementwise():
            shape = (-1, step.out.size // step.span, step.span)
            inputs = {
                name: of(one).reshape(shape) for name, one in zip(step.formula.parameters, step.inputs, strict=True)
            }
            return formula_values(step.formula.read, inputs).reshape(-1, step.out.size)
        case Take():
            return of(step.x)[:, list(step.places)]
        case Join():
            return np.concatenate([of(part) for part in step.parts], axis=1)
        case Lookup():
            codes = np.nan_to_num(np.rint(of(step.x))).clip(0, len(step.table.array) - 1).astype(int)
            return of(step.table)[codes].reshape(len(codes), -1)
        case Sort():
            return np.sort(of(step.x), axis=1)
        case Convert():
            return of(step.x)
        case FillMissing():
            return np.where(np.isnan(of(step.x)), of(step.values), of(step.x))
        case IsMissing():
            return np.isnan(of(step.x))
    assert isinstance(step, QUANTIZED)
    return computed(step, values)


def formula_values(read: Steps, names: Mapping[str, Array]) -> Array:
    """The result of a formula of arrays, step by step."""
    reduced: dict[Reduction, Array] = {}
    for step in read.steps:
        if isinstance(step, Reduction):
            over = np.max if step.name == "row_max" else np.sum
            reduced[step] = over(expression(step.of, names, reduced), axis=-1, keepdims=True)
        else:
            names = {**names, step.name: expression(step.value, names, reduced)}
    return expression(read.results[0], names, reduced)


def expression(of: Expression, names: Mapping[str, Array], reduced: Mapping[Reduction, Array]) -> Any:
    """The value of an expression."""

    def value(one: Expression) -> Any:
        return expression(one, names, reduced)

    match of:
        case Number():
            return of.value
        case Variable():
            return names[of.name]
        case Reduction():
            return reduced[of]
        case Negative():
            return -value(of.of)
        case Power():
            return value(of.of) ** of.times
        case Binary() | Compare():
            return OPERATORS[of.symbol](value(of.left), value(of.right))
        case Call():
            function: Any = getattr(elementary, of.name, None) or getattr(np, of.name)
            return function(*map(value, of.arguments))
    raise TypeError(type(of))
