"""A formula, or the numbers put into it, as text."""

from collections.abc import Callable
from typing import SupportsFloat

import numpy as np

from glassnet.insight.notation.reading import LOWERED
from glassnet.insight.notation.tree import (
    Bars,
    Call,
    Cases,
    Compared,
    Equation,
    Minus,
    Name,
    Node,
    Number,
    Op,
    Power,
    Root,
    Row,
    Sum,
    Total,
    Transposed,
)

CASES, SUM, PRODUCT, SIGNED, ATOM = range(5)  # how strongly a piece of text holds together
INDEX = {letter: low for low, letter in LOWERED.items()}
RAISED = dict(zip("0123456789+−tznxk", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ᵗᶻⁿˣᵏ", strict=True))


def decimals(number: SupportsFloat, digits: int = 4) -> str:
    """A number with four significant digits (or others); below a million with all those in front of the point.

    >>> decimals(0.123456), decimals(-1.5), decimals(123456.7), decimals(3e-7), decimals(2000000.0)
    ('0.1235', '−1.5', '123457', '3e-7', '2e6')
    """
    number = float(number)
    whole = abs(number) < 999_999.5 and (abs(number) >= 1e4 or number.is_integer())
    text = f"{number:.0f}" if whole else f"{number:.{digits}g}"
    text = text.replace("e+0", "e").replace("e+", "e").replace("e-0", "e-")
    return "0" if text == "-0" else text.replace("-", "−", 1) if text.startswith("-") else text


def signed(number: SupportsFloat, digits: int = 3) -> str:
    """A number with its sign, + too.

    >>> signed(0.5), signed(-1.25), signed(0)
    ('+0.5', '−1.25', '0')
    """
    return ("+" if float(number) > 0 else "") + decimals(number, digits)


def beside_change(number: SupportsFloat, change: SupportsFloat) -> str:
    """A number as exactly as it takes to see a change of some size in it: to about a hundredth of that.

    >>> beside_change(42.04953, 4.2e-3), beside_change(-0.28331, 0.69), beside_change(1_234_567, 2e3)
    ('42.04953', '−0.283', '1,234,567')
    """
    number, change = float(number), abs(float(change))
    if not change or abs(number) >= 1e15:
        return decimals(number)
    places = int(np.clip(2 - np.floor(np.log10(change)), 0, 15))
    return f"{number:,.{places}f}".replace("-", "−", 1)


class Writer:
    """Writes trees as text; of sums written out at most `terms` terms, the last one among them."""

    def __init__(self, terms: int = 1000, name: Callable[[Name], str] | None = None):
        self.terms, self.name = terms, name or plain_name

    def write(self, node: Node) -> str:
        """The text of a tree."""
        return self.piece(node)[0]

    def equation(self, equation: Equation) -> str:
        """The text of a formula: left side, and all right sides."""
        rights = (f" {sign} {self.write(right)}" for sign, right in equation.rights)
        return self.write(equation.left) + "".join(rights)

    def within(self, node: Node, least: int) -> str:
        """The text of a part, in brackets where it holds together less than `least`."""
        text, holds = self.piece(node)
        return text if holds >= least else f"({text})"

    def piece(self, node: Node) -> tuple[str, int]:
        """(text, how strongly it holds together)."""
        return getattr(self, f"of_{type(node).__name__.lower()}")(node)

    def of_number(self, node: Number) -> tuple[str, int]:
        """½, or decimals."""
        if node.text:
            return node.text, ATOM
        return decimals(node.value), ATOM if node.value >= 0 or np.isnan(node.value) else SIGNED

    def of_name(self, node: Name) -> tuple[str, int]:
        """A variable."""
        return self.name(node), ATOM

    def of_call(self, node: Call) -> tuple[str, int]:
        """A function."""
        return f"{node.function}({', '.join(map(self.write, node.arguments))})", ATOM

    def of_minus(self, node: Minus) -> tuple[str, int]:
        """−x."""
        body = self.within(node.body, PRODUCT)
        return f"−({body})" if body.startswith("−") else f"−{body}", SIGNED

    def of_root(self, node: Root) -> tuple[str, int]:
        """√x."""
        return f"√{self.within(node.body, ATOM)}", ATOM

    def of_bars(self, node: Bars) -> tuple[str, int]:
        """|x|."""
        return f"{node.bar}{self.write(node.body)}{node.bar}", ATOM

    def of_sum(self, node: Sum) -> tuple[str, int]:
        """Σₖ x."""
        return f"Σ{INDEX.get(node.index, '')} {self.within(node.body, PRODUCT)}", PRODUCT

    def of_op(self, node: Op) -> tuple[str, int]:
        """Two operands; a product of numbers stands close together."""
        if node.sign in ("+", "−"):
            right = self.within(node.right, PRODUCT)
            right = f"({right})" if right.startswith("−") else right
            return f"{self.within(node.left, SUM)} {node.sign} {right}", SUM
        left = self.within(node.left, PRODUCT)
        right = self.within(node.right, PRODUCT if isinstance(node.right, Sum) else ATOM)
        if isinstance(node.left, Sum):
            left = f"({left})"
        between = {"": "·" if right[:1].isdigit() else " ", "·": "·"}.get(node.sign, f" {node.sign} ")
        return f"{left}{between}{right}", PRODUCT

    def of_power(self, node: Power) -> tuple[str, int]:
        """Base and raised exponent, after ^ where it cannot be raised."""
        base, exponent = self.within(node.base, ATOM), self.write(node.exponent)
        if isinstance(node.base, Power):
            base = f"({base})"
        short = exponent.replace(" ", "")
        if all(c in RAISED for c in short):
            return base + "".join(RAISED[c] for c in short), ATOM
        bare = self.piece(node.exponent)[1] >= ATOM and "e" not in exponent  # e^(2e-9), not e^2e-9
        return f"{base}^{exponent}" if bare else f"{base}^({exponent})", ATOM

    def of_transposed(self, node: Transposed) -> tuple[str, int]:
        """Xᵀ."""
        return f"{self.within(node.body, ATOM)}ᵀ", ATOM

    def of_cases(self, node: Cases) -> tuple[str, int]:
        """Value if condition else otherwise."""
        return f"{self.write(node.value)} if {self.write(node.condition)} else {self.write(node.otherwise)}", CASES

    def of_compared(self, node: Compared) -> tuple[str, int]:
        """Two sides."""
        return f"{self.write(node.left)} {node.sign} {self.write(node.right)}", CASES

    def of_row(self, node: Row) -> tuple[str, int]:
        """[x, y]."""
        return f"[{', '.join(map(self.write, node.items))}]", ATOM

    def telling(self, node: Total) -> list[Node | None]:
        """The terms of a sum that are shown, at most `terms` of them, none that is 0 if others are; None for a gap."""
        n = len(node.terms)
        if n <= self.terms and not node.left_out:
            return list(node.terms)
        kept = [k for k in range(n) if is_worth(node.terms[k])] or list(range(n))
        if len(kept) > self.terms or node.left_out:
            kept = [*kept[: max(1, min(self.terms, len(kept)) - 1)], kept[-1]]
        found: list[Node | None] = []
        for before, k in zip([-1, *kept], kept, strict=False):
            gap = k > before + 1 or (node.left_out and k == n - 1)
            found += [None, node.terms[k]] if gap else [node.terms[k]]
        return found if kept[-1] == n - 1 else [*found, None]

    def of_total(self, node: Total) -> tuple[str, int]:
        """A sum written out."""
        terms = ["…" if term is None else self.within(term, PRODUCT) for term in self.telling(node)]
        text = terms[0]
        for term in terms[1:]:
            text += f" − {term[1:]}" if term.startswith("−") else f" + {term}"
        return text, SUM if len(terms) > 1 else PRODUCT


def is_worth(term: Node) -> bool:
    """Whether a term of a sum is not 0."""
    factors = (term.left, term.right) if isinstance(term, Op) and term.sign == "·" else ()
    finite = all(np.isfinite(each.value) for each in factors if isinstance(each, Number))
    return term != Number(0.0) and not (finite and Number(0.0) in factors)


def plain_name(node: Name) -> str:
    """A variable with its index."""
    return node.text + INDEX.get(node.index, "")
