"""Frozen descriptions: objects that are their annotated fields, as frozen dataclasses are.

A dataclass compiles code of its own. For the classes that a first prediction needs this took longer than half of
`import numpy`; here all classes share the methods below, and a class differs in its signature alone.
"""

import inspect
from collections.abc import Mapping
from typing import Any, ClassVar, Generic, TypeVar, dataclass_transform, get_args, get_origin

from glassnet.calls import answering, wrong_call
from glassnet.errors import InvalidInput

Kept = TypeVar("Kept")
Taken = TypeVar("Taken", contravariant=True)


class Converted(Generic[Kept, Taken]):
    """The annotation of a field that a class converts: what the constructor takes is not what the object keeps.

    It is for type checkers, which read it as a descriptor (PEP 681); a signature shows what is taken.

    >>> class Scaled(Description):
    ...     factor: Converted[float, float | str] = field(default=1.0)
    ...
    ...     def __post_init__(self): object.__setattr__(self, "factor", float(self.factor))
    >>> Scaled("2.5").factor
    2.5
    """

    def __get__(self, owner: object, kind: object = None) -> Kept:
        raise NotImplementedError

    def __set__(self, owner: object, given: Taken) -> None:
        raise NotImplementedError


class Field:
    """What `field` gives: the default of a field that is more than a default."""

    def __init__(self, default: Any, kw_only: bool):
        self.default, self.kw_only = default, kw_only


def field(*, default: Any, kw_only: bool = False) -> Any:
    """A field with a default; with `kw_only` it is given by keyword alone, so that fields without a default may follow.

    >>> class Box(Description):
    ...     colour: str = field(default="red", kw_only=True)
    ...     width: int
    >>> Box(3), Box(3, colour="blue") == Box(3)
    (Box(width=3), False)
    """
    return Field(default, kw_only)


class ConstructorSignature:
    """What `help` and `inspect.signature` show of a class: its fields, unless it has an `__init__` of its own."""

    def __get__(self, instance: object, owner: type["Description"]) -> inspect.Signature:
        if instance is not None or owner.__init__ is not Description.__init__:
            raise AttributeError("__signature__")
        return owner._signature


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
class Description:
    """A frozen object with a field for every annotation of its class and of the parents; ClassVar ones are no fields.

    Fields are given in order or by name, and a class attribute is a default. Objects of one class are equal when their
    fields are.
    """

    _signature: ClassVar[inspect.Signature] = inspect.Signature()
    __signature__ = ConstructorSignature()

    def __init_subclass__(cls) -> None:
        if "__init__" in vars(cls):
            cls.__init__ = answering(cls.__init__, bound=1)  # type: ignore[method-assign]
        own = {
            name: _parameter(cls, name, annotation)
            for name, annotation in inspect.get_annotations(cls).items()
            if not _is_class_variable(annotation)
        }
        if own:
            fields = {**cls._fields(), **own}  # a field that is described anew keeps its place
            cls._signature = inspect.Signature(sorted(fields.values(), key=lambda field: field.kind))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        try:
            given = self._signature.bind(*args, **kwargs)
        except TypeError as error:
            said = wrong_call(type(self).__name__, [*self._fields().values()], args, kwargs)
            raise said or InvalidInput(f"{type(self).__name__}: {error}.") from None
        given.apply_defaults()
        vars(self).update(given.arguments)
        self.__post_init__()

    def __post_init__(self) -> None:
        """Check the fields, or put others in their place with `object.__setattr__`."""

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} is frozen: cannot set `{name}`.")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{type(self).__name__} is frozen: cannot delete `{name}`.")

    @classmethod
    def _fields(cls) -> Mapping[str, inspect.Parameter]:
        return cls._signature.parameters

    def _values(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self._fields()}

    def __repr__(self) -> str:
        given = [f"{name}={value!r}" for name, value in self._values().items() if value != self._fields()[name].default]
        return f"{type(self).__name__}({', '.join(given)})"

    def __eq__(self, other: object) -> bool:
        return self._values() == other._values() if type(other) is type(self) else NotImplemented

    def __hash__(self) -> int:
        return hash((type(self), *self._values().values()))


def _is_class_variable(annotation: object) -> bool:
    text = annotation if isinstance(annotation, str) else ""  # of a module with `from __future__ import annotations`
    return annotation is ClassVar or get_origin(annotation) is ClassVar or "ClassVar" in text


def _parameter(cls: type, name: str, annotation: object) -> inspect.Parameter:
    kind: Any = inspect.Parameter.POSITIONAL_OR_KEYWORD
    if get_origin(annotation) is Converted:
        _, annotation = get_args(annotation)
    default = vars(cls).get(name, inspect.Parameter.empty)
    if isinstance(default, Field):
        kind = inspect.Parameter.KEYWORD_ONLY if default.kw_only else kind
        default = default.default
        setattr(cls, name, default)
    return inspect.Parameter(name, kind, default=default, annotation=annotation)
