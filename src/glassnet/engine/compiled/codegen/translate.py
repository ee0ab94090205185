"""A formula becomes the source of a loop: the same expressions, over the rows of plain memory, in one number type.

Every name in a formula is one of three kinds. A *scalar* is a setting (`self.alpha`), a step number or a rate, computed
in Python's double precision as NumPy does; a *vector* has one number an entry; a *column* has one number a row (what
`row_max` and `row_sum` give). Where a scalar meets a vector it is rounded to the vector's type first, as NumPy does.
What is reduced over a row gets a loop of its own before the loop that uses it.
"""

import ast
import inspect
import textwrap
from collections.abc import Callable
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import numpy as np

from glassnet.formulas import elementary
from glassnet.formulas.registry import Named, is_number

SCALAR, COLUMN, VECTOR = 0, 1, 2
ELEMENTARY = (
    "abs", "arctan", "clip", "cos", "erf", "exp", "expm1", "largest_exponent", "log", "log1p", "log_epsilon",
    "machine_epsilon", "maximum", "minimum", "sign", "sin", "sqrt", "step", "tanh", "where",
)  # fmt: skip
NUMBAS_OWN = ("tan", "sinh", "cosh", "arcsin", "arccos", "arcsinh", "arccosh", "arctanh", "floor", "ceil")
REDUCTIONS = {"row_max": ("-INFINITY", "maximum({0}, {1})"), "row_sum": ("T(0)", "{0} + {1}")}


class Untranslatable(Exception):
    """A formula that uses more than expressions of known functions; the NumPy engine runs it."""


@dataclass
class Term:
    """A piece of generated source with its kind."""

    text: str
    kind: int

    def typed(self) -> str:
        """The source in the vector's number type."""
        return f"T({self.text})" if self.kind == SCALAR else self.text


@dataclass
class Pass:
    """A reduction over a row: `target` begins as `start`, and becomes `step` at each entry after what is inside."""

    target: str
    start: str
    inside: list[str]
    step: str


@dataclass
class Formula:
    """A translated formula: statements ahead of all loops, reductions over a row, the last loop's body, results."""

    before: list[str] = field(default_factory=list)
    passes: list[Pass] = field(default_factory=list)
    inside: list[str] = field(default_factory=list)
    results: list[Term] = field(default_factory=list)

    @property
    def by_rows(self) -> bool:
        """Whether something is reduced over rows."""
        return bool(self.passes)


class Translator(ast.NodeVisitor):
    """Walks through one method and collects its loops."""

    def __init__(
        self, method: Callable[..., Any], kinds: dict[str, int], settings: list[str], prefix: str = "", path: str = ""
    ):
        self.method, self.settings, self.prefix, self.path = method, settings, prefix, path
        closure = inspect.getclosurevars(method)
        self.space = {**vars(inspect.getmodule(method) or object), **closure.globals, **closure.nonlocals}
        self.names = {name: Term(name, kind) for name, kind in kinds.items()}
        self.formula = Formula()

    def run(self) -> Formula:
        """Translate all statements."""
        try:
            tree = ast.parse(textwrap.dedent(inspect.getsource(self.method))).body[0]
        except (OSError, SyntaxError, TypeError) as error:
            raise Untranslatable(f"the source of {self.method.__qualname__} is not available") from error
        if not isinstance(tree, ast.FunctionDef):
            raise Untranslatable(f"{self.method.__qualname__} is not a function")
        for statement in tree.body:
            self.statement(statement)
        if not self.formula.results:
            raise Untranslatable(f"{self.method} returns nothing")
        return self.formula

    def statement(self, node: ast.stmt) -> None:
        """An assignment, the return, or a docstring."""
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            return
        if isinstance(node, ast.Return) and node.value is not None:
            values = node.value.elts if isinstance(node.value, ast.Tuple) else [node.value]
            self.formula.results = [self.term(value) for value in values]
        elif isinstance(node, ast.Assign) and len(node.targets) == 1:
            self.assign(node.targets[0], node.value)
        elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            name = ast.Name(node.target.id, ast.Load())
            self.assign(node.target, ast.BinOp(name, node.op, node.value))
        else:
            raise Untranslatable(f"{ast.unparse(node)!r} is more than an assignment")

    def assign(self, target: ast.expr, value: ast.expr) -> None:
        """`name = expression`, or several at once."""
        targets = target.elts if isinstance(target, ast.Tuple) else [target]
        values = value.elts if isinstance(value, ast.Tuple) else [value]
        if len(targets) != len(values) or not all(isinstance(t, ast.Name) for t in targets):
            raise Untranslatable(f"cannot assign to {ast.unparse(target)!r}")
        terms = [self.term(v) for v in values]
        for t, term in zip(targets, terms, strict=True):
            name = self.fresh(t.id)  # type: ignore[attr-defined]
            place = self.formula.before if term.kind == SCALAR else self.formula.inside
            if term.kind != COLUMN:
                place.append(f"{name} = {term.text}")
                term = Term(name, term.kind)
            self.names[t.id] = term  # type: ignore[attr-defined]

    def fresh(self, name: str) -> str:
        """A name that no earlier statement uses, and nothing of the kernel around it."""
        taken = {term.text for term in self.names.values()}
        name = f"own_{self.prefix}{name}"
        while name in taken:
            name += "_"
        return name

    def term(self, node: ast.expr) -> Term:
        """Any expression."""
        handler = getattr(self, f"of_{type(node).__name__.lower()}", None)
        if handler is None:
            raise Untranslatable(f"{ast.unparse(node)!r} is not understood")
        return handler(node)

    def of_constant(self, node: ast.Constant) -> Term:
        """A number."""
        if isinstance(node.value, bool) or not isinstance(node.value, (int, float)):
            raise Untranslatable(f"{node.value!r} is no number")
        return Term(repr(node.value), SCALAR)

    def of_name(self, node: ast.Name) -> Term:
        """A name of the formula, or a number of its module."""
        if node.id in self.names:
            return self.names[node.id]
        return self.number(node, self.space.get(node.id))

    def number(self, node: ast.expr, value: object) -> Term:
        """A finite number of a module, as it is when the formula is first compiled."""
        if is_number(value):
            return Term(repr(value), SCALAR)
        raise Untranslatable(f"{ast.unparse(node)!r} is no finite number")

    def of_attribute(self, node: ast.Attribute) -> Term:
        """A setting, `self.alpha`."""
        if isinstance(node.value, ast.Name) and isinstance(self.space.get(node.value.id), ModuleType):
            return self.number(node, getattr(self.space[node.value.id], node.attr, None))
        if not (isinstance(node.value, ast.Name) and node.value.id == "self"):
            raise Untranslatable(f"{ast.unparse(node)!r} is not a setting")
        name = f"{self.path}{node.attr}"
        if name not in self.settings:
            self.settings.append(name)
        return Term(f"settings[{self.settings.index(name)}]", SCALAR)

    def of_unaryop(self, node: ast.UnaryOp) -> Term:
        """−x."""
        term = self.term(node.operand)
        if not isinstance(node.op, ast.USub):
            raise Untranslatable(f"{ast.unparse(node)!r} is not understood")
        return Term(f"(-{term.text})", term.kind)

    def of_binop(self, node: ast.BinOp) -> Term:
        """x + y and its like; a whole power of a vector is a product."""
        left, right = self.term(node.left), self.term(node.right)
        if isinstance(node.op, ast.Pow) and left.kind != SCALAR:
            if not (
                isinstance(node.right, ast.Constant) and isinstance(node.right.value, int) and 0 < node.right.value < 9
            ):
                raise Untranslatable(f"{ast.unparse(node)!r}: only whole powers up to 8")
            return Term("(" + " * ".join([left.text] * node.right.value) + ")", left.kind)
        symbol = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "**"}.get(type(node.op))
        if symbol is None:
            raise Untranslatable(f"{ast.unparse(node)!r} is not understood")
        kind = max(left.kind, right.kind)
        if kind == SCALAR:
            return Term(f"({left.text} {symbol} {right.text})", SCALAR)
        return Term(f"({left.typed()} {symbol} {right.typed()})", kind)

    def of_compare(self, node: ast.Compare) -> Term:
        """x > y, for `where`."""
        symbol = {ast.Gt: ">", ast.GtE: ">=", ast.Lt: "<", ast.LtE: "<="}.get(type(node.ops[0]))
        if symbol is None or len(node.ops) != 1:
            raise Untranslatable(f"{ast.unparse(node)!r} is not understood")
        left, right = self.term(node.left), self.term(node.comparators[0])
        return Term(f"({left.typed()} {symbol} {right.typed()})", max(left.kind, right.kind))

    def of_call(self, node: ast.Call) -> Term:
        """An elementary function, a reduction over the row, or a formula made of these (`logsumexp`)."""
        function = self.function(node.func)
        if node.keywords and getattr(function, "__name__", "") in (*NUMBAS_OWN, *elementary.__all__, "absolute"):
            raise Untranslatable(f"{ast.unparse(node)!r} has arguments by name")
        terms = [self.term(argument) for argument in node.args]
        if part := self.part(node.func):
            return self.inlined(function, terms, f"{self.path}{part}.")
        name = getattr(function, "__name__", "")
        name = {"absolute": "abs"}.get(name, name)
        if name in REDUCTIONS:
            return self.reduction(name, terms[0])
        if name in ELEMENTARY and function in (getattr(elementary, name), getattr(np, name, None)):
            kind = max(term.kind for term in terms)
            first = [terms[0].text, *(t.typed() for t in terms[1:])] if name == "where" else [t.typed() for t in terms]
            return Term(f"{name}({', '.join(first)})", kind) if kind != SCALAR else self.untyped(name, terms)
        if name in NUMBAS_OWN and getattr(np, name) is function:
            return Term(f"np.{name}({terms[0].text})", terms[0].kind)
        if name and getattr(elementary, name, None) is function:
            return self.inlined(function, terms)
        raise Untranslatable(f"{ast.unparse(node.func)!r} is no elementary function")

    def untyped(self, name: str, terms: list[Term]) -> Term:
        """An elementary function of scalars alone is taken in double precision."""
        if name not in ("sqrt", "exp", "log", "maximum", "sin", "cos"):
            raise Untranslatable(f"{name} of scalars")
        return Term(f"np.{name}({', '.join(term.text for term in terms)})", SCALAR)

    def function(self, node: ast.expr) -> Any:
        """The function that is called, by its name, as `np.exp`, or the method of a part."""
        if part := self.part(node):
            return getattr(getattr(self.method.__self__, part), node.attr)  # type: ignore[attr-defined]
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            return getattr(self.space.get(node.value.id), node.attr, None)
        return self.space.get(node.id) if isinstance(node, ast.Name) else None

    def part(self, node: ast.expr) -> str:
        """The field in `self.field.method`, if it holds an object with formulas of its own, else nothing."""
        if not (isinstance(node, ast.Attribute) and isinstance(node.value, ast.Attribute)):
            return ""
        name, owner = node.value.attr, getattr(self.method, "__self__", None)
        return name if ast.unparse(node.value.value) == "self" and isinstance(getattr(owner, name, None), Named) else ""

    def reduction(self, name: str, term: Term) -> Term:
        """A pass over the row; its result is a column."""
        start, step = REDUCTIONS[name]
        target = f"{self.prefix}reduced{len(self.formula.passes)}"
        self.formula.passes.append(Pass(target, start, list(self.formula.inside), step.format(target, term.typed())))
        return Term(target, COLUMN)

    def inlined(self, function: Any, terms: list[Term], path: str = "") -> Term:
        """The body of a formula that is written with other formulas; `path` leads to the settings of a part."""
        parameters = list(inspect.signature(function).parameters)
        inner = Translator(function, {}, self.settings, f"{self.prefix}{function.__name__}_", path)
        inner.names = dict(zip(parameters, terms, strict=True))
        inner.formula = self.formula
        outer, self.formula.results = self.formula.results, []
        (result,) = inner.run().results
        self.formula.results = outer
        return result
