"""Functions of NumPy that act entry by entry, as expressions of formulas: what each target can print."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from glassnet.errors import InvalidInput
from glassnet.formulas.syntax.expressions import (
    VECTOR,
    Assignment,
    Binary,
    Call,
    Compare,
    Expression,
    Negative,
    Number,
    Power,
    Reduction,
    Variable,
)

LARGEST_POWER = 8  # that is written as a product
MOST_POWERS = 16  # different exponents in one array
ONE, ZERO = Number(1.0), Number(0.0)
CALLED = {
    np.absolute: "abs", np.exp: "exp", np.expm1: "expm1", np.log: "log", np.log1p: "log1p", np.sqrt: "sqrt",
    np.sin: "sin", np.cos: "cos", np.tan: "tan", np.arcsin: "arcsin", np.arccos: "arccos", np.arctan: "arctan",
    np.sinh: "sinh", np.cosh: "cosh", np.tanh: "tanh", np.arcsinh: "arcsinh", np.arccosh: "arccosh",
    np.arctanh: "arctanh", np.sign: "sign", np.floor: "floor", np.ceil: "ceil", np.maximum: "maximum",
    np.minimum: "minimum",
}  # fmt: skip
JOINED = {np.add: "+", np.subtract: "-", np.multiply: "*", np.divide: "/"}
COMPARED = {np.greater: ">", np.greater_equal: ">=", np.less: "<", np.less_equal: "<="}


class Expressions:
    """Writes one formula: `steps` are what has got a name in it."""

    def __init__(self) -> None:
        self.steps: list[Assignment | Reduction] = []

    def of(self, function: Callable[..., Any], given: list[Expression]) -> Expression:
        """The expression of a call; a comparison stays one, for `where`."""
        if function is np.where:
            mask, yes, no = given[0], *map(truth, given[1:])
            return call(
                "where", mask if isinstance(mask, Compare) else Compare(VECTOR, ">", mask, Number(0.5)), yes, no
            )
        given = [truth(each) for each in given]
        if function in COMPARED:
            return Compare(VECTOR, COMPARED[function], *given)
        if function in JOINED:
            return Binary(VECTOR, JOINED[function], *given)
        return call(CALLED[function], *given) if function in CALLED else OTHERS[function](self, *given)

    def named(self, expression: Expression) -> Expression:
        """What is used more than once, by a name."""
        if isinstance(expression, Variable | Number):
            return expression
        name = f"own_e{len(self.steps)}"
        self.steps.append(Assignment(name, expression))
        return Variable(VECTOR, name)

    def square(self, x: Expression) -> Expression:
        """x²."""
        return Power(VECTOR, self.named(x), 2)

    def power(self, x: Expression, y: Expression) -> Expression:
        """xʸ for a number y: a product, a root, or by the logarithm; or for a number x above 0."""
        if isinstance(x, Number) and x.value > 0:
            return call("exp", product(y, Number(math.log(x.value))))
        if not isinstance(y, Number):
            raise InvalidInput("np.power with an exponent that is computed has no step in an exported file")
        x, times = self.named(x), y.value
        if times == 0:
            return Binary(VECTOR, "+", product(x, ZERO), ONE)
        if times < 0:
            return Binary(VECTOR, "/", ONE, self.power(x, Number(-times)))
        if times == 0.5:
            return call("sqrt", x)
        if times.is_integer() and times <= LARGEST_POWER:
            return Power(VECTOR, x, int(times))
        if not times.is_integer():
            return call("exp", product(y, call("log", x)))
        found = call("exp", product(y, call("log", call("abs", x))))
        return found if times % 2 == 0 else product(call("sign", x), found)

    def power_of_each(self, x: Expression, which: Expression, exponents: Sequence[float]) -> Expression:
        """xʸ for numbers y that differ from entry to entry: `which` of the exponents each entry has."""
        if len(exponents) > MOST_POWERS:
            raise InvalidInput(
                f"np.power with {len(exponents)} different exponents has no step in an exported file, which takes "
                f"{MOST_POWERS} at most"
            )
        x = self.named(x)
        found = self.power(x, Number(exponents[-1]))
        for k in reversed(range(len(exponents) - 1)):
            below = Compare(VECTOR, "<", which, Number(k + 0.5))
            found = call("where", below, self.power(x, Number(exponents[k])), found)
        return found

    def equal(self, x: Expression, y: Expression) -> Expression:
        """1 where both are the same."""
        x, y = self.named(x), self.named(y)
        return call("where", Compare(VECTOR, ">=", x, y), truth(Compare(VECTOR, "<=", x, y)), ZERO)

    def logaddexp(self, x: Expression, y: Expression) -> Expression:
        """log(eˣ + eʸ), which overflows nowhere."""
        x, y = self.named(x), self.named(y)
        apart = Negative(VECTOR, call("abs", Binary(VECTOR, "-", x, y)))
        return Binary(VECTOR, "+", call("maximum", x, y), call("log1p", call("exp", apart)))


def call(name: str, *given: Expression) -> Expression:
    """A function."""
    return Call(VECTOR, name, given)


def product(x: Expression, y: Expression) -> Expression:
    """A product."""
    return Binary(VECTOR, "*", x, y)


def truth(expression: Expression) -> Expression:
    """A comparison as the numbers 1 and 0."""
    return call("where", expression, ONE, ZERO) if isinstance(expression, Compare) else expression


def opposite(x: Expression) -> Expression:
    """1 where x is 0, and 0 where it is 1."""
    return Binary(VECTOR, "-", ONE, x)


OTHERS: dict[Callable[..., Any], Callable[..., Expression]] = {
    np.negative: lambda e, x: Negative(VECTOR, x),
    np.positive: lambda e, x: x,
    np.square: Expressions.square,
    np.reciprocal: lambda e, x: Binary(VECTOR, "/", ONE, x),
    np.log2: lambda e, x: product(call("log", x), Number(1 / math.log(2))),
    np.log10: lambda e, x: product(call("log", x), Number(1 / math.log(10))),
    np.power: Expressions.power,
    np.logaddexp: Expressions.logaddexp,
    np.equal: Expressions.equal,
    np.not_equal: lambda e, x, y: opposite(e.equal(x, y)),
    np.logical_and: lambda e, x, y: product(x, y),
    np.bitwise_and: lambda e, x, y: product(x, y),
    np.logical_or: lambda e, x, y: call("maximum", x, y),
    np.bitwise_or: lambda e, x, y: call("maximum", x, y),
    np.logical_not: lambda e, x: opposite(x),
    np.invert: lambda e, x: opposite(x),
}
ENTRYWISE = {np.where, *CALLED, *JOINED, *COMPARED, *OTHERS}
