"""A formula, or the numbers put into it, as MathML, which browsers show without any script."""

from html import escape
from typing import SupportsFloat

import numpy as np

from glassnet.insight.notation.text import ATOM, CASES, PRODUCT, SIGNED, SUM, Writer, decimals
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

DIGITS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
SPACE = "<mspace width='0.2em'/>"
MINUS = "<mo form='prefix'>−</mo>"  # in front of a number, not between two
FRACTIONS = {"½": (1, 2), "⅓": (1, 3), "¼": (1, 4)}


def math(*parts: str) -> str:
    """A <math> element of these parts."""
    return f"<math displaystyle='true'><mrow>{''.join(parts)}</mrow></math>"


def operator(sign: str) -> str:
    """An operator or a bracket."""
    return f"<mo>{escape(sign)}</mo>"


def number(shown: SupportsFloat) -> str:
    """Decimals, with a power of ten where there is an e."""
    text = decimals(shown)
    sign, text = (MINUS, text[1:]) if text.startswith("−") else ("", text)
    if "e" not in text:
        return f"{sign}<mn>{text}</mn>"
    digits, power = text.split("e")
    raised = f"<mrow>{MINUS}<mn>{power[1:]}</mn></mrow>" if power.startswith("-") else f"<mn>{power}</mn>"
    return f"{sign}<mn>{digits}</mn>{operator('·')}<msup><mn>10</mn>{raised}</msup>"


def identifier(text: str) -> str:
    """A variable with the digits and primes behind it."""
    base = text.rstrip("₀₁₂₃₄₅₆₇₈₉'′")
    digits = text[len(base) :].rstrip("'′").translate(DIGITS)
    primes = len(text) - len(text.rstrip("'′"))
    shown = f"<mi>{escape(base)}</mi>"
    if base.startswith("d") and len(base) == 2:
        shown = f"<mrow><mi>d</mi><mi>{escape(base[1])}</mi></mrow>"  # one letter an element, or they stand upright
    if base.endswith("\u0302"):
        shown = f"<mover accent='true'><mi>{escape(base[:-1])}</mi><mo>^</mo></mover>"
    if base.startswith("∂") and "/" in base:
        above, below = base.split("/")
        shown = f"<mfrac><mi>{escape(above)}</mi><mi>{escape(below)}</mi></mfrac>"
    if digits:
        shown = f"<msub>{shown}<mn>{digits}</mn></msub>"
    return f"<mrow>{shown}<mo lspace='0' rspace='0'>{'′' * primes}</mo></mrow>" if primes else shown


class MathWriter(Writer):
    """Writes trees as MathML; fractions, roots and powers need no brackets."""

    def within(self, node: Node, least: int) -> str:
        text, holds = self.piece(node)
        return text if holds >= least else self.bracketed(text)

    def bracketed(self, text: str) -> str:
        """In round brackets."""
        tall = any(f"<{high}" in text for high in ("mfrac", "munder", "mtable"))
        return f"<mo stretchy='{str(tall).lower()}'>(</mo>{text}<mo stretchy='{str(tall).lower()}'>)</mo>"

    def equation(self, equation: Equation) -> str:
        rights = (f"{operator(sign)}{self.write(right)}" for sign, right in equation.rights)
        return self.write(equation.left) + "".join(rights)

    def row(self, node: Node) -> str:
        """A tree as one argument of a fraction, a power or a root."""
        return f"<mrow>{self.write(node)}</mrow>"

    def of_number(self, node: Number) -> tuple[str, int]:
        if node.text in FRACTIONS:
            above, below = FRACTIONS[node.text]
            return f"<mfrac><mn>{above}</mn><mn>{below}</mn></mfrac>", ATOM
        if node.text:
            return f"<mn>{node.text}</mn>", ATOM
        return number(node.value), ATOM if node.value >= 0 or np.isnan(node.value) else SIGNED

    def of_name(self, node: Name) -> tuple[str, int]:
        shown = identifier(node.text)
        return (f"<msub>{shown}<mi>{node.index}</mi></msub>" if node.index else shown), ATOM

    def of_call(self, node: Call) -> tuple[str, int]:
        inside = operator(",").join(map(self.write, node.arguments))
        return f"{identifier(node.function)}{self.bracketed(inside)}", ATOM

    def of_minus(self, node: Minus) -> tuple[str, int]:
        body = self.within(node.body, PRODUCT)
        return MINUS + (self.bracketed(body) if body.startswith(MINUS) else body), SIGNED

    def of_root(self, node: Root) -> tuple[str, int]:
        return f"<msqrt>{self.row(node.body)}</msqrt>", ATOM

    def of_bars(self, node: Bars) -> tuple[str, int]:
        before, after = (f"<mo form='{side}'>{node.bar}</mo>" for side in ("prefix", "postfix"))
        return f"{before}{self.write(node.body)}{after}", ATOM

    def of_sum(self, node: Sum) -> tuple[str, int]:
        sigma = f"<munder>{operator('∑')}<mi>{node.index}</mi></munder>" if node.index else operator("∑")
        return f"{sigma}{self.within(node.body, PRODUCT)}", PRODUCT

    def of_op(self, node: Op) -> tuple[str, int]:
        if node.sign == "/":
            return f"<mfrac>{self.row(node.left)}{self.row(node.right)}</mfrac>", ATOM
        if node.sign in ("+", "−"):
            right, holds = self.piece(node.right)
            right = right if holds in (PRODUCT, ATOM) else self.bracketed(right)
            return f"{self.within(node.left, SUM)}{operator(node.sign)}{right}", SUM
        left, right = self.within(node.left, PRODUCT), self.within(node.right, ATOM)
        left = self.bracketed(left) if isinstance(node.left, Sum) else left
        sign = node.sign or ("·" if right.startswith("<mn>") else "")
        return f"{left}{operator(sign) if sign else SPACE}{right}", PRODUCT

    def of_power(self, node: Power) -> tuple[str, int]:
        base = self.within(node.base, ATOM)
        base = (
            self.bracketed(base) if isinstance(node.base, (Power, Op)) and not base.startswith("<mo stretchy") else base
        )
        return f"<msup><mrow>{base}</mrow>{self.row(node.exponent)}</msup>", ATOM

    def of_transposed(self, node: Transposed) -> tuple[str, int]:
        return f"<msup><mrow>{self.within(node.body, ATOM)}</mrow><mi mathvariant='normal'>T</mi></msup>", ATOM

    def of_cases(self, node: Cases) -> tuple[str, int]:
        rows = [(self.write(node.value), f"<mtext>if </mtext>{self.write(node.condition)}")]
        rows.append((self.write(node.otherwise), "<mtext>else</mtext>"))
        cells = "".join(f"<mtr><mtd>{value}</mtd><mtd>{when}</mtd></mtr>" for value, when in rows)
        return f"{operator('{')}<mtable>{cells}</mtable>", CASES

    def of_compared(self, node: Compared) -> tuple[str, int]:
        return f"{self.write(node.left)}{operator(node.sign)}{self.write(node.right)}", CASES

    def of_row(self, node: Row) -> tuple[str, int]:
        return f"{operator('[')}{operator(',').join(map(self.write, node.items))}{operator(']')}", ATOM

    def of_total(self, node: Total) -> tuple[str, int]:
        terms = [operator("…") if term is None else self.within(term, PRODUCT) for term in self.telling(node)]
        text = terms[0]
        for term in terms[1:]:
            minus = term.startswith(MINUS)
            text += operator("−") + term.removeprefix(MINUS) if minus else operator("+") + term
        return text, SUM if len(terms) > 1 else PRODUCT
