"""A formula is read from its Python source, once for all engines and exports: from a method to a tree.

A formula is a method of assignments and a return, made of arithmetic, elementary functions, reductions over a row, and
other formulas of that kind, which are read in its place. A loop over numbers of its module, or over the arguments that
it takes as `*names`, is read turn by turn.
"""

import ast
import inspect
import textwrap
from collections.abc import Callable, Mapping, Sequence
from types import ModuleType
from typing import Any

import numpy as np

from glassnet.formulas import elementary
from glassnet.formulas.registry import Named, is_number
from glassnet.formulas.syntax.expressions import (
    COLUMN,
    SCALAR,
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
from glassnet.formulas.syntax.loops import Untranslatable as Untranslatable
from glassnet.formulas.syntax.loops import slice_of, turns

ELEMENTARY = (
    "abs", "arctan", "clip", "cos", "erf", "exp", "expm1", "largest_exponent", "log", "log1p", "log_epsilon",
    "machine_epsilon", "maximum", "minimum", "sign", "sin", "sqrt", "step", "tanh", "where",
)  # fmt: skip
OF_NUMPY = ("tan", "sinh", "cosh", "arcsin", "arccos", "arcsinh", "arccosh", "arctanh", "floor", "ceil")
REDUCTIONS = {"row_max": "row_max", "row_sum": "row_sum", "row_total": "row_sum"}
ARITHMETIC = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "**"}
COMPARISONS = {ast.Gt: ">", ast.GtE: ">=", ast.Lt: "<", ast.LtE: "<="}
LARGEST_POWER = 8


def read(
    method: Callable[..., Any],
    variables: Mapping[str, Expression],
    prefix: str = "",
    several: Mapping[str, Sequence[Expression]] | None = None,
) -> Steps:
    """Read a formula whose arguments are `variables`, by the names that the method has for them.

    A `prefix` keeps the names of its steps apart from another formula's; `several` are the arguments of `*names`.
    """
    return Reader(method, variables, prefix, several=several).run()


def is_formula(function: object) -> bool:
    """Whether a function is one of those that formulas are made of, such as `logsumexp`."""
    return inspect.isfunction(function) and function.__module__.startswith("glassnet.formulas.")


class Reader(ast.NodeVisitor):
    """Walks through one method and collects its steps."""

    def __init__(
        self,
        method: Callable[..., Any],
        variables: Mapping[str, Expression],
        prefix: str = "",
        path: str = "",
        several: Mapping[str, Sequence[Expression]] | None = None,
    ):
        self.method, self.prefix, self.path = method, prefix, path
        closure = inspect.getclosurevars(method)
        self.space = {**vars(inspect.getmodule(method) or object), **closure.globals, **closure.nonlocals}
        self.names, self.several = dict(variables), several or {}
        self.read = Steps()

    def run(self) -> Steps:
        """Read all statements."""
        try:
            tree = ast.parse(textwrap.dedent(inspect.getsource(self.method))).body[0]
        except (OSError, SyntaxError, TypeError) as error:
            raise Untranslatable(f"the source of {self.method.__qualname__} is not available") from error
        if not isinstance(tree, ast.FunctionDef):
            raise Untranslatable(f"{self.method.__qualname__} is not a function")
        for statement in tree.body:
            self.statement(statement)
        if not self.read.results:
            raise Untranslatable(f"{self.method} returns nothing")
        return self.read

    def statement(self, node: ast.stmt) -> None:
        """An assignment, the return, or a docstring."""
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            return
        if isinstance(node, ast.Return) and node.value is not None:
            values = node.value.elts if isinstance(node.value, ast.Tuple) else [node.value]
            self.read.results[:] = [self.expression(value) for value in values]
        elif isinstance(node, ast.Assign) and len(node.targets) == 1:
            self.assign(node.targets[0], node.value)
        elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            name = ast.Name(node.target.id, ast.Load())
            self.assign(node.target, ast.BinOp(name, node.op, node.value))
        elif isinstance(node, ast.For) and not node.orelse:
            self.loop(node)
        else:
            raise Untranslatable(f"{ast.unparse(node)!r} is more than an assignment")

    def loop(self, node: ast.For) -> None:
        """The assignments of a loop, once for each turn."""
        if not all(isinstance(each, (ast.Assign, ast.AugAssign)) for each in node.body):
            raise Untranslatable(f"{ast.unparse(node)!r} is more than assignments")
        for turn in turns(node.target, node.iter, self.listed):
            self.names |= turn
            for each in node.body:
                self.statement(each)

    def listed(self, node: ast.expr) -> Sequence[Expression]:
        """The arguments of `*names`, or a slice of them; or numbers of the module."""
        name = ast.unparse(node.value if isinstance(node, ast.Subscript) else node)
        if name not in self.several:
            return [Number(value) for value in self.numbers(node)]
        return self.several[name][slice_of(node)]

    def assign(self, target: ast.expr, value: ast.expr) -> None:
        """`name = expression`, or several at once; a column is put where its name stands."""
        targets = target.elts if isinstance(target, ast.Tuple) else [target]
        values = value.elts if isinstance(value, ast.Tuple) else [value]
        if len(targets) != len(values) or not all(isinstance(t, ast.Name) for t in targets):
            raise Untranslatable(f"cannot assign to {ast.unparse(target)!r}")
        found = [self.expression(v) for v in values]
        for t, expression in zip(targets, found, strict=True):
            if expression.kind != COLUMN:
                name = self.fresh(t.id)  # type: ignore[attr-defined]
                self.read.steps.append(Assignment(name, expression))
                expression = Variable(expression.kind, name)
            self.names[t.id] = expression  # type: ignore[attr-defined]

    def fresh(self, name: str) -> str:
        """A name that no earlier statement has, also none of a formula read in its place, and no code around it."""
        taken = {known.name for known in self.names.values() if isinstance(known, Variable)}
        taken |= {step.name for step in self.read.steps if isinstance(step, Assignment)}
        name = f"own_{self.prefix}{name}"
        while name in taken:
            name += "_"
        return name

    def numbers(self, node: ast.expr) -> tuple[float, ...]:
        """A tuple of numbers of the module, or a slice of one."""
        name = node.value if isinstance(node, ast.Subscript) else node
        values = self.space.get(name.id) if isinstance(name, ast.Name) and name.id not in self.names else None
        if not isinstance(values, tuple) or not all(map(is_number, values)):
            raise Untranslatable(f"{ast.unparse(node)!r} is not a tuple of numbers of the module")
        return values[slice_of(node)]

    def expression(self, node: ast.expr) -> Expression:
        """Any expression."""
        handler = getattr(self, f"of_{type(node).__name__.lower()}", None)
        if handler is None:
            raise Untranslatable(f"{ast.unparse(node)!r} is not understood")
        return handler(node)

    def of_constant(self, node: ast.Constant) -> Expression:
        """A number."""
        if isinstance(node.value, bool) or not isinstance(node.value, (int, float)):
            raise Untranslatable(f"{node.value!r} is not a number")
        return Number(node.value)

    def of_name(self, node: ast.Name) -> Expression:
        """A name of the formula, or a number of its module."""
        if node.id in self.names:
            return self.names[node.id]
        return self.number(node, self.space.get(node.id))

    def number(self, node: ast.expr, value: Any) -> Expression:
        """A finite number of a module, as it is when the formula is first read."""
        if is_number(value):
            return Number(value)
        raise Untranslatable(f"{ast.unparse(node)!r} is not a finite number")

    def of_subscript(self, node: ast.Subscript) -> Expression:
        """A number in a tuple of the module."""
        place = node.slice.value if isinstance(node.slice, ast.Constant) else None
        values = self.numbers(node.value)
        if not isinstance(place, int) or place >= len(values):
            raise Untranslatable(f"{ast.unparse(node)!r} is not a number of the module")
        return Number(values[place])

    def of_attribute(self, node: ast.Attribute) -> Expression:
        """A setting, `self.alpha`, or a number of a module, `np.pi`."""
        if isinstance(module := self.outside(node.value), ModuleType):
            return self.number(node, getattr(module, node.attr, None))
        if not (isinstance(node.value, ast.Name) and node.value.id == "self"):
            raise Untranslatable(f"{ast.unparse(node)!r} is not a setting")
        return Setting(f"{self.path}{node.attr}")

    def of_unaryop(self, node: ast.UnaryOp) -> Expression:
        """−x."""
        of = self.expression(node.operand)
        if not isinstance(node.op, ast.USub):
            raise Untranslatable(f"{ast.unparse(node)!r} is not understood")
        return Negative(of.kind, of)

    def of_binop(self, node: ast.BinOp) -> Expression:
        """x + y and its like; a whole power of a vector is a product."""
        left, right = self.expression(node.left), self.expression(node.right)
        if isinstance(node.op, ast.Pow) and left.kind != SCALAR:
            times = node.right.value if isinstance(node.right, ast.Constant) else None
            if not (isinstance(times, int) and 0 < times <= LARGEST_POWER):
                raise Untranslatable(f"{ast.unparse(node)!r}: only whole powers up to {LARGEST_POWER}")
            return Power(left.kind, left, times)
        symbol = ARITHMETIC.get(type(node.op))
        if symbol is None:
            raise Untranslatable(f"{ast.unparse(node)!r} is not understood")
        return Binary(max(left.kind, right.kind), symbol, left, right)

    def of_compare(self, node: ast.Compare) -> Expression:
        """x > y, for `where`."""
        symbol = COMPARISONS.get(type(node.ops[0]))
        if symbol is None or len(node.ops) != 1:
            raise Untranslatable(f"{ast.unparse(node)!r} is not understood")
        left, right = self.expression(node.left), self.expression(node.comparators[0])
        return Compare(max(left.kind, right.kind), symbol, left, right)

    def of_call(self, node: ast.Call) -> Expression:
        """An elementary function, a reduction over the row, or a formula made of these (`logsumexp`)."""
        function = self.function(node.func)
        known = (*OF_NUMPY, *elementary.__all__, "absolute")
        if node.keywords and (getattr(function, "__name__", "") in known or is_formula(function)):
            raise Untranslatable(f"{ast.unparse(node)!r} has keyword arguments")
        arguments = [self.expression(argument) for argument in node.args]
        if part := self.part(node.func):
            return self.inlined(function, arguments, f"{self.path}{part}.")
        name = getattr(function, "__name__", "")
        name = {"absolute": "abs"}.get(name, name)
        if name in REDUCTIONS:
            return self.reduction(REDUCTIONS[name], arguments[0])
        if (name in ELEMENTARY and function in (getattr(elementary, name), getattr(np, name, None))) or (
            name in OF_NUMPY and getattr(np, name) is function
        ):
            return Call(max(argument.kind for argument in arguments), name, tuple(arguments))
        if is_formula(function):
            return self.inlined(function, arguments)
        raise Untranslatable(f"{ast.unparse(node.func)!r} is not an elementary function")

    def function(self, node: ast.expr) -> Any:
        """The function that is called, by its name, as `np.exp`, or the method of a part."""
        if part := self.part(node):
            return getattr(getattr(self.method.__self__, part), node.attr)  # type: ignore[attr-defined]
        return self.outside(node)

    def outside(self, node: ast.expr) -> Any:
        """What a name of the code around the formula stands for, also one in a module, as `gn.activations.tanh`."""
        if isinstance(node, ast.Attribute):
            return getattr(self.outside(node.value), node.attr, None)
        return self.space.get(node.id) if isinstance(node, ast.Name) else None

    def part(self, node: ast.expr) -> str:
        """The field in `self.field.method`, if it holds an object with formulas of its own, else nothing."""
        if not (isinstance(node, ast.Attribute) and isinstance(node.value, ast.Attribute)):
            return ""
        name, owner = node.value.attr, getattr(self.method, "__self__", None)
        return name if ast.unparse(node.value.value) == "self" and isinstance(getattr(owner, name, None), Named) else ""

    def reduction(self, name: str, of: Expression) -> Expression:
        """A step of its own, as it needs all entries of a row."""
        found = Reduction(name, of, self.prefix)
        self.read.steps.append(found)
        return found

    def inlined(self, function: Any, arguments: list[Expression], path: str = "") -> Expression:
        """The body of a formula that is written with other formulas; `path` leads to the settings of a part."""
        variables = dict(zip(inspect.signature(function).parameters, arguments, strict=True))
        inner = Reader(function, variables, f"{self.prefix}{function.__name__}_", path)
        inner.read = Steps(self.read.steps)  # its steps stand among these
        (result,) = inner.run().results
        return result
