"""An expression given as text, recorded on the tape: names, numbers, lists and the functions that the tape knows.

The text is read into a tree, and the tree is walked here: nothing of it is ever run as Python.
"""

import ast
import re
import warnings
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, NoReturn

import numpy as np

from glassnet.errors import InvalidInput, first_line, shortened
from glassnet.formulas.elementary import Array
from glassnet.taping.graph import Traced, traced_in
from glassnet.taping.misuse import check_call, check_once, instead_of_name, misused, unknown_function
from glassnet.taping.parsing import STATEMENT, Unreadable, parsed
from glassnet.taping.sizes import size_of_result
from glassnet.taping.vocabulary import (
    ALLOWED,
    COMPARISONS,
    FUNCTIONS,
    INSTEAD,
    JOINING,
    METHODS,
    OF_AXES,
    SIGNS,
    WITH_AXES,
)

LONGEST = 2000  # letters of a text
MOST_NUMBERS = 10_000  # in an array
MOST_AXES = 16  # of a list
ALIKE = str.maketrans("−·×÷", "-**/")  # signs as they are printed


class Read(NamedTuple):
    """A text that was recorded: the result, and the arrays where it begins, by name."""

    output: Traced
    leaves: dict[str, Traced]


def read(text: str, values: Mapping[str, Array], most_numbers: int = MOST_NUMBERS) -> Read:
    """Record a text: lines `name = …` that give names to numbers and expressions, then the expression itself.

    Raises InvalidInput that names the place, for what the tape does not know.
    """
    text = text.replace("\r\n", "\n")
    lines = re.sub(r"[\t\r]", " ", text).translate(ALIKE).split("\n")
    reader = Reader(values, [line.rstrip() for line in lines], most_numbers)
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of Python's parser, about 1if and the like
        return reader.read(len(text))


class Reader:
    """Walks along the lines of a text and records what they compute."""

    def __init__(self, values: Mapping[str, Array], lines: list[str], most_numbers: int):
        self.lines, self.most_numbers = lines, most_numbers
        self.names: dict[str, Any] = {name: Traced(value, name=name) for name, value in values.items()}
        self.leaves: dict[str, Traced] = dict(self.names)
        self.functions: dict[str, Callable[..., Any]] = {name: getattr(np, name) for name in FUNCTIONS}
        self.line = 0

    def read(self, length: int) -> Read:
        """All lines; the last one is the result."""
        if length > LONGEST:
            raise InvalidInput(f"the expression has {length:,} letters: at most {LONGEST:,} are read.")
        rows = [k for k, line in enumerate(self.lines) if line and not line.lstrip().startswith("#")]
        if not rows:
            raise InvalidInput("there is no expression: write one, such as tanh(w * x + b).")
        for self.line in rows:
            result = self.statement()
        if not isinstance(result, Traced) or not isinstance(result.value, np.ndarray):
            self.refuse(1, "the last line must compute something from the names above it, such as w * x")
        if result.dtype.kind != "f":
            self.refuse(1, "the last line is a comparison, which has no slope: use it in where(x > 0, …, …)")
        return Read(result, self.leaves)

    def statement(self) -> Any:
        """The present line: `name = …`, or an expression."""
        try:
            node = parsed(self.lines[self.line].lstrip())
        except Unreadable as error:
            self.refuse(error.column, error.what)
        if isinstance(node, ast.Expr):
            return self.value(node.value)
        if not isinstance(node, ast.Assign) or len(node.targets) != 1 or not isinstance(node.targets[0], ast.Name):
            self.refuse(1, STATEMENT)
        name = node.targets[0].id
        if name in self.names:
            self.refuse(1, f"`{name}` has a value already: take another name")
        if name in self.functions or name in ("np", "pi"):
            self.refuse(1, f"`{name}` has a meaning already: take another name")
        found = self.value(node.value)
        if not isinstance(found, Traced):
            found = self.leaves[name] = Traced(np.array(found, np.float64), name=name)
        elif not found.name:
            found.name = name
        self.names[name] = found
        return found

    def value(self, node: ast.expr) -> Any:
        """What an expression computes: a traced array, or a constant."""
        way = getattr(self, f"of_{type(node).__name__.lower()}", None)
        if way is None:
            self.refuse_part(node)
        try:
            found = way(node)
            self.check_size(size := found.size if isinstance(found, Traced | np.ndarray) else 1)
        except InvalidInput as error:
            if isinstance(error, Misread):
                raise
            self.refuse_at(node, first_line(error))
        except RecursionError:
            self.refuse(1, "this is nested too deeply")
        if size == 0:
            self.refuse_at(node, "this has no numbers: an array needs one at least")
        return found

    def check_size(self, size: int) -> None:
        """Refuse more numbers than are shown."""
        if size > self.most_numbers:
            raise InvalidInput(f"this has {size:,} numbers: at most {self.most_numbers:,} are shown")

    def of_constant(self, node: ast.Constant) -> Any:
        """A number."""
        if isinstance(node.value, bool) or not isinstance(node.value, int | float):
            self.refuse_part(node)
        if not abs(node.value) < 1e300:
            self.refuse_at(node, "this number is too large")
        return node.value if abs(node.value) < 2**53 else float(node.value)

    def of_list(self, node: ast.List | ast.Tuple) -> Any:
        """Numbers, or lists of them that have the same length."""
        parts = [self.value(each) for each in node.elts]
        if any(isinstance(each, Traced) for each in parts):
            self.refuse_at(node, "a list may hold numbers only: join arrays by concatenate((x, y))")
        if len({np.shape(each) for each in parts}) > 1:
            self.refuse_at(node, "the rows of this list have different lengths")
        if not parts:
            self.refuse_at(node, "this list is empty")
        if np.ndim(parts[0]) >= MOST_AXES:
            self.refuse_at(node, f"lists inside each other may be {MOST_AXES} deep at most")
        return np.array(parts, np.float64)

    def of_name(self, node: ast.Name) -> Any:
        """What has that name."""
        if node.id == "pi" and "pi" not in self.names:
            return np.pi
        if node.id in self.functions:
            self.refuse_at(node, f"`{node.id}` is a function: write {node.id}(x)")
        if node.id not in self.names:
            self.refuse_at(node, f"`{shortened(node.id, 40)}` has no value: {instead_of_name(node.id, self.names)}")
        return self.names[node.id]

    def of_unaryop(self, node: ast.UnaryOp) -> Any:
        """A sign in front."""
        if not isinstance(node.op, ast.USub | ast.UAdd):
            self.refuse_part(node)
        found = self.value(node.operand)
        if isinstance(found, Traced | np.ndarray | np.generic) and found.dtype.kind == "b":
            self.refuse_at(node, "a comparison has no sign: use it in where(x > 0, …, …)")
        return -found if isinstance(node.op, ast.USub) else found

    def of_binop(self, node: ast.BinOp) -> Any:
        """Two operands; plain numbers as floats, since powers of whole ones may be endless."""
        if type(node.op) not in SIGNS:
            self.refuse_part(node, type(node.op).__name__)
        sides = [self.value(node.left), self.value(node.right)]
        if not any(isinstance(each, Traced) for each in sides):
            sides = [np.float64(each) if isinstance(each, int | float) else each for each in sides]
        return self.called(SIGNS[type(node.op)], sides, {})

    def of_compare(self, node: ast.Compare) -> Any:
        """One comparison."""
        if len(node.ops) != 1 or type(node.ops[0]) not in COMPARISONS:
            self.refuse_at(node, "compare two things, as in x > 0")
        return self.called(COMPARISONS[type(node.ops[0])], [self.value(node.left), self.value(node.comparators[0])], {})

    def of_subscript(self, node: ast.Subscript) -> Any:
        """Entries, by whole numbers."""
        found = self.value(node.value)
        parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        key = tuple(self.place(each) for each in parts)
        if not isinstance(found, Traced):
            self.refuse_at(node, "take entries of something that has a name")
        return found[key if len(key) > 1 else key[0]]

    def place(self, node: ast.expr) -> Any:
        """A whole number, or a slice of them."""
        if isinstance(node, ast.Slice):
            return slice(*(None if each is None else self.whole(each) for each in (node.lower, node.upper, node.step)))
        if isinstance(node, ast.Constant) and node.value is None:
            self.refuse_at(node, "write expand_dims(x, 1) for x[:, None]")
        if isinstance(node, ast.List):
            return [self.whole(each) for each in node.elts]
        return self.whole(node)

    def whole(self, node: ast.expr) -> int:
        """A whole number."""
        found = self.value(node)
        if not isinstance(found, int):
            self.refuse_at(node, "a whole number is needed here")
        return found

    def of_attribute(self, node: ast.Attribute) -> Any:
        """x.T, and np.pi."""
        if isinstance(node.value, ast.Name) and node.value.id == "np":
            return self.of_name(ast.copy_location(ast.Name(node.attr, ast.Load()), node))
        if node.attr != "T":
            called = f"{node.attr}(x)" if node.attr in self.functions else ALLOWED
            self.refuse_at(node, f"`.{shortened(node.attr, 40)}` cannot be used here: write {called}")
        found = self.value(node.value)
        return found.T if isinstance(found, Traced) else np.transpose(found)

    def of_call(self, node: ast.Call) -> Any:
        """A function of the tape, as in tanh(x), np.tanh(x) or x.sum(axis=0)."""
        name, first = self.callee(node.func)
        if name not in self.functions:
            self.refuse_at(node, unknown_function(name, self.functions, self.names))
        args = [*first, *(self.argument(name, k, each) for k, each in enumerate(node.args, len(first)))]
        if any(each.arg is None for each in node.keywords):
            self.refuse_at(node, f"** cannot be used here: write the arguments of {name}")
        named = {str(each.arg): self.argument(name, str(each.arg), each.value) for each in node.keywords}
        check_once(name, [str(each.arg) for each in node.keywords])
        if next(traced_in(args), None) is None:
            n = 1 if name in WITH_AXES else len(args)
            args[:n] = [np.asarray(each, np.float64) if isinstance(each, int | float) else each for each in args[:n]]
        check_call(name, self.functions[name], args, named)
        return self.called(self.functions[name], args, named)

    def callee(self, node: ast.expr) -> tuple[str, list[Any]]:
        """(the name of a function, the array that it is a method of)."""
        if isinstance(node, ast.Name):
            return node.id, []
        if isinstance(node, ast.Attribute):
            if isinstance(node.value, ast.Name) and node.value.id == "np":
                return node.attr, []
            if node.attr in METHODS:
                return node.attr, [self.value(node.value)]
        self.refuse_at(node, misused(node, self.functions, self.names))

    def argument(self, function: str, place: int | str, node: ast.expr) -> Any:
        """An argument: also several arrays that are joined, a shape or axes, True, False and None."""
        is_setting = isinstance(place, str) or (function in WITH_AXES and place == 1)
        if is_setting and isinstance(node, ast.Constant) and (node.value is None or isinstance(node.value, bool)):
            return node.value
        if not isinstance(node, ast.List | ast.Tuple):
            return self.value(node)
        if function in JOINING and place == 0:
            return tuple(self.value(each) for each in node.elts)
        if (function in WITH_AXES and place == 1) or place in OF_AXES:
            return tuple(self.whole(each) for each in node.elts)
        return self.of_list(node)

    def called(self, function: Callable[..., Any], args: list[Any], named: dict[str, Any]) -> Any:
        """The result of a call; whatever NumPy says against it is said in one line."""
        self.check_size(size_of_result(function, args))
        try:
            return function(*args, **named)
        except InvalidInput:
            raise
        except Exception as error:
            raise InvalidInput(f"{function.__name__} does not fit these arguments: {first_line(error)}") from None

    def refuse_part(self, node: ast.expr, kind: str = "") -> NoReturn:
        """Say that something is not part of an expression."""
        what = shortened(ast.unparse(node), 40)
        instead = INSTEAD.get(kind or type(node).__name__, f"write {ALLOWED}")
        self.refuse_at(node, f"`{what}` cannot be used here: {instead}")

    def refuse_at(self, node: ast.expr, what: str) -> NoReturn:
        """An error with the place of a part of the line."""
        line = self.lines[self.line].lstrip().encode()
        self.refuse(len(line[: node.col_offset].decode(errors="ignore")) + 1, what)

    def refuse(self, column: int, what: str) -> NoReturn:
        """An error with its place."""
        column += len(self.lines[self.line]) - len(self.lines[self.line].lstrip())
        line = f"line {self.line + 1}, " if len(self.lines) > 1 else ""
        raise Misread(f"{line}column {column}: {what.rstrip('.')}{'' if what.endswith('?') else '.'}")


class Misread(InvalidInput):
    """Raised for a text that is no expression of the tape; the message says where."""
