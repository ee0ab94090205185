"""Formulas as loops over the entries of a row, in languages that have no arrays as values: C and JavaScript."""

from collections.abc import Collection

from glassnet.exports.builder import fresh
from glassnet.exports.program import Formula
from glassnet.exports.targets.infix import Infix, parts, short_names
from glassnet.exports.targets.text import indent
from glassnet.formulas.syntax.expressions import COLUMN, Expression, Number, Reduction, Variable

FIRST = {"row_sum": "0", "row_max": "least"}
NEXT = {"row_sum": "{0} + {1}", "row_max": "{maximum}({0}, {1})"}


class Loops(Infix):
    """Prints the body of a function: of one entry, or of a whole row where something is reduced over it.

    A language says how a variable is declared, what a loop begins with, and what the least number is.
    """

    further = "    "

    def __init__(self, formula: Formula, reserved: Collection[str]):
        names = short_names(formula.read, formula.parameters, {*reserved, "i", "n", "out"})
        self.parameters = [names[parameter] for parameter in formula.parameters]
        if formula.by_rows:
            names |= {parameter: f"{names[parameter]}[i]" for parameter in formula.parameters}
        super().__init__(names)
        self.formula, self.taken = formula, {*names.values(), *reserved}
        self.before: list[str] = []
        self.lines: dict[str, tuple[Expression, str]] = {}  # of an assignment: what it is of, how it is written
        self.columns: dict[Expression, str] = {}
        self.in_column = False

    def fixed(self, name: str, text: str) -> str:
        """The declaration of what stays."""
        raise NotImplementedError

    def changing(self, name: str, text: str) -> str:
        """The declaration of what changes."""
        raise NotImplementedError

    def loop(self) -> str:
        """The head of a loop over the entries."""
        raise NotImplementedError

    def maximum(self) -> str:
        """The name of the function for the larger of two numbers."""
        raise NotImplementedError

    def least(self) -> str:
        """The least number."""
        raise NotImplementedError

    def body(self) -> list[str]:
        """The lines of the function."""
        for step in self.formula.read.steps:
            if isinstance(step, Reduction):
                self.reduce(step)
            else:
                self.lines[step.name] = step.value, self.fixed(self.names[step.name], self.text(step.value))
        result = self.formula.read.results[0]
        text, inside = self.text(result), self.needed(result)
        if not self.formula.by_rows:
            return [*inside, f"return {text};"]
        return [*self.before, self.loop(), *self.indented([*inside, f"out[i] = {text};"]), "}"]

    def indented(self, lines: list[str]) -> list[str]:
        """Lines inside a loop."""
        return indent(lines, self.further)

    def needed(self, of: Expression) -> list[str]:
        """The assignments that an expression needs, in their order."""
        used, left = set[str](), [of]
        while left:
            names = {each.name for each in parts(left.pop()) if isinstance(each, Variable)} & self.lines.keys() - used
            used |= names
            left += [self.lines[name][0] for name in names]
        return [line for name, (_, line) in self.lines.items() if name in used]

    def reduce(self, step: Reduction) -> None:
        """A loop of its own."""
        name = fresh(step.name.removeprefix("row_"), self.taken)
        value = self.text(step.of)
        first = self.number(0.0) if step.name == "row_sum" else self.least()
        then = NEXT[step.name].format(name, value, maximum=self.maximum())
        self.before += [self.changing(name, first), self.loop()]
        self.before += [*self.indented([*self.needed(step.of), f"{name} = {then};"]), "}"]
        self.reduced[step] = name

    def printed(self, of: Expression) -> tuple[str, int]:
        """An expression; what is the same for the whole row is computed once, ahead of the loop."""
        if self.in_column or of.kind != COLUMN or isinstance(of, Number | Variable | Reduction):
            return super().printed(of)
        if of not in self.columns:
            self.in_column = True
            text, _ = super().printed(of)
            self.in_column = False
            self.columns[of] = fresh("of_row", self.taken)
            self.before.append(self.fixed(self.columns[of], text))
        return self.columns[of], 4
