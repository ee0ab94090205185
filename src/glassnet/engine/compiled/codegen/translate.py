"""A formula becomes the source of a loop: the same expressions, over the rows of plain memory, in one number type.

Scalars are computed in Python's double precision, as NumPy does, and rounded to the vector's type where they meet a
vector. What is reduced over a row gets a loop of its own before the loop that uses it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from glassnet.formulas.syntax.expressions import (
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
from glassnet.formulas.syntax.reader import OF_NUMPY, Untranslatable

STEPS = {"row_max": ("-INFINITY", "maximum({0}, {1})"), "row_sum": ("T(0)", "{0} + {1}")}
NAME = re.compile(r"[A-Za-z_]\w*")
OF_SCALARS = ("sqrt", "exp", "log", "maximum", "sin", "cos")


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

    @property
    def names(self) -> set[str]:
        """The names that stand in it."""
        return set(NAME.findall(" ".join([*self.inside, self.step])))


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


class Translator:
    """Prints the steps of a formula; `settings` collects the paths of those that it uses."""

    def __init__(self, settings: list[str]):
        self.settings, self.formula = settings, Formula()
        self.reduced: dict[Reduction, str] = {}

    def run(self, read: Steps) -> Formula:
        """Print all steps and the results."""
        for step in read.steps:
            if isinstance(step, Reduction):
                self.reduce(step)
            else:
                self.assign(step)
        self.formula.results = [Term(self.text(result), result.kind) for result in read.results]
        return self.formula

    def assign(self, step: Assignment) -> None:
        """A scalar is computed once, a vector at each entry."""
        place = self.formula.before if step.value.kind == SCALAR else self.formula.inside
        place.append(f"{step.name} = {self.text(step.value)}")

    def reduce(self, step: Reduction) -> None:
        """A pass over the row."""
        start, then = STEPS[step.name]
        value = self.typed(step.of)
        target = self.reduced[step] = f"{step.label}reduced{len(self.formula.passes)}"
        inside = needed(value, self.formula.inside)
        self.formula.passes.append(Pass(target, start, inside, then.format(target, value)))

    def typed(self, of: Expression) -> str:
        """The source in the vector's number type."""
        return Term(self.text(of), of.kind).typed()

    def text(self, of: Expression) -> str:
        """The source of an expression."""
        match of:
            case Number():
                return repr(of.value)
            case Variable():
                return of.name
            case Setting():
                return self.setting(of.path)
            case Reduction():
                return self.reduced[of]
            case Negative():
                return f"(-{self.text(of.of)})"
            case Power():
                return "(" + " * ".join([self.text(of.of)] * of.times) + ")"
            case Binary() if of.kind == SCALAR:
                return f"({self.text(of.left)} {of.symbol} {self.text(of.right)})"
            case Binary() | Compare():
                return f"({self.typed(of.left)} {of.symbol} {self.typed(of.right)})"
            case Call():
                return self.call(of)
        raise Untranslatable(f"{of} is not understood")

    def setting(self, path: str) -> str:
        """A number in the kernel's settings."""
        if path not in self.settings:
            self.settings.append(path)
        return f"settings[{self.settings.index(path)}]"

    def call(self, of: Call) -> str:
        """A function of a vector in its type; of scalars alone in double precision."""
        if of.name in OF_NUMPY:
            return f"np.{of.name}({self.text(of.arguments[0])})"
        if of.kind == SCALAR:
            if of.name not in OF_SCALARS:
                raise Untranslatable(f"{of.name} of scalars")
            return f"np.{of.name}({', '.join(map(self.text, of.arguments))})"
        first, *others = of.arguments
        begin = self.text(first) if of.name == "where" else self.typed(first)  # a condition has no number type
        return f"{of.name}({', '.join([begin, *map(self.typed, others)])})"


def needed(text: str, statements: Sequence[str]) -> list[str]:
    """Those of some assignments, in their order, that an expression depends on.

    >>> needed("b + 1", ["a = x", "b = 2 * a", "c = b"])
    ['a = x', 'b = 2 * a']
    """
    names, found = set(NAME.findall(text)), list[str]()
    for statement in reversed(statements):
        name, _, value = statement.partition(" = ")
        if name in names:
            names |= set(NAME.findall(value))
            found.insert(0, statement)
    return found
