"""Numbers put into a formula: its tree for one entry of the arrays, and what that comes to."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from glassnet.formulas import elementary
from glassnet.formulas.elementary import Array
from glassnet.insight.notation.tree import (
    Bars,
    Call,
    Cases,
    Compared,
    Equation,
    Minus,
    Name,
    Node,
    Number,
    Op,
    Power,
    Root,
    Sum,
    Total,
    Transposed,
)

MOST_TERMS = 64  # of a sum that are worked out; of longer ones nine
ONES = Transposed(Number(1.0, "1"))
CONSTANTS = {"π": np.pi}


class NoEntry(LookupError):
    """A formula that has no entry to put numbers into, such as one about arrays side by side."""


@dataclass(frozen=True)
class Entry:
    """A place in the arrays of a step: the sample, the unit, and what the letters under a Σ stand for.

    Rows may be an array of row numbers; every number of the tree is then one for each row.
    """

    row: Any
    column: Any
    letters: Mapping[str, int] = field(default_factory=dict)

    def turned(self) -> "Entry":
        """The place in the transposed array."""
        return replace(self, row=self.column, column=self.row)


@dataclass(frozen=True)
class Scope:
    """What the names of formulas stand for: arrays and numbers, formulas of other names, and functions.

    The formula of what is in `shown` stands in its place; of other functions and names the value does.
    """

    values: Mapping[str, Any]
    formulas: Mapping[str, Equation] = field(default_factory=dict)
    shown: Mapping[str, Equation] = field(default_factory=dict)

    def __contains__(self, name: str) -> bool:
        return name in self.values or name in self.formulas

    def number(self, name: Name, entry: Entry) -> Any:
        """The number that a name is at an entry."""
        if name.text in self.values:
            return at(np.asarray(self.values[name.text]), name, entry)
        if name.text in self.formulas:
            inner = replace(entry, column=entry.letters.get(name.index, entry.column))
            return value(put_in(self.formulas[name.text].right, self, inner))
        if name.text in CONSTANTS:
            return CONSTANTS[name.text]
        raise NoEntry(name.text)


def at(array: Array, name: Name, entry: Entry) -> Any:
    """The entry of an array with a row a sample and a column a unit, of a number a unit, or of one number."""
    column = entry.letters.get(name.index, entry.column)
    if array.ndim == 2:
        n, width = array.shape
        return array[entry.row if n > 1 else 0, column if width > 1 else 0]
    if array.ndim == 1:
        return array[column if len(array) > 1 else 0]
    if array.ndim:
        raise NoEntry(name.text)
    return array[()]


def put_in(node: Node, scope: Scope, entry: Entry) -> Node:
    """The tree with numbers in place of names, and with sums written out; NoEntry where there are none."""
    if type(node) not in PUT_IN:
        raise NoEntry(str(node))
    return PUT_IN[type(node)](node, scope, entry)


def shape(node: Node, scope: Scope) -> tuple[int, ...]:
    """The shape of the array that a tree stands for, () for what is a number at each entry."""
    if isinstance(node, Name):
        found = np.shape(scope.values.get(node.text, 0.0))
        return found if is_matrix_name(node.text) and len(found) > 1 else ()
    if isinstance(node, Transposed):
        return shape(node.body, scope)[::-1]
    if is_product(node, scope):
        left, right = shape(node.left, scope), shape(node.right, scope)
        return (*left[:1], *right[1:])
    parts = {Op: ("left", "right"), Call: ("arguments",), Power: ("base",), Minus: ("body",), Bars: ("body",)}
    for part in parts.get(type(node), ()):
        inside = getattr(node, part)
        for each in inside if isinstance(inside, tuple) else (inside,):
            if found := shape(each, scope):
                return found
    return ()


def is_matrix_name(text: str) -> bool:
    """Matrices have capital letters: X, dZ; what has a small one holds for each number."""
    return text.removeprefix("d")[:1].isupper()


def is_product(node: Node, scope: Scope) -> bool:
    """Whether factors side by side are a product of matrices."""
    if not (isinstance(node, Op) and node.sign == ""):
        return False
    return bool(shape(node.right, scope)) and (node.left == ONES or bool(shape(node.left, scope)))


def _name(node: Name, scope: Scope, entry: Entry) -> Node:
    if node.text in scope.shown:
        return put_in(scope.shown[node.text].right, scope, entry)
    return Number(scope.number(node, entry))


def _operation(node: Op, scope: Scope, entry: Entry) -> Node:
    if is_product(node, scope):
        return _written_out(shape(node.right, scope)[0], lambda k: product_term(node, scope, entry, k))
    sign = "·" if node.sign in ("", "⊙") else node.sign
    return Op(sign, put_in(node.left, scope, entry), put_in(node.right, scope, entry))


def product_term(node: Op, scope: Scope, entry: Entry, k: int | Array) -> Node:
    """One term of the sum that an entry of a matrix product is; k may be an array of numbers."""
    right = put_in(node.right, scope, replace(entry, row=k))
    return right if node.left == ONES else Op("·", put_in(node.left, scope, replace(entry, column=k)), right)


def _written_out(n: int, term: Callable[[Any], Node]) -> Node:
    kept = range(n) if n <= MOST_TERMS else _telling(n, value(term(np.arange(n))))
    return Total(tuple(term(int(k)) for k in kept), n - len(kept))


def _telling(n: int, terms: Array) -> Sequence[int]:
    """Of a long sum the first eight terms and the last; those that are 0 are passed over if others are not."""
    counting = np.flatnonzero(np.broadcast_to(terms, n))
    kept = counting if len(counting) else np.arange(n)
    return [*kept[:8], *kept[8:][-1:]]


def _sum(node: Sum, scope: Scope, entry: Entry) -> Node:
    n = _width(node.body, node.index, scope)
    if n == 0:
        raise NoEntry(str(node))
    return _written_out(n, lambda k: put_in(node.body, scope, replace(entry, letters={**entry.letters, node.index: k})))


def _width(node: Node, index: str, scope: Scope) -> int:
    """How many units a letter under a Σ goes through."""
    if isinstance(node, Name) and node.index == index and node.text in scope.values:
        return int(np.shape(scope.values[node.text])[-1])
    for inside in vars(node).values():
        for each in inside if isinstance(inside, tuple) else (inside,):
            if hasattr(each, "__dataclass_fields__") and (found := _width(each, index, scope)):
                return found
    return 0


def _call(node: Call, scope: Scope, entry: Entry) -> Node:
    if node.function == "mean":
        n = shape(node.arguments[0], scope)[1]
        total = _written_out(n, lambda k: put_in(node.arguments[0], scope, replace(entry, column=k)))
        return Op("/", total, Number(float(n)))
    if node.function in scope.shown:
        return put_in(scope.shown[node.function].right, scope, entry)
    if node.function in scope.formulas:
        return Number(value(put_in(scope.formulas[node.function].right, scope, entry)))
    return Call(node.function, tuple(put_in(argument, scope, entry) for argument in node.arguments))


def _cases(node: Cases, scope: Scope, entry: Entry) -> Node:
    condition = put_in(node.condition, scope, entry)
    holds = value(condition)
    if np.ndim(holds):
        return Cases(put_in(node.value, scope, entry), condition, put_in(node.otherwise, scope, entry))
    return put_in(node.value if holds else node.otherwise, scope, entry)


def _power(node: Power, scope: Scope, entry: Entry) -> Node:
    euler = node.base == Name("e") and "e" not in scope
    base = node.base if euler else put_in(node.base, scope, entry)
    return Power(base, put_in(node.exponent, scope, entry))


PUT_IN: dict[type, Callable[[Any, Scope, Entry], Node]] = {
    Number: lambda node, scope, entry: node,
    Name: _name,
    Call: _call,
    Minus: lambda node, scope, entry: Minus(put_in(node.body, scope, entry)),
    Root: lambda node, scope, entry: Root(put_in(node.body, scope, entry)),
    Bars: lambda node, scope, entry: Bars(put_in(node.body, scope, entry), node.bar),
    Sum: _sum,
    Op: _operation,
    Power: _power,
    Transposed: lambda node, scope, entry: put_in(node.body, scope, entry.turned()),
    Cases: _cases,
    Compared: lambda node, scope, entry: Compared(
        node.sign, put_in(node.left, scope, entry), put_in(node.right, scope, entry)
    ),
}

FUNCTIONS: dict[str, Callable[..., Any]] = {
    **{name: getattr(np, name) for name in ("tanh", "arctan", "exp", "log", "cosh", "sin", "cos", "sign")},
    "max": np.maximum,
    "min": np.minimum,
    "erf": elementary.erf,
    "σ": lambda z: 0.5 + 0.5 * np.tanh(0.5 * z),
}
SIGNS: dict[str, Callable[[Any, Any], Any]] = {
    "+": np.add, "−": np.subtract, "·": np.multiply, "×": np.multiply, "/": np.divide,
    ">": np.greater, "≥": np.greater_equal, "<": np.less, "≤": np.less_equal, "=": np.equal,
}  # fmt: skip


def value(node: Node) -> Any:
    """What a tree with numbers comes to, in double precision."""
    with np.errstate(all="ignore"):
        return _value(node)


def _value(node: Node) -> Any:
    if isinstance(node, Number):
        return np.asarray(node.value, np.float64)[()]
    if isinstance(node, (Op, Compared)):
        return SIGNS[node.sign](_value(node.left), _value(node.right))
    if isinstance(node, Minus):
        return -_value(node.body)
    if isinstance(node, Root):
        return np.sqrt(_value(node.body))
    if isinstance(node, Bars) and node.bar == "|":
        return np.abs(_value(node.body))
    if isinstance(node, Power):
        exponent = _value(node.exponent)
        return np.exp(exponent) if node.base == Name("e") else _value(node.base) ** exponent
    if isinstance(node, Call) and node.function in FUNCTIONS:
        return FUNCTIONS[node.function](*map(_value, node.arguments))
    if isinstance(node, Cases):
        return np.where(_value(node.condition), _value(node.value), _value(node.otherwise))
    if isinstance(node, Total) and not node.left_out:
        return sum(map(_value, node.terms))
    raise NoEntry(str(node))
