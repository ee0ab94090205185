"""The steps of a tape one after the other: values forward, gradients back, with the local derivative of each step."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from glassnet.insight.notation.text import decimals
from glassnet.insight.pages.pieces import Matrix, Piece, Words
from glassnet.insight.tape import Telling, both_passes, names_of
from glassnet.taping.graph import PULLS, Traced, sum_to
from glassnet.taping.writing import NEGATIVE, WHOLE, Line

MINUS, HYPHEN = "\N{MINUS SIGN}", re.compile(r"(?<!\de)-")


@dataclass(frozen=True)
class TapeStep:
    """One step: the array whose value or, on the way back, gradient it computes; in one line, and in detail."""

    name: str
    back: bool
    summary: str
    pieces: tuple[Piece, ...]


def steps_of(output: Traced, leaves: dict[str, Traced]) -> list[TapeStep]:
    """Every step of both passes.

    >>> from glassnet.taping.reading import read
    >>> [step.summary for step in steps_of(*read("w = 2\\nx = 3\\n(w * x) ** 2", {}))][:4]
    ['v1 = w * x = 2 * 3 = 6', 'L = v1 ** 2 = 6 ** 2 = 36', 'dL = 1', 'dv1 = dL * ∂L/∂v1 = 1 * 12 = 12']
    """
    nodes, found = both_passes(output, leaves)
    steps = Steps(nodes, found, names_of(nodes))
    front = [steps.forward(node) for node in nodes if node.function is not None]
    return [*front, *(steps.backward(node) for node in reversed(nodes) if node in found)]


class InNumbers(Telling):
    """Formulas of derivatives: what comes back to a step is 1, and need not be written; with numbers for names."""

    def __init__(self, names: Mapping[Traced, str], one: Traced | None, numbers: bool):
        super().__init__({**names, **({one: "1"} if one is not None else {})}, Itself())
        self.one, self.numbers, self.dtype = one, numbers, "float"
        if numbers:
            self.inside = {node: number(node.value) for node in names if node.size == 1}

    def line(self, node: Traced) -> Line:
        """One call, without a factor that is 1."""
        if node.function is np.multiply:
            left, right = node.args
            if left is self.one:
                return self.operand(right, right)
            if isinstance(left, Traced) and left.function is np.negative and left.args[0] is self.one:
                inside = self.operand(right, right)
                return Line(f"-{inside.inside(NEGATIVE)}", NEGATIVE, negated=inside)
        return super().line(node)

    def _constant(self, given: Any, other: Any) -> Line:
        plain = self.numbers and isinstance(given, int | float) and not isinstance(given, bool)
        return number(given) if plain else super()._constant(given, other)

    def text(self, end: Traced, between: Sequence[Traced]) -> str:
        """A whole formula; `between` are the arrays that it writes into other expressions."""
        for each in between:
            if each is not self.one and each is not end:
                self.inside[each] = Line("1") if each.function is None else self.line(each)
        return (self.line(end) if between and end is not self.one else self.operand(end, end)).text


class Itself(dict[Traced, Traced]):
    """The same recording as that for another number of rows: formulas are written for this one alone."""

    def __missing__(self, node: Traced) -> Traced:
        return node


def number(value: Any) -> Line:
    """A number as an operand, in brackets if it is negative."""
    value = np.asarray(value).item()
    return Line(decimals(value), 0 if value < 0 else WHOLE)


def operand(value: Any) -> str:
    """A number between two signs."""
    return number(value).inside(WHOLE)


def words(text: str) -> Words:
    """A line with true minus signs."""
    return Words(typographic(text))


def typographic(text: str) -> str:
    """True minus signs in place of hyphens.

    >>> typographic("-x - 3e-7")
    '−x − 3e-7'
    """
    return HYPHEN.sub(MINUS, text)


def is_entrywise(function: Any) -> bool:
    """Whether each entry of a result is made of one entry of each argument."""
    return function is np.where or (isinstance(function, np.ufunc) and function is not np.matmul)


def reached(end: Traced, known: Mapping[Traced, str]) -> tuple[list[Traced], list[Traced]]:
    """(arrays without a name on the ways to an array from those with one, the latter)."""
    new, ends, left = set[Traced](), dict[Traced, None](), [end]
    while left:
        node = left.pop()
        if node in known:
            ends[node] = None
        elif node not in new:
            new.add(node)
            left += node.inputs
    return sorted(new, key=lambda node: node.number), [*ends]


class Steps:
    """Writes the steps of a graph."""

    def __init__(self, nodes: Sequence[Traced], found: Mapping[Traced, Traced], names: dict[Traced, str]):
        self.nodes, self.found, self.names = nodes, found, names
        # Gradients are given anew, so that their formulas begin at them, however they were computed.
        self.back = {node: Traced(d.value, name=f"d{names[node]}") for node, d in found.items()}
        self.known = names | {d: d.name for d in self.back.values()}

    def written(self, end: Traced, known: Mapping[Traced, str], one: Traced | None = None) -> str:
        """The formula of an array, and where it is made of single numbers the same with numbers."""
        between, ends = reached(end, known)
        formula = InNumbers(known, one, numbers=False).text(end, between)
        if any(each.size != 1 for each in [end, *ends]):
            return formula if end.size != 1 else f"{formula} = {decimals(end.value.item())}"
        numbers = InNumbers(known, one, numbers=True).text(end, between)
        return " = ".join(dict.fromkeys(map(typographic, [formula, numbers, decimals(end.value.item())])))

    def forward(self, node: Traced) -> TapeStep:
        """How a value was computed."""
        known = {each: name for each, name in self.names.items() if each is not node}
        name = self.names[node]
        summary = typographic(f"{name} = {self.written(node, known)}")
        arrays = [each for each in dict.fromkeys(node.inputs) if each.size != 1]
        if arrays or node.size != 1:
            arrays += [each for each in dict.fromkeys(node.inputs) if each.size == 1]
        shown = [matrix(self.names[each], each.value) for each in arrays]
        last = [matrix(name, node.value)] if node.size != 1 else []
        return TapeStep(name, False, summary, (Words(summary), *shown, *last))

    def backward(self, node: Traced) -> TapeStep:
        """How a gradient was computed: a share from each step that uses the array."""
        name = self.names[node]
        users = [each for each in self.nodes if each in self.found and any(node is i for i in each.inputs)]
        if not users:
            several = ", for every entry: several numbers count as their sum" if node.size != 1 else ""
            return TapeStep(name, True, f"d{name} = 1", (Words(f"d{name} = 1{several}"),))
        pieces, shares, line = list[Piece](), list[Traced](), ""
        for user in users:
            more, share, line = self.share(node, user)
            pieces += [words(f"{name} is used in {self.names[user]} = {self.formula(user)}."), *more]
            shares.append(share)
        if len(users) > 1:
            line = " + ".join(f"d{self.names[u]} * ∂{self.names[u]}/∂{name}" for u in users)
            if node.size == 1:
                line += f" = {' + '.join(operand(s.value) for s in shares)} = {decimals(self.d(node).item())}"
            pieces.append(words(f"The shares add up: d{name} = {line}"))
        if node.size != 1 or (len(users) == 1 and users[0].size != 1):
            pieces.append(matrix(f"d{name}", self.d(node)))
        return TapeStep(name, True, typographic(f"d{name} = {line}"), tuple(pieces))

    def d(self, node: Traced) -> Any:
        """The gradient of an array."""
        return self.found[node].value

    def formula(self, node: Traced) -> str:
        """How it was computed, without numbers."""
        return InNumbers(self.names, None, numbers=False).line(node).text

    def pulled(self, node: Traced, user: Traced, d: Traced) -> Traced:
        """What goes back to an array from one step that uses it, for `d` as the gradient of that step."""
        found = None
        for argument, pull in zip(user.args, PULLS.get(user.function, ()), strict=False):  # type: ignore[arg-type]
            several = argument if isinstance(argument, list | tuple) else [argument]
            if pull is not None and any(each is node for each in several):
                made = pull(d, user, *user.args, **user.kwargs)
                for each, share in zip(several, made if several is argument else [made], strict=True):
                    if each is node:
                        found = share if found is None else found + share
        assert found is not None
        return found

    def share(self, node: Traced, user: Traced) -> tuple[list[Piece], Traced, str]:
        """(the local derivative and the share in words, the share, in one line what it is)."""
        u, v = self.names[user], self.names[node]
        if not is_entrywise(user.function):
            share = sum_to(self.pulled(node, user, self.back[user]), node.shape)
            line = self.written(share, self.known).replace("{}", v)
            return [words(f"What goes back to it: {line}"), *self.incoming(user)], share, line
        d, one = self.back[user], Traced(np.ones_like(user.value), name="1")
        share = sum_to(self.pulled(node, user, d), node.shape)
        local = self.pulled(node, user, one)
        pieces: list[Piece] = [words(f"Local derivative: ∂{u}/∂{v} = {self.written(local, self.known, one)}")]
        line = f"d{u} * ∂{u}/∂{v}"
        if user.size == 1:
            line += f" = {operand(d.value)} * {operand(local.value)} = {decimals(share.value.item())}"
        elif reached(local, self.known)[1]:
            pieces.append(matrix(f"∂{u}/∂{v}", np.broadcast_to(local.value, user.shape)))
        if share.shape != user.shape and user.size != 1:
            line += f", summed up where {v} was repeated"
        return [*pieces, words(f"Chain rule: {line}"), *self.incoming(user)], share, line

    def incoming(self, user: Traced) -> list[Piece]:
        """The gradient that comes back to a step, where it is more than a number."""
        return [] if user.size == 1 else [matrix(f"d{self.names[user]}", self.d(user))]


def matrix(label: str, array: Any) -> Piece:
    """An array by its name; one number in a line."""
    array = np.asarray(array)
    return Words(f"{label} = {decimals(array.item())}") if array.size == 1 else Matrix(label, np.atleast_1d(array))
