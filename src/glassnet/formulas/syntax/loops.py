"""The loops of a formula: what their names stand for in each turn."""

import ast
import re
from collections.abc import Callable, Iterator, Sequence

from glassnet.formulas.syntax.expressions import Expression

SLICE = re.compile(r"(-?\d*)(:-?\d*){1,2}")


class Untranslatable(Exception):
    """A formula that uses more than expressions of known functions; the NumPy engine runs it."""


def turns(
    target: ast.expr, over: ast.expr, listed: Callable[[ast.expr], Sequence[Expression]]
) -> Iterator[dict[str, Expression]]:
    """What the names of a loop stand for, turn by turn; lists in a `zip` are gone through together."""
    zipped = isinstance(over, ast.Call) and ast.unparse(over.func) == "zip" and isinstance(target, ast.Tuple)
    targets = target.elts if zipped and isinstance(target, ast.Tuple) else [target]
    lists = over.args if zipped and isinstance(over, ast.Call) else [over]
    names = [each.id for each in targets if isinstance(each, ast.Name)]
    if len(names) != len(targets) or len(names) != len(lists):
        raise Untranslatable(f"a loop over {ast.unparse(over)!r} is not understood")
    values = [listed(each) for each in lists]
    if len({*map(len, values)}) > 1:
        raise Untranslatable(f"{ast.unparse(over)!r} has lists of different lengths")
    for turn in zip(*values, strict=True):
        yield dict(zip(names, turn, strict=True))


def slice_of(node: ast.expr) -> slice:
    """The slice in `names[1::3]`, and all of `names`.

    >>> slice_of(ast.parse("names[1::3]").body[0].value), slice_of(ast.parse("names").body[0].value)
    (slice(1, None, 3), slice(None, None, None))
    """
    part = ast.unparse(node.slice) if isinstance(node, ast.Subscript) else ":"
    if not SLICE.fullmatch(part):
        raise Untranslatable(f"{ast.unparse(node)!r} is not a slice")
    return slice(*(int(end) if end else None for end in part.split(":")))
