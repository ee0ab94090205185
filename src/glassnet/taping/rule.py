"""The rule of a function as code: its forward and its backward pass, printed from the graph of both.

The function is recorded twice, for two numbers of rows. What differs between the two is written with n.
"""

import itertools
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from glassnet.formulas.elementary import Array
from glassnet.taping.graph import Traced, gradients, nodes_to
from glassnet.taping.writing import ROWS, Line, Writing, plain_assignment

LONGEST = 72  # letters of an expression that others are written into


class Recording:
    """Both passes of a function for some rows: `leaves` by name, the output, and the gradient of each wanted leaf."""

    def __init__(self, run: Callable[..., Any], arrays: Mapping[str, Array], wanted: Sequence[str]):
        self.leaves = {name: Traced(array, name=name) for name, array in arrays.items()}
        self.output = run(*self.leaves.values())
        self.forward = set(nodes_to([self.output]))
        self.seed = Traced(np.ones_like(self.output.value), name="seed")
        starts = [self.leaves[name] for name in wanted]
        self.found = gradients(self.output, self.seed, starts, given=lambda same: same)
        self.gradients = {name: self.found.get(self.leaves[name]) for name in wanted}
        ends = [each for each in self.gradients.values() if each is not None]
        self.nodes = nodes_to([self.output, *ends])


def rule_of(title: str, run: Callable[..., Any], arrays_of: Callable[[int], Mapping[str, Array]], wanted: Any) -> str:
    """The code of two functions, `forward` and `backward`; `arrays_of` gives arrays to record with for n rows."""
    with np.errstate(all="ignore"):
        first, second = (Recording(run, arrays_of(n), wanted) for n in ROWS)
    return Rule(title, first, dict(zip(first.nodes, second.nodes, strict=True))).text()


class Rule:
    """The names of arrays in the code, and what is written into other expressions in place of a line."""

    def __init__(self, title: str, made: Recording, twins: Mapping[Traced, Traced]):
        self.title, self.made = title, made
        self.names = {leaf: name for name, leaf in made.leaves.items()}
        self.taken = {*self.names.values(), "n", "np", "kept", *(f"d{name}" for name in self.names.values())}
        self.back = [node for node in made.nodes if node not in made.forward and node is not made.seed]
        self.front = [node for node in made.nodes if node in made.forward and node.function is not None]
        needed = {each for node in self.back for each in node.inputs if each in made.forward}
        needed |= {made.leaves[name] for name, each in made.gradients.items() if each is None}
        first = dict.fromkeys(made.leaves.values())
        self.kept = [node for node in first | dict.fromkeys(made.nodes) if node in needed]
        self.writing = Writing(self.names, twins)

    def text(self) -> str:
        """The code."""
        forward, backward = self._forward(), self._backward()
        return f"# {self.title}\nimport numpy as np\n\n\n{forward}\n\n\n{backward}\n"

    def _forward(self) -> str:
        a = self._new_name("a")
        if self.made.output in self.names:  # the input itself
            a = self.names[self.made.output]
        self.writing.dtype = f"{next(iter(self.made.leaves))}.dtype"
        lines = self._lines(self.front, {*self.kept}, {self.made.output: a}, "v")
        self.names[self.made.seed] = self.seed_name = self._new_name(f"d{a}")
        arguments = ", ".join(self.made.leaves)
        about = f'"""The output {a}, and what the backward pass needs."""'
        rows = [f"n = len({next(iter(self.made.leaves))})"] if _uses_n(lines) else []
        return _function(f"forward({arguments})", [about, *rows, *lines, f"return {a}, {self._kept()}"])

    def _backward(self) -> str:
        wanted = self.made.gradients
        self.writing.dtype = f"{self.seed_name}.dtype"
        final = {each: f"d{name}" for name, each in reversed(wanted.items()) if each in {*self.back}}
        between = {each: f"d{self.names[node]}" for node, each in self.made.found.items() if node in self.names}
        lines = self._lines(self.back, set(), between | final, "u")
        for name, each in wanted.items():
            given = f"np.zeros_like({name})" if each is None else self.names[each]
            lines += plain_assignment(f"d{name}", given)
        about = f'"""The gradients of {", ".join(wanted)} from {self.seed_name}, that of the output."""'
        kept = [f"{self._kept().strip('()') if len(self.kept) > 1 else self._kept()} = kept"] if self.kept else []
        rows = [f"n = len({self.seed_name})"] if _uses_n(lines) else []
        end = f"return {', '.join(f'd{name}' for name in wanted)}"
        return _function(f"backward({self.seed_name}, kept)", [about, *kept, *rows, *lines, end])

    def _kept(self) -> str:
        names = [self.names[node] for node in self.kept]
        return f"({', '.join(names)}{',' if len(names) == 1 else ''})"

    def _lines(self, nodes: list[Traced], apart: set[Traced], named: Mapping[Traced, str], letter: str) -> list[str]:
        """A line for each call; what is used once, and needed nowhere else, is written into the line that uses it."""
        uses, numbers = Counter(each for node in nodes for each in node.inputs), itertools.count(1)
        lines: list[str] = []
        for node in nodes:
            line: Line = self.writing.line(node)
            alone = node not in apart and node not in named and uses[node] == 1 and not line.before
            if alone and len(line.text) <= LONGEST:
                self.writing.inside[node] = line
                continue
            own = named.get(node)
            name = self._new_name(f"{letter}{next(numbers)}") if own is None else own
            if name in self.names.values():
                name = self._new_name(name)
            self.names[node] = name
            lines += line.assigned(name)
        return lines

    def _new_name(self, wanted: str) -> str:
        while wanted in self.taken - {f"d{name}" for name in self.made.leaves} or wanted in self.names.values():
            wanted += "_"
        return wanted


def _uses_n(lines: Sequence[str]) -> bool:
    return any(re.search(r"\bn\b", line) for line in lines)


def _function(head: str, lines: Sequence[str]) -> str:
    return "\n".join([f"def {head}:", *(f"    {line}" for line in lines)])
