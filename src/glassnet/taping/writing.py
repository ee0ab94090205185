"""A call of the graph as a line of Python, with brackets where they are needed."""

import operator
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from glassnet.errors import InvalidInput
from glassnet.formulas.elementary import Array
from glassnet.taping.graph import Traced
from glassnet.taping.primitives import astype, placed

ROWS = (3, 5)  # the numbers of rows of the two recordings
MOST_NUMBERS = 1000  # in an array that is written out

# Signs between two operands, with how strongly they bind.
SIGNS: dict[Any, tuple[str, int]] = {
    np.add: ("+", 3), np.subtract: ("-", 3), np.multiply: ("*", 4), np.divide: ("/", 4), np.matmul: ("@", 4),
    np.power: ("**", 6), np.equal: ("==", 1), np.not_equal: ("!=", 1), np.greater: (">", 1),
    np.greater_equal: (">=", 1), np.less: ("<", 1), np.less_equal: ("<=", 1), np.bitwise_and: ("&", 2),
    np.bitwise_or: ("|", 2),
}  # fmt: skip
NEGATIVE, WHOLE = 5, 9


class Line(NamedTuple):
    """An expression, how strongly its last sign binds, and what is assigned before it; `{}` is the name it gets."""

    text: str
    strength: int = WHOLE
    before: tuple[str, ...] = ()
    negated: Any = None  # of −(…): the expression in the brackets

    def inside(self, strength: int) -> str:
        """The expression as an operand of a sign: in brackets, unless it binds more strongly."""
        return self.text if self.strength >= strength else f"({self.text})"

    def assigned(self, name: str) -> list[str]:
        """The lines that give it a name."""
        return [line.replace("{}", name) for line in self.before] or [f"{name} = {self.text}"]


def plain_assignment(name: str, given: str) -> list[str]:
    """A second name, unless it is the first."""
    return [] if name == given else [f"{name} = {given}"]


class Writing:
    """Writes calls with the names that their arrays have, or the expressions in `inside`.

    `twins` holds the same calls for another number of rows.
    """

    def __init__(self, names: Mapping[Traced, str], twins: Mapping[Traced, Traced]):
        self.names, self.twins = names, twins
        self.inside: dict[Traced, Line] = {}
        self.dtype = ""  # the type of the numbers that come in

    def line(self, node: Traced) -> Line:
        """One call."""
        twin, first = self.twins[node], self.operand(node.args[0], self.twins[node].args[0])
        if node.function is operator.getitem:
            return Line(f"{first.inside(WHOLE)}[{self._key(node.args[1], twin.args[1])}]")
        if node.function is placed:
            return self._placed(node, twin, first)
        if node.function is np.negative:
            return Line(f"-{first.inside(NEGATIVE)}", NEGATIVE, negated=first)
        if node.function in (np.transpose, np.swapaxes) and (len(node.args) == 1 or node.ndim == 2):
            return Line(f"{first.inside(WHOLE)}.T")
        args = [first, *(self.operand(*each) for each in zip(node.args[1:], twin.args[1:], strict=True))]
        if node.function is astype:
            return Line(f"{first.inside(WHOLE)}.astype({args[1].text})")
        if node.function in SIGNS:
            return _signed(*SIGNS[node.function], *args)
        named = [f"{name}={self.operand(each, twin.kwargs[name]).text}" for name, each in node.kwargs.items()]
        assert node.function is not None
        return Line(f"np.{node.function.__name__}({', '.join([*(each.text for each in args), *named])})")

    def _placed(self, node: Traced, twin: Traced, d: Line) -> Line:
        """Zeros, into which entries are added."""
        key = node.args[1] if isinstance(node.args[1], tuple) else (node.args[1],)
        place = self._key(node.args[1], twin.args[1])
        once = all(isinstance(each, (slice, int, type(...), type(None))) for each in key)
        fill = f"{{}}[{place}] = {d.text}" if once else f"np.add.at({{}}, np.s_[{place}], {d.text})"
        shape = self.operand(node.args[2], twin.args[2]).text
        return Line("", before=(f"{{}} = np.zeros({shape}, {self.dtype})", fill))

    def operand(self, given: Any, other: Any) -> Line:
        """An argument: an array by its name or as an expression, or a constant."""
        if isinstance(given, Traced):
            return self.inside[given] if given in self.inside else Line(self.names[given])
        if isinstance(given, (tuple, list)):
            inside = [self.operand(a, b).text for a, b in zip(given, other, strict=True)]
            one = "," if isinstance(given, tuple) and len(inside) == 1 else ""
            return Line(f"({', '.join(inside)}{one})" if isinstance(given, tuple) else f"[{', '.join(inside)}]")
        return self._constant(given, other)

    def _constant(self, given: Any, other: Any) -> Line:
        if isinstance(given, np.ndarray):
            return Line(_array(given, other))
        if isinstance(given, (np.dtype, type)):
            dtype = np.dtype(given)
            return Line(self.dtype if dtype == np.float64 else f"np.{dtype.name}")
        if isinstance(given, np.generic):
            given, other = given.item(), other.item()
        if given == other:
            return Line(repr(given), NEGATIVE if isinstance(given, (int, float)) and given < 0 else WHOLE)
        return _by_rows(given, other)

    def _key(self, given: Any, other: Any) -> str:
        if isinstance(given, tuple):
            return ", ".join(self._key(a, b) for a, b in zip(given, other, strict=True)) or "()"
        if isinstance(given, slice):
            start, stop, step = (
                "" if a is None else self.operand(a, b).text
                for a, b in ((given.start, other.start), (given.stop, other.stop), (given.step, other.step))
            )
            return f"{start}:{stop}" + (f":{step}" if step else "")
        return "..." if given is ... else self.operand(given, other).text


def _signed(sign: str, strength: int, left: Line, right: Line) -> Line:
    """Two operands; a + (−b) as a − b."""
    if sign == "+" and right.negated is not None:
        sign, right = "-", right.negated
    return Line(f"{left.inside(strength + (sign == '**'))} {sign} {right.inside(strength + 1)}", strength)


def _by_rows(given: Any, other: Any) -> Line:
    """A number that depends on that of the rows, n: k n + m, or k / n."""
    few, many = ROWS
    if isinstance(given, int) and isinstance(other, int) and (other - given) % (many - few) == 0:
        k = (other - given) // (many - few)
        m = given - k * few
        product = Line("n", WHOLE) if k == 1 else Line(f"{k} * n", 4)
        return product if m == 0 else Line(f"{product.text} {'+' if m > 0 else '-'} {abs(m)}", 3)
    if isinstance(given, float) and np.isclose(given * few, other * many):
        return Line(f"{given * few!r} / n", 4)
    raise InvalidInput(
        f"the rule would hold the number {given} for {few} rows and {other} for {many}: write it in terms of arrays, "
        "such as x.mean() in place of x.sum() / len(x)."
    )


def _array(given: Array, other: Array) -> str:
    """A constant array, written out."""
    if given.shape != other.shape or not np.array_equal(given, other):
        raise InvalidInput("the rule would hold an array that depends on the number of rows: make it from the inputs.")
    if given.size > MOST_NUMBERS:
        raise InvalidInput(
            f"the rule would hold {given.size:,} numbers of a constant array: make it a parameter of the function."
        )
    return f"np.array({given.tolist()!r}, np.{given.dtype.name})"
