"""A line of a typed expression as a tree; of one that is none, which sign is wrong and what to write."""

import ast
import keyword
import re
from typing import NoReturn

from glassnet.taping.vocabulary import FUNCTIONS

MOST_PARTS = 300  # names, numbers and signs of a line
STATEMENT = "a line is an expression, or gives a name to one as in z = w * x"
NUMBER_AND_NAME = re.compile(r"(?<![\w.])((?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)(?![eE][+-]?\d)\s*([^\W\d]\w*)")
SIGNS = {
    "²": "write ** 2 for a square",
    "³": "write ** 3 for a third power",
    "√": "write sqrt(x)",
    "∑": "write sum(x)",
    "≤": "write <=",
    "≥": "write >=",
    "≠": "write !=",
    "|": "write abs(x) for |x|",
    "!": "there are no factorials; write != for unequal",
    "{": "write ( and ) around what is taken together, and around the argument of a function",
    **dict.fromkeys("“”„‘’", "texts have no place in an expression"),
}


class Unreadable(Exception):
    """A line that is no expression: the column, and what is wrong there."""

    def __init__(self, column: int, what: str):
        super().__init__(what)
        self.column, self.what = column, what


def parsed(line: str) -> ast.stmt:
    """The tree of a line."""
    try:
        body = ast.parse(line).body
    except SyntaxError as error:
        refuse_syntax(line, min(error.offset or 1, len(line) + 1), str(error.msg))
    except (RecursionError, MemoryError, ValueError):
        raise Unreadable(1, "this is nested too deeply, or holds signs that cannot be read") from None
    if len(body) != 1:
        raise Unreadable(1, "write one expression in a line")
    if sum(isinstance(each, ast.expr) for each in ast.walk(body[0])) > MOST_PARTS:
        raise Unreadable(1, f"this line has more than {MOST_PARTS} names, numbers and signs: divide it")
    return body[0]


def refuse_syntax(line: str, column: int, said: str) -> NoReturn:
    """Say what is wrong at a place, by what Python says of it and by what stands before and behind."""
    before, behind = line[: column - 1].rstrip(), line[column - 1 :].lstrip()
    if "was never closed" in said:
        what = f"`{behind[:1]}` is never closed"
    elif "unmatched" in said or "does not match" in said:
        what = f"`{behind[:1]}` closes nothing: no such bracket is open"
    elif keyword.iskeyword(line.split(maxsplit=1)[0].split("(")[0]) or "cannot assign" in said:
        column, what = 1, STATEMENT
    elif "'else'" in said:
        what = "write where(x > 0, …, …) for a choice"
    elif apart := number_and_name(line, len(before)):
        column, what = apart.start() + 1, f"a sign is missing: write {apart[1]} * {apart[2]}"
    elif not behind:
        what = f"something is missing after `{last_sign(before)}`"
    elif behind[0] in SIGNS or (before and before[-1] in SIGNS):
        what = SIGNS[behind[0] if behind[0] in SIGNS else before[-1]]
    else:
        what = between(before, behind)
    raise Unreadable(column, what) from None


def number_and_name(line: str, place: int) -> re.Match[str] | None:
    """A number with a name behind it: the one at a place or after it, or else the first of the line."""
    found = [*NUMBER_AND_NAME.finditer(line)]
    return next((each for each in found if each.end() > place), found[0] if found else None)


def last_sign(before: str) -> str:
    """The sign that a line ends with."""
    found = re.search(r"(\*\*|//|[^\w\s])$", before)
    return found[0] if found else before[-1:]


def between(before: str, behind: str) -> str:
    """What is missing between two parts of a line, or which of them has no place there."""
    left, right = re.search(r"[\w.]+$|[)\]]$", before), re.match(r"[\w.]+|[(\[]", behind)
    if left and right and left[0] in FUNCTIONS:
        argument = "…" if right[0] in "([" else right[0]
        return f"put the argument of a function in brackets: write {left[0]}({argument})"
    if left and right:
        return f"a sign is missing between `{left[0]}` and `{right[0]}`, such as *"
    return f"`{behind[:1]}` has no place here"
