"""The pieces of an explanation, before it becomes text or HTML."""

from dataclasses import dataclass
from typing import Any

from glassnet.insight.notation.tree import Equation, Node


@dataclass(frozen=True)
class Heading:
    """The beginning of a part; level 1 for the passes of a step, 2 for layers in them."""

    text: str
    level: int = 2


@dataclass(frozen=True)
class Formula:
    """A formula as its docstring says it, with the shapes of its arrays."""

    equation: Equation
    shapes: str = ""


@dataclass(frozen=True)
class Worked:
    """One entry worked out: its name, the formula with numbers put in, and what it comes to."""

    label: str
    numbers: Node
    result: Any


@dataclass(frozen=True)
class Matrix:
    """An array by its name."""

    label: str
    array: Any


@dataclass(frozen=True)
class Words:
    """A sentence."""

    text: str


@dataclass(frozen=True)
class Rows:
    """A small table; the first row is its header, numbers stand to the right."""

    cells: tuple[tuple[str, ...], ...]


Piece = Heading | Formula | Worked | Matrix | Words | Rows
