"""A program run step by step with NumPy, by its definition: what the targets print must give the same."""

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
    Row,
    Sort,
    Take,
)
from glassnet.formulas import elementary
from glassnet.formulas.syntax.expressions import Binary, Call, Compare, Negative, Number, Power, Reduction, Variable

OPERATORS = {
    "+": np.add, "-": np.subtract, "*": np.multiply, "/": np.divide,
    ">": np.greater, ">=": np.greater_equal, "<": np.less, "<=": np.less_equal,
}  # fmt: skip


def run(program, case):
    """The value of every step by its name, for the rows of a case."""
    values: dict[str, np.ndarray] = {}
    with np.errstate(all="ignore"):
        for number, step in enumerate(program.steps):
            values[step.out.name] = found = given(step, values, case, number).astype(step.out.dtype)
            assert found.shape == (case.n_rows, step.out.size), step
    return values


def given(step, values, case, number):
    def of(one):
        return one.array if isinstance(one, Constant) else values[one.name]

    match step:
        case Row():
            return case.rows.reshape(len(case.rows), -1)
        case NumberInput() | LevelInput():
            column = case.plain[list(case.program.inputs).index(step)]
            if isinstance(step, NumberInput):
                return np.array(column)[:, np.newaxis]
            places = [step.missing if text is None else step.places.get(text, step.unknown) for text in column]
            return np.array(places)[:, np.newaxis]
        case Product():
            return of(step.x) @ of(step.W) + (0 if step.b is None else of(step.b))
        case GroupedProduct():
            groups, inputs, _ = step.W.array.shape
            x = of(step.x).reshape(-1, groups, inputs)
            return (np.einsum("ngf,gfk->ngk", x, of(step.W)) + of(step.b)).reshape(len(x), -1)
        case Elementwise():
            shape = (-1, step.out.size // step.span, step.span)
            inputs = {
                name: of(one).reshape(shape) for name, one in zip(step.formula.parameters, step.inputs, strict=True)
            }
            return formula(step.formula.read, inputs).reshape(-1, step.out.size)
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


def formula(read, names):
    """The result of a formula of arrays, step by step."""
    reduced: dict[Reduction, np.ndarray] = {}
    for step in read.steps:
        if isinstance(step, Reduction):
            over = np.max if step.name == "row_max" else np.sum
            reduced[step] = over(expression(step.of, names, reduced), axis=-1, keepdims=True)
        else:
            names = names | {step.name: expression(step.value, names, reduced)}
    return expression(read.results[0], names, reduced)


def expression(of, names, reduced):
    """The value of an expression."""

    def value(one):
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
            return (getattr(elementary, of.name, None) or getattr(np, of.name))(*map(value, of.arguments))
