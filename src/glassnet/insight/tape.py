"""A computation on the tape: every array with its value, its gradient, and how each of them was computed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from glassnet.calls import answered
from glassnet.errors import InvalidInput, brief
from glassnet.formulas.elementary import Array
from glassnet.insight.notation.text import decimals
from glassnet.insight.pages.pieces import Heading, Matrix, Piece, Rows, Words
from glassnet.insight.pages.shown import Shown
from glassnet.taping.graph import Traced, gradients, nodes_to
from glassnet.taping.reading import read
from glassnet.taping.writing import Line, Writing

OUTPUT = "L"
MOST_SHOWN = 200  # arrays on a page
MOST_WRITTEN = 6  # numbers of a constant array in a formula


@dataclass(frozen=True)
class TapeNode:
    """One array of a tape.

    Attributes
    ----------
    name
        That of an argument, or v1, v2, … in the order of computation; the result is L. What a text gives a name to
        keeps it.
    formula
        How it was computed, from the names of others; "" for an argument.
    value, gradient
        The array, and the gradient of ΣL with respect to it; None where none flows back.
    back
        How the gradient was computed: dv1 is the gradient of v1.
    inputs
        The names of the arrays that it was computed from.
    """

    name: str
    formula: str
    value: Array
    gradient: Array | None
    back: str
    inputs: tuple[str, ...]


@answered
class Tape(Shown):
    """A computation forward and back, array by array.

    Made by `tape`. `print(tape)` shows both passes, `gn.pictures.tape` draws the graph.

    Attributes
    ----------
    nodes
        Every array in the order of computation: arguments first, where they are first used.

    `value` is that of the result, `gradients` holds those of the arguments by their names.

    >>> made = gn.tape(lambda w, x, b: (w * x + b) ** 2, w=2.0, x=3.0, b=-1.0)
    >>> made.value.item(), made.gradients["w"].item(), [node.formula for node in made.nodes if node.formula]
    (25.0, 30.0, ['w * x', 'v1 + b', 'v2 ** 2'])
    """

    def __init__(self, nodes: Sequence[TapeNode]):
        self.nodes = tuple(nodes)

    @property
    def value(self) -> Array:
        """The value of the result."""
        return self.nodes[-1].value

    @property
    def gradients(self) -> dict[str, Array]:
        """The gradient of each argument by its name, 0 where the result does not depend on it."""
        arguments = [node for node in self.nodes if not node.formula]
        return {node.name: np.zeros_like(node.value) if (d := node.gradient) is None else d for node in arguments}

    @property
    def back(self) -> list[TapeNode]:
        """The arrays that a gradient flows back to, in the order in which it does: the last one first."""
        return [node for node in self.nodes[::-1] if node.gradient is not None]

    def __repr__(self) -> str:
        return f"Tape({len(self.nodes)} arrays, {self.nodes[-1].name} {self.value.shape})"

    def pieces(self) -> Sequence[Piece]:
        """Both passes: in a table where all arrays are single numbers, else array by array."""
        if len(self.nodes) > MOST_SHOWN:
            return [Words(f"{len(self.nodes)} arrays; more than {MOST_SHOWN} are not shown: look at `nodes`.")]
        back = self.back
        if all(node.value.size == 1 for node in self.nodes):
            front = [(node.name, node.formula or "given", _number(node.value)) for node in self.nodes]
            behind = [(f"d{node.name}", node.back, _number(node.gradient)) for node in back]
            tables: list[list[Piece]] = [
                [Rows((("array", "computed as", "value"), *front))],
                [Rows((("gradient", "computed as", "value"), *behind))],
            ]
        else:
            tables = [
                [p for node in self.nodes for p in _shown(node.name, node.formula, node.value)],
                [p for node in back for p in _shown(f"d{node.name}", node.back, node.gradient)],
            ]
        return [Heading("Forward", 1), *tables[0], Heading("Backward", 1), *tables[1]]


def _number(array: Any) -> str:
    return decimals(np.asarray(array).item())


def _shown(name: str, formula: str, array: Any) -> list[Piece]:
    """How an array was computed, and its numbers."""
    if np.size(array) == 0:
        return [Words(f"{name} {f'= {formula}' if formula else 'is given'}: no numbers, shape {np.shape(array)}")]
    return [Words(f"{name} = {formula}" if formula else f"{name} is given"), Matrix(name, np.atleast_1d(array))]


class Telling(Writing):
    """Formulas for people: without `np.`, scattered entries in words, and constant arrays as their numbers or size."""

    def line(self, node: Traced) -> Line:
        """One call."""
        line = super().line(node)
        return line._replace(text=line.text.replace("np.", ""))

    def _constant(self, given: Any, other: Any) -> Line:
        if not isinstance(given, np.ndarray):
            return super()._constant(given, other)
        return Line(
            str(given.tolist()) if given.size <= MOST_WRITTEN else f"[{'×'.join(map(str, given.shape))} numbers]"
        )

    def _placed(self, node: Traced, twin: Traced, d: Line) -> Line:
        return Line(f"zeros_like({{}})[{self._key(node.args[1], twin.args[1])}] + {d.text}", 0)


def tape(expression: Callable[..., Any] | str | None = None, /, **values: ArrayLike) -> Tape:
    """A computation forward and back: every array with its value, and how its gradient comes about.

    The expression is recorded while it runs on the values, in double precision. Then the chain rule goes back through
    it, from the result to the arguments (reverse-mode differentiation). Several numbers as a result count as their sum.

    Parameters
    ----------
    expression
        A function of plain NumPy code. Or a text such as "tanh(w * x)", which is read and not run as Python: numbers,
        lists, names and functions that the tape knows. Lines above it may give names: "x = 2", "z = w * x".
    values
        Its arguments by their names: numbers, or arrays of any shapes.

    Raises InvalidInput for values that are no numbers, and for what cannot be differentiated; of a text, with the line
    and the column.

    >>> print(gn.tape(lambda w, x: np.tanh(w * x), w=0.5, x=2.0))
    Forward
    ───────
      array  computed as   value
      w      given           0.5
      x      given             2
      v1     w * x             1
      L      tanh(v1)     0.7616
    <BLANKLINE>
    Backward
    ────────
      gradient  computed as              value
      dL        1                            1
      dv1       dL * (1.0 - L * L)        0.42
      dx        dv1 * w                   0.21
      dw        dv1 * x                 0.8399
    >>> gn.tape("(w * x - 1) ** 2", w=0.5, x=4.0).gradients["w"].item()
    8.0
    """
    if isinstance(expression, str):
        return Tape(told(*read(expression, {name: _as_numbers(name, given) for name, given in values.items()})))
    if not callable(expression):
        names = ", ".join(values) or "x"
        raise InvalidInput(
            f"gn.tape needs a function or a text first, as in gn.tape(lambda {names}: …, {names.split(',')[0]}=1.0), "
            f"got {brief(expression)}."
        )
    leaves = {name: Traced(_as_numbers(name, given), name=name) for name, given in values.items()}
    try:
        output = expression(**leaves)
    except TypeError as error:
        if error.__traceback__ is None or error.__traceback__.tb_next is not None:
            raise
        named = ", ".join(values) or "x"
        raise InvalidInput(
            f"gn.tape: the arguments are not those of the function: {error}; name them, as in "
            f"gn.tape(lambda {named}: …, {named.split(',')[0]}=1.0)."
        ) from None
    if not isinstance(output, Traced):
        raise InvalidInput(f"gn.tape: the function must return an array made of its arguments, got {brief(output)}.")
    return Tape(told(output, leaves))


def _as_numbers(name: str, given: Any) -> Array:
    try:
        array = np.array(given)
        if array.dtype.kind in "biuf":
            return array.astype(np.float64)
    except (TypeError, ValueError):
        pass
    raise InvalidInput(f"gn.tape: `{name}` must be a number or an array of numbers, got {brief(given)}.")


def told(output: Traced, leaves: dict[str, Traced], most: float = np.inf) -> list[TapeNode]:
    """The nodes with their formulas, those of the gradients from the pulls, which are traced themselves.

    Raises InvalidInput where there are more than `most`.
    """
    nodes, found = both_passes(output, leaves)
    if len(nodes) > most:
        raise InvalidInput(f"this computes {len(nodes)} arrays: at most {most} can be drawn.")
    names = names_of(nodes)
    inner = [node for node in nodes if node.function is not None]
    everything = nodes_to([output, *leaves.values(), *found.values()])
    writing = Telling(names, {node: node for node in everything})
    writing.dtype = "float"
    formulas = {node: writing.line(node).text for node in inner}
    back = {node: _gradient(found[node], node, writing, names) for node in reversed(nodes) if node in found}
    return [
        TapeNode(
            names[node],
            formulas.get(node, ""),
            node.value,
            found[node].value if node in found else None,
            back.get(node, ""),
            tuple(dict.fromkeys(names[each] for each in node.inputs)),
        )
        for node in nodes
    ]


def both_passes(output: Traced, leaves: dict[str, Traced]) -> tuple[list[Traced], dict[Traced, Traced]]:
    """(all arrays in the order of computation, the result last; the gradients that flow back, traced themselves)."""
    nodes = [*(node for node in nodes_to([output, *leaves.values()]) if node is not output), output]
    seed = Traced(np.ones_like(output.value))
    with np.errstate(all="ignore"):  # values that are not finite have been told of
        return nodes, gradients(output, seed, [*leaves.values()], given=lambda same: same)


def names_of(nodes: Sequence[Traced]) -> dict[Traced, str]:
    """Those that arrays were given; v1, v2, … for others in the order of computation, and L for the last one."""
    taken = {node.name for node in nodes if node.name}
    if clash := next((name for name in sorted(taken) if f"d{name}" in taken), None):
        raise InvalidInput(f"gn.tape: `d{clash}` is what the gradient of `{clash}` is called: give it another name.")
    names: dict[Traced, str] = {}
    number = 0
    for node in nodes:
        number += node.function is not None
        name = node.name or (OUTPUT if node is nodes[-1] else f"v{number}")
        while not node.name and (name in taken or f"d{name}" in taken):
            name += "_"
        names[node] = name
    return names


def _gradient(d: Traced, node: Traced, writing: Writing, names: dict[Traced, str]) -> str:
    """How a gradient was computed from others; from now on it is called by its name."""
    if d in names:
        return names[d]
    for each in nodes_to([d]):
        if each not in names and each is not d:
            writing.inside[each] = Line("1") if each.function is None else writing.line(each)
    text = "1" if d.function is None else writing.line(d).text
    names[d] = f"d{names[node]}"
    return text.replace("{}", names[node])
