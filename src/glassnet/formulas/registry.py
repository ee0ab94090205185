"""How everything with a name is found by it: one registry a family (activations, losses, update rules, …).

Each class that derives from a family registers itself under its `name` (its own name in lower case unless it says
otherwise) and is a frozen description by its annotated fields. So `"relu"`, `ReLU()` and `{"name": "relu"}`
mean the same thing wherever one of them is accepted, in Python and in a model file.
"""

import sys
from collections.abc import Collection, Mapping
from importlib import import_module
from types import FunctionType
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self, TypeGuard, get_args, get_origin

import numpy as np

from glassnet.errors import InvalidInput, UnknownName, brief
from glassnet.formulas.description import Description

if TYPE_CHECKING:
    Number = Any  # a number, or a schedule of it
else:
    Number = float


LARGEST = sys.float_info.max
MOST = 2**62  # no array is as long
OF_FUNCTIONS = {  # what a function that is given in the place of a member is made one by
    "layer": "A function becomes one by gn.Function or @gn.layer.",
    "loss": "A function becomes one by @gn.loss.",
    "activation": "For a function, put gn.Function behind a layer without activation.",
}


class Named(Description):
    """A frozen description that is known by a name."""

    family: ClassVar[str]  # what the family is called in messages: "activation", "loss", …
    name: ClassVar[str]
    registry: ClassVar[dict[str, type]]
    _home: ClassVar[str]  # the module whose import registers the members that glassnet has

    def __init_subclass__(
        cls, name: str | None = None, family: str | None = None, listed: bool = True, home: str | None = None
    ) -> None:
        super().__init_subclass__()
        if not listed:  # made by code alone, never found by a name
            return
        if family:
            cls.family, cls.registry, cls._home = family, {}, home or cls.__module__
        elif hasattr(cls, "registry"):  # a class above the families has no name
            own = name or cls.__name__.lower()
            if name is None and _is_empty(cls) and not _is_built_in(cls) and refusal(cls, own):
                return  # as cloudpickle begins each class, whose name="…" follows later
            cls.name = own
            _check_name(cls)
            cls.registry[cls.name] = cls

    def __post_init__(self) -> None:
        """Fields that are numbers must be finite ones; NumPy's become Python's, so that JSON can hold them."""
        for field, value in self._values().items():
            self._check_field(field, value, self._fields()[field].annotation)

    def _check_field(self, field: str, value: object, wanted: object) -> None:
        if isinstance(value, np.generic) or (isinstance(value, np.ndarray) and value.ndim == 0):
            object.__setattr__(self, field, value := value.item())
        if get_origin(wanted) is Literal and not is_one_of(value, get_args(wanted)):
            raise InvalidInput(f"{type(self).__name__}: `{field}` must be {choice(wanted)}, got {brief(value)}.")
        if wanted is str and not isinstance(value, str):
            raise InvalidInput(f"{type(self).__name__}: `{field}` must be a string, got {brief(value)}.")
        if wanted is bool and not isinstance(value, bool):
            raise InvalidInput(f"{type(self).__name__}: `{field}` must be True or False, got {brief(value)}.")
        if wanted in (float, int) and not is_number(value):
            raise InvalidInput(f"{type(self).__name__}: `{field}` must be a finite number, got {brief(value)}.")

    @classmethod
    def of(cls, given: object) -> Self:
        """The member of this family that a name, a class, a description or an object stands for."""
        if isinstance(given, cls):
            return given
        if isinstance(given, type) and issubclass(given, cls):
            return given()
        if isinstance(given, str):
            return cls._class(given)()
        if isinstance(given, Mapping):
            return cls.from_description(given)
        known = ", ".join(sorted(members_of(cls)))
        hint = f" {OF_FUNCTIONS[cls.family]}" if isinstance(given, FunctionType) and cls.family in OF_FUNCTIONS else ""
        raise InvalidInput(
            f"expected a name or an object for the {cls.family}, got {brief(given)}.{hint} Known names: {known}."
        )

    @classmethod
    def _class(cls, name: Any) -> Any:
        if not isinstance(name, str) or (name not in cls.registry and name not in members_of(cls)):
            raise UnknownName(cls.family, name, members_of(cls))
        return cls.registry[name]

    def describe(self) -> dict[str, Any]:
        """This object as what JSON can hold: its name and its fields."""
        return {"name": self.name, **{field: _plain(value) for field, value in self._values().items()}}

    @classmethod
    def from_description(cls, description: Mapping[str, Any]) -> Self:
        """The object that `describe` described; unknown names and fields are refused."""
        fields = {key: value for key, value in description.items() if key != "name"}
        found = cls._class(description.get("name"))
        known = found._fields()
        for key in fields:
            if key not in known:
                raise UnknownName(f"field of {cls.family} {found.name!r}", key, known)
        return found._from_fields(fields)

    @classmethod
    def _from_fields(cls, fields: dict[str, Any]) -> Self:
        return cls(**fields)


def members_of(family: type[Named]) -> dict[str, type]:
    """Every class of a family by its name, those among them that nothing has imported yet."""
    import_module(family._home)
    return family.registry


def refusal(family: type[Named], name: str) -> str | None:
    """What to say of a name for a class of one's own if glassnet has one of this name, whether imported yet or not."""
    if not _is_built_in(members_of(family).get(name)):
        return None
    return f"{name!r} is {'an' if family.family[0] in 'aeiou' else 'a'} {family.family} of glassnet"


def _check_name(kind: type[Named]) -> None:
    if not _is_built_in(kind) and (said := refusal(kind, kind.name)):
        raise InvalidInput(
            f"class {kind.__name__}: {said}: give the class another name, or write one into the class statement, as in "
            f'class {kind.__name__}(…, name="my_{kind.name}").'
        )


def _is_empty(kind: type) -> bool:
    """Whether a class defines no field and no method of its own, so that nothing could be told by its name."""
    return not any(isinstance(own, FunctionType) or key == "__annotations__" for key, own in vars(kind).items())


def _is_built_in(kind: type | None) -> bool:
    return kind is not None and kind.__module__.startswith("glassnet.")


def _plain(value: object) -> Any:
    if isinstance(value, Named):
        return value.describe()
    return [_plain(v) for v in value] if isinstance(value, tuple) else value


def is_one_of(value: object, known: Collection[str]) -> bool:
    """Whether a value is one of some texts; an array, which compares by entries, is none."""
    return isinstance(value, str) and value in known


def choice(literal: object) -> str:
    """The texts of a `Literal` in words: 'a', 'b' or 'c'."""
    *first, last = map(repr, get_args(literal))
    return f"{', '.join(first)} or {last}" if first else last


def is_number(value: object) -> TypeGuard[float]:
    """Whether a value is a number that a finite float can hold."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) <= LARGEST


def is_whole(value: object, least: int) -> bool:
    """Whether something is a whole number of at least so much, and no larger than sizes can be."""
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool) and bool(least <= value <= MOST)


def require_whole(owner: object, field: str, least: int = 1) -> None:
    """Refuse a field that is not a whole number of at least so much; one of NumPy's becomes one of Python's."""
    value = getattr(owner, field)
    if not isinstance(value, (int, np.integer)) or isinstance(value, bool) or not least <= value <= LARGEST:
        expected = f"a whole number of at least {least}"
        raise InvalidInput(f"{type(owner).__name__}: `{field}` must be {expected}, got {brief(value)}.")
    object.__setattr__(owner, field, int(value))


def require_number(owner: object, field: str, low: float, high: float = float("inf"), *, open_low: bool = True) -> None:
    """Refuse a field that is not a finite number between `low` and `high` (`high` itself excluded).

    A schedule must stay between them; it may reach `low`.
    """
    value = getattr(owner, field)
    scheduled = isinstance(value, Named) and field in getattr(owner, "schedulable", ())
    open_low = open_low and not scheduled
    for number in value.extremes() if scheduled else (value,):
        if not is_number(number) or not (low < number < high or (number == low and not open_low)):
            expected = _expectation(low, high, open_low)
            raise InvalidInput(f"{type(owner).__name__}: `{field}` must be {expected}, got {brief(value)}.")


def _expectation(low: float, high: float, open_low: bool) -> str:
    if high == float("inf"):
        return ("a positive number" if open_low else "a number of at least 0") if low == 0 else f"above {low}"
    return f"a number in {'(' if open_low else '['}{low:g}, {high:g})"
