"""What a piece of JSON must look like, said by annotations of types, and checked before anything is made from it.

An annotation is one of `str`, `int`, `float`, `bool`, `None`, `Any` (what JSON holds), unions and `Literal`s of these,
`list[…]`, `tuple[…, ...]`, `tuple[a, b]`, `dict[str, …]`, a TypedDict, a dataclass, or one of these with a `Within`. So
the fields of a class are also the schema of its description in a file.

>>> from typing import TypedDict
>>> class Box(TypedDict):
...     width: Annotated[int, Within(1, 9)]
...     colour: str | None
>>> checked({"width": 3, "colour": None}, Box, "box")
{'width': 3, 'colour': None}
>>> try: checked({"width": 30, "colour": None}, Box, "box")
... except Misfit as error: print(error)
`box.width` must be a whole number from 1 to 9, got 30
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from types import NoneType, UnionType
from typing import (
    Annotated,
    Any,
    ClassVar,
    Literal,
    NamedTuple,
    NotRequired,
    Union,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)

from glassnet.errors import InvalidInput, brief, closest

DEEPEST = 200  # levels of lists and objects in each other
LONGEST = 64  # bits of a whole number, with its sign
SEED = 2**128 - 1  # the largest seed, and number in the state of a generator


class Within(NamedTuple):
    """Bounds of a number, or of how many a list, an object or a text holds; both belong to them."""

    low: float
    high: float = math.inf


class Misfit(InvalidInput):
    """JSON of the wrong form: `path` says where, `expected` what was expected."""

    def __init__(self, problem: str, path: str = ""):
        super().__init__(f"`{path.removeprefix('.')}` {problem}" if path else f"it {problem}")
        self.problem, self.path = problem, path

    def inside(self, step: str) -> "Misfit":
        """The same, seen from one level further out."""
        return Misfit(self.problem, step + self.path)

    def __reduce__(self) -> tuple[type, tuple[str, str]]:
        return type(self), (self.problem, self.path)


def checked(value: object, hint: object, where: str = "") -> Any:
    """The value, if it is what the annotation says: lists as tuples and objects as dataclasses where it says so.

    Raises Misfit in one sentence, or what a dataclass raises.
    """
    try:
        return _checked(value, hint, 0)
    except Misfit as error:
        raise error.inside(where) from None


def _checked(value: object, hint: object, depth: int) -> Any:
    if depth > DEEPEST:
        raise Misfit(f"holds lists and objects nested more than {DEEPEST} deep")
    if hint is Any:
        return _plain(value, depth)
    origin = get_origin(hint) or hint
    if origin is NotRequired:
        return _checked(value, get_args(hint)[0], depth)
    if origin is Annotated:
        kind, bounds = get_args(hint)
        return _bounded(value, kind, bounds, depth)
    if origin in (Union, UnionType):
        return _one_of(value, get_args(hint), depth)
    if origin is Literal:
        return _literal(value, get_args(hint))
    if is_typeddict(hint) or hasattr(hint, "__dataclass_fields__"):
        return _record(value, hint, depth)
    return CHECKS[origin](value, get_args(hint), depth)


def _plain(value: Any, depth: int) -> Any:
    """Whatever JSON can hold."""
    kind = type(value)
    if kind is int:
        return value if -SEED <= value <= SEED else _number_within(value, Within(-SEED, SEED), int)
    if kind in (list, tuple):
        return _list(value, (Any,), depth)
    if kind is dict:
        return _mapping(value, (str, Any), depth)
    return CHECKS.get(kind, _refused)(value)


def _refused(value: object, *_: object) -> Any:
    raise Misfit(f"must be a JSON value, got {brief(value)}")


def _text(value: object, *_: object) -> str:
    if type(value) is not str:
        raise _other("a string", value)
    try:
        value.encode()
    except UnicodeEncodeError:
        raise Misfit(f"must be valid Unicode text, got {brief(value)}") from None
    return value


def _whole(value: object, *_: object) -> int:
    return _number_within(value, Within(-(2 ** (LONGEST - 1)), 2 ** (LONGEST - 1) - 1), int)


def _number(value: object, *_: object) -> float:
    if type(value) is int:
        return _whole(value)
    if type(value) is not float or not math.isfinite(value):
        raise _other("a finite number", value)
    return value


def _truth(value: object, *_: object) -> bool:
    if type(value) is not bool:
        raise _other("true or false", value)
    return value


def _null(value: object, *_: object) -> None:
    if value is not None:
        raise _other("null", value)


def _list(value: Any, hints: Sequence[Any], depth: int) -> list[Any]:
    if type(value) not in (list, tuple):  # tuples are lists before they are written
        raise _other("a list", value)
    found: list[Any] = []
    try:
        for each in value:
            found.append(_checked(each, hints[0], depth + 1))
    except Misfit as error:
        raise error.inside(f"[{len(found)}]") from None
    return found


def _tuple(value: Any, hints: Sequence[Any], depth: int) -> tuple[Any, ...]:
    if len(hints) == 1 or hints[1] is ...:
        return tuple(_list(value, hints, depth))
    if type(value) not in (list, tuple) or len(value) != len(hints):
        raise _other(f"a list of {len(hints)}", value)
    return tuple(_list([each], [hint], depth)[0] for each, hint in zip(value, hints, strict=True))


def _mapping(value: object, hints: Sequence[Any], depth: int) -> dict[str, Any]:
    if type(value) is not dict:
        raise _other("an object", value)
    return {_text(name): _field(name, each, hints[1], depth) for name, each in value.items()}


def _field(name: str, value: object, hint: object, depth: int) -> Any:
    try:
        return _checked(value, hint, depth + 1)
    except Misfit as error:
        raise error.inside(f".{brief(name)[1:-1]}") from None


CHECKS: Mapping[Any, Any] = {
    str: _text, int: _whole, float: _number, bool: _truth, NoneType: _null, None: _null,
    list: _list, tuple: _tuple, Sequence: _tuple, dict: _mapping, Mapping: _mapping,
}  # fmt: skip
WORDS = {
    str: "a string", int: "a whole number", float: "a finite number", bool: "true or false", NoneType: "null",
    list: "a list", tuple: "a list", Sequence: "a list", dict: "an object", Mapping: "an object",
}  # fmt: skip


def _bounded(value: object, kind: object, bounds: Within, depth: int) -> Any:
    if kind in (int, float):
        return _number_within(value, bounds, kind)
    if (
        isinstance(value, (list, dict, str)) and not bounds.low <= len(value) <= bounds.high
    ):  # before it is gone through
        raise Misfit(f"must hold {_range(bounds, 'at least ')}, but holds {len(value):,}")
    return _checked(value, kind, depth)


def _number_within(value: Any, bounds: Within, kind: Any) -> Any:
    right = type(value) is int or (kind is float and type(value) is float)
    if not right or not bounds.low <= value <= bounds.high or value in (math.inf, -math.inf):
        word = "a whole number" if kind is int else "a number"
        usual = bounds.high == 2 ** (LONGEST - 1) - 1
        raise _other(
            f"{word} of at most {LONGEST} bits" if usual else f"{word} {_range(bounds, 'of at least ', 'from ')}", value
        )
    return value


def _range(bounds: Within, open_end: str, before: str = "") -> str:
    return f"{open_end}{bounds.low:,}" if bounds.high == math.inf else f"{before}{bounds.low:,} to {bounds.high:,}"


def _one_of(value: object, hints: Sequence[Any], depth: int) -> Any:
    errors = []
    for hint in hints:
        try:
            return _checked(value, hint, depth)
        except Misfit as error:
            errors.append(error)
    own = [hint for hint in hints if hint is not NoneType]
    for hint, found in zip(hints, errors, strict=True):
        if found.path or (own == [hint] and get_origin(hint) is Annotated):  # says more than which kinds there are
            raise found
    raise _other(" or ".join(map(_words, hints)), value)


def _literal(value: object, known: Sequence[Any]) -> Any:
    if not any(type(value) is type(each) and value == each for each in known):
        raise _other(" or ".join(map(repr, known)), value)
    return value


def _record(value: Any, hint: Any, depth: int) -> Any:
    if type(value) is not dict:
        raise _other("an object", value)
    hints = hints_of(hint)
    check_fields(value, hints, getattr(hint, "__required_keys__", hints))
    found = {name: _field(name, each, hints[name], depth) for name, each in value.items()}
    return found if is_typeddict(hint) else hint(**found)


def check_fields(value: Mapping[str, Any], known: Iterable[str], needed: Iterable[str]) -> None:
    """Refuse an object with fields that are not known, or without one that is needed."""
    known = sorted(known)
    for name in value:
        if name not in known:
            nearest = closest(name, known)
            hint = f" Did you mean {nearest!r}?" if nearest else ""
            raise Misfit(f"has an unknown field {brief(name)}.{hint} Known: {', '.join(known)}")
    for name in sorted(needed):
        if name not in value:
            raise Misfit(f"lacks the field {name!r}")


@cache
def hints_of(kind: object) -> dict[str, Any]:
    """The annotations of a class's fields by name."""
    hints = get_type_hints(kind, include_extras=True)
    return {name: hint for name, hint in hints.items() if get_origin(hint) is not ClassVar}


def _words(hint: Any) -> str:
    origin = get_origin(hint) or hint
    if origin is Annotated:
        return _words(get_args(hint)[0])
    if origin is Literal:
        return " or ".join(map(repr, get_args(hint)))
    return WORDS.get(origin, "an object")


def _other(expected: str, value: object) -> Misfit:
    return Misfit(f"must be {expected}, got {brief(value)}")
