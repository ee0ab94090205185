"""A formula with its numbers put in: settings, constants and what depends on the number type become numbers.

What is left are entries of a row, numbers, and what is reduced over a row.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from glassnet.formulas import elementary
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
    Setting,
    Steps,
    Variable,
)
from glassnet.formulas.syntax.reader import Untranslatable

OF_TYPE = ("largest_exponent", "log_epsilon", "machine_epsilon")


def resolved(
    read: Steps, numbers: Mapping[str, float], settings: Callable[[str], float], dtype: np.dtype, entry: Expression
) -> Steps:
    """The formula with the `numbers` of some of its variables and its settings put in, for a number type.

    `entry` is a variable that has a number for each entry.
    """
    resolver = Resolver(numbers, settings, dtype)
    steps = [kept for step in read.steps if (kept := resolver.step(step)) is not None]
    return Steps(steps, [for_each_entry(resolver.of(result), entry) for result in read.results])


class Resolver:
    """Walks through one formula."""

    def __init__(self, numbers: Mapping[str, float], settings: Callable[[str], float], dtype: np.dtype):
        self.known: dict[str, Expression] = {name: Number(value) for name, value in numbers.items()}
        self.settings, self.dtype = settings, dtype
        self.done: dict[Expression, Expression] = {}

    def step(self, step: Assignment | Reduction) -> Assignment | Reduction | None:
        """A step, or None where it gives a number, which is put in place of its name."""
        if isinstance(step, Reduction):
            reduced = self.of(step)
            return reduced if isinstance(reduced, Reduction) else None
        value = self.of(step.value)
        if isinstance(value, Number | Variable):  # a second name is none
            self.known[step.name] = value
            return None
        self.known[step.name] = Variable(value.kind, step.name)
        return Assignment(step.name, value)

    def of(self, given: Expression) -> Expression:
        """An expression; the same one each time that it is asked for, as reductions are known by themselves."""
        if given not in self.done:
            self.done[given] = self._of(given)
        return self.done[given]

    def _of(self, given: Expression) -> Expression:
        match given:
            case Number():
                return given
            case Setting():
                return Number(self.settings(given.path))
            case Variable():
                return self.known.get(given.name, given)
            case Reduction():
                return Reduction(given.name, self.of(given.of), given.label)
            case Negative():
                of = self.of(given.of)
                return Number(-of.value) if isinstance(of, Number) else Negative(of.kind, of)
            case Power():
                of = self.of(given.of)
                return Number(of.value**given.times) if isinstance(of, Number) else Power(of.kind, of, given.times)
            case Binary() | Compare():
                return self.of_two(given, self.of(given.left), self.of(given.right))
            case Call():
                return self.call(given.name, tuple(self.of(each) for each in given.arguments))
        raise Untranslatable(f"{given} is not understood")

    def of_two(self, given: Binary | Compare, left: Expression, right: Expression) -> Expression:
        """Two numbers joined, or two expressions."""
        if isinstance(left, Number) and isinstance(right, Number):
            return Number(OPERATORS[given.symbol](left.value, right.value))
        return replace(given, kind=max(left.kind, right.kind), left=left, right=right)

    def call(self, name: str, arguments: tuple[Expression, ...]) -> Expression:
        """A function of numbers is a number, and so is one of the number type alone."""
        if name in OF_TYPE:
            return Number(getattr(elementary, name)(np.zeros(1, self.dtype)))
        if name == "where" and isinstance(condition := arguments[0], Number):
            return arguments[1] if condition.value else arguments[2]
        if all(isinstance(each, Number) for each in arguments):
            function = getattr(elementary, name, None) or getattr(np, name)
            return Number(float(function(*(each.value for each in arguments if isinstance(each, Number)))))
        return Call(max(each.kind for each in arguments), name, arguments)


def quotient(left: float, right: float) -> float:
    """As NumPy divides."""
    if right:
        return left / right
    return math.nan if not left or math.isnan(left) else math.copysign(math.inf, left) * math.copysign(1.0, right)


OPERATORS: dict[str, Callable[[Any, Any], float]] = {
    "+": lambda a, b: a + b, "-": lambda a, b: a - b, "*": lambda a, b: a * b, "/": quotient, "**": lambda a, b: a**b,
    ">": lambda a, b: a > b, ">=": lambda a, b: a >= b, "<": lambda a, b: a < b, "<=": lambda a, b: a <= b,
}  # fmt: skip


def for_each_entry(result: Expression, entry: Expression) -> Expression:
    """A result that is the same for all entries, as an expression with an entry in it."""
    if result.kind == VECTOR:
        return result
    return Call(VECTOR, "where", (Compare(VECTOR, ">", entry, Number(math.inf)), result, result))
