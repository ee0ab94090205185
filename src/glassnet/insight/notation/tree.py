"""What a formula consists of: the nodes of its tree."""

from dataclasses import dataclass
from typing import Any

Node = Any  # any of the classes below


@dataclass(frozen=True)
class Number:
    """A number; `text` is how it is written where that is not its decimals, such as ½."""

    value: float
    text: str = ""


@dataclass(frozen=True)
class Name:
    """A variable; `index` is its subscript letter, as the j of zⱼ."""

    text: str
    index: str = ""


@dataclass(frozen=True)
class Call:
    """A function of arguments: tanh(z), max(z, 0)."""

    function: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True)
class Minus:
    """−x."""

    body: Node


@dataclass(frozen=True)
class Root:
    """√x."""

    body: Node


@dataclass(frozen=True)
class Bars:
    """|x|, or the norm ‖x‖."""

    body: Node
    bar: str = "|"


@dataclass(frozen=True)
class Sum:
    """Σₖ of a product."""

    index: str
    body: Node


@dataclass(frozen=True)
class Op:
    """Two operands and what stands between them: + − · ⊙ / or, for factors side by side, nothing."""

    sign: str
    left: Node
    right: Node


@dataclass(frozen=True)
class Power:
    """Base and exponent; the base e is Euler's number."""

    base: Node
    exponent: Node


@dataclass(frozen=True)
class Transposed:
    """Xᵀ; 1ᵀ is a row of ones, so that 1ᵀ X is the sum over the samples."""

    body: Node


@dataclass(frozen=True)
class Cases:
    """Value if condition else otherwise."""

    value: Node
    condition: Node
    otherwise: Node


@dataclass(frozen=True)
class Compared:
    """Two sides with >, ≥, <, ≤ or = between them."""

    sign: str
    left: Node
    right: Node


@dataclass(frozen=True)
class Row:
    """[x, y, …], side by side."""

    items: tuple[Node, ...]


@dataclass(frozen=True)
class Total:
    """A sum written out, term by term; `left_out` is how many stand in front of the last one and are not there."""

    terms: tuple[Node, ...]
    left_out: int = 0


@dataclass(frozen=True)
class Equation:
    """Left side, and (sign, right side) once or several times; `sign` is =, ≈, or ← for what changes.

    `prediction` marks a formula that takes the place of the one before it in prediction; `text` is how it was written.
    """

    left: Node
    rights: tuple[tuple[str, Node], ...]
    prediction: bool = False
    text: str = ""

    @property
    def right(self) -> Node:
        """What the left side is, as written first."""
        return self.rights[0][1]

    @property
    def name(self) -> str:
        """The variable or the function that the equation defines."""
        return self.left.function if isinstance(self.left, Call) else getattr(self.left, "text", "")
