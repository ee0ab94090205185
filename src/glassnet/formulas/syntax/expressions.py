"""Formulas as trees: what `formulas/syntax/reader.py` reads from a formula's source, and every target prints.

Each piece has a kind. A *scalar* is a setting, a constant, a step number or a rate; a *vector* has one number per
entry; a *column* has one number per row (what `row_max` and `row_sum` give).
"""

from dataclasses import dataclass, field

SCALAR, COLUMN, VECTOR = 0, 1, 2


@dataclass(frozen=True, eq=False)
class Expression:
    """A piece of a formula, with its kind."""

    kind: int


@dataclass(frozen=True, eq=False)
class Number(Expression):
    """A constant."""

    value: float
    kind: int = field(default=SCALAR, init=False)


@dataclass(frozen=True, eq=False)
class Setting(Expression):
    """A setting of the object that the formula belongs to, `self.alpha`; of a part of it, "part.alpha"."""

    path: str
    kind: int = field(default=SCALAR, init=False)


@dataclass(frozen=True, eq=False)
class Variable(Expression):
    """An argument of the formula, or the value of an earlier step."""

    name: str


@dataclass(frozen=True, eq=False)
class Negative(Expression):
    """−x."""

    of: Expression


@dataclass(frozen=True, eq=False)
class Binary(Expression):
    """Two pieces joined by one of + - * / and, of scalars alone, **."""

    symbol: str
    left: Expression
    right: Expression


@dataclass(frozen=True, eq=False)
class Power(Expression):
    """A whole power of a vector or a column, as a product."""

    of: Expression
    times: int


@dataclass(frozen=True, eq=False)
class Compare(Expression):
    """Two pieces compared by one of > >= < <=, for `where`."""

    symbol: str
    left: Expression
    right: Expression


@dataclass(frozen=True, eq=False)
class Call(Expression):
    """An elementary function, by its name in `formulas/elementary.py` or in NumPy."""

    name: str
    arguments: tuple[Expression, ...]


@dataclass(frozen=True, eq=False)
class Reduction(Expression):
    """`row_sum` or `row_max` of a vector: a column. `label` tells those of one formula apart from another's."""

    name: str
    of: Expression
    label: str = ""
    kind: int = field(default=COLUMN, init=False)


@dataclass(frozen=True, eq=False)
class Assignment:
    """A step of a formula: a scalar or a vector that gets a name."""

    name: str
    value: Expression


@dataclass(frozen=True)
class Steps:
    """A formula that was read: assignments and reductions in their order, then the results."""

    steps: list[Assignment | Reduction] = field(default_factory=list)
    results: list[Expression] = field(default_factory=list)
