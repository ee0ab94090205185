"""From the text of a formula to its tree: `Z = X W + b`, `f(z) = z if z > 0 else α (eᶻ − 1)`.

A space between factors is a product, a bracket right behind a name a function of what it holds. ² and ᶻ are powers, ᵀ
turns a matrix, ⱼ and ₖ are indices. Formulas stand behind each other with a comma or a semicolon and two spaces;
behind the period at their end a remark in brackets may follow.
"""

import re
from dataclasses import replace
from itertools import accumulate

from glassnet.errors import InvalidInput
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
    Transposed,
)

RAISED = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ᵗᶻⁿˣᵏ", "0123456789+−tznxk", strict=True))
LOWERED = dict(zip("ᵢⱼₖₘₙ", "ijkmn", strict=True))
FRACTIONS = {"½": 1 / 2, "⅓": 1 / 3, "¼": 1 / 4}
BARE = ("tanh", "arctan", "exp", "log", "cosh", "sin", "cos", "sign")  # functions that need no brackets
FUNCTIONS = (*BARE, "erf", "max", "min", "mean")
RELATIONS = ("=", "≈", "←")
PREDICTION = "in prediction "

TOKEN = re.compile(
    r"(?P<space>\s+)"
    r"|(?P<number>\d+(?:\.\d+)?|[½⅓¼])"
    r"|(?P<derivative>∂\w/∂\w['ⱼ]?)"
    r"|(?P<name>(?:d?[Α-Ωα-ωℓ]|[A-Za-z_][A-Za-z_0-9]*)[̂]?[₀-₉]*['′]?)"
    r"|(?P<index>[ᵢⱼₖₘₙ]+)"
    r"|(?P<raised>[⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ᵗᶻⁿˣᵏ]+|ᵀ)"
    r"|(?P<sign>[=≈←+−\-·⊙×/^(),;|‖√Σ≥≤<>…]|\[|\])"
)


def read(text: str) -> Equation:
    """The tree of one formula; InvalidInput for what is none."""
    body = text.strip()
    prediction = body.startswith(PREDICTION)
    reader = Reader(body.removeprefix(PREDICTION))
    return reader.equation(prediction, body.removeprefix(PREDICTION))


def read_all(text: str) -> list[Equation]:
    """The trees of formulas behind each other, as the first paragraph of a docstring holds them."""
    line = re.sub(r"\s*\n\s*", "  ", text.strip())
    line = re.sub(r"\.\s+\(.*\)$", "", line).rstrip(".")
    found = [read(part) for part in re.split(r"[,;]\s{2,}|;\s+", line) if part.strip()]
    prediction = accumulate((each.prediction for each in found), max)  # what is behind the words holds in it, too
    return [replace(each, prediction=here) for each, here in zip(found, prediction, strict=True)]


class Reader:
    """A formula, read from left to right."""

    def __init__(self, text: str):
        self.text, self.at, self.in_bars = text, 0, False
        self.tokens: list[tuple[str, str]] = []
        position = 0
        while position < len(text):
            found = TOKEN.match(text, position)
            if not found:
                raise InvalidInput(f"{text[position]!r} in the formula {text!r} cannot be part of a formula.")
            self.tokens.append((str(found.lastgroup), found.group()))
            position = found.end()
        self.tokens.append(("end", ""))

    def peek(self) -> tuple[str, str]:
        """The kind and the text of the next token that is not a space."""
        while self.tokens[self.at][0] == "space":
            self.at += 1
        return self.tokens[self.at]

    def take(self, *expected: str) -> str:
        """Pass over the next token, which must be one of those expected, if any are named."""
        token = self.peek()[1]
        if expected and token not in expected:
            wanted = " or ".join(map(repr, expected))
            raise InvalidInput(f"{wanted} was expected in the formula {self.text!r}, got {token or 'its end'!r}.")
        self.at += 1
        return token

    def touching(self, sign: str) -> bool:
        """Whether the sign follows without a space."""
        return self.tokens[self.at][1] == sign

    def equation(self, prediction: bool, text: str) -> Equation:
        """Left side, then right sides to the end."""
        left, rights = self.expression(), []
        while self.peek()[1] in RELATIONS:
            rights.append((self.take(), self.expression()))
        if not rights or self.peek()[0] != "end":
            raise InvalidInput(
                f"{self.text!r} is not a formula: {self.peek()[1] or 'a right side'!r} was not understood."
            )
        return Equation(left, tuple(rights), prediction, text)

    def expression(self) -> Node:
        """A sum, or `value if condition else otherwise`."""
        value = self.sum()
        if self.peek() != ("name", "if"):
            return value
        self.take("if")
        left = self.sum()
        condition = Compared(self.take(">", "≥", "<", "≤", "="), left, self.sum())
        self.take("else")
        return Cases(value, condition, self.expression())

    def sum(self) -> Node:
        """Terms with + and −."""
        found = self.term()
        while self.peek()[1] in ("+", "−", "-"):
            sign = self.take().replace("-", "−")
            found = Op(sign, found, self.term())
        return found

    def term(self) -> Node:
        """Factors side by side, with ·, ⊙ or /."""
        found = self.factor()
        while True:
            if self.peek()[1] in ("·", "⊙", "×", "/"):
                found = Op(self.take(), found, self.factor())
            elif self.begins_factor():
                found = Op("", found, self.factor())
            else:
                return found

    def begins_factor(self) -> bool:
        """Whether one more factor stands beside those read; a second bar closes what the first has opened."""
        kind, text = self.peek()
        if kind in ("name", "derivative"):
            return text not in ("if", "else")
        return kind == "number" or text in ("(", "√", "Σ", "[") or (text in ("|", "‖") and not self.in_bars)

    def factor(self) -> Node:
        """An atom with its powers; −, √, Σ and functions in front of one."""
        text = self.peek()[1]
        if text in ("−", "-"):
            self.take()
            return Minus(self.term_without_division())
        if text == "√":
            self.take()
            return Root(self.powers(self.atom()))
        if text == "Σ":
            self.take()
            index = LOWERED[self.take()] if self.peek()[0] == "index" else ""
            return Sum(index, self.term_without_division())
        if text in BARE:
            self.take()
            arguments = self.arguments() if self.touching("(") else (self.factor(),)
            return self.powers(Call(text, arguments))
        return self.powers(self.atom())

    def term_without_division(self) -> Node:
        """What a sign or a Σ reaches over."""
        found = self.factor()
        while self.peek()[1] in ("·", "⊙") or self.begins_factor():
            sign = self.take() if self.peek()[1] in ("·", "⊙") else ""
            found = Op(sign, found, self.factor())
        return found

    def powers(self, base: Node) -> Node:
        """The base with what is raised behind it."""
        while True:
            kind, text = self.tokens[self.at]
            if kind == "raised":
                self.take()
                if text == "ᵀ":
                    base = Transposed(base)
                else:
                    base = Power(base, Reader("".join(RAISED[c] for c in text)).expression())
            elif text == "^":
                self.take()
                negative = self.peek()[1] in ("−", "-") and self.take()
                exponent = self.powers(self.atom())
                base = Power(base, Minus(exponent) if negative else exponent)
            else:
                return base

    def arguments(self) -> tuple[Node, ...]:
        """(x, y, …)."""
        self.take("(")
        found = [self.expression()]
        while self.peek()[1] == ",":
            self.take()
            found.append(self.expression())
        self.take(")")
        return tuple(found)

    def atom(self) -> Node:
        """A number, a name, a function, or something in brackets or bars."""
        kind, text = self.peek()
        if kind == "number":
            self.take()
            return Number(FRACTIONS.get(text) or float(text), text)
        if kind in ("name", "derivative") and text not in ("if", "else"):
            self.take()
            index = LOWERED[self.take()] if self.tokens[self.at][0] == "index" else ""
            return Call(text, self.arguments()) if self.touching("(") else Name(text, index)
        if text in ("|", "‖"):
            self.take()
            self.in_bars = True
            body = self.expression()
            self.in_bars = False
            self.take(text)
            return Bars(body, text)
        if text == "[":
            self.take()
            return Row(self.items())
        self.take("(")
        body = self.expression()
        self.take(")")
        return body

    def items(self) -> tuple[Node, ...]:
        """What stands in square brackets; … is a name here."""
        found: list[Node] = []
        while self.peek()[1] != "]":
            if self.peek()[1] == "…":
                found.append(Name(self.take()))
            else:
                found.append(self.expression())
            if self.peek()[1] == ",":
                self.take()
        self.take("]")
        return tuple(found)
