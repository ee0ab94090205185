"""Expressions as programming languages write them: signs between operands, as few brackets as keep the order."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping

from glassnet.exports.builder import fresh, identifier
from glassnet.formulas.syntax.expressions import (
    Assignment,
    Binary,
    Call,
    Compare,
    Expression,
    Negative,
    Number,
    Power,
    Reduction,
    Steps,
    Variable,
)
from glassnet.formulas.syntax.reader import Untranslatable

COMPARED, SUM, PRODUCT, SIGN, ATOM = range(5)  # what binds how strongly
STRENGTH = {"+": SUM, "-": SUM, "*": PRODUCT, "/": PRODUCT}


class Infix:
    """Prints the expressions of one formula; a target says how it writes numbers and functions.

    `names` are those of the variables, which grow with each assignment; `reduced` those of what is reduced over a row.
    """

    def __init__(self, names: Mapping[str, str]):
        self.names = dict(names)
        self.reduced: dict[Reduction, str] = {}

    def number(self, value: float) -> str:
        """A number."""
        raise NotImplementedError

    def call(self, name: str, arguments: tuple[Expression, ...]) -> str:
        """A function, in brackets if it is more than a call."""
        raise NotImplementedError

    def reduction(self, of: Reduction) -> str:
        """What is reduced over a row, by its name."""
        return self.reduced[of]

    def text(self, of: Expression, least: int = COMPARED) -> str:
        """An expression, in brackets if it binds less than `least`."""
        text, strength = self.printed(of)
        return text if strength >= least else f"({text})"

    def printed(self, of: Expression) -> tuple[str, int]:
        """An expression and how strongly it binds."""
        match of:
            case Number():
                text = self.number(of.value)
                return text, SIGN if text.startswith("-") else ATOM
            case Variable():
                return self.names[of.name], ATOM
            case Reduction():
                return self.reduction(of), ATOM
            case Negative():
                return f"-{self.text(of.of, ATOM)}", SIGN
            case Power():
                return " * ".join([self.text(of.of, SIGN)] * of.times), PRODUCT if of.times > 1 else SIGN
            case Binary() if of.symbol in STRENGTH:
                own = STRENGTH[of.symbol]
                return f"{self.text(of.left, own)} {of.symbol} {self.text(of.right, own + 1)}", own
            case Compare():
                return f"{self.text(of.left, SUM)} {of.symbol} {self.text(of.right, SUM)}", COMPARED
            case Call():
                return self.call(of.name, of.arguments), ATOM
        raise Untranslatable(f"{of} is not understood")


def parts(of: Expression) -> Iterator[Expression]:
    """An expression and all that is inside; what is reduced is not looked into."""
    yield of
    match of:
        case Negative() | Power():
            yield from parts(of.of)
        case Binary() | Compare():
            yield from parts(of.left)
            yield from parts(of.right)
        case Call():
            for each in of.arguments:
                yield from parts(each)


def roots(read: Steps) -> Iterator[Expression]:
    """The expressions of a formula's steps and its result."""
    for step in read.steps:
        yield step.of if isinstance(step, Reduction) else step.value
    yield from read.results


def calls(read: Steps) -> set[str]:
    """The functions that a formula uses, and its reductions."""
    found = {each.name for root in roots(read) for each in parts(root) if isinstance(each, Call)}
    return found | {step.name for step in read.steps if isinstance(step, Reduction)}


def uses(read: Steps) -> Counter[Expression]:
    """How often each reduction of a formula is used."""
    return Counter(each for root in roots(read) for each in parts(root) if isinstance(each, Reduction))


def short_names(read: Steps, parameters: tuple[str, ...], reserved: Collection[str] = ()) -> dict[str, str]:
    """Short names for a formula's variables: e for own_e, and with a number where a name comes again."""
    found: dict[str, str] = {}
    taken = {*reserved}
    for name in (*parameters, *(step.name for step in read.steps if isinstance(step, Assignment))):
        short = name.rstrip("_").rpartition("own_")[2].rpartition("_")[2] if name.startswith("own_") else name
        found[name] = fresh(identifier(short or "x"), taken)
    return found
